namespace IamEventSourced;

/// <summary>AWS: a service as actions name it, before the colon: 1–64 letters, digits, _ and -; compared without case.</summary>
public sealed record ServiceNamespace(string Value) : Text<ServiceNamespace>(Value), IText<ServiceNamespace>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 64, "[A-Za-z0-9_-]+", ignoreCase: true);
    /// <inheritdoc/>
    public static implicit operator ServiceNamespace(string text) => new(text);
}
