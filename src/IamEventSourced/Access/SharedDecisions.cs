using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>
/// One question about many users, of one moment. What a group's policies, or a boundary, come to is worked out once for all who have it, unless a
/// statement about the action looks at what is each user's own: a deny anywhere wins, else one allow is enough, and the boundary has to allow too (R81, R86).
/// </summary>
sealed class SharedDecisions(Directory directory, AuthorizationRequest request, DateTimeOffset at)
{
    // What some policies come to for all who have them; null: it differs from user to user. An id is one object in a directory, most often; where it is not, it is worked out again.
    readonly Dictionary<GroupId, Shared?> _groups = new(ReferenceEqualityComparer.Instance);
    readonly Dictionary<PolicyId, Shared?> _boundaries = [];
    AccessRequest? _asked; // as any user would ask
    Shared? _ofAllUsers;

    /// <summary>What some policies come to, by themselves, for all who have them.</summary>
    sealed class Shared(GrantSet set, AccessRequest asked, GrantSource[] sources, PolicySource use)
    {
        public AccessOutcome Outcome { get; } = Evaluator.Decide(set, null, asked);

        /// <summary>The statements that decide so.</summary>
        public IReadOnlyList<MatchedStatement> Matched => field ??= [.. Evaluator.Explain(set, null, asked).Matched.Select(statement => statement with { Source = use })];

        /// <summary>The ways that have any of them.</summary>
        public Way[] Ways => field ??= [.. sources.Select(source => new Way(source, AuthorizationDirectory.Of(source, Matched, use))).Where(way => way.Statements.Length > 0)];
    }

    /// <summary>A way with the statements in its policy that decide.</summary>
    sealed record Way(GrantSource Source, DecidingStatement[] Statements)
    {
        /// <summary>Of the first of them.</summary>
        public string Words => field ??= AuthorizationDirectory.WayOf(Statements[0]);
    }

    /// <summary>Whether the user may; or what is wrong with the question.</summary>
    public Answer<bool> Allows(User user)
    {
        if (_asked is null)
        {
            var (asked, unfit) = directory.RequestOf(request, user, at);
            if (unfit is not null) return unfit;
            _asked = asked;
            _ofAllUsers = Of(directory.GrantSets.OfAllUsers(directory));
        }
        var (allowed, own) = (false, false);
        if (!Takes(_ofAllUsers)) return false;
        if (HasOwn(user) && !Takes(OfOwn(user))) return false;
        foreach (var (group, _) in user.Groups)
            if (!Takes(OfGroup(group))) return false;
        if (user.Boundary is { } boundary && (allowed || own))
        {
            var limit = OfBoundary(user, boundary);
            if (limit is null) own = true;
            else if (limit.Outcome is not AccessOutcome.Allowed) return false;
        }
        return own ? Alone(user) : allowed;

        // False: it is denied, whatever else there is.
        bool Takes(Shared? shared)
        {
            own |= shared is null;
            allowed |= shared?.Outcome is AccessOutcome.Allowed;
            return shared?.Outcome is not AccessOutcome.ExplicitDeny;
        }
    }

    /// <summary>Why a user may that <see cref="Allows"/> told: as Authorize says it of this user alone.</summary>
    public (string Reason, IReadOnlyList<DecidingStatement> Deciding) Why(User user)
    {
        List<(Way Way, Stamp Since)> ways = [];
        var limit = user.Boundary is { } boundary ? OfBoundary(user, boundary) : null;
        var shared = (user.Boundary is null || limit is not null) && Adds(_ofAllUsers, default) && (!HasOwn(user) || Adds(OfOwn(user), default));
        foreach (var (group, joined) in user.Groups) shared = shared && Adds(OfGroup(group), joined);
        if (!shared) return directory.Authorize(request, new(new(directory, user, at))).Value is { } alone ? (alone.Reason, alone.MatchedStatements) : throw new InvalidOperationException("What was answered of a user can't be explained.");

        if (ways.Count > 1) ways.Sort(static (one, other) => GrantSource.InOrder(one.Way.Source, one.Since, other.Way.Source, other.Since));
        List<DecidingStatement> granting = new(ways.Count);
        foreach (var (way, since) in ways)
            foreach (var statement in way.Statements)
                granting.Add(since == way.Source.Since ? statement : statement with { SinceRevision = since.Revision, Since = since.At });
        return limit is null ? (AuthorizationDirectory.Reason(ways[0].Way.Words, ways[0].Since.Revision), granting)
            : AuthorizationDirectory.Deciding(AccessOutcome.Allowed, granting, AuthorizationDirectory.Of(directory.BoundaryOf(user)!, limit.Matched, PolicySource.PermissionsBoundary));

        bool Adds(Shared? all, Stamp joined)
        {
            foreach (var way in all?.Ways ?? []) ways.Add((way, joined.Revision > way.Source.Since.Revision ? joined : way.Source.Since));
            return all is not null;
        }
    }

    static bool HasOwn(User user) => user.Policies.Count + user.Attached.Count > 0;

    Shared? OfOwn(User user) => Of(user.Sources.Of(directory, user));

    Shared? OfGroup(GroupId id)
    {
        if (_groups.TryGetValue(id, out var known)) return known;
        var group = directory.Groups[id];
        return _groups[id] = Of(group.Sources.Of(directory, group));
    }

    Shared? OfBoundary(User user, Boundary boundary) =>
        _boundaries.TryGetValue(boundary.PolicyId, out var known) ? known : _boundaries[boundary.PolicyId] = Of(directory.GrantsOf(directory.BoundaryOf(user))!, [], PolicySource.PermissionsBoundary);

    Shared? Of(GrantSource[] sources) => Of(directory.GrantSets.Of(directory, [sources]), sources, PolicySource.Identity);

    Shared? Of(GrantSet set, GrantSource[] sources, PolicySource use) => Differs(set) ? null : new(set, _asked!.Value, sources, use);

    bool Alone(User user)
    {
        var alone = new AskedUser(directory, user, at);
        return Evaluator.Decide(alone.Grants, alone.BoundaryGrants, directory.RequestOf(request, alone).Value) is AccessOutcome.Allowed;
    }

    bool Differs(GrantSet set) => set.ReadsContext && ContextKeys.Of(set, request.ActionName.Value).Any(IsUsersOwn);

    /// <summary>Whether a condition key that the service fills differs from user to user.</summary>
    static bool IsUsersOwn(string key) => key.StartsWith("aws:PrincipalTag/", StringComparison.OrdinalIgnoreCase) || UsersOwn.Contains(key);

    static readonly HashSet<string> UsersOwn = new(["aws:username", "aws:userid", "aws:PrincipalArn"], StringComparer.OrdinalIgnoreCase);
}
