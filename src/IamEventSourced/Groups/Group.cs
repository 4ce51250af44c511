namespace IamEventSourced;

/// <summary>A set of users that share permissions. It has no credentials, is no principal and has no groups in it.</summary>
/// <param name="Id">For ever.</param>
/// <param name="Name">For now; unique without case.</param>
/// <param name="Path">Before the name in the ARN.</param>
/// <param name="Created">The event that made it.</param>
public sealed record Group(GroupId Id, GroupName Name, IamPath Path, Stamp Created) : IRegistered<GroupId, GroupName>
{
    /// <summary>The members, with the event by which each joined.</summary>
    public Table<UserId, Stamp> Members { get; init; } = Table<UserId, Stamp>.Empty;
    /// <summary>Inline policies, by name.</summary>
    public Table<PolicyName, InlinePolicy> Policies { get; init; } = Table<PolicyName, InlinePolicy>.Empty;
    /// <summary>Attached managed policies, with the event that attached each.</summary>
    public Table<PolicyId, Stamp> Attached { get; init; } = Table<PolicyId, Stamp>.Empty;

    /// <summary>The group's policies as they are in force for members, as last asked for.</summary>
    internal HeldSources Sources { get; } = new();
}

/// <summary>AWS: 1–128 of letters, digits and _+=,.@-; unique without case.</summary>
public sealed record GroupName(string Value) : Text<GroupName>(Value), IText<GroupName>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 128, "[A-Za-z0-9_+=,.@-]+", ignoreCase: true);
    /// <inheritdoc/>
    public static implicit operator GroupName(string text) => new(text);
}

/// <summary>AGPA and 17 more; a re-created group of the same name gets another.</summary>
public sealed record GroupId(string Value) : Text<GroupId>(Value), IText<GroupId>, IEntityId
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(16, 128, "AGPA[A-Z0-9]+");
    /// <inheritdoc/>
    public static implicit operator GroupId(string text) => new(text);
}

/// <summary>What can be asked of the groups.</summary>
public static class GroupDirectory
{
    extension(Directory directory)
    {
        /// <summary>The group's ARN.</summary>
        public Arn ArnOf(Group group) => Arn.Of(directory.Account, $"group{group.Path}{group.Name}");

        /// <summary>The group's ARN; that of a group on the root path where there is none of this name.</summary>
        public Arn ArnOf(GroupName name) => directory.Groups.Find(name) is { } group ? directory.ArnOf(group) : Arn.Of(directory.Account, $"group/{name}");

        /// <summary>The group of this ARN, written in the case it has; null when there is none.</summary>
        public Group? FindGroup(Arn arn) => directory.Groups.Find(arn, directory.Account, "group");
    }
}
