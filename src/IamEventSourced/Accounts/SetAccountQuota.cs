namespace IamEventSourced;

/// <summary>Sets a quota of the account. What there is already stays, also where it is more. Only the operator may.</summary>
/// <param name="QuotaName">Which.</param>
/// <param name="QuotaValue">How many, or how long; what the quota's own limits do not allow: InvalidInput.</param>
public sealed record SetAccountQuota(QuotaName QuotaName, QuotaValue QuotaValue) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OfOperator];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Closed is not null) return IamError.InvalidInput($"The account {directory.Account} is closed.");
        if (Quotas.MostOf(QuotaName) is var most && QuotaValue.Value > most) return IamError.InvalidInput($"QuotaValue: {QuotaName} can be {most} at most.");
        if (directory.Quotas[QuotaName] == QuotaValue.Value) return Outcome.Unchanged;

        return new AccountQuotaSet(QuotaName, QuotaValue.Value);
    }
}
