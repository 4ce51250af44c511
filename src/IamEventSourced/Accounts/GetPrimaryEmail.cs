namespace IamEventSourced;

/// <summary>Root's e-mail address. One that has none, or whose was erased: NoSuchEntity. Only root may.</summary>
public sealed record GetPrimaryEmail : IHistoryQuery<GetPrimaryEmailAnswer>
{
    string IHistoryQuery.OnlyNow => "The e-mail address is told as it is now alone; what it was before is kept nowhere.";

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OfRoot];

    /// <inheritdoc/>
    public async Task<Answer<GetPrimaryEmailAnswer>> Answer(Directory directory, Call call, IHistory history) =>
        await history.PrimaryEmail() is { } address ? new GetPrimaryEmailAnswer(address) : IamError.NoSuchEntity("The account has no e-mail address.");
}

/// <summary>The address, as it was written.</summary>
public sealed record GetPrimaryEmailAnswer(EmailAddress PrimaryEmail);
