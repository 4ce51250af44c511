using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// Tells the other nodes, after a commit, that an account has a new revision. A hint may be lost, a revision never: followers look
/// for themselves. It is not sent in the transaction, since NOTIFY makes the commits of a whole server queue up.
/// </summary>
sealed partial class Hints([FromKeyedServices(Hints.Channel)] NpgsqlDataSource database, ILogger<Hints> log) : BackgroundService
{
    public const string Channel = "iam_accounts";
    const int MostBytes = 7900;

    readonly ConcurrentDictionary<AccountId, long> _news = new();
    readonly SemaphoreSlim _some = new(0, 1);

    /// <summary>The account has this revision.</summary>
    public void Announce(AccountId account, long revision)
    {
        _news.AddOrUpdate(account, revision, (_, known) => Math.Max(known, revision));
        try { _some.Release(); }
        catch (SemaphoreFullException) { } // it is awake already
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var lost = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync(stoppingToken);
                await using (var set = new NpgsqlCommand("set synchronous_commit = off", connection)) await set.ExecuteNonQueryAsync(stoppingToken);
                await using var notify = new NpgsqlCommand($"select pg_notify('{Channel}', $1)", connection) { Parameters = { new NpgsqlParameter<string>() } };
                for (lost = false; ;)
                {
                    await _some.WaitAsync(stoppingToken);
                    while (Take() is { Length: > 0 } payload)
                    {
                        ((NpgsqlParameter<string>)notify.Parameters[0]).TypedValue = payload;
                        await notify.ExecuteNonQueryAsync(stoppingToken);
                    }
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                if (!lost) LogLost(log, e); // once, not at every attempt
                lost = true;
                await Task.Delay(TimeSpan.FromMilliseconds(200), stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    string Take()
    {
        var payload = new StringBuilder();
        foreach (var (account, _) in _news)
        {
            if (payload.Length > MostBytes - 40) break;
            if (_news.TryRemove(account, out var revision)) payload.Append(CultureInfo.InvariantCulture, $"{account}:{revision} ");
        }
        return payload.ToString();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Hints to other nodes can't be sent for the moment; they look for themselves each second")]
    static partial void LogLost(ILogger log, Exception failure);
}
