namespace IamEventSourced;

/// <summary>Takes a user's password away: it can't sign in to the console any more, and its sessions end. Access keys go on. Where there is no login profile: NoSuchEntity.</summary>
/// <param name="UserName">Whose; none: the caller's own, root's too.</param>
public sealed record DeleteLoginProfile(UserName? UserName = null) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(UserName, call)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        var user = directory.Find(UserName, call);
        if (UserName is not null && user is null) return IamError.NoSuchEntity("user", UserName);
        if (directory.LoginProfileOf(user) is not { } profile) return IamError.NoLoginProfile(user?.Name.Value ?? "root");

        return new LoginProfileDeleted(profile.PasswordId, user?.Id);
    }
}
