using System.Collections.Immutable;

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

    /// <summary>A single value.</summary>
    public static implicit operator ContextValue(string value) => Of(value);

    /// <inheritdoc/>
    public bool Equals(ContextValue other) => Single == other.Single && Many.SequenceEqual(other.Many);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Single, Many.Length);
}
