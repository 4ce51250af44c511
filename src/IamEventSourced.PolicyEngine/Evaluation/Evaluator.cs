namespace IamEventSourced.PolicyEngine;

/// <summary>Decides requests (R80–R92). Pure; safe for any number of threads.</summary>
public static class Evaluator
{
    /// <summary>
    /// What the policies of a principal come to: a Deny anywhere wins; else an Allow is needed of the identity and, if there is one, of the boundary (R81, R83, R86).
    /// Allocates nothing, unless the action is longer than AWS's 128 characters.
    /// </summary>
    /// <param name="identity">The policies of the principal and its groups.</param>
    /// <param name="boundary">The permissions boundary; null means no limit, an empty set allows nothing.</param>
    /// <param name="request">What is asked.</param>
    public static AccessOutcome Decide(GrantSet identity, GrantSet? boundary, in AccessRequest request)
    {
        ArgumentNullException.ThrowIfNull(identity);
        var action = new FoldedAction(request.Action, stackalloc char[FoldedAction.StackLength]);
        var own = Ask(identity, action, request);
        if (boundary is null || own == AccessOutcome.ExplicitDeny) return own;
        var limit = Ask(boundary, action, request);
        return limit == AccessOutcome.ExplicitDeny || own == AccessOutcome.Allowed ? limit : own;
    }

    /// <summary>What all policies come to that take part (R82–R92). Allocates nothing, unless the action is longer than AWS's 128 characters.</summary>
    /// <param name="principal">Who asks.</param>
    /// <param name="policies">The policies.</param>
    /// <param name="request">What is asked.</param>
    public static AccessOutcome Decide(Principal principal, PolicySet policies, in AccessRequest request) => Ask(principal, policies, request).Combine(principal, policies);

    /// <summary>The same decision with its reasons (R123): the statements that decide, in the order of the policies, identity first.</summary>
    /// <param name="identity">The policies of the principal and its groups.</param>
    /// <param name="boundary">The permissions boundary; null means no limit.</param>
    /// <param name="request">What is asked.</param>
    public static AccessDecision Explain(GrantSet identity, GrantSet? boundary, in AccessRequest request)
    {
        ArgumentNullException.ThrowIfNull(identity);
        return Explain(Principal.Unnamed, new() { Identity = identity, PermissionsBoundary = boundary }, request);
    }

    /// <summary>The same decision with its reasons (R123, R128).</summary>
    /// <param name="principal">Who asks.</param>
    /// <param name="policies">The policies.</param>
    /// <param name="request">What is asked.</param>
    public static AccessDecision Explain(Principal principal, PolicySet policies, in AccessRequest request)
    {
        var results = Ask(principal, policies, request);
        var outcome = results.Combine(principal, policies);
        var deciding = outcome == AccessOutcome.Allowed ? Effect.Allow : Effect.Deny;
        List<MatchedStatement> matched = [];
        List<PolicyFailure> failures = [];
        foreach (var (source, set) in Sets(principal, policies))
        {
            failures.AddRange(set.Failures);
            if (outcome != AccessOutcome.ImplicitDeny) AddMatched(matched, source, set, deciding, principal, policies, request);
        }
        return new(outcome, matched, failures)
        {
            AllowedByBoundary = policies.PermissionsBoundary is null || !principal.HasPolicies ? null : results.Boundary == AccessOutcome.Allowed,
            AllowedByOrganizations = policies.ServiceControl.IsEmpty || !IsBound(principal) ? null : results.ServiceControl == AccessOutcome.Allowed,
        };
    }

    /// <summary>
    /// The statements, of both effects, that would have matched but for one part: for those who wonder why they did not.
    /// Tests the very parts that decisions test; reads every statement, so costs more than a decision.
    /// </summary>
    /// <param name="principal">Who asks.</param>
    /// <param name="policies">The policies.</param>
    /// <param name="request">What is asked.</param>
    public static IReadOnlyList<NearMiss> NearMisses(Principal principal, PolicySet policies, in AccessRequest request)
    {
        ArgumentNullException.ThrowIfNull(principal);
        ArgumentNullException.ThrowIfNull(policies);
        var action = new FoldedAction(request.Action, stackalloc char[FoldedAction.StackLength]);
        List<NearMiss> near = [];
        foreach (var (source, set) in Sets(principal, policies))
        {
            foreach (var grant in set.Grants)
            {
                foreach (var statement in grant.Policy.Statements)
                {
                    List<StatementPart> failed = [];
                    if (!statement.MatchesAction(action)) failed.Add(StatementPart.Action);
                    if (!statement.MatchesResource(request.Resource, request.Context)) failed.Add(StatementPart.Resource);
                    if (!Means(statement, source, principal, policies)) failed.Add(StatementPart.Principal);
                    var context = request.Context;
                    FailedCondition[] conditions = [.. statement.Failing(context).Select(condition => new FailedCondition(condition.Source, context[condition.Source.Key]))];
                    if (conditions.Length > 0) failed.Add(StatementPart.Condition);
                    if (failed is [var part]) near.Add(new(grant.PolicyId, source, statement.Source, part, conditions));
                }
            }
        }
        return near;
    }

