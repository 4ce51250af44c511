namespace IamEventSourced;

/// <summary>Changes the caller's own password. Root's too, which AWS changes in its console alone. Sessions that were begun with the old one end.</summary>
/// <param name="OldPassword">The password that is in force, also where it has expired; another: AccessDenied.</param>
/// <param name="NewPassword">The new one; one that the account's policy does not allow, or the old one where that has to be changed: PasswordPolicyViolation.</param>
public sealed record ChangePassword(Password OldPassword, Password NewPassword) : IPasswordCommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(call.Caller)];

    /// <inheritdoc/>
    public PasswordWork? Work(Directory directory, Call call) => Refusal(directory, call) is null && directory.Find(null, call) is var user
        ? new(NewPassword, directory.LoginProfileOf(user), OldPassword, directory.LastPasswordsOf(user)) : null;

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (Refusal(directory, call) is { } refusal) return refusal;
        if (Work(directory, call)!.Refusal(call) is { } unworked) return unworked;

        var user = directory.Find(null, call);
        var changed = new PasswordChanged(call.Ids.Next("APWD"), user?.Id, directory.LoginProfileOf(user)!.PasswordId, PasswordResetRequired: false);
        return ((Outcome)changed).With(new(SecretKind.Password.Of(changed.PasswordId), call.Passwords!.Hash));
    }

    IamError? Refusal(Directory directory, Call call)
    {
        var user = directory.Find(null, call);
        if (directory.LoginProfileOf(user) is not { } profile) return IamError.NoLoginProfile(user?.Name.Value ?? "root");
        if (directory.PasswordRefusal(user, NewPassword) is { } unfit) return unfit;
        return OldPassword.Reveal() == NewPassword.Reveal() && (profile.PasswordResetRequired is not null || user is not null && profile.IsExpired(directory.PasswordPolicy, call.At))
            ? IamError.PasswordPolicyViolation("Password should be another than the one that has to be changed.") : null;
    }
}
