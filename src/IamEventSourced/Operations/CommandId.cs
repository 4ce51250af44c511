namespace IamEventSourced;

/// <summary>A command's id, chosen by its sender: the same id is carried out once. 1–128 of letters, digits and _.:-; case distinguishes.</summary>
public sealed record CommandId(string Value) : Text<CommandId>(Value), IText<CommandId>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 128, "[A-Za-z0-9_.:-]+");
    /// <inheritdoc/>
    public static implicit operator CommandId(string text) => new(text);

    const string SignaturePrefix = "sig-";

    /// <summary>The id of a command whose sender gave it none: made from its signature, so that a request that is played back is the same command.</summary>
    /// <param name="digest">Hexadecimal digits that stand for the signature.</param>
    public static CommandId OfSignature(string digest) => new(SignaturePrefix + digest);

    /// <summary>Why a sender may not choose this id, in AWS's words, or null.</summary>
    public static string? Violation(string id) => Limits.Violation(id) ?? (id.StartsWith(SignaturePrefix, StringComparison.Ordinal) ? $"Member must not begin with {SignaturePrefix}" : null);

    /// <summary>Whether it was made from a signature. Two honest equal requests of one second sign alike: the second may be meant.</summary>
    public bool IsOfSignature => Value.StartsWith(SignaturePrefix, StringComparison.Ordinal);
}
