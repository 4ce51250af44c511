namespace IamEventSourced.PolicyEngine;

/// <summary>A decision with its reasons.</summary>
/// <param name="Outcome">What it came to.</param>
/// <param name="Matched">The statements that decide (R123): the Allows of an allow, the Denies of an explicit deny, none of an implicit deny.</param>
/// <param name="Failures">The policies that could not be compiled; one of them is enough for an explicit deny.</param>
public sealed record AccessDecision(AccessOutcome Outcome, IReadOnlyList<MatchedStatement> Matched, IReadOnlyList<PolicyFailure> Failures)
{
    /// <summary>Whether the permissions boundary alone allows it; null when there is none (R128).</summary>
    public bool? AllowedByBoundary { get; init; }

    /// <summary>Whether every level of service control policies allows it; null when there is none, or none that binds the principal (R85, R128).</summary>
    public bool? AllowedByOrganizations { get; init; }

    /// <summary>The engine that decided.</summary>
    public string EngineVersion { get; init; } = PolicyEngineVersion.Current;
}
