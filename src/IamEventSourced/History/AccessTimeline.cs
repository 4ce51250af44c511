using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>
/// What a principal could do in the course of time: the events that decide it, folded one by one, a decision after each, and one at each moment in between at
/// which the clock may change it.
/// </summary>
sealed class AccessTimeline
{
    /// <summary>Where the decision changes.</summary>
    /// <param name="At">When.</param>
    /// <param name="By">The event; null: the clock.</param>
    public sealed record Edge(DateTimeOffset At, RecordedEvent? By);

    readonly UserId? _user;
    readonly ListAuthorizationIntervals _asked;
    readonly Dictionary<(GrantSet, GrantSet?), (IReadOnlyList<DateTimeOffset> Moments, IReadOnlyList<ActionName> Actions)> _seen = [];
    readonly SortedSet<string> _keys = new(StringComparer.OrdinalIgnoreCase);
    readonly List<(Edge From, Edge? To, IReadOnlyList<DecidingStatement> Statements)> _intervals = [];
    IamError? _unfit;

    AccessTimeline(AccountId account, UserId? user, ListAuthorizationIntervals asked) => (_user, _asked, End) = (user, asked, new(account));

    /// <summary>As much of the account as was folded.</summary>
    public Directory End { get; private set; }

    /// <summary>In which it could, in order.</summary>
    public IReadOnlyList<(Edge From, Edge? To, IReadOnlyList<DecidingStatement> Statements)> Intervals => _intervals;

    /// <summary>The condition keys that statements about the action looked at.</summary>
    public IReadOnlyList<string> ContextKeys => [.. _keys];

    /// <summary>Follows these events until a moment.</summary>
    /// <returns>What is wrong with the question, where something is.</returns>
    public static Answer<AccessTimeline> Of(AccountId account, UserId? user, ListAuthorizationIntervals asked, IReadOnlyList<RecordedEvent> events, DateTimeOffset until)
    {
        var timeline = new AccessTimeline(account, user, asked);
        for (var i = 0; i < events.Count && timeline._unfit is null; i++)
        {
            var recorded = events[i];
            // Of those in between nothing is known, and nothing needs to be: they have their numbers all the same.
            timeline.End = (timeline.End with { Revision = recorded.Revision - 1 }).Apply(recorded.Event, recorded.At);
            timeline.Look(new(recorded.At, recorded));
            var next = i + 1 < events.Count ? events[i + 1].At : until;
            foreach (var moment in timeline.Moments())
                if (moment > recorded.At && moment <= next) timeline.Look(new(moment, null));
        }
        return timeline._unfit is { } unfit ? unfit : timeline;
    }

    void Look(Edge edge)
    {
        var open = _intervals is [.., (_, null, _)];
        if (Allowing(edge.At) is { } statements)
        {
            if (!open) _intervals.Add((edge, null, statements));
        }
        else if (open) _intervals[^1] = _intervals[^1] with { To = edge };
    }

    /// <summary>The statements that allow it; null: it is not allowed.</summary>
    IReadOnlyList<DecidingStatement>? Allowing(DateTimeOffset at)
    {
        if (End.Closed is not null) return null;
        if (_user is null) return [];
        if (End.Users.Find(_user) is not { } user) return null;
        var asked = new AskedUser(End, user, at);
        foreach (var action in Seen(asked).Actions)
        {
            var request = new AuthorizationRequest(action, _asked.ResourceArn, null, _asked.ContextEntries);
            var (known, unfit) = End.RequestOf(request, asked);
            if (unfit is not null) _unfit = unfit;
            else if (Evaluator.Decide(asked.Grants, asked.BoundaryGrants, known) is AccessOutcome.Allowed) return End.Authorize(request, new AskedPrincipal(asked)).Value!.MatchedStatements;
            if (_unfit is not null) return null;
        }
        return null;
    }

    /// <summary>When the clock may change it, as long as nothing happens.</summary>
    IReadOnlyList<DateTimeOffset> Moments() => _user is not null && End.Users.Find(_user) is { } user ? Seen(new(End, user, End.At)).Moments : [];

    (IReadOnlyList<DateTimeOffset> Moments, IReadOnlyList<ActionName> Actions) Seen(AskedUser asked)
    {
        if (_seen.TryGetValue((asked.Grants, asked.BoundaryGrants), out var known)) return known;
        GrantSet[] sets = asked.BoundaryGrants is { } boundary ? [asked.Grants, boundary] : [asked.Grants];
        ActionName[] actions = [.. ActionSamples.Of(_asked.ActionName.Value, sets).Where(action => ActionName.Limits.Violation(action) is null).Select(action => new ActionName(action))];
        foreach (var action in actions)
            foreach (var set in sets) _keys.UnionWith(PolicyEngine.ContextKeys.Of(set, action.Value));
        return _seen[(asked.Grants, asked.BoundaryGrants)] = ([.. sets.SelectMany(ClockMoments.Of).Distinct().Order()], actions);
    }
}
