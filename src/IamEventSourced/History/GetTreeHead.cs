namespace IamEventSourced;

/// <summary>The account's newest tree head, signed by the operator's key: the size of its ledger and the root over all its events. Of a past moment: the last that was signed of a revision until then.</summary>
public sealed record GetTreeHead : IHistoryQuery<TreeHead>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public async Task<Answer<TreeHead>> Answer(Directory directory, Call call, IHistory history) => await history.HeadUntil(directory.Revision) is { } head ? head : None;

    internal static IamError None => IamError.NoSuchEntity("No tree head of this account has been signed by then.");
}