    /// <summary>The near misses of identity and boundary alone.</summary>
    /// <param name="identity">The policies of the principal and its groups.</param>
    /// <param name="boundary">The permissions boundary; null means no limit.</param>
    /// <param name="request">What is asked.</param>
    public static IReadOnlyList<NearMiss> NearMisses(GrantSet identity, GrantSet? boundary, in AccessRequest request)
    {
        ArgumentNullException.ThrowIfNull(identity);
        return NearMisses(Principal.Unnamed, new() { Identity = identity, PermissionsBoundary = boundary }, request);
    }

    /// <summary>What each set comes to by itself.</summary>
    internal static Results Ask(Principal principal, PolicySet policies, in AccessRequest request)
    {
        ArgumentNullException.ThrowIfNull(principal);
        ArgumentNullException.ThrowIfNull(policies);
        var action = new FoldedAction(request.Action, stackalloc char[FoldedAction.StackLength]);
        var control = AccessOutcome.Allowed;
        if (IsBound(principal))
        {
            foreach (var level in policies.ServiceControl)
            {
                var outcome = Ask(level, action, request);
                if (outcome == AccessOutcome.ExplicitDeny || control == AccessOutcome.Allowed) control = outcome;
            }
        }
        var resourceControl = AccessOutcome.Allowed;
        foreach (var level in policies.ResourceControl)
            if (Names(level, Effect.Deny, PolicySource.ResourceControl, action, principal, policies, request) != PrincipalMatch.None) resourceControl = AccessOutcome.ExplicitDeny;

        var endpoint = policies.Endpoint is not { } limit ? AccessOutcome.Allowed
            : Names(limit, Effect.Deny, PolicySource.Endpoint, action, principal, policies, request) != PrincipalMatch.None ? AccessOutcome.ExplicitDeny
            : Names(limit, Effect.Allow, PolicySource.Endpoint, action, principal, policies, request) != PrincipalMatch.None ? AccessOutcome.Allowed
            : AccessOutcome.ImplicitDeny;

        var own = principal.HasPolicies;
        return new(
            own ? Ask(policies.Identity, action, request) : AccessOutcome.ImplicitDeny,
            own && policies.PermissionsBoundary is { } boundary ? Ask(boundary, action, request) : AccessOutcome.Allowed,
            own && policies.Session is { } session ? Ask(session, action, request) : AccessOutcome.Allowed,
            control, resourceControl, endpoint,
            policies.Resource is { } granting ? Names(granting, Effect.Allow, PolicySource.Resource, action, principal, policies, request) : PrincipalMatch.None,
            policies.Resource is { } denying && Names(denying, Effect.Deny, PolicySource.Resource, action, principal, policies, request) != PrincipalMatch.None);
    }

    /// <summary>Whether the resource is another account's (R88).</summary>
    internal static bool Crosses(Principal principal, PolicySet policies) => policies.ResourceAccount is { } owner && owner != principal.Account;

    // R85, R90.
    private static bool IsBound(Principal principal) => principal is { HasPolicies: true, InManagementAccount: false };

    /// <summary>The sets that count for this principal, in the order in which reasons are given.</summary>
    private static IEnumerable<(PolicySource Source, GrantSet Set)> Sets(Principal principal, PolicySet policies)
    {
        if (principal.HasPolicies)
        {
            yield return (PolicySource.Identity, policies.Identity);
            if (policies.PermissionsBoundary is { } boundary) yield return (PolicySource.PermissionsBoundary, boundary);
            if (policies.Session is { } session) yield return (PolicySource.Session, session);
        }
        if (IsBound(principal))
            foreach (var level in policies.ServiceControl) yield return (PolicySource.ServiceControl, level);
        foreach (var level in policies.ResourceControl) yield return (PolicySource.ResourceControl, level.Set);
        if (policies.Endpoint is { } endpoint) yield return (PolicySource.Endpoint, endpoint.Set);
        if (policies.Resource is { } resource) yield return (PolicySource.Resource, resource.Set);
    }

