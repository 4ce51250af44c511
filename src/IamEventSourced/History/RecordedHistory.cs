namespace IamEventSourced;

/// <summary>
/// A history of the events alone, in memory: of an export, without a server. What is kept beside the stream it does not know: of last uses, accesses, refused attempts and e-mail addresses there are none.
/// </summary>
/// <param name="account">Whose.</param>
/// <param name="events">All events of the account until the moment that is asked about, in order.</param>
/// <param name="heads">The tree heads that were signed of them, in order.</param>
public sealed class RecordedHistory(AccountId account, IReadOnlyList<RecordedEvent> events, IReadOnlyList<TreeHead>? heads = null) : IHistory
{
    Directory _last = new(account);
    RecordedHistory? _until;
    EventFacts[]? _facts;

    /// <summary>How many events there are.</summary>
    public long Revision => events.Count;

    /// <summary>The account as it was at a revision, from 0, before the first.</summary>
    public Directory At(long revision)
    {
        // Most often somebody asks of the same revision again, or of a later one.
        var from = _last.Revision <= revision ? _last : new(account);
        return _last = from.Revision == revision ? from : from.Apply([.. events.Skip((int)from.Revision).Take((int)(revision - from.Revision))]);
    }

    /// <summary>The history until an earlier revision.</summary>
    public RecordedHistory Until(long revision) => revision >= Revision ? this : _until?.Revision == revision ? _until : _until = new(account, [.. events.Take((int)revision)], heads);

