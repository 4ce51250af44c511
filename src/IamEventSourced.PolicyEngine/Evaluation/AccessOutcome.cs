namespace IamEventSourced.PolicyEngine;

/// <summary>What policies come to (R81).</summary>
public enum AccessOutcome
{
    /// <summary>Nothing allows it.</summary>
    ImplicitDeny,

    /// <summary>A Deny statement matches, or a policy could not be compiled.</summary>
    ExplicitDeny,

    /// <summary>Something allows it and nothing denies it.</summary>
    Allowed,
}
