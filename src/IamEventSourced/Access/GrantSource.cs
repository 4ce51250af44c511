using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>One way by which a policy is in force for a user: itself, a group or, for its own password, the account; inline or attached; with the events that made each link.</summary>
/// <param name="Grant">The policy as the evaluator sees it.</param>
/// <param name="Text">Its text.</param>
/// <param name="PolicyName">Its name.</param>
/// <param name="PolicyArn">Its ARN; null for an inline policy.</param>
/// <param name="VersionId">The version in force; null for an inline policy.</param>
/// <param name="Through">The ARN of the user or group that has the policy; root's, for what the account grants all users.</param>
/// <param name="Since">The last of the events that this way needs: from its revision on the policy has been in force by it, as it is.</param>
public sealed record GrantSource(PolicyGrant Grant, PolicyText Text, PolicyName PolicyName, Arn? PolicyArn, VersionId? VersionId, Arn Through, Stamp Since)
{
    /// <summary>Who has the policy: <c>user</c>, <c>group</c> or, for what the account grants all users, <c>root</c>; and its name.</summary>
    internal (string Kind, string Name) Holder => Through.Resource.Split('/') is { } steps ? (steps[0], steps[^1]) : default;

    /// <summary>The oldest first; those of one revision in one order on every node.</summary>
    internal static int InOrder(GrantSource one, Stamp since, GrantSource other, Stamp otherSince) => since.Revision.CompareTo(otherSince.Revision) is not 0 and var byTime ? byTime
        : string.CompareOrdinal(one.Through.Value, other.Through.Value) is not 0 and var through ? through
        : string.CompareOrdinal(one.Grant.PolicyId, other.Grant.PolicyId);
}

/// <summary>What policies a user has.</summary>
public static class GrantDirectory
{
    extension(Directory directory)
    {
        /// <summary>The user's policies combined, ready to be evaluated.</summary>
        public GrantSet GrantsOf(User user)
        {
            var (holders, count) = (new GrantSource[user.Groups.Count + 2][], 0);
            if (directory.GrantSets.OfAllUsers(directory) is { Length: > 0 } all) holders[count++] = all;
            if (user.Sources.Of(directory, user) is { Length: > 0 } own) holders[count++] = own;
            foreach (var (id, _) in user.Groups)
                if (directory.Groups[id] is var group && group.Sources.Of(directory, group) is { Length: > 0 } theirs) holders[count++] = theirs;
            return directory.GrantSets.Of(directory, holders[..count]);
        }

        /// <summary>Where the user's permissions boundary comes from; null: it has none.</summary>
        public GrantSource? BoundaryOf(User user) => user.Boundary is var (policy, since) ? directory.Attached(policy, directory.ArnOf(user), since) : null;

        /// <summary>A permissions boundary, ready to be evaluated; null: nothing bounds (R82, R86).</summary>
        public GrantSet? GrantsOf(GrantSource? boundary) => boundary is null ? null : directory.GrantSets.Of(directory, [boundary.Grant]);

        /// <summary>Every way by which a policy is in force for the user, the oldest first; those of one revision in one order on every node.</summary>
        /// <param name="user">The user.</param>
        /// <param name="only">Of these policies alone; null: of all.</param>
        public GrantSource[] SourcesOf(User user, Func<GrantSource, bool>? only = null)
        {
            List<GrantSource> sources = [];
            foreach (var own in (GrantSource[][])[directory.GrantSets.OfAllUsers(directory), user.Sources.Of(directory, user)])
                foreach (var source in own)
                    if (only?.Invoke(source) is not false) sources.Add(source);
            foreach (var (id, joined) in user.Groups)
                if (directory.Groups[id] is var group)
                    foreach (var source in group.Sources.Of(directory, group))
                        if (only?.Invoke(source) is not false) sources.Add(joined.Revision > source.Since.Revision ? source with { Since = joined } : source);
            sources.Sort(static (one, other) => GrantSource.InOrder(one, one.Since, other, other.Since));
            return [.. sources];
        }

        /// <summary>Every way by which a user or a group has a policy, but not what the account grants all its users, which is attached to nobody; null: there is neither of this ARN.</summary>
        public IReadOnlyList<GrantSource>? SourcesOf(Arn arn) =>
            directory.FindUser(arn) is { } user ? directory.SourcesOf(user, source => source.Holder.Kind is not "root")
            : directory.FindGroup(arn) is { } group ? group.Sources.Of(directory, group) : null;

        internal GrantSource Attached(PolicyId id, Arn through, Stamp since)
        {
            var policy = directory.PolicyOf(id);
            var version = policy.Default;
            return new(new($"{policy.Id}:{version.Id}", version.Text.Compiled), version.Text, policy.Name, directory.ArnOf(policy), version.Id, through,
                Later(since, Later(version.Created, policy.DefaultSince)));
        }
    }

    static Stamp Later(Stamp one, Stamp other) => one.Revision > other.Revision ? one : other;
}
