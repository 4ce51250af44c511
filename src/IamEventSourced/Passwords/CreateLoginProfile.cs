namespace IamEventSourced;

/// <summary>Gives a user a password, by which it can sign in to the console. One that has a login profile: EntityAlreadyExists; a password that the account's policy does not allow: PasswordPolicyViolation.</summary>
/// <param name="UserName">Whose; none: the caller's own, root's too.</param>
/// <param name="Password">The password; it has to be given.</param>
/// <param name="PasswordResetRequired">Whether it has to be changed at the first sign-in; false where it is not given.</param>
public sealed record CreateLoginProfile(UserName? UserName = null, Password? Password = null, bool? PasswordResetRequired = null) : ICommand<CreateLoginProfileAnswer>, IPasswordCommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(UserName, call)];

    /// <inheritdoc/>
    public PasswordWork? Work(Directory directory, Call call) => Refusal(directory, call) is null ? new(Password!, null, null, 0) : null;

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (Refusal(directory, call) is { } refusal) return refusal;
        if (Work(directory, call)!.Refusal(call) is { } unworked) return unworked;

        var created = new LoginProfileCreated(call.Ids.Next("APWD"), directory.Find(UserName, call)?.Id, PasswordResetRequired is true);
        return ((Outcome)created).With(new(SecretKind.Password.Of(created.PasswordId), call.Passwords!.Hash));
    }

    IamError? Refusal(Directory directory, Call call)
    {
        var user = directory.Find(UserName, call);
        if (UserName is not null && user is null) return IamError.NoSuchEntity("user", UserName);
        if (directory.LoginProfileOf(user) is not null) return new IamError("EntityAlreadyExists", 409, $"Login Profile for user {user?.Name.Value ?? "root"} already exists.");
        return Password is null ? IamError.NotGiven(nameof(Password)) : directory.PasswordRefusal(user, Password);
    }

    /// <inheritdoc/>
    public CreateLoginProfileAnswer Answer(Directory after, Outcome outcome) => new(LoginProfileAnswer.Of(after, ((LoginProfileCreated)outcome.Events[0]).UserId is { } user ? after.Users[user] : null)!);
}

/// <summary>The login profile.</summary>
public sealed record CreateLoginProfileAnswer(LoginProfileAnswer LoginProfile);

/// <summary>A login profile, as AWS describes it.</summary>
/// <param name="UserName">Whose; absent for root.</param>
/// <param name="CreateDate">When it was made.</param>
/// <param name="PasswordResetRequired">Whether the password has to be changed at the next sign-in.</param>
public sealed record LoginProfileAnswer(UserName? UserName, DateTimeOffset CreateDate, bool PasswordResetRequired)
{
    /// <summary>The login profile of a user or, where none is named, of root; null: it has none.</summary>
    internal static LoginProfileAnswer? Of(Directory directory, User? user) =>
        directory.LoginProfileOf(user) is { } profile ? new(user?.Name, profile.Created.At, profile.PasswordResetRequired is not null) : null;
}
