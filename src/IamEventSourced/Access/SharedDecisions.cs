using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>
/// One question about many users, of one moment. What a group's policies, or a boundary, come to is worked out once for all who have it, unless a
/// statement about the action looks at what is each user's own: a deny anywhere wins, else one allow is enough, and the boundary has to allow too (R81, R86).
/// </summary>
sealed class SharedDecisions(Directory directory, AuthorizationRequest request, DateTimeOffset at)
{
    // An id is one object in a directory, most often; where it is not, it is worked out again.
    readonly Dictionary<GroupId, Shared> _groups = new(ReferenceEqualityComparer.Instance);
    readonly Dictionary<PolicyId, Shared> _boundaries = [];
    AccessRequest? _asked; // as any user would ask
    Shared? _ofAllUsers;

    /// <summary>What some policies come to, by themselves, for all who have them.</summary>
    /// <param name="set">The policies.</param>
    /// <param name="asked">The question as any user would ask; null: what the policies come to differs from user to user.</param>
    /// <param name="sources">The ways by which they are in force; of a boundary, which is each user's own, none.</param>
    /// <param name="use">As what.</param>
    sealed class Shared(GrantSet set, AccessRequest? asked, GrantSource[] sources, PolicySource use)
    {
        public GrantSet Set => set;

        /// <summary>Null: it differs from user to user.</summary>
        public AccessOutcome? Outcome { get; } = asked is { } question ? Evaluator.Decide(set, null, question) : null;

        /// <summary>The statements that decide so.</summary>
        public IReadOnlyList<MatchedStatement> Matched => field ??= [.. Evaluator.Explain(set, null, asked!.Value).Matched.Select(statement => statement with { Source = use })];

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
        AccessRequest? own = null;
        var allowed = false;
        if (!Takes(_ofAllUsers!) || HasOwn(user) && !Takes(OfOwn(user))) return false;
        foreach (var (group, _) in user.Groups)
            if (!Takes(OfGroup(group))) return false;
        return allowed && (user.Boundary is not { } boundary || OutcomeOf(OfBoundary(user, boundary)) is AccessOutcome.Allowed);

        // False: it is denied, whatever else there is.
        bool Takes(Shared shared)
        {
            var outcome = OutcomeOf(shared);
            allowed |= outcome is AccessOutcome.Allowed;
            return outcome is not AccessOutcome.ExplicitDeny;
        }

        AccessOutcome OutcomeOf(Shared shared) => shared.Outcome ?? Evaluator.Decide(shared.Set, null, own ??= directory.RequestOf(request, user, at).Value);
    }

    /// <summary>Why a user may that <see cref="Allows"/> told: as Authorize says it of this user alone.</summary>
    public (string Reason, IReadOnlyList<DecidingStatement> Deciding) Why(User user)
    {
        List<(Way Way, Stamp Since)> ways = [];
        var limit = user.Boundary is { } boundary ? OfBoundary(user, boundary) : null;
        var shared = limit is not { Outcome: null } && Adds(_ofAllUsers!, default) && (!HasOwn(user) || Adds(OfOwn(user), default));
        foreach (var (group, joined) in user.Groups) shared = shared && Adds(OfGroup(group), joined);
        if (!shared) return directory.Authorize(request, new(new(directory, user, at))).Value is { } alone ? (alone.Reason, alone.MatchedStatements) : throw new InvalidOperationException("What was answered of a user can't be explained.");

        if (ways.Count > 1) ways.Sort(static (one, other) => GrantSource.InOrder(one.Way.Source, one.Since, other.Way.Source, other.Since));
        List<DecidingStatement> granting = new(ways.Count);
        foreach (var (way, since) in ways)
            foreach (var statement in way.Statements)
                granting.Add(since == way.Source.Since ? statement : statement with { SinceRevision = since.Revision, Since = since.At });
        return limit is null ? (AuthorizationDirectory.Reason(ways[0].Way.Words, ways[0].Since.Revision), granting)
            : AuthorizationDirectory.Deciding(AccessOutcome.Allowed, granting, AuthorizationDirectory.Of(directory.BoundaryOf(user)!, limit.Matched, PolicySource.PermissionsBoundary));

        bool Adds(Shared all, Stamp joined)
        {
            if (all.Outcome is null) return false;
            foreach (var way in all.Ways) ways.Add((way, joined.Revision > way.Source.Since.Revision ? joined : way.Source.Since));
            return true;
        }
    }

    static bool HasOwn(User user) => user.Policies.Count + user.Attached.Count > 0;

    Shared OfOwn(User user) => Of(user.Sources.Of(directory, user));

    Shared OfGroup(GroupId id)
    {
        if (_groups.TryGetValue(id, out var known)) return known;
        var group = directory.Groups[id];
        return _groups[id] = Of(group.Sources.Of(directory, group));
    }

    Shared OfBoundary(User user, Boundary boundary) =>
        _boundaries.TryGetValue(boundary.PolicyId, out var known) ? known : _boundaries[boundary.PolicyId] = Of(directory.GrantsOf(directory.BoundaryOf(user))!, [], PolicySource.PermissionsBoundary);

    Shared Of(GrantSource[] sources) => Of(directory.GrantSets.Of(directory, [sources]), sources, PolicySource.Identity);

    Shared Of(GrantSet set, GrantSource[] sources, PolicySource use) => new(set, Differs(set) ? null : _asked, sources, use);

    bool Differs(GrantSet set) => set.ReadsContext && ContextKeys.Of(set, request.ActionName.Value).Any(IsUsersOwn);

    /// <summary>Whether a condition key that the service fills differs from user to user.</summary>
    static bool IsUsersOwn(string key) => key.StartsWith("aws:PrincipalTag/", StringComparison.OrdinalIgnoreCase) || UsersOwn.Contains(key);

    static readonly HashSet<string> UsersOwn = new(["aws:username", "aws:userid", "aws:PrincipalArn"], StringComparer.OrdinalIgnoreCase);
}
