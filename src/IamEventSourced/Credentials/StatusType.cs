namespace IamEventSourced;

/// <summary>AWS: Active or Inactive; an inactive access key or SSH public key is kept, but good for nothing. (AWS's type has Expired too, which nobody can set.)</summary>
public sealed record StatusType(string Value) : Text<StatusType>(Value), IText<StatusType>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(6, 8, "Active|Inactive");
    /// <inheritdoc/>
    public static implicit operator StatusType(string text) => new(text);

    /// <summary>It is good.</summary>
    public static StatusType Active { get; } = "Active";
}
