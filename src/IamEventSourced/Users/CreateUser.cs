namespace IamEventSourced;

/// <summary>Creates a user, without credentials and without permissions.</summary>
/// <param name="UserName">Its name, unique in the account without case.</param>
/// <param name="Path">Its path; "/" where none is given.</param>
/// <param name="PermissionsBoundary">A managed policy that bounds what it may do; also the condition key <c>iam:PermissionsBoundary</c>.</param>
public sealed record CreateUser(UserName UserName, IamPath? Path = null, Arn? PermissionsBoundary = null) : ICommand<CreateUserAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [new Permission($"arn:aws:iam::{directory.Account}:user{Path ?? IamPath.Root}{UserName}").WithBoundary(PermissionsBoundary)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Users.Find(UserName) is { } taken) return IamError.EntityAlreadyExists("User", taken.Name);
        if (directory.Users.Count >= directory.Quotas.UsersPerAccount) return IamError.LimitExceeded("UsersPerAccount", directory.Quotas.UsersPerAccount);
        var bound = PermissionsBoundary is null ? null : directory.FindPolicy(PermissionsBoundary);
        if (PermissionsBoundary is not null && bound is null) return IamError.NoSuchAttachable(PermissionsBoundary);

        var created = new UserCreated(call.Ids.Next("AIDA"), UserName, Path ?? IamPath.Root);
        return bound is null ? created : new AccountEvent[] { created, new UserPermissionsBoundaryPut(created.UserId, bound.Id, null) };
    }

    /// <inheritdoc/>
    public CreateUserAnswer Answer(Directory after, Outcome outcome) => new(UserAnswer.Whole(after, after.Users.Find(UserName)!));
}

/// <summary>The user that was created.</summary>
public sealed record CreateUserAnswer(UserAnswer User);
