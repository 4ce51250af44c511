namespace IamEventSourced;

/// <summary>
/// A secret that a caller gives, within limits as any text. It prints as asterisks, so that no log, message or exception holds it; an operation
/// that takes one is refused on the bus, since queues keep what they carry.
/// </summary>
public abstract class SecretText<TSelf> where TSelf : SecretText<TSelf>, IText<TSelf>
{
    readonly string _value;

    /// <exception cref="FormatException">The text is outside the type's limits.</exception>
    protected SecretText(string value) => _value = TSelf.Limits.Violation(value) is { } violation ? throw new FormatException(violation) : value;

    /// <summary>The secret itself.</summary>
    public string Reveal() => _value;

    /// <inheritdoc/>
    public sealed override string ToString() => "***";
}