    // R81.
    private static AccessOutcome Ask(GrantSet set, in FoldedAction action, in AccessRequest request)
    {
        ref readonly var candidates = ref set.Find(action);
        return Denies(set, action, candidates, request) ? AccessOutcome.ExplicitDeny
            : Has(set, Effect.Allow, action, candidates, request) ? AccessOutcome.Allowed
            : AccessOutcome.ImplicitDeny;
    }

    /// <summary>In which ways the matching statements of one effect name the principal; a policy that could not be compiled denies to everybody.</summary>
    private static PrincipalMatch Names(
        ResourcePolicies resource, Effect effect, PolicySource source, in FoldedAction action, Principal principal, PolicySet policies, in AccessRequest request)
    {
        var set = resource.Set;
        if (effect == Effect.Deny && !set.Failures.IsEmpty) return PrincipalMatch.Direct;
        var names = new NamingStatements(source, principal, policies);
        set.Visit(effect, action, set.Find(action), request, ref names);
        return names.Found;
    }

    private static PrincipalMatch Names(CompiledStatement statement, PolicySource source, Principal principal, PolicySet policies) =>
        source != PolicySource.Resource && !statement.NamesPrincipals ? PrincipalMatch.Direct : statement.Names(principal, principal.HasPolicies && policies.PermissionsBoundary is not null);

    // R80. Statements of sets that name nobody mean whom the set is of; only on a resource they mean nobody (R76).
    private static bool Means(CompiledStatement statement, PolicySource source, Principal principal, PolicySet policies) => source switch
    {
        PolicySource.Resource or PolicySource.Endpoint or PolicySource.ResourceControl => Names(statement, source, principal, policies) != PrincipalMatch.None,
        _ => statement.Source is not { Principals: not null, Effect: Effect.Allow },
    };

    private static void AddMatched(List<MatchedStatement> matched, PolicySource source, GrantSet set, Effect effect, Principal principal, PolicySet policies, in AccessRequest request)
    {
        var action = new FoldedAction(request.Action, stackalloc char[FoldedAction.StackLength]);
        var all = new AllStatements([], source, principal, policies);
        set.Visit(effect, action, set.Find(action), request, ref all);
        foreach (var (grant, statement) in all.Seen.OrderBy(seen => set.Grants.IndexOf(seen.Grant)).ThenBy(seen => seen.Statement.Index))
            matched.Add(new(grant.PolicyId, source, statement));
    }

    private static bool Denies(GrantSet set, in FoldedAction action, in Candidates candidates, in AccessRequest request) =>
        !set.Failures.IsEmpty || Has(set, Effect.Deny, action, candidates, request);

    private static bool Has(GrantSet set, Effect effect, in FoldedAction action, in Candidates candidates, in AccessRequest request)
    {
        var first = new FirstStatement();
        set.Visit(effect, action, candidates, request, ref first);
        return first.Found;
    }

    private struct FirstStatement : IStatementVisitor
    {
        internal bool Found { get; private set; }

        public bool Visit(in GrantedStatement statement)
        {
            Found = true;
            return false;
        }
    }

    private struct NamingStatements(PolicySource source, Principal principal, PolicySet policies) : IStatementVisitor
    {
        internal PrincipalMatch Found { get; private set; }

        public bool Visit(in GrantedStatement statement)
        {
            Found |= Names(statement.Statement, source, principal, policies);
            return true;
        }
    }

    // A statement found by several of its action patterns is shown several times.
    private readonly struct AllStatements(HashSet<(PolicyGrant Grant, PolicyStatement Statement)> seen, PolicySource source, Principal principal, PolicySet policies) : IStatementVisitor
    {
        internal HashSet<(PolicyGrant Grant, PolicyStatement Statement)> Seen => seen;

        public bool Visit(in GrantedStatement statement)
        {
            if (Means(statement.Statement, source, principal, policies)) seen.Add((statement.Grant, statement.Statement.Source));
            return true;
        }
    }
}
