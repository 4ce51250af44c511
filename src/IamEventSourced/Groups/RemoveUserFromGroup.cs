namespace IamEventSourced;

/// <summary>Ends a user's membership of a group.</summary>
/// <param name="GroupName">The group.</param>
/// <param name="UserName">The user; one who is no member: NoSuchEntity.</param>
public sealed record RemoveUserFromGroup(GroupName GroupName, UserName UserName) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(GroupName)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Groups.Find(GroupName) is not { } group) return IamError.NoSuchEntity("group", GroupName);
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);
        if (!group.Members.Contains(user.Id)) return IamError.NoSuchEntity($"User {user.Name} is not a member of group {group.Name}.");

        return new UserRemovedFromGroup(group.Id, user.Id);
    }
}
