using System.Collections.Immutable;

namespace IamEventSourced.PolicyEngine;

/// <summary>Policies that name principals (R10) and are asked together: a resource's own, an endpoint's, or those of one level of resource control. Immutable.</summary>
public sealed class ResourcePolicies
{
    private ResourcePolicies(GrantSet set) => Set = set;

    /// <summary>The policies, each once, in the order first given.</summary>
    public ImmutableArray<PolicyGrant> Grants => Set.Grants;

    internal GrantSet Set { get; }

    /// <summary>These policies.</summary>
    public static ResourcePolicies Of(params IEnumerable<PolicyGrant> grants) => new(GrantSet.OfResource(grants));
}
