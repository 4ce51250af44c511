using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// Tells the subscribers of the accounts that this node owns what happens in them: each event as it is exported, what it gave and took, or both, in the order of the revisions,
/// by a cursor for each subscriber that goes on when the bus has the messages. So each is told at least once, and one that comes again has the id that it had. It reads what was committed, behind the
/// commands and never in their way; a subscriber that can't be told waits, and no other with it.
/// </summary>
sealed partial class Publishing(NpgsqlDataSource database, AccountStore store, LiveAccounts accounts, Checkpoints checkpoints, Nodes nodes, SubscriberQueues queues, ServerOptions options, TimeProvider time, ILogger<Publishing> log) : BackgroundService
{
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250), Again = TimeSpan.FromSeconds(2);
    /// <summary>A page, after which the next subscriber has its turn: so many events, or as many as are worked out, and sent, in so long.</summary>
    const int MostEvents = 100;
    static readonly TimeSpan MostWork = TimeSpan.FromSeconds(1), MostSending = TimeSpan.FromSeconds(2);

    /// <summary>Whose turn it is: a few, in the order in which they came. Those that could not be told have one of their own, so that they take nobody else's.</summary>
    readonly SemaphoreSlim _turn = new(4), _retry = new(1), _more = new(0, 1);
    readonly Dictionary<(AccountId, string), Task> _telling = [];
    readonly ConcurrentDictionary<(AccountId, string), long> _failed = [];
    /// <summary>The accounts as they are at the cursors of those who are told what events gave and took, and when each was told.</summary>
    readonly ConcurrentDictionary<(AccountId, string), (Directory Directory, long At)> _directories = [];
    volatile IReadOnlyList<Subscriber> _subscribers = [];
    bool _lost;

    /// <summary>What a subscriber is told of one revision.</summary>
    /// <param name="Revision">The revision.</param>
    /// <param name="Directory">The account as it is then, where that was worked out.</param>
    /// <param name="Messages">The messages, by type.</param>
    sealed record Telling(long Revision, Directory? Directory, IReadOnlyList<(string Type, byte[] Body)> Messages);

    /// <summary>The subscribers of this node's accounts, as they were at the last look.</summary>
    public IReadOnlyList<Subscriber> Mine => _subscribers;

    /// <summary>How many of them could not be told at the last attempt.</summary>
    public int Failing => _failed.Count;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await TellDue(stoppingToken);
                await _more.WaitAsync(Look, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
        await Task.WhenAll(_telling.Values);
    }

    /// <summary>Has each subscriber that is behind told a page, when it is its turn.</summary>
    async Task TellDue(CancellationToken cancel)
    {
        try
        {
            _subscribers = [.. (await Subscribers.Read(database, null, cancel)).Where(subscriber => nodes.OwnerOf(subscriber.Account) is null)];
            _lost = false;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            if (!_lost) LogLost(log, e);
            _lost = true;
            return;
        }

        Forget();
        foreach (var subscriber in _subscribers)
        {
            var key = (subscriber.Account, subscriber.Name);
            if (subscriber.Lag > 0 && !_telling.ContainsKey(key) && !(_failed.TryGetValue(key, out var failed) && time.GetElapsedTime(failed) < Again)) _telling[key] = Tell(subscriber, cancel);
        }
    }

    /// <summary>Those that are told, and those that are gone or another node's.</summary>
    void Forget()
    {
        foreach (var (key, _) in _telling.Where(one => one.Value.IsCompleted).ToList()) _telling.Remove(key);
        var mine = _subscribers.Select(subscriber => (subscriber.Account, subscriber.Name)).ToHashSet();
        foreach (var key in _directories.Keys.Except(mine)) _directories.TryRemove(key, out _);
        foreach (var key in _failed.Keys.Except(mine)) _failed.TryRemove(key, out _);
    }

    async Task Tell(Subscriber subscriber, CancellationToken cancel)
    {
        var key = (subscriber.Account, subscriber.Name);
        var turn = _failed.ContainsKey(key) ? _retry : _turn;
        await turn.WaitAsync(cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (cancel.IsCancellationRequested) return;
        try
        {
            var any = await TellPage(subscriber, cancel);
            if (_failed.TryRemove(key, out _)) LogTold(log, subscriber.Name, subscriber.Account);
            if (any && _more.CurrentCount is 0) _more.Release();
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested) { }
        catch (Exception e)
        {
            if (!_failed.ContainsKey(key)) LogUntold(log, e, subscriber.Name, subscriber.Account);
            _failed[key] = time.GetTimestamp();
        }
        finally { turn.Release(); }
    }

    /// <summary>Tells a page, or as much of it as can be told: what fails is met first at the next attempt, and fails that.</summary>
    /// <returns>Whether anything was told.</returns>
    async Task<bool> TellPage(Subscriber subscriber, CancellationToken cancel)
    {
        List<Telling> page = [];
        try
        {
            await foreach (var telling in Page(subscriber, cancel)) page.Add(telling);
        }
        catch (Exception) when (page.Count > 0 && !cancel.IsCancellationRequested) { }

        Telling? told = null;
        await Subscribers.Advance(database, subscriber, async () =>
        {
            var began = time.GetTimestamp();
            try
            {
                foreach (var telling in page)
                {
                    foreach (var (type, body) in telling.Messages) await queues.Send(subscriber, type, telling.Revision, body);
                    told = telling;
                    if (time.GetElapsedTime(began) >= MostSending) break;
                }
            }
            catch (Exception) when (told is not null) { }
            return told?.Revision ?? subscriber.Revision;
        }, cancel);
        if (told?.Directory is { } directory) Keep(subscriber, directory);
        return told is not null;
    }

    /// <summary>What it is told next. Events are told as they are stored, whatever was done to them; what they gave and took, until one that can't be read.</summary>
    async IAsyncEnumerable<Telling> Page(Subscriber subscriber, [EnumeratorCancellation] CancellationToken cancel)
    {
        var following = subscriber.Notices ? new AccessNotices(await DirectoryOf(subscriber, cancel)) : null;
        await using var connection = await database.OpenConnectionAsync(cancel);
        if (following is null)
        {
            var (told, until) = (subscriber.Revision, Math.Min(subscriber.Newest, subscriber.Revision + MostEvents));
            await foreach (var stored in RecordedEvents.ReadStored(connection, subscriber.Account, told + 1, until, cancel))
                yield return new(told = stored.Revision, null, [(SubscriberQueues.EventType, Written(Ledger.LineOf(stored)))]);
            if (told < until) yield return new(until, null, []); // what was taken out of the stream can't be told
            yield break;
        }

        var began = time.GetTimestamp();
        await foreach (var recorded in RecordedEvents.Read(connection, subscriber.Account, subscriber.Revision, MostEvents, cancel))
        {
            List<(string, byte[])> messages = subscriber.Events ? [(SubscriberQueues.EventType, Written(Ledger.LineOf(recorded)))] : [];
            if (following.Take(recorded) is { } notice) messages.Add((SubscriberQueues.NoticeType, Written(notice)));
            yield return new(recorded.Revision, following.Directory, messages);
            if (time.GetElapsedTime(began) >= MostWork) yield break;
        }

        static byte[] Written<T>(T content) => JsonSerializer.SerializeToUtf8Bytes(content, Json.Options);
    }

    /// <summary>The account as it is at the cursor: at hand, or folded on from the nearest that is, or from its checkpoint.</summary>
    async Task<Directory> DirectoryOf(Subscriber subscriber, CancellationToken cancel)
    {
        IEnumerable<Directory> known = [.. _directories.Values.Select(kept => kept.Directory), .. accounts.Live(subscriber.Account) is { } live ? [live.Directory] : Array.Empty<Directory>()];
        var nearest = Nearest(known) ?? (await checkpoints.Open(subscriber.Account, cancel) is { } kept ? Nearest([kept]) : null) ?? new(subscriber.Account);
        return nearest.Revision == subscriber.Revision ? nearest : await store.ReadAt(nearest, subscriber.Revision, cancel);

        Directory? Nearest(IEnumerable<Directory> some) => some.Where(directory => directory.Account == subscriber.Account && directory.Revision <= subscriber.Revision).MaxBy(directory => directory.Revision);
    }

    /// <summary>Keeps the account as it is at the cursor for the next page. Of what is not held anyway there is no more than may be live; who was not told for longest is let go, and folded anew.</summary>
    void Keep(Subscriber subscriber, Directory directory)
    {
        var live = accounts.Live(subscriber.Account)?.Directory;
        _directories[(subscriber.Account, subscriber.Name)] = (live?.Revision == directory.Revision ? live : directory, time.GetTimestamp());
        var kept = _directories.ToArray().OrderByDescending(one => one.Value.At).ToList();
        var size = 0L;
        for (var i = 0; i < kept.Count; i++)
        {
            var one = kept[i].Value.Directory;
            if (!ReferenceEquals(accounts.Live(one.Account)?.Directory, one)) size += one.Users.Count + one.Groups.Count + one.Policies.Count;
            if (i > 0 && (i >= options.MostLiveAccounts || size > options.MostLiveUsers)) _directories.TryRemove(kept[i]);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Subscriber {Name} of account {Account} could not be told what happened; it is tried again, and nothing is left out")]
    static partial void LogUntold(ILogger log, Exception failure, string name, AccountId account);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Subscriber {Name} of account {Account} is told again what happens")]
    static partial void LogTold(ILogger log, string name, AccountId account);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The subscribers could not be read; it will be tried again")]
    static partial void LogLost(ILogger log, Exception failure);
}
