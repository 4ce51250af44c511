namespace IamEventSourced.Server.Tests;

/// <summary>A history in memory that leaves out nothing: against it others are judged.</summary>
sealed class WholeHistory(IReadOnlyList<RecordedEvent> events) : IHistory
{
    public Task<IReadOnlyList<RecordedEvent>> EventsOf(string entity, GetEntityHistory query, int most) => throw new NotSupportedException();
    public Task<IReadOnlyList<EventFacts>> FactsOf(IReadOnlyList<RecordedEvent> events) => throw new NotSupportedException();
    public Task<IReadOnlyList<RecordedEvent>> EventsAt(IReadOnlyCollection<long> revisions) => Task.FromResult<IReadOnlyList<RecordedEvent>>([.. events.Where(one => revisions.Contains(one.Revision))]);
    public Task<IReadOnlyList<RecordedEvent>> EventsDeciding(UserId? user, ResourceName? resource) => Task.FromResult(events);
    public Task<Directory> DirectoryAt(long revision) => throw new NotSupportedException();
    public Task<long> RevisionAt(DateTimeOffset time) => Task.FromResult(events.LastOrDefault(one => one.At <= time)?.Revision ?? 0);
    public Task<IReadOnlyDictionary<string, CredentialUse>> LastUsesOf(IReadOnlyCollection<string> credentials) => throw new NotSupportedException();
    public Task<IReadOnlyList<LastAccess>> AccessesOf(IReadOnlyCollection<UserId> users) => throw new NotSupportedException();
    public Task<IReadOnlyDictionary<UserId, DateTimeOffset>> AccessesTo(ServiceNamespace service, IReadOnlyCollection<UserId> users) => throw new NotSupportedException();
    public Task<IReadOnlyList<(RefusedAttemptEntry Attempt, long Id)>> RefusedAttempts(ListRefusedAttempts query, (DateTimeOffset At, long Id)? before, int most) => throw new NotSupportedException();
    public Task<TreeHead?> HeadUntil(long revision) => throw new NotSupportedException();
    public Task<IReadOnlyList<byte[]>> Subtrees(IReadOnlyList<(long From, long To)> subtrees) => throw new NotSupportedException();
}
