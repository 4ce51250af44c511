using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace IamEventSourced.PolicyEngine;

/// <summary>A request's value for a key: single, or multi for keys of list type, even with one element (R53).</summary>
public readonly record struct ContextValue
{
    private readonly ImmutableArray<string> many;

    private ContextValue(string? single, ImmutableArray<string> many)
    {
        Single = single;
        this.many = many;
    }

    /// <summary>The text of a single value; null for a multi value.</summary>
    public string? Single { get; }

    /// <summary>True for a key of list type.</summary>
    public bool IsMulti => Single is null;

    /// <summary>The values: exactly one of a single value.</summary>
    public ImmutableArray<string> Values => Single is null ? Many : [Single];

    /// <summary>True for the empty list, which counts as an absent key (R56).</summary>
    public bool IsEmpty => Single is null && Many.IsEmpty;

    internal ImmutableArray<string> Many => many.IsDefault ? [] : many;

    /// <summary>A single value; the empty text is a value too (R56).</summary>
    public static ContextValue Of(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new(value, []);
    }

    /// <summary>A multi value.</summary>
    public static ContextValue List(params IEnumerable<string> values) => new(null, [.. values]);

    /// <summary>A value of one of the simulator's types (R121): one that ends in List is multi, however many there are; the others take exactly one.</summary>
    /// <param name="type"><c>string</c>, <c>numeric</c>, <c>boolean</c>, <c>ip</c>, <c>binary</c> or <c>date</c>, perhaps with <c>List</c> after it.</param>
    /// <param name="values">The values as text.</param>
    /// <param name="value">The value.</param>
    /// <param name="problem">What is wrong, where nothing could be read.</param>
    public static bool TryRead(string type, IReadOnlyList<string> values, out ContextValue value, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(values);
        var list = type.EndsWith("List", StringComparison.Ordinal);
        Predicate<string>? reads = (list ? type[..^4] : type) switch
        {
            "string" => static _ => true,
            "numeric" => static text => ExactDecimal.Parse(text) is not null,
            "boolean" => static text => bool.TryParse(text, out _) && text.Length == text.AsSpan().Trim().Length,
            "ip" => static text => IpValue.Parse(text) is not null,
            "binary" => static text => BinaryCondition.Bytes(text) is not null,
            "date" => static text => Instant.Parse(text) is not null,
            _ => null,
        };
        var unread = reads is null ? null : values.FirstOrDefault(text => !reads(text));
        problem = reads is null ? $"{type} is no type of a value."
            : !list && values.Count != 1 ? $"{type} takes exactly one value; {type}List takes several."
            : unread is not null ? $"'{unread}' is no {(list ? type[..^4] : type)}."
            : null;
        value = problem is not null ? default : list ? List(values) : Of(values[0]);
        return problem is null;
    }

    /// <summary>A single value.</summary>
    public static implicit operator ContextValue(string value) => Of(value);

    /// <inheritdoc/>
    public bool Equals(ContextValue other) => Single == other.Single && Many.SequenceEqual(other.Many);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Single, Many.Length);
}
