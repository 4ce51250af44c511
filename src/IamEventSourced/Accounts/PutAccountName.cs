namespace IamEventSourced;

/// <summary>Gives the account another name. It is what people call it, and no two need differ. Only root may.</summary>
/// <param name="AccountName">The name.</param>
public sealed record PutAccountName(AccountName AccountName) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OfRoot];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Name == AccountName) return Outcome.Unchanged;

        return new AccountRenamed(AccountName);
    }
}
