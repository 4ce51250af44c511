using System.Collections.Immutable;

namespace IamEventSourced.PolicyEngine;

/// <summary>All the policies that take part in a decision (R82), and whose the resource is (R87, R88).</summary>
public sealed record PolicySet
{
    /// <summary>The policies of the principal and its groups, of a role session the role's.</summary>
    public GrantSet Identity { get; init; } = GrantSet.Empty;

    /// <summary>The permissions boundary; null means no limit, an empty set allows nothing.</summary>
    public GrantSet? PermissionsBoundary { get; init; }

    /// <summary>What was passed when the session began; null means no limit, except for a federated session, which then has no rights of its own (R92).</summary>
    public GrantSet? Session { get; init; }

    /// <summary>The levels of the organisation's service control policies, root first (R85). None means no limit; a level that allows nothing blocks.</summary>
    public ImmutableArray<GrantSet> ServiceControl { get; init; } = [];

    /// <summary>The levels of the organisation's resource control policies; each allows everything that it does not deny (R82, R84).</summary>
    public ImmutableArray<ResourcePolicies> ResourceControl { get; init; } = [];

    /// <summary>The policies of the endpoint that the request came through; null means no limit (R84).</summary>
    public ResourcePolicies? Endpoint { get; init; }

    /// <summary>The policy that hangs on the resource, or null.</summary>
    public ResourcePolicies? Resource { get; init; }

    /// <summary>The account that owns the resource; null means the principal's own.</summary>
    public string? ResourceAccount { get; init; }

    /// <summary>Whether even the own account's principals need the resource policy, as with roles and keys of a key service (R89).</summary>
    public bool TrustRequired { get; init; }
}
