using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace IamEventSourced;

/// <summary>A text with limits: what a parameter of this type accepts, said once.</summary>
public interface IText<TSelf> where TSelf : IText<TSelf>
{
    /// <summary>Length, pattern and case; AWS's, where AWS has the type.</summary>
    static abstract TextLimits Limits { get; }

    /// <exception cref="FormatException">The text is outside the limits.</exception>
    static abstract implicit operator TSelf(string text);
}

/// <summary>Length in UTF-16 code units, pattern of the whole text, and whether case distinguishes two texts.</summary>
/// <param name="min">The least length.</param>
/// <param name="max">The greatest length.</param>
/// <param name="pattern">A regular expression for the whole text, as clients are shown it.</param>
/// <param name="ignoreCase">Whether two texts that differ in case alone are one.</param>
/// <param name="inOnePass">The same language in an expression that is matched faster; null: the pattern is fast enough.</param>
public sealed class TextLimits(int min, int max, [StringSyntax(StringSyntaxAttribute.Regex)] string pattern, bool ignoreCase = false, [StringSyntax(StringSyntaxAttribute.Regex)] string? inOnePass = null)
{
    // Compiled, not NonBacktracking: the patterns are ours, none nests ambiguous repetitions, and ids are checked on every event that is read.
    readonly Regex _whole = new($@"\A(?:{inOnePass ?? pattern})\z", RegexOptions.CultureInvariant | RegexOptions.Compiled);

    /// <summary>The least length.</summary>
    public int Min => min;
    /// <summary>The greatest length.</summary>
    public int Max => max;
    /// <summary>A regular expression for the whole text.</summary>
    public string Pattern => pattern;
    /// <summary>How two texts of the type are told apart.</summary>
    public StringComparer Comparer { get; } = ignoreCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>What is wrong with the text in AWS's words, or null.</summary>
    public string? Violation(string text) =>
        text.Length < min ? $"Member must have length greater than or equal to {min}"
        : text.Length > max ? $"Member must have length less than or equal to {max}"
        : _whole.IsMatch(text) ? null : $"Member must satisfy regular expression pattern: {pattern}";
}

/// <summary>A text that cannot exist outside its limits. Equal as its limits say: with or without case.</summary>
public abstract record Text<TSelf> where TSelf : Text<TSelf>, IText<TSelf>
{
    /// <exception cref="FormatException">The text is outside the type's limits.</exception>
    protected Text(string value) =>
        Value = TSelf.Limits.Violation(value) is { } violation ? throw new FormatException(violation) : value;

    /// <summary>The text as it was written.</summary>
    public string Value { get; }

    /// <inheritdoc/>
    public virtual bool Equals(Text<TSelf>? other) => other is not null && TSelf.Limits.Comparer.Equals(Value, other.Value);
    /// <inheritdoc/>
    public override int GetHashCode() => TSelf.Limits.Comparer.GetHashCode(Value);
    /// <inheritdoc/>
    public sealed override string ToString() => Value;
}
