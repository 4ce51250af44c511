using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>
/// One question about many users, of one moment. What a group's policies, or a boundary, come to is worked out once for all who have it, unless a
/// statement about the action looks at what is each user's own: a deny anywhere wins, else one allow is enough, and the boundary has to allow too (R81, R86).
/// </summary>
sealed class SharedDecisions(Directory directory, AuthorizationRequest request, DateTimeOffset at)
{
    // What some policies come to for all who have them; null: it differs from user to user.
    readonly Dictionary<GroupId, Shared?> _groups = [];
    readonly Dictionary<PolicyId, Shared?> _boundaries = [];
    AccessRequest? _asked; // as any user would ask
    Shared? _ofAllUsers;

    /// <summary>What some policies come to, by themselves, for all who have them.</summary>
    sealed class Shared(GrantSet set, AccessRequest asked)
    {
        public AccessOutcome Outcome { get; } = Evaluator.Decide(set, null, asked);

        /// <summary>The statements that decide so.</summary>
        public IReadOnlyList<MatchedStatement> Matched => field ??= Evaluator.Explain(set, null, asked).Matched;
    }

    /// <summary>Whether the user may; or what is wrong with the question.</summary>
    public Answer<bool> Allows(User user)
    {
        if (_asked is null)
        {
            var (asked, unfit) = directory.RequestOf(request, user, at);
            if (unfit is not null) return unfit;
            _asked = asked;
            _ofAllUsers = Of(directory.GrantSets.Of(directory, [directory.GrantSets.OfAllUsers(directory)]));
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
        List<MatchedStatement> matched = [];
        var limit = user.Boundary is { } boundary ? OfBoundary(user, boundary) : null;
        if (user.Boundary is not null && limit is null || !Adds(_ofAllUsers) || HasOwn(user) && !Adds(OfOwn(user)) || user.Groups.Any(member => !Adds(OfGroup(member.Key))))
            return directory.Authorize(request, new(new(directory, user, at))).Value is { } alone ? (alone.Reason, alone.MatchedStatements) : throw new InvalidOperationException("What was answered of a user can't be explained.");
        foreach (var bounding in limit?.Matched ?? []) matched.Add(bounding with { Source = PolicySource.PermissionsBoundary });
        return AuthorizationDirectory.Deciding(AccessOutcome.Allowed, matched, directory.SourcesOf(user, source => Has(source.Grant.PolicyId)), directory.BoundaryOf(user));

        bool Adds(Shared? shared)
        {
            foreach (var statement in shared?.Matched ?? [])
                if (!matched.Exists(one => ReferenceEquals(one.Statement, statement.Statement) && one.PolicyId == statement.PolicyId)) matched.Add(statement); // two groups may have it
            return shared is not null;
        }

        bool Has(string policy)
        {
            foreach (var statement in matched)
                if (statement.Source is PolicySource.Identity && statement.PolicyId == policy) return true;
            return false;
        }
    }

    static bool HasOwn(User user) => user.Policies.Count + user.Attached.Count > 0;

    Shared? OfOwn(User user) => Of(directory.GrantSets.Of(directory, [user.Sources.Of(directory, user)]));

    Shared? OfGroup(GroupId id)
    {
        if (_groups.TryGetValue(id, out var known)) return known;
        var group = directory.Groups[id];
        return _groups[id] = Of(directory.GrantSets.Of(directory, [group.Sources.Of(directory, group)]));
    }

    Shared? OfBoundary(User user, Boundary boundary) =>
        _boundaries.TryGetValue(boundary.PolicyId, out var known) ? known : _boundaries[boundary.PolicyId] = Of(directory.GrantsOf(directory.BoundaryOf(user))!);

    Shared? Of(GrantSet set) => Differs(set) ? null : new(set, _asked!.Value);

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
