namespace IamEventSourced;

/// <summary>Gives the account an alias, in place of the one it has (AWS: one an account; a new one overwrites it). ARNs do not change.</summary>
/// <param name="AccountAlias">The alias; one that any account has, this one too: EntityAlreadyExists. 12 digits, an account's id: InvalidInput.</param>
public sealed record CreateAccountAlias(AccountAlias AccountAlias) : ICommand
{
    IamError ICommand.Taken => new("EntityAlreadyExists", 409, $"The account alias {AccountAlias} already exists.");

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (AccountId.Limits.Violation(AccountAlias.Value) is null) return IamError.InvalidInput("AccountAlias: 12 digits are an account's id.");
        if (directory.Alias?.Alias == AccountAlias) return ((ICommand)this).Taken!;

        return new AccountAliasCreated(AccountAlias);
    }
}
