using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>A way by which a policy is in force for a user, with the event behind each of its links.</summary>
/// <param name="Source">The policy, and through whom.</param>
/// <param name="Usage">Whether it grants or bounds.</param>
/// <param name="Kind">Direct, Group, PermissionsBoundary, or AllUsers: the account grants it all its users.</param>
/// <param name="Links">What the way needs, and the event that put each in place.</param>
sealed record AccessWay(GrantSource Source, PolicyUsage Usage, string Kind, IReadOnlyList<(string Link, Stamp Since)> Links)
{
    /// <summary>Whether it bounds what others grant.</summary>
    public bool IsBoundary => Usage == PolicyUsage.PermissionsBoundary;

    /// <summary>Whether the statement stands in this way's policy, as it is used by this way.</summary>
    public bool Has(string policyId, PolicySource source) => Source.Grant.PolicyId == policyId && source is PolicySource.PermissionsBoundary == IsBoundary;
}

/// <summary>What the ways consist of. Asked when somebody wants to know why; a decision looks at none of it.</summary>
static class AccessWays
{
    extension(Directory directory)
    {
        /// <summary>Every way by which a policy is in force for the user: those that grant, the oldest first; then the boundary.</summary>
        public IEnumerable<AccessWay> WaysOf(AskedUser asked)
        {
            foreach (var source in asked.Sources) yield return directory.WayOf(asked.User, source);
            if (asked.Boundary is { } boundary) yield return new(boundary, PolicyUsage.PermissionsBoundary, "PermissionsBoundary", [("PermissionsBoundary", asked.User.Boundary!.Since), .. directory.Versions(boundary)]);
        }

        /// <summary>The ways by which a group's own policies are in force for its members, whoever is one.</summary>
        public IEnumerable<AccessWay> WaysOf(Group group) => group.Sources.Of(directory, group).Select(source => new AccessWay(source, PolicyUsage.PermissionsPolicy, "Group", [.. directory.Held(source, group.Policies, group.Attached)]));

        /// <summary>A policy by itself, whoever has it.</summary>
        public AccessWay WayOf(ManagedPolicy policy)
        {
            var source = directory.Attached(policy.Id, directory.ArnOf(policy), policy.Default.Created);
            return new(source, PolicyUsage.PermissionsPolicy, "Direct", [.. directory.Versions(source)]);
        }

        AccessWay WayOf(User user, GrantSource source)
        {
            if (source.Through == Arn.Of(directory.Account, "root")) return new(source, PolicyUsage.PermissionsPolicy, "AllUsers", [("PasswordPolicy", source.Since)]);
            if (source.Through == directory.ArnOf(user)) return new(source, PolicyUsage.PermissionsPolicy, "Direct", [.. directory.Held(source, user.Policies, user.Attached)]);
            var group = directory.FindGroup(source.Through)!;
            return new(source, PolicyUsage.PermissionsPolicy, "Group", [("Membership", user.Groups.TryGet(group.Id, out var joined) ? joined : default), .. directory.Held(source, group.Policies, group.Attached)]);
        }

        IEnumerable<(string, Stamp)> Held(GrantSource source, Table<PolicyName, InlinePolicy> inline, Table<PolicyId, Stamp> attached)
        {
            if (source.PolicyArn is null) return [("InlinePolicy", inline.Find(source.PolicyName)!.Since)];
            return [("Attachment", attached.TryGet(directory.FindPolicy(source.PolicyArn)!.Id, out var since) ? since : default), .. directory.Versions(source)];
        }

        IEnumerable<(string, Stamp)> Versions(GrantSource source)
        {
            var policy = directory.FindPolicy(source.PolicyArn!)!;
            return [("PolicyVersion", policy.Default.Created), ("DefaultVersion", policy.DefaultSince)];
        }
    }
}
