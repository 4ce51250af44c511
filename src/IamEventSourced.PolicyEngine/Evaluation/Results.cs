namespace IamEventSourced.PolicyEngine;

/// <summary>What each set of policies comes to by itself (R81); a set that is not there limits nothing.</summary>
/// <param name="Resource">How the allows of the resource policy name the principal.</param>
/// <param name="ResourceDenies">Whether a deny of it does.</param>
internal readonly record struct Results(
    AccessOutcome Identity, AccessOutcome Boundary, AccessOutcome Session, AccessOutcome ServiceControl, AccessOutcome ResourceControl, AccessOutcome Endpoint,
    PrincipalMatch Resource, bool ResourceDenies)
{
    /// <summary>R83–R92.</summary>
    internal AccessOutcome Combine(Principal principal, PolicySet policies)
    {
        const AccessOutcome Denied = AccessOutcome.ExplicitDeny;
        if (Identity == Denied || Boundary == Denied || Session == Denied || ServiceControl == Denied || ResourceControl == Denied || Endpoint == Denied || ResourceDenies)
            return Denied; // R83

        return Allows(ResourceControl) && Allows(Endpoint) // R84
            && Allows(ServiceControl) // R85
            && IsGranted(principal, policies)
            ? AccessOutcome.Allowed
            : AccessOutcome.ImplicitDeny;
    }

    private static bool Allows(AccessOutcome outcome) => outcome == AccessOutcome.Allowed;

    private bool IsGranted(Principal principal, PolicySet policies)
    {
        if (!principal.HasPolicies) return Has(PrincipalMatch.Direct); // R90
        var limits = Allows(Boundary) && Allows(Session);
        var identity = principal.Type switch
        {
            PrincipalType.Account => true, // R91
            PrincipalType.FederatedUser when policies.Session is null => false, // R92
            _ => Allows(Identity) && limits, // R86
        };
        if (Evaluator.Crosses(principal, policies)) return Resource != PrincipalMatch.None && identity; // R88
        return Has(PrincipalMatch.Direct) || Has(PrincipalMatch.Session) && limits // R87
            || identity && (!policies.TrustRequired || Has(PrincipalMatch.Account)); // R89
    }

    private bool Has(PrincipalMatch match) => (Resource & match) != PrincipalMatch.None;
}
