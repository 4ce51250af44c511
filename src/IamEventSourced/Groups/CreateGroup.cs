namespace IamEventSourced;

/// <summary>Creates a group, without members and without permissions.</summary>
/// <param name="GroupName">Its name, unique in the account without case.</param>
/// <param name="Path">Its path; "/" where none is given.</param>
public sealed record CreateGroup(GroupName GroupName, IamPath? Path = null) : ICommand<CreateGroupAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Arn.Of(directory.Account, $"group{Path ?? IamPath.Root}{GroupName}")];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Groups.Find(GroupName) is { } taken) return IamError.EntityAlreadyExists("Group", taken.Name);
        if (directory.Groups.Count >= directory.Quotas.GroupsPerAccount) return IamError.LimitExceeded("GroupsPerAccount", directory.Quotas.GroupsPerAccount);

        return new GroupCreated(call.Ids.Next("AGPA"), GroupName, Path ?? IamPath.Root);
    }

    /// <inheritdoc/>
    public CreateGroupAnswer Answer(Directory after, Outcome outcome) => new(GroupAnswer.Of(after, after.Groups.Find(GroupName)!));
}

/// <summary>The group that was created.</summary>
public sealed record CreateGroupAnswer(GroupAnswer Group);

/// <summary>A group, as AWS describes it.</summary>
public sealed record GroupAnswer(IamPath Path, GroupName GroupName, GroupId GroupId, Arn Arn, DateTimeOffset CreateDate)
{
    /// <summary>The group as it is in this directory.</summary>
    public static GroupAnswer Of(Directory directory, Group group) => new(group.Path, group.Name, group.Id, directory.ArnOf(group), group.Created.At);
}
