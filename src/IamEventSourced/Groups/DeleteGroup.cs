namespace IamEventSourced;

/// <summary>Deletes a group that has nothing left: no member and no policy.</summary>
/// <param name="GroupName">The group; one that still has something: DeleteConflict.</param>
public sealed record DeleteGroup(GroupName GroupName) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(GroupName)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Groups.Find(GroupName) is not { } group) return IamError.NoSuchEntity("group", GroupName);
        if (group.Members.Count > 0) return IamError.DeleteConflict("Cannot delete entity, must remove users from group first.");
        if (group.Policies.Count > 0) return IamError.DeleteConflict("Cannot delete entity, must delete policies first.");
        if (group.Attached.Count > 0) return IamError.DeleteConflict("Cannot delete entity, must detach all policies first.");

        return new GroupDeleted(group.Id);
    }
}
