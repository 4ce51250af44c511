namespace IamEventSourced;

/// <summary>Takes the account's alias away; another account may have it then.</summary>
/// <param name="AccountAlias">The alias; one that the account does not have: NoSuchEntity.</param>
public sealed record DeleteAccountAlias(AccountAlias AccountAlias) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Alias?.Alias != AccountAlias) return IamError.NoSuchEntity($"The account alias {AccountAlias} cannot be found.");

        return new AccountAliasDeleted();
    }
}
