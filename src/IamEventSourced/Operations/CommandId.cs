namespace IamEventSourced;

/// <summary>A command's id, chosen by its sender: the same id is carried out once. 1–128 of letters, digits and _.:-; case distinguishes.</summary>
public sealed record CommandId(string Value) : Text<CommandId>(Value), IText<CommandId>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 128, "[A-Za-z0-9_.:-]+");
    /// <inheritdoc/>
    public static implicit operator CommandId(string text) => new(text);
}
