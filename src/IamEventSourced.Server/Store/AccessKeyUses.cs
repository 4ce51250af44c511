using System.Collections.Concurrent;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// When access keys were last used, beside the stream: a row for each key and day. A use is noted in memory, and what is new is written in the background, all
/// keys together, so that a request waits for nothing. A node that is killed loses what it noted since it last wrote.
/// </summary>
sealed partial class AccessKeyUses(NpgsqlDataSource database, TimeProvider time, ILogger<AccessKeyUses> log) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    /// <summary>How many keys wait to be written at most; beyond, as in a long outage, further keys are noted when they are used after it.</summary>
    const int MostKeys = 100_000;
    const int MostAtOnce = 5_000;

    readonly ConcurrentDictionary<AccessKeyId, AccessKeyUse> _noted = new();

    /// <summary>A key is used now, for this service and region. Of several uses within a second, the first is noted.</summary>
    public void Note(AccessKeyId key, SigningScope scope)
    {
        var now = time.GetUtcNow();
        var isKnown = _noted.TryGetValue(key, out var last);
        if (isKnown ? last!.At.UtcTicks + TimeSpan.TicksPerSecond > now.UtcTicks : _noted.Count >= MostKeys) return;
        _noted[key] = new(new(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero), scope.Service, scope.Region);
    }

    /// <summary>The key's last use, or the last until a moment; null: none is known.</summary>
    public async Task<AccessKeyUse?> Last(AccountId account, AccessKeyId key, DateTimeOffset? until, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select used_at, service, region from iam.access_key_uses where account = $1 and access_key_id = $2 and used_at <= $3 order by day desc limit 1");
        foreach (var value in (object[])[account.Value, key.Value, (until ?? DateTimeOffset.MaxValue).ToUniversalTime()]) command.Parameters.Add(new() { Value = value });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        return await rows.ReadAsync(cancel) ? new(new(rows.GetDateTime(0), TimeSpan.Zero), rows.GetString(1), rows.GetString(2)) : null;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await Write();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
    }

    /// <summary>What was noted is written, also when we stop.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Write();
    }

    /// <summary>Writes what was noted. What can't be written stays noted.</summary>
    internal async Task Write()
    {
        try
        {
            foreach (var some in _noted.Where(one => one.Key.Account is not null).Chunk(MostAtOnce))
            {
                await Write(some);
                foreach (var one in some) _noted.TryRemove(one); // unless it was used again
            }
        }
        catch (Exception e) { LogFailure(log, e); }
    }

    async Task Write(KeyValuePair<AccessKeyId, AccessKeyUse>[] uses)
    {
        // In order, so that two nodes never wait for each other's rows; and a use that another node wrote later than this one stays.
        await using var command = database.CreateCommand("""
            insert into iam.access_key_uses (account, access_key_id, day, used_at, service, region)
            select account, key, (at at time zone 'UTC')::date, at, service, region from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[]) u(account, key, at, service, region) order by account, key
            on conflict (account, access_key_id, day) do update set used_at = excluded.used_at, service = excluded.service, region = excluded.region where access_key_uses.used_at < excluded.used_at
            """);
        Add(uses.Select(one => one.Key.Account!.Value).ToArray());
        Add(uses.Select(one => one.Key.Value).ToArray());
        Add(uses.Select(one => one.Value.At).ToArray());
        Add(uses.Select(one => one.Value.Service).ToArray());
        Add(uses.Select(one => one.Value.Region).ToArray());
        await command.ExecuteNonQueryAsync();

        void Add(Array values) => command.Parameters.Add(new() { Value = values });
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "When access keys were used could not be written; it will be tried again")]
    static partial void LogFailure(ILogger log, Exception failure);
}
