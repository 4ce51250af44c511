namespace IamEventSourced;

/// <summary>Gives a user another password, or says whether it has to be changed at the next sign-in. What is not given stays as it is.</summary>
/// <param name="UserName">Whose; one without login profile: NoSuchEntity.</param>
/// <param name="Password">The password; one that the account's policy does not allow: PasswordPolicyViolation.</param>
/// <param name="PasswordResetRequired">Whether the user has to set a password of its own at the next sign-in.</param>
public sealed record UpdateLoginProfile(UserName UserName, Password? Password = null, bool? PasswordResetRequired = null) : IPasswordCommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(UserName)];

    /// <inheritdoc/>
    public PasswordWork? Work(Directory directory, Call call) => Password is not null && Refusal(directory) is null && directory.Users.Find(UserName) is { LoginProfile: { } profile } user
        ? new(Password, profile, null, directory.LastPasswordsOf(user)) : null;

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (Refusal(directory) is { } refusal) return refusal;
        var user = directory.Users.Find(UserName)!;
        var profile = user.LoginProfile!;
        var required = PasswordResetRequired ?? profile.PasswordResetRequired is not null;
        if (Password is null) return required == profile.PasswordResetRequired is not null ? Outcome.Unchanged : new PasswordResetRequiredSet(profile.PasswordId, user.Id, required);
        if (Work(directory, call)!.Refusal(call) is { } unworked) return unworked;

        var changed = new PasswordChanged(call.Ids.Next("APWD"), user.Id, profile.PasswordId, required);
        return ((Outcome)changed).With(new(SecretKind.Password.Of(changed.PasswordId), call.Passwords!.Hash));
    }

    IamError? Refusal(Directory directory)
    {
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);
        if (user.LoginProfile is null) return IamError.NoLoginProfile(user.Name.Value);
        return Password is null ? null : directory.PasswordRefusal(user, Password);
    }
}
