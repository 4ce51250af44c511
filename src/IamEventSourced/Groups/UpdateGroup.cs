namespace IamEventSourced;

/// <summary>Gives a group another name, another path or both. Its id, members and policies stay; its ARN changes.</summary>
/// <param name="GroupName">The group, by its name until now.</param>
/// <param name="NewPath">The new path; none: it stays.</param>
/// <param name="NewGroupName">The new name; none: it stays. The same in another case is a new one. One that another group has: EntityAlreadyExists.</param>
public sealed record UpdateGroup(GroupName GroupName, IamPath? NewPath = null, GroupName? NewGroupName = null) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call)
    {
        var group = directory.Groups.Find(GroupName);
        return [directory.ArnOf(GroupName), Arn.Of(directory.Account, $"group{NewPath ?? group?.Path ?? IamPath.Root}{NewGroupName ?? group?.Name ?? GroupName}")];
    }

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Groups.Find(GroupName) is not { } group) return IamError.NoSuchEntity("group", GroupName);
        if (NewGroupName is not null && directory.Groups.Find(NewGroupName) is { } taken && taken.Id != group.Id) return IamError.EntityAlreadyExists("Group", taken.Name);
        var renamed = new GroupRenamed(group.Id, NewGroupName ?? group.Name, NewPath ?? group.Path);
        if (renamed.Path == group.Path && renamed.GroupName.Value == group.Name.Value) return Outcome.Unchanged;

        return renamed;
    }
}
