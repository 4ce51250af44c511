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

/// <summary>How AWS writes outcomes.</summary>
public static class AccessOutcomeNames
{
    /// <summary><c>allowed</c>, <c>explicitDeny</c> or <c>implicitDeny</c> (R122).</summary>
    public static string EvalDecision(this AccessOutcome outcome) => outcome switch
    {
        AccessOutcome.Allowed => "allowed",
        AccessOutcome.ExplicitDeny => "explicitDeny",
        _ => "implicitDeny",
    };
}
