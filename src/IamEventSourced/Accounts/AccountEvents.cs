namespace IamEventSourced;

/// <summary>The account was created; the first event of its stream.</summary>
[Stored("account-created")]
public sealed record AccountCreated(AccountName? AccountName) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with { Created = stamp, Name = AccountName };
}
