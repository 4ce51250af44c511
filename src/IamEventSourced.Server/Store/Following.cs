using System.Globalization;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>Whether the database is gone, as far as this node has noticed: said once, and what fails by it meanwhile is no news.</summary>
sealed class Outage
{
    int _lasts;

    public bool Lasts => Volatile.Read(ref _lasts) is not 0;
    public bool Begins() => Interlocked.Exchange(ref _lasts, 1) is 0;
    public bool Ends() => Interlocked.Exchange(ref _lasts, 0) is not 0;
}

/// <summary>
/// Keeps the live accounts up to date with what other nodes write: by hints, and by a look at the newest revisions at every (re)connect
/// and each second, which is the guarantee.
/// </summary>
sealed partial class Following([FromKeyedServices(Hints.Channel)] NpgsqlDataSource database, AccountStore store, LiveAccounts accounts, Outage outage, TimeProvider time, ILogger<Following> log) : BackgroundService
{
    static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    long _looked; // a timestamp; 0: never
    long _lag;

    /// <summary>Whether this node has heard and looked once since its start: from then on it knows how old its knowledge is.</summary>
    public bool CaughtUp { get; private set; }

    /// <summary>Whether hints of other nodes are heard now.</summary>
    public bool Listens { get; private set; }

    /// <summary>For how long the database has not answered a look; null: it never has.</summary>
    public TimeSpan? Silence => Volatile.Read(ref _looked) is > 0 and var looked ? time.GetElapsedTime(looked) : null;

    /// <summary>By how many revisions the most backward live account was behind at the last look.</summary>
    public long Lag => Volatile.Read(ref _lag);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Listen(stoppingToken), LookEachSecond(stoppingToken));

    async Task Listen(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync(cancel);
                connection.Notification += (_, hint) => Heard(hint.Payload, cancel);
                await using (var listen = new NpgsqlCommand($"listen {Hints.Channel}", connection)) await listen.ExecuteNonQueryAsync(cancel);
                await ReadHeads(cancel);
                CaughtUp = Listens = true;
                for (; ; ) await connection.WaitAsync(cancel);
            }
            catch (OperationCanceledException) { }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Listens = false;
                Lost(e);
                await Task.Delay(TimeSpan.FromMilliseconds(200), cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    async Task LookEachSecond(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Look, time);
        while (await Ticked())
        {
            try { await ReadHeads(cancel); }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested) { return; }
            catch (Exception e) when (e is not OperationCanceledException) { Lost(e); }
        }

        async Task<bool> Ticked()
        {
            try { return await timer.WaitForNextTickAsync(cancel); }
            catch (OperationCanceledException) { return false; }
        }
    }

    /// <summary>Says so once, not at every attempt.</summary>
    void Lost(Exception failure)
    {
        if (outage.Begins()) LogLost(log, failure);
    }

    async Task ReadHeads(CancellationToken cancel)
    {
        accounts.Trim();
        var live = accounts.Now.ToDictionary(account => account.Directory.Account);
        var (at, lag) = (time.GetTimestamp(), 0L);
        foreach (var (account, revision) in await store.ReadHeads(live.Keys, cancel))
        {
            lag = Math.Max(lag, revision - live[account].Directory.Revision);
            live[account].Heard(revision, at);
            live[account].Hint(revision, cancel);
        }
        if (outage.Ends()) LogFound(log);
        Volatile.Write(ref _lag, lag);
        Volatile.Write(ref _looked, at);
    }

    void Heard(string payload, CancellationToken cancel)
    {
        foreach (var hint in payload.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            if (hint.Split(':') is [var account, var number] && AccountId.Limits.Violation(account) is null && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var revision))
                accounts.Live(account)?.Hint(revision, cancel);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database does not answer; authorizations go on from memory, commands are refused until it does")]
    static partial void LogLost(ILogger log, Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database answers again")]
    static partial void LogFound(ILogger log);
}
