namespace IamEventSourced.PolicyEngine;

/// <summary>In which ways a statement's principals are the one who asks (R70). Several can be true at once.</summary>
[Flags]
internal enum PrincipalMatch
{
    None = 0,

    /// <summary>Its account is named.</summary>
    Account = 1,

    /// <summary>The role or user whose session it is, is named.</summary>
    Session = 2,

    /// <summary>It is named itself, or everybody is.</summary>
    Direct = 4,
}
