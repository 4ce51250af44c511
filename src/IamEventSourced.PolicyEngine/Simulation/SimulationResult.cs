using System.Collections.Immutable;

namespace IamEventSourced.PolicyEngine;

/// <summary>What an action on some resources comes to (R122); members have AWS's names.</summary>
/// <param name="EvalActionName">The action as asked.</param>
/// <param name="EvalResourceName">The resource; of several, the first with the most restrictive outcome.</param>
/// <param name="Outcome">The outcome; of several resources, the most restrictive one.</param>
public sealed record SimulationResult(string EvalActionName, string EvalResourceName, AccessOutcome Outcome)
{
    /// <summary><c>allowed</c>, <c>explicitDeny</c> or <c>implicitDeny</c>.</summary>
    public string EvalDecision => Outcome.EvalDecision();

    /// <summary>The statements that decide (R123).</summary>
    public IReadOnlyList<SimulatedStatement> MatchedStatements { get; init; } = [];

    /// <summary>Condition keys and variables of the policies that were not given (R126); empty where resources were given, whose results then say so.</summary>
    public IReadOnlyList<string> MissingContextValues { get; init; } = [];

    /// <summary>What each type of policy comes to by itself; empty unless the resource is another account's (R128).</summary>
    public IReadOnlyDictionary<string, AccessOutcome> EvalDecisionDetails { get; init; } = ImmutableDictionary<string, AccessOutcome>.Empty;

    /// <summary>Whether service control policies allow it; null when none took part (R128).</summary>
    public bool? AllowedByOrganizations { get; init; }

    /// <summary>Whether the boundary allows it; null when none took part (R128).</summary>
    public bool? AllowedByPermissionsBoundary { get; init; }

    /// <summary>One entry for each resource given; empty when none was.</summary>
    public IReadOnlyList<ResourceSpecificResult> ResourceSpecificResults { get; init; } = [];
}

/// <summary>What an action on one of several resources comes to (R122).</summary>
/// <param name="EvalResourceName">The resource as asked.</param>
/// <param name="Outcome">The outcome.</param>
/// <param name="MatchedStatements">The statements that decide (R123).</param>
/// <param name="MissingContextValues">Condition keys and variables of the policies that were not given (R126).</param>
/// <param name="EvalDecisionDetails">What each type of policy comes to by itself; empty unless the resource is another account's (R128).</param>
/// <param name="AllowedByPermissionsBoundary">Whether the boundary allows it; null when none took part (R128).</param>
public sealed record ResourceSpecificResult(
    string EvalResourceName, AccessOutcome Outcome, IReadOnlyList<SimulatedStatement> MatchedStatements, IReadOnlyList<string> MissingContextValues,
    IReadOnlyDictionary<string, AccessOutcome> EvalDecisionDetails, bool? AllowedByPermissionsBoundary)
{
    /// <summary><c>allowed</c>, <c>explicitDeny</c> or <c>implicitDeny</c>.</summary>
    public string EvalResourceDecision => Outcome.EvalDecision();
}

/// <summary>A statement that decided, as the simulator says it (R124).</summary>
/// <param name="SourcePolicyId">Which of the policies.</param>
/// <param name="SourcePolicyType"><c>IAM Policy</c> or <c>Resource Policy</c>, as the service answers.</param>
/// <param name="StartPosition">Where it starts (R125).</param>
/// <param name="EndPosition">Where it ends (R125).</param>
public sealed record SimulatedStatement(string SourcePolicyId, string SourcePolicyType, TextPosition StartPosition, TextPosition EndPosition);
