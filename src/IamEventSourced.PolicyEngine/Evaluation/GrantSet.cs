using System.Collections.Immutable;

namespace IamEventSourced.PolicyEngine;

/// <summary>
/// Policies that are asked together (R81), indexed by action. Immutable; principals that have exactly the same policies share one.
/// Statements are found by whole action, then by service, then those for any service; denies before allows.
/// </summary>
public sealed class GrantSet
{
    private readonly Dictionary<string, StatementBucket> byAction = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StatementBucket> byService = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StatementBucket>.AlternateLookup<ReadOnlySpan<char>> actionLookup;
    private readonly Dictionary<string, StatementBucket>.AlternateLookup<ReadOnlySpan<char>> serviceLookup;
    private readonly StatementBucket anyService = new();

    private GrantSet(ImmutableArray<PolicyGrant> grants)
    {
        Grants = grants;
        Failures = [.. grants.Where(grant => grant.Policy.Failure is not null).Select(grant => new PolicyFailure(grant.PolicyId, grant.Policy.Failure!))];
        foreach (var grant in grants)
            foreach (var statement in grant.Policy.Statements) Add(grant, statement);
        foreach (var bucket in byAction.Values) bucket.Seal();
        foreach (var bucket in byService.Values) bucket.Seal();
        anyService.Seal();
        actionLookup = byAction.GetAlternateLookup<ReadOnlySpan<char>>();
        serviceLookup = byService.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>No policies: nothing is allowed.</summary>
    public static GrantSet Empty { get; } = new([]);

    /// <summary>The policies, each once, in the order first given.</summary>
    public ImmutableArray<PolicyGrant> Grants { get; }

    /// <summary>The policies that could not be compiled; when there is one, every decision is an explicit deny.</summary>
    public ImmutableArray<PolicyFailure> Failures { get; }

    /// <summary>The set of these policies; repeated ones count once.</summary>
    public static GrantSet Of(params IEnumerable<PolicyGrant> grants)
    {
        var distinct = grants.Distinct().ToImmutableArray();
        return distinct.IsEmpty ? Empty : new(distinct);
    }

    internal Candidates Find(in FoldedAction action)
    {
        StatementBucket? exact = null, service = null;
        if (byAction.Count > 0) actionLookup.TryGetValue(action.Text, out exact);
        if (byService.Count > 0 && action.HasService) serviceLookup.TryGetValue(action.Service, out service);
        return new(exact, service);
    }

    /// <summary>Shows the visitor the matching statements of one effect until it has seen enough. One may be shown twice.</summary>
    internal void Visit<TVisitor>(Effect effect, in FoldedAction action, in Candidates candidates, in AccessRequest request, ref TVisitor visitor)
        where TVisitor : struct, IStatementVisitor
    {
        if (candidates.Exact is { } exact)
            foreach (ref readonly var entry in exact.Of(effect))
                if (entry.Statement.MatchesBesidesAction(request.Resource, request.Context) && !visitor.Visit(entry)) return;

        if (candidates.Service is { } service)
        {
            var name = action.Name;
            var head = GrantedStatement.HeadOf(name);
            foreach (ref readonly var entry in service.Of(effect))
                if (entry.MatchesName(head, name) && entry.Statement.MatchesBesidesAction(request.Resource, request.Context) && !visitor.Visit(entry)) return;
        }

        foreach (ref readonly var entry in anyService.Of(effect))
            if (entry.Statement.Actions.Matches(action) != entry.Statement.Actions.Inverted
                && entry.Statement.MatchesBesidesAction(request.Resource, request.Context) && !visitor.Visit(entry)) return;
    }

    private void Add(PolicyGrant grant, CompiledStatement statement)
    {
        var actions = statement.Actions;
        if (actions.Inverted || actions.HasAny)
        {
            anyService.Add(new(grant, statement, null));
            return;
        }
        foreach (var literal in actions.Literals) Bucket(byAction, literal).Add(new(grant, statement, null));
        foreach (var glob in actions.Globs) Bucket(byService, glob.Service).Add(new(grant, statement, glob.Name));
    }

    private static StatementBucket Bucket(Dictionary<string, StatementBucket> buckets, string name)
    {
        if (!buckets.TryGetValue(name, out var bucket)) buckets.Add(name, bucket = new());
        return bucket;
    }
}

/// <summary>A policy that could not be compiled, and so denies everything.</summary>
/// <param name="PolicyId">What the caller calls it.</param>
/// <param name="Reason">Why.</param>
public sealed record PolicyFailure(string PolicyId, string Reason);
