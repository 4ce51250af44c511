using System.Text.Json;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// Tells the subscribers of the accounts that this node owns what happens in them: each event as it is exported, what it gave and took, or both, in the order of the revisions,
/// by a cursor for each subscriber that goes on when the bus has the messages. So each is told at least once, and one that comes again has the id that it had. It reads what was committed, behind the
/// commands and never in their way; a subscriber that can't be told waits, and no other with it.
/// </summary>
sealed partial class Publishing(NpgsqlDataSource database, AccountStore store, LiveAccounts accounts, Nodes nodes, SubscriberQueues queues, TimeProvider time, ILogger<Publishing> log) : BackgroundService
{
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250), Again = TimeSpan.FromSeconds(2);
    /// <summary>A page, after which the next subscriber has its turn: so many events, or as many as take so long.</summary>
    const int MostEvents = 100;
    static readonly TimeSpan MostTime = TimeSpan.FromSeconds(1);

    /// <summary>The accounts as they are at the cursors of those who are told what events gave and took.</summary>
    readonly Dictionary<(AccountId, string), Directory> _directories = [];
    readonly Dictionary<(AccountId, string), long> _failed = [];
    volatile IReadOnlyList<Subscriber> _subscribers = [];
    volatile int _failing;
    bool _lost;

    /// <summary>The subscribers of this node's accounts, as they were at the last look.</summary>
    public IReadOnlyList<Subscriber> Mine => _subscribers;

    /// <summary>How many of them could not be told at the last attempt.</summary>
    public int Failing => _failing;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Look, time);
        try
        {
            do
                while (await PublishAll(stoppingToken)) { }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
    }

    /// <summary>Tells each subscriber a page.</summary>
    /// <returns>Whether any was told one.</returns>
    async Task<bool> PublishAll(CancellationToken cancel)
    {
        try
        {
            _subscribers = [.. (await Subscribers.Read(database, null, cancel)).Where(subscriber => nodes.OwnerOf(subscriber.Account) is null)];
            Forget();
            _lost = false;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            if (!_lost) LogLost(log, e);
            _lost = true;
            return false;
        }

        var any = false;
        foreach (var subscriber in _subscribers)
        {
            var key = (subscriber.Account, subscriber.Name);
            if (subscriber.Lag is 0 || _failed.TryGetValue(key, out var failed) && time.GetElapsedTime(failed) < Again) continue;
            try
            {
                any |= await Publish(subscriber, cancel);
                if (_failed.Remove(key)) LogTold(log, subscriber.Name, subscriber.Account);
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
            {
                if (!_failed.ContainsKey(key)) LogUntold(log, e, subscriber.Name, subscriber.Account);
                _failed[key] = time.GetTimestamp();
            }
            _failing = _failed.Count;
        }
        return any;
    }

    /// <summary>Those that are gone, or another node's.</summary>
    void Forget()
    {
        var mine = _subscribers.Select(subscriber => (subscriber.Account, subscriber.Name)).ToHashSet();
        foreach (var key in _directories.Keys.Except(mine).ToList()) _directories.Remove(key);
        foreach (var key in _failed.Keys.Except(mine).ToList()) _failed.Remove(key);
        _failing = _failed.Count;
    }

    async Task<bool> Publish(Subscriber subscriber, CancellationToken cancel)
    {
        List<RecordedEvent> events = [];
        await using (var connection = await database.OpenConnectionAsync(cancel))
            await foreach (var recorded in RecordedEvents.Read(connection, subscriber.Account, subscriber.Revision, MostEvents, cancel)) events.Add(recorded);

        var following = subscriber.Notices ? new AccessNotices(await DirectoryOf(subscriber, cancel)) : null;
        List<(string Type, long Revision, byte[] Body)> messages = [];
        var (until, began) = (subscriber.Revision, time.GetTimestamp());
        foreach (var recorded in events)
        {
            if (subscriber.Events) messages.Add((SubscriberQueues.EventType, recorded.Revision, JsonSerializer.SerializeToUtf8Bytes(Ledger.LineOf(recorded), Json.Options)));
            if (following?.Take(recorded) is { } notice) messages.Add((SubscriberQueues.NoticeType, recorded.Revision, JsonSerializer.SerializeToUtf8Bytes(notice, Json.Options)));
            until = recorded.Revision;
            if (time.GetElapsedTime(began) >= MostTime) break;
        }
        var told = until > subscriber.Revision && await Subscribers.Advance(database, subscriber, until, async () =>
        {
            foreach (var (type, revision, body) in messages) await queues.Send(subscriber, type, revision, body);
        }, cancel);
        // Who holds the account anyway holds it once.
        if (told && following is not null) _directories[(subscriber.Account, subscriber.Name)] = accounts.Live(subscriber.Account)?.Directory is { } live && live.Revision == until ? live : following.Directory;
        return told;
    }

    /// <summary>The account as it is at the cursor: at hand, or folded on from the nearest that is.</summary>
    async Task<Directory> DirectoryOf(Subscriber subscriber, CancellationToken cancel)
    {
        IEnumerable<Directory> known = [.. _directories.Values, .. accounts.Live(subscriber.Account) is { } live ? [live.Directory] : Array.Empty<Directory>()];
        var nearest = known.Where(directory => directory.Account == subscriber.Account && directory.Revision <= subscriber.Revision).MaxBy(directory => directory.Revision) ?? new(subscriber.Account);
        return nearest.Revision == subscriber.Revision ? nearest : await store.ReadAt(nearest, subscriber.Revision, cancel);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Subscriber {Name} of account {Account} could not be told what happened; it is tried again, and nothing is left out")]
    static partial void LogUntold(ILogger log, Exception failure, string name, AccountId account);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Subscriber {Name} of account {Account} is told again what happens")]
    static partial void LogTold(ILogger log, string name, AccountId account);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The subscribers could not be read; it will be tried again")]
    static partial void LogLost(ILogger log, Exception failure);
}
