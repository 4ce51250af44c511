namespace IamEventSourced;

/// <summary>Deletes the account's password policy: passwords are then judged by AWS's default. Where there is none: NoSuchEntity.</summary>
public sealed record DeleteAccountPasswordPolicy : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.PasswordPolicy is null) return IamError.NoPasswordPolicy(directory.Account);

        return new AccountPasswordPolicyDeleted();
    }
}
