namespace IamEventSourced;

/// <summary>Gives a user another name, another path or both. Its id, credentials, memberships and policies stay; its ARN changes.</summary>
/// <param name="UserName">The user, by its name until now.</param>
/// <param name="NewPath">The new path; none: it stays.</param>
/// <param name="NewUserName">The new name; none: it stays. The same in another case is a new one. One that another user has: EntityAlreadyExists.</param>
public sealed record UpdateUser(UserName UserName, IamPath? NewPath = null, UserName? NewUserName = null) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call)
    {
        var user = directory.Users.Find(UserName);
        return [directory.ArnOf(UserName), Arn.Of(directory.Account, $"user{NewPath ?? user?.Path ?? IamPath.Root}{NewUserName ?? user?.Name ?? UserName}")];
    }

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);
        if (NewUserName is not null && directory.Users.Find(NewUserName) is { } taken && taken.Id != user.Id) return IamError.EntityAlreadyExists("User", taken.Name);
        var renamed = new UserRenamed(user.Id, NewUserName ?? user.Name, NewPath ?? user.Path);
        if (renamed.Path == user.Path && renamed.UserName.Value == user.Name.Value) return Outcome.Unchanged;

        return renamed;
    }
}
