using System.Collections.Frozen;

namespace IamEventSourced.PolicyEngine;

/// <summary>What a condition operator compares, without its set prefix and IfExists (R51).</summary>
#pragma warning disable CS1591 // The names are AWS's and say all there is.
public enum ConditionTest
{
    StringEquals, StringNotEquals, StringEqualsIgnoreCase, StringNotEqualsIgnoreCase, StringLike, StringNotLike,
    NumericEquals, NumericNotEquals, NumericLessThan, NumericLessThanEquals, NumericGreaterThan, NumericGreaterThanEquals,
    DateEquals, DateNotEquals, DateLessThan, DateLessThanEquals, DateGreaterThan, DateGreaterThanEquals,
    Bool, BinaryEquals, IpAddress, NotIpAddress, ArnEquals, ArnLike, ArnNotEquals, ArnNotLike, Null,
}
#pragma warning restore CS1591

/// <summary>How the values of a multi-valued key are quantified (R64, R65).</summary>
public enum SetQuantifier
{
    /// <summary>No prefix: the key must have a single value (R63).</summary>
    None,

    /// <summary>Every value must pass; none is fine.</summary>
    ForAllValues,

    /// <summary>Some value must pass.</summary>
    ForAnyValue,
}

/// <summary>A condition operator (R51).</summary>
/// <param name="Quantifier">The set prefix.</param>
/// <param name="Test">The base.</param>
/// <param name="IfExists">True with the suffix IfExists: an absent key passes (R57).</param>
public readonly record struct ConditionOperator(SetQuantifier Quantifier, ConditionTest Test, bool IfExists)
{
    private static readonly FrozenDictionary<string, ConditionTest> Tests =
        Enum.GetValues<ConditionTest>().ToFrozenDictionary(test => test.ToString(), StringComparer.OrdinalIgnoreCase);

    /// <summary>True for the complement of another base (R51).</summary>
    public bool Negated => Test is ConditionTest.StringNotEquals or ConditionTest.StringNotEqualsIgnoreCase or ConditionTest.StringNotLike
        or ConditionTest.NumericNotEquals or ConditionTest.DateNotEquals or ConditionTest.NotIpAddress
        or ConditionTest.ArnNotEquals or ConditionTest.ArnNotLike;

    /// <summary>Reads a name, without case. <c>NullIfExists</c> is no operator.</summary>
    public static bool TryParse(string name, out ConditionOperator result)
    {
        ArgumentNullException.ThrowIfNull(name);
        var rest = name.AsSpan();
        var quantifier = Cut(ref rest, "ForAllValues:") ? SetQuantifier.ForAllValues
            : Cut(ref rest, "ForAnyValue:") ? SetQuantifier.ForAnyValue : SetQuantifier.None;
        var ifExists = rest.EndsWith("IfExists", StringComparison.OrdinalIgnoreCase);
        if (ifExists) rest = rest[..^"IfExists".Length];

        var known = Tests.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(rest, out var test) && !(ifExists && test == ConditionTest.Null);
        result = known ? new(quantifier, test, ifExists) : default;
        return known;
    }

    /// <summary>The name as AWS spells it.</summary>
    public override string ToString() => (Quantifier == SetQuantifier.None ? "" : Quantifier + ":") + Test + (IfExists ? "IfExists" : "");

    private static bool Cut(ref ReadOnlySpan<char> text, string prefix)
    {
        if (!text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return false;
        text = text[prefix.Length..];
        return true;
    }
}
