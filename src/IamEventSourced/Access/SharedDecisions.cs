using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>
/// One question about many users, of one moment. What a group's policies, or a boundary, come to is worked out once for all who have it, unless a
/// statement about the action looks at what is each user's own: a deny anywhere wins, else one allow is enough, and the boundary has to allow too (R81, R86).
/// </summary>
sealed class SharedDecisions(Directory directory, AuthorizationRequest request, DateTimeOffset at)
{
    /// <summary>What some policies come to for all who have them; null: it differs from user to user.</summary>
    readonly Dictionary<GroupId, AccessOutcome?> _groups = [];
    readonly Dictionary<PolicyId, AccessOutcome?> _boundaries = [];
    AccessRequest? _asked; // as any user would ask
    AccessOutcome? _ofAllUsers;

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
        if (user.Policies.Count + user.Attached.Count > 0 && !Takes(Of(directory.GrantSets.Of(directory, [user.Sources.Of(directory, user)])))) return false;
        foreach (var (group, _) in user.Groups)
            if (!Takes(OfGroup(group))) return false;
        if (user.Boundary is { } boundary && (allowed || own))
        {
            var limit = OfBoundary(user, boundary);
            if (limit is null) own = true;
            else if (limit is not AccessOutcome.Allowed) return false;
        }
        return own ? Alone(user) : allowed;

        // False: it is denied, whatever else there is.
        bool Takes(AccessOutcome? outcome)
        {
            own |= outcome is null;
            allowed |= outcome is AccessOutcome.Allowed;
            return outcome is not AccessOutcome.ExplicitDeny;
        }
    }

    AccessOutcome? OfGroup(GroupId id)
    {
        if (_groups.TryGetValue(id, out var known)) return known;
        var group = directory.Groups[id];
        return _groups[id] = Of(directory.GrantSets.Of(directory, [group.Sources.Of(directory, group)]));
    }

    AccessOutcome? OfBoundary(User user, Boundary boundary) =>
        _boundaries.TryGetValue(boundary.PolicyId, out var known) ? known : _boundaries[boundary.PolicyId] = Of(directory.GrantsOf(directory.BoundaryOf(user))!);

    AccessOutcome? Of(GrantSet set) => Differs(set) ? null : Evaluator.Decide(set, null, _asked!.Value);

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
