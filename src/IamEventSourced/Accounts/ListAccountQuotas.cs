namespace IamEventSourced;

/// <summary>The account's quotas, all of them, in the order of their names. The operator, who sets them, may ask too.</summary>
public sealed record ListAccountQuotas : IQuery<ListAccountQuotasAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [call.Caller is OperatorCaller ? Permission.OfOperator : Permission.OnAccount];

    /// <inheritdoc/>
    public Answer<ListAccountQuotasAnswer> Answer(Directory directory, Call call) => new ListAccountQuotasAnswer([.. Quotas.Names.Select(name =>
        new AccountQuota(name, directory.Quotas[name], Quotas.Default[name], directory.QuotasSet.TryGet(name, out var set) ? set.At : null))]);
}

/// <summary>The quotas of an account.</summary>
/// <param name="Quotas">In the order of their names.</param>
public sealed record ListAccountQuotasAnswer(IReadOnlyList<AccountQuota> Quotas);

/// <summary>A quota of an account.</summary>
/// <param name="QuotaName">Which.</param>
/// <param name="QuotaValue">How many, or how long.</param>
/// <param name="DefaultValue">AWS's number.</param>
/// <param name="SetDate">When it was set last; absent where it never was.</param>
public sealed record AccountQuota(QuotaName QuotaName, int QuotaValue, int DefaultValue, DateTimeOffset? SetDate);
