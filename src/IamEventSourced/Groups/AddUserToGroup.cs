namespace IamEventSourced;

/// <summary>Makes a user a member of a group. A user that is one already stays one.</summary>
/// <param name="GroupName">The group.</param>
/// <param name="UserName">The user; groups can't be members.</param>
public sealed record AddUserToGroup(GroupName GroupName, UserName UserName) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(GroupName)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Groups.Find(GroupName) is not { } group) return IamError.NoSuchEntity("group", GroupName);
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);
        if (group.Members.Contains(user.Id)) return Outcome.Unchanged;
        if (user.Groups.Count >= directory.Quotas.GroupsPerUser) return IamError.LimitExceeded("GroupsPerUser", directory.Quotas.GroupsPerUser);

        return new UserAddedToGroup(group.Id, user.Id);
    }
}
