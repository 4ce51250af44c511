namespace IamEventSourced.PolicyEngine;

/// <summary>A part of a statement that must match (R80).</summary>
public enum StatementPart
{
    /// <summary>Action or NotAction.</summary>
    Action,

    /// <summary>Resource or NotResource.</summary>
    Resource,

    /// <summary>Principal or NotPrincipal, or that there is none on a resource (R76).</summary>
    Principal,

    /// <summary>One condition or several.</summary>
    Condition,
}

/// <summary>A statement that would have matched but for one part.</summary>
/// <param name="PolicyId">What the caller of the engine calls the policy.</param>
/// <param name="Source">The set it belongs to.</param>
/// <param name="Statement">The statement as read.</param>
/// <param name="Failed">The part.</param>
/// <param name="Conditions">Those that did not hold, where it was the condition; else empty.</param>
public sealed record NearMiss(string PolicyId, PolicySource Source, PolicyStatement Statement, StatementPart Failed, IReadOnlyList<FailedCondition> Conditions);

/// <summary>A condition that did not hold.</summary>
/// <param name="Condition">Operator, key and values as read.</param>
/// <param name="Value">What the request had for the key; null when nothing.</param>
public sealed record FailedCondition(PolicyCondition Condition, ContextValue? Value);
