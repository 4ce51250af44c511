namespace IamEventSourced.Tests;

/// <summary>A history in memory, with the directory of every revision.</summary>
sealed class FoldedHistory : IHistory
{
    public Task<TreeHead?> HeadUntil(long revision) => Task.FromResult<TreeHead?>(null);
    public Task<IReadOnlyList<byte[]>> Subtrees(IReadOnlyList<(long From, long To)> subtrees) => Task.FromResult<IReadOnlyList<byte[]>>([]);
    readonly List<Directory> _directories;
    readonly List<RecordedEvent> _events;

    FoldedHistory(List<Directory> directories, List<RecordedEvent> events) => (_directories, _events) = (directories, events);

    public FoldedHistory() : this([new(Cast.Account)], []) { }

    /// <summary>The history until a revision.</summary>
    public FoldedHistory Until(long revision) => new(_directories[..((int)revision + 1)], _events[..(int)revision]);

    /// <summary>The newest directory.</summary>
    public Directory Newest => _directories[^1];

    /// <summary>The directory of a revision.</summary>
    public Directory At(long revision) => _directories[(int)revision];

    /// <summary>One more event, by root, a minute after the one before.</summary>
    public FoldedHistory With(params IEnumerable<AccountEvent> events)
    {
        foreach (var happened in events)
        {
            var at = Cast.Noon.AddMinutes(_events.Count);
            _directories.Add(Newest.Apply(happened, at));
            _events.Add(new(Cast.Account, Newest.Revision, happened, at, new(Cast.Account.Value, Cast.RootKey, Arn.Of(Cast.Account, "root")), $"c-{Newest.Revision}", 0, "c", null));
        }
        return this;
    }

    /// <summary>What a command comes to, by root; a refusal changes nothing.</summary>
    public Outcome Decide(ICommand command, IIdSource ids)
    {
        var call = new Call(Cast.AsRoot, "c", Cast.Noon.AddMinutes(_events.Count), ids);
        var outcome = command.Decide(Newest, call.Prepared(command, Newest));
        With(outcome.Events);
        return outcome;
    }

    public Task<IReadOnlyList<EventFacts>> FactsOf(IReadOnlyList<RecordedEvent> events) => throw new NotSupportedException();
    public Task<IReadOnlyList<RecordedEvent>> EventsOf(string entity, GetEntityHistory query, int most) =>
        Task.FromResult<IReadOnlyList<RecordedEvent>>([.. _events.Where(recorded => query.Fits(recorded) && (entity == Cast.Account.Value || recorded.Event.Entities().Contains(entity))).Take(most)]);
    public Task<IReadOnlyList<RecordedEvent>> EventsAt(IReadOnlyCollection<long> revisions) => Task.FromResult<IReadOnlyList<RecordedEvent>>([.. _events.Where(recorded => revisions.Contains(recorded.Revision))]);
    public Task<IReadOnlyList<RecordedEvent>> EventsDeciding(UserId? user, ResourceName? resource) => Task.FromResult<IReadOnlyList<RecordedEvent>>(_events);
    public Task<Directory> DirectoryAt(long revision) => Task.FromResult(At(revision));
    public Task<long> RevisionAt(DateTimeOffset time) => Task.FromResult(_events.LastOrDefault(recorded => recorded.At <= time)?.Revision ?? 0);
    public Task<IReadOnlyDictionary<string, CredentialUse>> LastUsesOf(IReadOnlyCollection<string> credentials) => throw new NotSupportedException();
    public Task<IReadOnlyList<LastAccess>> AccessesOf(IReadOnlyCollection<UserId> users) => Task.FromResult<IReadOnlyList<LastAccess>>([]);
    public Task<IReadOnlyDictionary<UserId, DateTimeOffset>> AccessesTo(ServiceNamespace service, IReadOnlyCollection<UserId> users) =>
        Task.FromResult<IReadOnlyDictionary<UserId, DateTimeOffset>>(new Dictionary<UserId, DateTimeOffset>());
    public Task<IReadOnlyList<(RefusedAttemptEntry Attempt, long Id)>> RefusedAttempts(ListRefusedAttempts query, (DateTimeOffset At, long Id)? before, int most) => throw new NotSupportedException();
}
