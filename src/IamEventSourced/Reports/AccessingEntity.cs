using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>Whose accesses a report tells of: a user, the members of a group, or those who have a policy, by themselves or by a group.</summary>
/// <param name="Id">The entity's unique id.</param>
/// <param name="Arn">Its ARN.</param>
/// <param name="Users">Those users.</param>
/// <param name="Policies">The policies that grant it, or that it is.</param>
sealed record AccessingEntity(string Id, Arn Arn, IEnumerable<UserId> Users, IEnumerable<PolicyText> Policies);

/// <summary>What can be asked of who has access.</summary>
static class AccessingDirectory
{
    extension(Directory directory)
    {
        /// <summary>The entity of this ARN; null: there is none that has or gives access.</summary>
        public AccessingEntity? FindAccessing(Arn arn) =>
            directory.FindUser(arn) is { } user ? directory.Accessing(user) : directory.FindGroup(arn) is { } group ? directory.Accessing(group) : directory.FindPolicy(arn) is { } policy ? directory.Accessing(policy) : null;

        /// <summary>The entity of this unique id; null: there is none, or it neither has nor gives access.</summary>
        public AccessingEntity? FindAccessing(string id) => directory.Current(id) is var (_, arn) ? directory.FindAccessing(arn) : null;

        AccessingEntity Accessing(User user) => new(user.Id.Value, directory.ArnOf(user), [user.Id], directory.SourcesOf(user).Select(source => source.Text));

        AccessingEntity Accessing(Group group) => new(group.Id.Value, directory.ArnOf(group), group.Members.Select(member => member.Key), group.Sources.Of(directory, group).Select(source => source.Text));

        AccessingEntity Accessing(ManagedPolicy policy) => new(policy.Id.Value, directory.ArnOf(policy),
            policy.Users.Select(user => user.Key).Concat(policy.Groups.SelectMany(group => directory.Groups[group.Key].Members.Select(member => member.Key))).Distinct(), [policy.Default.Text]);
    }

    extension(PolicyText text)
    {
        /// <summary>Whether it allows anything of a service, under whatever conditions.</summary>
        public bool Allows(ServiceNamespace service) => text.Allowing.Any(actions => actions.IsOfAll || actions.Services.Contains(service.Value, StringComparer.OrdinalIgnoreCase));

        /// <summary>Whether it allows something of every service.</summary>
        public bool AllowsAnyService => text.Allowing.Any(actions => actions.IsOfAll);

        /// <summary>The services that it names to allow something of.</summary>
        public IEnumerable<string> AllowedServices => text.Allowing.SelectMany(actions => actions.IsOfAll ? [] : actions.Services);

        /// <summary>Whether it denies anything.</summary>
        public bool Denies => (text.Document?.Statements ?? []).Any(statement => statement.Effect is Effect.Deny);

        /// <summary>Whether a statement of it, whatever else there is, allows every action on every resource.</summary>
        public bool AllowsEverything => text.Allowing.Any(actions => actions.Patterns.Any(pattern => pattern.StartsWith('*'))) // most have none, and need no closer look
            && PolicyLinter.Check(GrantSet.Of(new PolicyGrant("", text.Compiled))).Any(finding => finding.Rule is LintRule.FullAccess);

        IEnumerable<PatternList> Allowing => (text.Document?.Statements ?? []).Where(statement => statement.Effect is Effect.Allow).Select(statement => statement.Actions);
    }

    extension(PatternList actions)
    {
        bool IsOfAll => actions.Inverted || actions.Patterns.Contains("*");

        // A service has no wildcards (R20).
        IEnumerable<string> Services => actions.Patterns.Select(pattern => pattern.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? pattern[..colon] : "").Where(service => ServiceNamespace.Limits.Violation(service) is null);
    }
}
