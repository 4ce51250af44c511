namespace IamEventSourced.PolicyEngine;

/// <summary>Decides requests (R80–R86). Pure; safe for any number of threads.</summary>
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
        var own = identity.Find(action);
        var limit = boundary?.Find(action) ?? default;
        if (Denies(identity, action, own, request) || boundary is not null && Denies(boundary, action, limit, request)) return AccessOutcome.ExplicitDeny;
        return Has(identity, Effect.Allow, action, own, request) && (boundary is null || Has(boundary, Effect.Allow, action, limit, request))
            ? AccessOutcome.Allowed
            : AccessOutcome.ImplicitDeny;
    }

    /// <summary>The same decision with its reasons (R123): the statements that decide, in the order of the policies, identity first.</summary>
    /// <param name="identity">The policies of the principal and its groups.</param>
    /// <param name="boundary">The permissions boundary; null means no limit.</param>
    /// <param name="request">What is asked.</param>
    public static AccessDecision Explain(GrantSet identity, GrantSet? boundary, in AccessRequest request)
    {
        ArgumentNullException.ThrowIfNull(identity);
        var outcome = Decide(identity, boundary, request);
        var deciding = outcome == AccessOutcome.Allowed ? Effect.Allow : Effect.Deny;
        IReadOnlyList<MatchedStatement> matched = outcome == AccessOutcome.ImplicitDeny ? []
            : [.. Matched(identity, PolicySource.Identity, deciding, request), .. Matched(boundary, PolicySource.PermissionsBoundary, deciding, request)];
        return new(outcome, matched, [.. identity.Failures, .. boundary?.Failures ?? []])
        {
            AllowedByBoundary = boundary is null ? null : Decide(boundary, null, request) == AccessOutcome.Allowed,
        };
    }

    private static IEnumerable<MatchedStatement> Matched(GrantSet? set, PolicySource source, Effect effect, in AccessRequest request)
    {
        if (set is null) return [];
        var action = new FoldedAction(request.Action, stackalloc char[FoldedAction.StackLength]);
        var all = new AllStatements([]);
        set.Visit(effect, action, set.Find(action), request, ref all);
        return all.Seen
            .OrderBy(seen => set.Grants.IndexOf(seen.Grant))
            .ThenBy(seen => seen.Statement.Index)
            .Select(seen => new MatchedStatement(seen.Grant.PolicyId, source, seen.Statement));
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

    // A statement found by several of its action patterns is shown several times.
    private readonly struct AllStatements(HashSet<(PolicyGrant Grant, PolicyStatement Statement)> seen) : IStatementVisitor
    {
        internal HashSet<(PolicyGrant Grant, PolicyStatement Statement)> Seen => seen;

        public bool Visit(in GrantedStatement statement)
        {
            seen.Add((statement.Grant, statement.Statement.Source));
            return true;
        }
    }
}
