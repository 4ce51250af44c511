namespace IamEventSourced.PolicyEngine;

/// <summary>What a statement does when it matches (R7).</summary>
public enum Effect
{
    /// <summary>Refuses, whatever else allows.</summary>
    Deny,

    /// <summary>Grants, unless a Deny matches.</summary>
    Allow,
}
