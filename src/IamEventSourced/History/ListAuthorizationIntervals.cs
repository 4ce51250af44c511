using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>
/// Since when may a principal do this, and when could it before? The intervals in which it could, until the moment that is asked about, with the cause
/// of each edge: an event, or the clock. A principal is who it is, whatever it was called: a re-created name is another. It tells who changed
/// what, so it needs a permission also when one asks about oneself.
/// </summary>
/// <remarks>
/// The clock's edges are those of Date and Numeric conditions on <c>aws:CurrentTime</c> and <c>aws:EpochTime</c>; a policy that compares the time as a text is looked at when
/// something happens. Of a pattern of actions the intervals are told in which at least one action of it could be done, as far as the patterns in the policies tell actions apart.
/// </remarks>
/// <param name="Principal">A user's ARN, or root's; or its unique id, which also finds who was deleted.</param>
/// <param name="ActionName">The action, <c>service:name</c>; the name may have the wildcards * and ?.</param>
/// <param name="ResourceArn">The resource's ARN; "*" where none is given: the action has no resource.</param>
/// <param name="ContextEntries">What the requests that are judged bring along, as the source address: the same all the time.</param>
/// <param name="MaxItems">How many intervals at most, the newest; 100 where none is given. Older ones are told of an earlier moment.</param>
public sealed record ListAuthorizationIntervals(EntityReference Principal, ActionPattern ActionName, ResourceName? ResourceArn = null, ContextEntry[]? ContextEntries = null, MaxItems? MaxItems = null) : IHistoryQuery<ListAuthorizationIntervalsAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Principal.PermissionIn(directory)];

    /// <inheritdoc/>
    public async Task<Answer<ListAuthorizationIntervalsAnswer>> Answer(Directory directory, Call call, IHistory history)
    {
        if (Principal.IsArn && Principal.Value.StartsWith($"arn:aws:iam::{directory.Account}:group/", StringComparison.Ordinal)) return IamError.InvalidInput($"{Principal} is a group: it has members, but is no principal and can't be allowed anything itself.");
        var id = Principal.IsArn ? directory.Current(Principal)?.Id : Principal.Value;
        UserId? user = id is ['A', 'I', 'D', 'A', ..] && UserId.Limits.Violation(id) is null ? new(id) : null;
        if (user is null && id != directory.Account.Value) return NoSuchPrincipal;

        var events = await history.EventsDeciding(user, ResourceArn);
        if (user is not null && !events.Any(recorded => recorded.Event is UserCreated created && created.UserId == user)) return NoSuchPrincipal;
        var (timeline, unfit) = AccessTimeline.Of(directory.Account, user, this, events, call.At);
        if (timeline is null) return unfit!;

        var most = MaxItems?.Value ?? 100;
        List<AuthorizationInterval> told = [];
        foreach (var (from, to, statements) in timeline.Intervals.TakeLast(most)) told.Add(new(await Edge(from), to is null ? null : await Edge(to), statements));
        return new ListAuthorizationIntervalsAnswer(user is null ? Arn.Of(directory.Account, "root") : timeline.End.Users.Find(user) is { } now ? directory.ArnOf(now) : null, id!, told, timeline.Intervals.Count > most, timeline.ContextKeys, directory.Revision, PolicyEngineVersion.Current);

        async Task<AuthorizationEdge> Edge(AccessTimeline.Edge edge) => edge.By is { } by ? new(by.Revision, by.At, Cause.Of(by))
            : new(await history.RevisionAt(edge.At.AddTicks(-TimeSpan.TicksPerMicrosecond)), edge.At, null);
    }

    IamError NoSuchPrincipal => IamError.NoSuchEntity($"There is no principal {Principal}; of a user that was deleted or renamed, ask by its unique id.");
}

/// <summary>When a principal could do something.</summary>
/// <param name="PrincipalArn">Its ARN at the moment that was asked about; absent: it was deleted.</param>
/// <param name="PrincipalId">Its unique id; root's is the account's.</param>
/// <param name="Intervals">In the order of time.</param>
/// <param name="IsTruncated">Whether there were more before these.</param>
/// <param name="ContextKeys">The condition keys that statements about the action looked at in all this time: on them it depends. What the request did not give of them, and the service does not know itself, was absent.</param>
/// <param name="Revision">The revision of the account until which this is told.</param>
/// <param name="EngineVersion">The version of the policy engine.</param>
public sealed record ListAuthorizationIntervalsAnswer(Arn? PrincipalArn, string PrincipalId, IReadOnlyList<AuthorizationInterval> Intervals, bool IsTruncated, IReadOnlyList<string> ContextKeys, long Revision, string EngineVersion);

/// <summary>A time in which it was allowed: from an edge on, and not from the other on.</summary>
/// <param name="From">Where it begins.</param>
/// <param name="To">Where it ends; absent: it had not ended at the moment that was asked about.</param>
/// <param name="MatchedStatements">The statements that allowed it when it began; of a pattern, those of the first action found that was allowed.</param>
public sealed record AuthorizationInterval(AuthorizationEdge From, AuthorizationEdge? To, IReadOnlyList<DecidingStatement> MatchedStatements);

/// <summary>Where an interval begins or ends.</summary>
/// <param name="Revision">The event's; of the clock's, the newest that was before that time.</param>
/// <param name="At">When.</param>
/// <param name="Event">What caused it; absent: the clock.</param>
public sealed record AuthorizationEdge(long Revision, DateTimeOffset At, Cause? Event);

/// <summary>3–128 characters: service and name with one colon; the name may have the wildcards * and ? (R20, R25).</summary>
public sealed record ActionPattern(string Value) : Text<ActionPattern>(Value), IText<ActionPattern>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(3, 128, @"[A-Za-z0-9.-]+:[\u0021-\u0039\u003B-\u007E]+");
    /// <inheritdoc/>
    public static implicit operator ActionPattern(string text) => new(text);
}