    /// <summary>Answers as a server does that has these events: of a revision or a moment of the past, else of now. Whoever has the events needs no permission.</summary>
    /// <param name="query">The question.</param>
    /// <param name="caller">Who asks, for what is asked about oneself.</param>
    /// <param name="revision">Of which revision.</param>
    /// <param name="time">The moment that is asked about; null: that of the revision's event.</param>
    /// <exception cref="InvalidOperationException">The operation is no question that a history answers.</exception>
    public Task<Answer<object>> Answer(IOperation query, Caller caller, long revision, DateTimeOffset? time)
    {
        var (directory, history) = (At(revision), Until(revision));
        var call = new Call(caller, "offline", time ?? directory.At, new SimulatedIds(directory)) { IsOfThePast = revision < Revision };
        return query.AnswerOn(directory, call, history);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<RecordedEvent>> EventsOf(string entity, GetEntityHistory query, int most)
    {
        var fitting = events.Where(recorded => query.Fits(recorded) && (entity == account.Value || recorded.Event.Entities().Contains(entity, StringComparer.Ordinal)));
        return Task.FromResult<IReadOnlyList<RecordedEvent>>([.. (query.NewestFirst ? fitting.Reverse() : fitting).Take(most)]);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<EventFacts>> FactsOf(IReadOnlyList<RecordedEvent> events)
    {
        _facts ??= [.. Facts()];
        return Task.FromResult<IReadOnlyList<EventFacts>>([.. events.Select(recorded => _facts[recorded.Revision - 1])]);
    }

    IEnumerable<EventFacts> Facts()
    {
        var (directory, so) = (new Directory(account), new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal));
        foreach (var recorded in events)
        {
            var before = directory;
            directory = before.Apply(recorded.Event, recorded.At);
            List<FactChange> changes = [];
            foreach (var change in EventChange.Of(recorded))
            {
                var fact = string.Join('\0', change.Key.Prepend(change.Kind.Name));
                so.Remove(fact, out var was);
                if (change.After is { } after) so[fact] = after;
                if (change.With(was) is { } told) changes.Add(told);
            }
            yield return new(EventFacts.NamesOf(recorded, id => (directory.Current(id) ?? before.Current(id))?.Arn), changes);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<RecordedEvent>> EventsAt(IReadOnlyCollection<long> revisions) =>
        Task.FromResult<IReadOnlyList<RecordedEvent>>([.. revisions.Where(revision => revision >= 1 && revision <= Revision).Order().Distinct().Select(revision => events[(int)revision - 1])]);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredEvent>> StoredAt(long from, long to) =>
        Task.FromResult<IReadOnlyList<StoredEvent>>([.. events.Where(recorded => recorded.Revision >= from && recorded.Revision <= to).Select(StoredEvent.Of)]);

    /// <inheritdoc/>
    public Task<IReadOnlyList<RecordedEvent>> EventsDeciding(UserId? user, ResourceName? resource) => Task.FromResult(events);

    /// <inheritdoc/>
    public Task<Directory> DirectoryAt(long revision) => Task.FromResult(At(revision));

    /// <inheritdoc/>
    public Task<Directory> PartAt(long revision, EntityReference entity, bool holders = false) => DirectoryAt(revision);

    /// <inheritdoc/>
    public Task<long> RevisionAt(DateTimeOffset time) => Task.FromResult(events.LastOrDefault(recorded => recorded.At <= time)?.Revision ?? 0);

    /// <inheritdoc/>
    public Task<EmailAddress?> PrimaryEmail() => Task.FromResult<EmailAddress?>(null);

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, CredentialUse>> LastUsesOf(IReadOnlyCollection<string> credentials) => Task.FromResult<IReadOnlyDictionary<string, CredentialUse>>(new Dictionary<string, CredentialUse>());

    /// <inheritdoc/>
    public Task<IReadOnlyList<LastAccess>> AccessesOf(IReadOnlyCollection<UserId> users) => Task.FromResult<IReadOnlyList<LastAccess>>([]);

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<UserId, DateTimeOffset>> AccessesTo(ServiceNamespace service, IReadOnlyCollection<UserId> users) =>
        Task.FromResult<IReadOnlyDictionary<UserId, DateTimeOffset>>(new Dictionary<UserId, DateTimeOffset>());

    /// <inheritdoc/>
    public Task<IReadOnlyList<(UserId User, string Service, DateTimeOffset At)>> AccessesByUser(IReadOnlyCollection<UserId> users) => Task.FromResult<IReadOnlyList<(UserId, string, DateTimeOffset)>>([]);

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<UserId, KnownUses>> KnownUsesOf(IReadOnlyCollection<UserId> users) => Task.FromResult<IReadOnlyDictionary<UserId, KnownUses>>(new Dictionary<UserId, KnownUses>());

    /// <inheritdoc/>
    public Task<IReadOnlyList<(RefusedAttemptEntry Attempt, long Id)>> RefusedAttempts(ListRefusedAttempts query, (DateTimeOffset At, long Id)? before, int most) =>
        Task.FromResult<IReadOnlyList<(RefusedAttemptEntry, long)>>([]);

    /// <inheritdoc/>
    public Task<(IReadOnlyList<(DecisionEntry Decision, long Id)> Found, (DateTimeOffset At, long Id)? Until)> Decisions(ListDecisions query, (DateTimeOffset At, long Id)? before, int most) =>
        Task.FromResult<(IReadOnlyList<(DecisionEntry, long)>, (DateTimeOffset, long)?)>(([], null));

    /// <inheritdoc/>
    public Task<IReadOnlyList<DecisionGap>> DecisionGaps(DateTimeOffset? from, DateTimeOffset? to, int most) => Task.FromResult<IReadOnlyList<DecisionGap>>([]);

    /// <inheritdoc/>
    public Task<TreeHead?> HeadUntil(long revision) => Task.FromResult(heads?.LastOrDefault(head => head.Size <= revision));

    /// <inheritdoc/>
    public Task<IReadOnlyList<byte[]>> Subtrees(IReadOnlyList<(long From, long To)> subtrees) => Task.FromResult<IReadOnlyList<byte[]>>([.. subtrees.Select(subtree =>
    {
        var tree = new GrowingTree();
        foreach (var recorded in events.Skip((int)subtree.From).Take((int)(subtree.To - subtree.From))) tree.Add(Ledger.LeafOf(recorded));
        return tree.Root;
    })]);
}
