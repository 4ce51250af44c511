namespace IamEventSourced.PolicyEngine;

/// <summary>The engine's version, which every recorded decision names.</summary>
public static class PolicyEngineVersion
{
    /// <summary>Changes whenever some request would be decided differently than before.</summary>
    public const string Current = "1.1";
}
