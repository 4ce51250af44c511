namespace IamEventSourced.PolicyEngine;

/// <summary>A policy that a principal has.</summary>
/// <param name="PolicyId">What the caller calls it; matched statements say it again.</param>
/// <param name="Policy">The policy, compared by reference: compile a version once.</param>
public sealed record PolicyGrant(string PolicyId, CompiledPolicy Policy);
