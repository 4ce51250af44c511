using System.Globalization;
using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>
/// AWS: the 36 characters that name a report on what services were last accessed. Ours says itself whose it is, how much it tells and when it was asked for, so that nothing is kept of it and every node
/// knows it: the entity's unique id, S or A, and microseconds since 1970 in base 16.
/// </summary>
public sealed record JobId(string Value) : Text<JobId>(Value), IText<JobId>
{
    const int IdLength = 21, ActionLevelAt = IdLength;
    const char Filler = '-';

    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(36, 36, @"[\u0021-\u007E]+");
    /// <inheritdoc/>
    public static implicit operator JobId(string text) => new(text);

    /// <summary>The report on an entity.</summary>
    /// <param name="id">Its unique id, 21 characters at most.</param>
    /// <param name="actions">Whether it tells of actions too.</param>
    /// <param name="at">When it was asked for.</param>
    internal static JobId Of(string id, bool actions, DateTimeOffset at) => string.Create(CultureInfo.InvariantCulture, $"{id.PadRight(IdLength, Filler)}{(actions ? 'A' : 'S')}{(at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond:X14}");

    /// <summary>What it says; null: it is none of ours.</summary>
    internal (string Id, bool Actions, DateTimeOffset At)? Read() =>
        Value[ActionLevelAt] is 'A' or 'S' && long.TryParse(Value.AsSpan(ActionLevelAt + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var microseconds)
            ? (Value[..IdLength].TrimEnd(Filler), Value[ActionLevelAt] is 'A', DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds)) : null;
}

/// <summary>AWS: whether a report tells of services alone or of their actions too.</summary>
public sealed record AccessAdvisorUsageGranularity(string Value) : Text<AccessAdvisorUsageGranularity>(Value), IText<AccessAdvisorUsageGranularity>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(12, 13, "SERVICE_LEVEL|ACTION_LEVEL");
    /// <inheritdoc/>
    public static implicit operator AccessAdvisorUsageGranularity(string text) => new(text);

    /// <summary>Of services alone.</summary>
    public static AccessAdvisorUsageGranularity Services { get; } = "SERVICE_LEVEL";
    /// <summary>Of actions too.</summary>
    public static AccessAdvisorUsageGranularity Actions { get; } = "ACTION_LEVEL";
}

/// <summary>AWS: a service as actions name it, before the colon: 1–64 letters, digits, _ and -; compared without case.</summary>
public sealed record ServiceNamespace(string Value) : Text<ServiceNamespace>(Value), IText<ServiceNamespace>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 64, "[A-Za-z0-9_-]+", ignoreCase: true);
    /// <inheritdoc/>
    public static implicit operator ServiceNamespace(string text) => new(text);
}

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
        public AccessingEntity? FindAccessing(string id) => id[..4] switch
        {
            "AIDA" => directory.Users.Find(new UserId(id)) is { } user ? directory.Accessing(user) : null,
            "AGPA" => directory.Groups.Find(new GroupId(id)) is { } group ? directory.Accessing(group) : null,
            "ANPA" => directory.FindPolicyById(new(id)) is { } policy ? directory.Accessing(policy) : null,
            _ => null,
        };

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

        IEnumerable<PatternList> Allowing => (text.Document?.Statements ?? []).Where(statement => statement.Effect is Effect.Allow).Select(statement => statement.Actions);
    }

    extension(PatternList actions)
    {
        bool IsOfAll => actions.Inverted || actions.Patterns.Contains("*");

        // A service has no wildcards (R20).
        IEnumerable<string> Services => actions.Patterns.Select(pattern => pattern.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? pattern[..colon] : "").Where(service => ServiceNamespace.Limits.Violation(service) is null);
    }
}
