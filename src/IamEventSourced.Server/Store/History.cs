using Npgsql;

namespace IamEventSourced.Server;

/// <summary>An account's history as the database keeps it, until the revision of a directory and a moment.</summary>
/// <param name="store">Where it is kept.</param>
/// <param name="whole">Whole directories of moments that are over.</param>
/// <param name="secrets">What opens what is kept encrypted.</param>
/// <param name="uses">When credentials were used.</param>
/// <param name="accesses">When services were accessed.</param>
/// <param name="refused">What was refused.</param>
/// <param name="decisions">What was decided.</param>
/// <param name="newest">The whole account as this node has it.</param>
/// <param name="directory">The directory that is asked about: nothing after its revision is told.</param>
/// <param name="until">The moment that is asked about; null: now.</param>
/// <param name="cancel">Ends the reading.</param>
sealed class History(AccountStore store, WholeDirectories whole, Secrets secrets, CredentialUses uses, AccessUses accesses, RefusedAttempts refused, DecisionLog decisions, Directory newest, Directory directory, DateTimeOffset? until, CancellationToken cancel) : IHistory
{
    public Task<IReadOnlyList<RecordedEvent>> EventsOf(string entity, GetEntityHistory query, int most) =>
        Read(connection => RecordedEvents.ReadOf(connection, directory.Account, entity, query, directory.Revision, most, cancel));

    public Task<IReadOnlyList<RecordedEvent>> EventsAt(IReadOnlyCollection<long> revisions) => revisions.Count is 0 ? Task.FromResult<IReadOnlyList<RecordedEvent>>([])
        : Read(connection => RecordedEvents.ReadAt(connection, directory.Account, [.. revisions.Where(revision => revision <= directory.Revision)], cancel));

    public async Task<IReadOnlyList<StoredEvent>> StoredAt(long from, long to)
    {
        List<StoredEvent> read = [];
        await using var connection = await store.Database.OpenConnectionAsync(cancel);
        await foreach (var stored in RecordedEvents.ReadStored(connection, directory.Account, from, Math.Min(to, directory.Revision), cancel)) read.Add(stored);
        return read;
    }

    public Task<Directory> DirectoryAt(long revision) => revision == newest.Revision ? Task.FromResult(newest)
        : whole.Find(directory.Account, revision, from => store.ReadAt(from, revision, cancel), cancel);

    public async Task<Directory> PartAt(long revision, EntityReference entity, bool holders = false) => revision == newest.Revision ? newest
        : whole.Known(directory.Account, revision) ?? await PartialDirectory.LoadOwn(store.Database, newest, entity, holders, revision, cancel);

    public Task<long> RevisionAt(DateTimeOffset time) => PartialDirectory.RevisionAt(store.Database, directory, time, cancel);

    public Task<IReadOnlyList<RecordedEvent>> EventsDeciding(UserId? user, ResourceName? resource) => Read(connection => DecidingEvents.Read(connection, directory, user, resource, cancel));

    async Task<IReadOnlyList<RecordedEvent>> Read(Func<NpgsqlConnection, IAsyncEnumerable<RecordedEvent>> events)
    {
        List<RecordedEvent> read = [];
        await using var connection = await store.Database.OpenConnectionAsync(cancel);
        await foreach (var recorded in events(connection)) read.Add(recorded);
        return read;
    }

    public Task<IReadOnlyList<EventFacts>> FactsOf(IReadOnlyList<RecordedEvent> events) => FactsOfEvents.Read(store.Database, directory, events, cancel);

    public Task<EmailAddress?> PrimaryEmail() => Emails.Find(store.Database, secrets, directory.Account, cancel);

    public Task<IReadOnlyDictionary<string, CredentialUse>> LastUsesOf(IReadOnlyCollection<string> credentials) => uses.Last(directory.Account, credentials, until, cancel);

    public Task<IReadOnlyList<LastAccess>> AccessesOf(IReadOnlyCollection<UserId> users) => accesses.Of(directory.Account, users, cancel);

    public Task<IReadOnlyDictionary<UserId, DateTimeOffset>> AccessesTo(ServiceNamespace service, IReadOnlyCollection<UserId> users) => accesses.To(directory.Account, service, users, cancel);

    public Task<IReadOnlyList<(UserId User, string Service, DateTimeOffset At)>> AccessesByUser(IReadOnlyCollection<UserId> users) => accesses.ByUser(directory.Account, users, cancel);

    public Task<IReadOnlyDictionary<UserId, KnownUses>> KnownUsesOf(IReadOnlyCollection<UserId> users) => accesses.Known(directory.Account, users, cancel);

    public Task<IReadOnlyList<(RefusedAttemptEntry Attempt, long Id)>> RefusedAttempts(ListRefusedAttempts query, (DateTimeOffset At, long Id)? before, int most) =>
        refused.Find(directory.Account, query, before, most, cancel);

    public Task<(IReadOnlyList<(DecisionEntry Decision, long Id)> Found, (DateTimeOffset At, long Id)? Until)> Decisions(ListDecisions query, (DateTimeOffset At, long Id)? before, int most) =>
        decisions.Find(directory.Account, query, before, most, cancel);

    public Task<IReadOnlyList<DecisionGap>> DecisionGaps(DateTimeOffset? from, DateTimeOffset? to, int most) => decisions.Gaps(directory.Account, from, to, most, cancel);

    public Task<TreeHead?> HeadUntil(long revision) => LedgerStore.HeadUntil(store.Database, directory.Account, revision, cancel);

    public Task<IReadOnlyList<byte[]>> Subtrees(IReadOnlyList<(long From, long To)> subtrees) => LedgerStore.Subtrees(store.Database, directory.Account, subtrees, cancel);
}
