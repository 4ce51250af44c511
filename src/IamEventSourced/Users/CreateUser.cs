namespace IamEventSourced;

/// <summary>Creates a user, without credentials and without permissions.</summary>
/// <param name="UserName">Its name, unique in the account without case.</param>
/// <param name="Path">Its path; "/" where none is given.</param>
public sealed record CreateUser(UserName UserName, IamPath? Path = null) : ICommand<CreateUserAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Arn.Of(directory.Account, $"user{Path ?? IamPath.Root}{UserName}")];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Users.Find(UserName) is { } taken) return IamError.EntityAlreadyExists("User", taken.Name);
        if (directory.Users.Count >= directory.Quotas.UsersPerAccount) return IamError.LimitExceeded("UsersPerAccount", directory.Quotas.UsersPerAccount);

        return new UserCreated(call.Ids.Next("AIDA"), UserName, Path ?? IamPath.Root);
    }

    /// <inheritdoc/>
    public CreateUserAnswer Answer(Directory after, Outcome outcome) => new(UserAnswer.Of(after, after.Users.Find(UserName)!));
}

/// <summary>The user that was created.</summary>
public sealed record CreateUserAnswer(UserAnswer User);
