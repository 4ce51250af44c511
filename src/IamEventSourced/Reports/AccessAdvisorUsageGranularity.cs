namespace IamEventSourced;

/// <summary>AWS: whether a report tells of services alone or of their actions too.</summary>
public sealed record AccessAdvisorUsageGranularity(string Value) : Text<AccessAdvisorUsageGranularity>(Value), IText<AccessAdvisorUsageGranularity>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(12, 13, "SERVICE_LEVEL|ACTION_LEVEL");
    /// <inheritdoc/>
    public static implicit operator AccessAdvisorUsageGranularity(string text) => new(text);

    /// <summary>Of services alone.</summary>
    public static AccessAdvisorUsageGranularity Services { get; } = "SERVICE_LEVEL";
    /// <summary>Of actions too.</summary>
    public static AccessAdvisorUsageGranularity Actions { get; } = "ACTION_LEVEL";
}
