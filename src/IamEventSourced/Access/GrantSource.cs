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
public sealed record GrantSource(PolicyGrant Grant, PolicyText Text, PolicyName PolicyName, Arn? PolicyArn, VersionId? VersionId, Arn Through, Stamp Since);

/// <summary>What policies a user has.</summary>
public static class GrantDirectory
{
    extension(Directory directory)
    {
        /// <summary>The user's policies combined, ready to be evaluated.</summary>
        public GrantSet GrantsOf(User user) => user.Grants.SetOf(directory, user);

        /// <summary>What bounds the user's policies, ready to be evaluated; null: nothing (R82, R86).</summary>
        public GrantSet? BoundaryOf(User user) => user.Grants.BoundaryOf(directory, user)?.Set;

        /// <summary>Where the user's permissions boundary comes from; null: it has none.</summary>
        public GrantSource? BoundarySourceOf(User user) => user.Grants.BoundaryOf(directory, user)?.Source;

        /// <summary>Every way by which a policy is in force for the user, the oldest first; those of one revision in one order on every node.</summary>
        public IReadOnlyList<GrantSource> SourcesOf(User user) => user.Grants.SourcesOf(directory, user);

        internal IEnumerable<GrantSource> Sources(User user)
        {
            var own = directory.ArnOf(user);
            if (directory.PasswordPolicy?.GrantIn(directory.Account) is { } password) yield return password;
            foreach (var (_, policy) in user.Policies) yield return Inline(user.Id.Value, own, policy, default);
            foreach (var (id, attached) in user.Attached) yield return directory.Attached(id, own, attached);
            foreach (var (groupId, joined) in user.Groups)
            {
                var group = directory.Groups[groupId];
                var through = directory.ArnOf(group);
                foreach (var (_, policy) in group.Policies) yield return Inline(group.Id.Value, through, policy, joined);
                foreach (var (id, attached) in group.Attached) yield return directory.Attached(id, through, Later(attached, joined));
            }
        }

        internal GrantSource? BoundarySource(User user) => user.Boundary is var (policy, since) ? directory.Attached(policy, directory.ArnOf(user), since) : null;

        GrantSource Attached(PolicyId id, Arn through, Stamp since)
        {
            var policy = directory.PolicyOf(id);
            var version = policy.Default;
            return new(new($"{policy.Id}:{version.Id}", version.Text.Compiled), version.Text, policy.Name, directory.ArnOf(policy), version.Id, through,
                Later(since, Later(version.Created, policy.DefaultSince)));
        }
    }

    static GrantSource Inline(string owner, Arn through, InlinePolicy policy, Stamp joined) =>
        new(new($"{owner}:{policy.Name}", policy.Text.Compiled), policy.Text, policy.Name, null, null, through, Later(policy.Since, joined));

    static Stamp Later(Stamp one, Stamp other) => one.Revision > other.Revision ? one : other;
}
