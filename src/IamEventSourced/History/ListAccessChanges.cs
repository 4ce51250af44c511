namespace IamEventSourced;

/// <summary>What each event gave and took, in the order of the revisions, from any revision on: a notice for each that did.</summary>
/// <param name="FromRevision">Where to begin; the first where none is given.</param>
/// <param name="MaxItems">How many events are looked at, at most; 100 where none is given. A page ends earlier after events that concern 100,000 users together.</param>
public sealed record ListAccessChanges(Revision? FromRevision = null, MaxItems? MaxItems = null) : IHistoryQuery<ListAccessChangesAnswer>
{
    const int MostCompared = 100_000;

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public async Task<Answer<ListAccessChangesAnswer>> Answer(Directory directory, Call call, IHistory history)
    {
        var (from, most) = ((long)(FromRevision?.Value ?? 1), MaxItems?.Value ?? 100);
        if (from > directory.Revision) return new ListAccessChangesAnswer([], false, null);

        var following = new AccessNotices(await history.DirectoryAt(from - 1));
        List<AccessNotice> notices = [];
        foreach (var recorded in await history.EventsAt([.. Enumerable.Range(0, (int)Math.Min(most, directory.Revision - from + 1)).Select(i => from + i)]))
        {
            if (following.Take(recorded) is { } notice) notices.Add(notice);
            if (following.Compared >= MostCompared) break;
        }
        var told = following.Directory.Revision;
        return new ListAccessChangesAnswer(notices, told < directory.Revision, told < directory.Revision ? told + 1 : null);
    }
}

/// <summary>A page of notices.</summary>
/// <param name="Notices">In order; of events by which nobody gained or lost anything there is none.</param>
/// <param name="IsTruncated">Whether there are more events.</param>
/// <param name="NextRevision">Where to go on, when there are more.</param>
public sealed record ListAccessChangesAnswer(IReadOnlyList<AccessNotice> Notices, bool IsTruncated, long? NextRevision);
