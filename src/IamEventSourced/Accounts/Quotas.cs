namespace IamEventSourced;

/// <summary>AWS's quotas under AWS's names, in AWS's numbers. They decide outcomes, so they are the account's own and change only by an event.</summary>
public sealed record Quotas
{
    /// <summary>AWS's numbers.</summary>
    public static Quotas Default { get; } = new();

    /// <summary>Users in the account.</summary>
    public int UsersPerAccount { get; init; } = 5000;
    /// <summary>Groups in the account.</summary>
    public int GroupsPerAccount { get; init; } = 300;
    /// <summary>Groups that one user is in.</summary>
    public int GroupsPerUser { get; init; } = 10;
    /// <summary>Managed policies of the account's own.</summary>
    public int PoliciesPerAccount { get; init; } = 1500;
    /// <summary>Versions kept of one managed policy.</summary>
    public int VersionsPerPolicy { get; init; } = 5;
    /// <summary>Characters of a managed policy without white space (R105).</summary>
    public int PolicySize { get; init; } = 6144;
    /// <summary>Managed policies attached to one user.</summary>
    public int AttachedPoliciesPerUser { get; init; } = 10;
    /// <summary>Managed policies attached to one group.</summary>
    public int AttachedPoliciesPerGroup { get; init; } = 10;
    /// <summary>Characters of a user's inline policies together, without white space (R105).</summary>
    public int UserPolicySize { get; init; } = 2048;
    /// <summary>Characters of a group's inline policies together, without white space (R105).</summary>
    public int GroupPolicySize { get; init; } = 5120;
    /// <summary>Access keys of one user, and of root.</summary>
    public int AccessKeysPerUser { get; init; } = 2;
}
