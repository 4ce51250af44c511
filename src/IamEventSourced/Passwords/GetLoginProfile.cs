namespace IamEventSourced;

/// <summary>Whether a user has a password, since when, and whether it has to change it. Where there is no login profile: NoSuchEntity.</summary>
/// <param name="UserName">Whose; none: the caller's own, root's too.</param>
public sealed record GetLoginProfile(UserName? UserName = null) : IQuery<GetLoginProfileAnswer>
{
    Extent IQuery.Extent => new Extent.LoginProfiles();

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(UserName, call)];

    /// <inheritdoc/>
    public Answer<GetLoginProfileAnswer> Answer(Directory directory, Call call)
    {
        var user = directory.Find(UserName, call);
        if (user is null && (UserName is not null || call.Caller is UserCaller)) return IamError.NoSuchEntity("user", UserName?.Value ?? call.Caller.PrincipalId);
        return LoginProfileAnswer.Of(directory, user) is { } profile ? new GetLoginProfileAnswer(profile) : IamError.NoLoginProfile(user?.Name.Value ?? "root");
    }
}

/// <summary>The login profile.</summary>
public sealed record GetLoginProfileAnswer(LoginProfileAnswer LoginProfile);
