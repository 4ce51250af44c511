namespace IamEventSourced;

/// <summary>A user's description; the caller's own when no name is given.</summary>
/// <param name="UserName">The user; none: who signed the request.</param>
public sealed record GetUser(UserName? UserName = null) : ICompletedQuery<GetUserAnswer>
{
    Extent IQuery.Extent => new Extent.LoginProfiles();

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(UserName, call)];

    /// <inheritdoc/>
    public Answer<GetUserAnswer> Answer(Directory directory, Call call) =>
        directory.Find(UserName, call) is { } user ? new GetUserAnswer(UserAnswer.Whole(directory, user))
        : UserName is null && call.Caller is RootCaller ? new GetUserAnswer(UserAnswer.OfRoot(directory, directory.Created.At))
        : IamError.NoSuchEntity("user", UserName?.Value ?? call.Caller.PrincipalId);

    /// <inheritdoc/>
    public async Task<GetUserAnswer> Complete(GetUserAnswer answer, Directory directory, IHistory history) => new((await UserAnswer.WithPasswordLastUsed([answer.User], directory, history))[0]);
}

/// <summary>The user.</summary>
public sealed record GetUserAnswer(UserAnswer User);
