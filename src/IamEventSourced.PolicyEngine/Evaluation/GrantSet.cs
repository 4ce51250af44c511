using System.Collections.Immutable;

namespace IamEventSourced.PolicyEngine;

/// <summary>
/// Policies that are asked together (R81), indexed by action. Immutable; principals that have exactly the same policies share one.
/// A statement that names principals grants nothing here. Statements are found by whole action or by service, then those for any service; denies before allows.
/// </summary>
public sealed class GrantSet
{
    private readonly ActionIndex index;
    private readonly StatementBucket anyService;

    private GrantSet(ImmutableArray<PolicyGrant> grants, bool ofResource = false)
    {
        Grants = grants;
        ReadsContext = grants.Any(grant => grant.Policy.Statements.Any(statement => statement.ReadsContext));
        Failures = [.. grants.Where(grant => grant.Policy.Failure is not null).Select(grant => new PolicyFailure(grant.PolicyId, grant.Policy.Failure!))];

        var lists = new Dictionary<string, List<GrantedStatement>>(StringComparer.Ordinal);
        var any = new List<GrantedStatement>();
        foreach (var grant in grants)
        {
            foreach (var statement in grant.Policy.Statements)
            {
                // A statement that names principals belongs to a resource (R10). Elsewhere nobody can say whether it means the caller: it may deny, not grant.
                if (!ofResource && statement.Source is { Principals: not null, Effect: Effect.Allow }) continue;
                if (statement.Actions.Inverted || statement.Actions.HasAny)
                {
                    any.Add(new(grant, statement));
                    continue;
                }
                foreach (var literal in statement.Actions.Literals) Under(literal).Add(new(grant, statement));
                foreach (var glob in statement.Actions.Globs) Under(glob.Service + ":").Add(new(grant, statement, glob.Name));
            }
        }
        index = new(lists);
        anyService = new(any);

        List<GrantedStatement> Under(string text)
        {
            if (!lists.TryGetValue(text, out var list)) lists.Add(text, list = []);
            return list;
        }
    }

    /// <summary>No policies: nothing is allowed.</summary>
    public static GrantSet Empty { get; } = new([]);

    /// <summary>The policies, each once, in the order first given.</summary>
    public ImmutableArray<PolicyGrant> Grants { get; }

    /// <summary>The policies that could not be compiled; when there is one, every decision is an explicit deny.</summary>
    public ImmutableArray<PolicyFailure> Failures { get; }

    /// <summary>Whether any decision looks at context keys; where none does, the request needs to bring none.</summary>
    public bool ReadsContext { get; }

    /// <summary>The set of these policies; repeated ones count once.</summary>
    public static GrantSet Of(params IEnumerable<PolicyGrant> grants)
    {
        var distinct = grants.Distinct().ToImmutableArray();
        return distinct.IsEmpty ? Empty : new(distinct);
    }

    /// <summary>The set of policies that name principals; who asks it must look at the principals.</summary>
    internal static GrantSet OfResource(IEnumerable<PolicyGrant> grants) => new([.. grants.Distinct()], ofResource: true);

    internal ref readonly Candidates Find(in FoldedAction action) => ref index.Find(action);

    /// <summary>Shows the visitor the matching statements of one effect until it has seen enough. One may be shown twice.</summary>
    internal void Visit<TVisitor>(Effect effect, in FoldedAction action, in Candidates candidates, in AccessRequest request, ref TVisitor visitor)
        where TVisitor : struct, IStatementVisitor
    {
        foreach (ref readonly var entry in candidates.Exact.Of(effect))
            if (entry.MatchesBesidesAction(request) && !visitor.Visit(entry)) return;

        foreach (ref readonly var entry in candidates.Service.Of(effect))
            if (entry.MatchesName(action.Name) && entry.MatchesBesidesAction(request) && !visitor.Visit(entry)) return;

        foreach (ref readonly var entry in anyService.Of(effect))
            if (entry.Statement.MatchesAction(action) && entry.MatchesBesidesAction(request) && !visitor.Visit(entry)) return;
    }
}

/// <summary>A policy that could not be compiled, and so denies everything.</summary>
/// <param name="PolicyId">What the caller calls it.</param>
/// <param name="Reason">Why.</param>
public sealed record PolicyFailure(string PolicyId, string Reason);
