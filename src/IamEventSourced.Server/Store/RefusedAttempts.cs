using System.Threading.Channels;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>Something that was tried and refused for lack of permission or of a good signature.</summary>
sealed record RefusedAttempt(AccountId? Account, string? Principal, AccessKeyId? Key, string Operation, string Code, string Message, string? SourceIp, CommandId? Command);

/// <summary>
/// Keeps refused attempts in a table of their own, append-only. Written in the background and never waited for: an attacker must not
/// be able to slow others. When more come than can be written, the newest are counted and dropped, and the count is logged.
/// </summary>
sealed partial class RefusedAttempts(NpgsqlDataSource database, TimeProvider time, ILogger<RefusedAttempts> log) : BackgroundService
{
    const int MostWaiting = 10_000, MostAtOnce = 500;

    readonly Channel<(RefusedAttempt Attempt, DateTimeOffset At)> _waiting = Channel.CreateBounded<(RefusedAttempt, DateTimeOffset)>(MostWaiting);
    long _dropped;

    public void Record(RefusedAttempt attempt)
    {
        if (_waiting.Writer.TryWrite((attempt, time.GetUtcNow()))) return;
        Interlocked.Increment(ref _dropped);
        Telemetry.Attempted(attempt.Code, "nothing");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        List<(RefusedAttempt Attempt, DateTimeOffset At)> batch = [];
        while (!stoppingToken.IsCancellationRequested)
        {
            await ((Task)_waiting.Reader.WaitToReadAsync(stoppingToken).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            batch.Clear();
            while (batch.Count < MostAtOnce && _waiting.Reader.TryRead(out var attempt)) batch.Add(attempt);
            if (batch.Count is 0) continue;
            await Keep(batch);
            if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped) LogDropped(log, dropped);
        }
    }

    /// <summary>Writes them together, else one by one: what can't be stored takes nothing else along. What was taken is written, also while we stop.</summary>
    async Task Keep(List<(RefusedAttempt Attempt, DateTimeOffset At)> batch)
    {
        try
        {
            await Write(batch);
            foreach (var (attempt, _) in batch) Telemetry.Attempted(attempt.Code, "row");
        }
        catch (Exception e) when (batch.Count > 1 && !e.IsUnreachable)
        {
            foreach (var one in batch.ToList()) await Keep([one]);
        }
        catch (Exception e)
        {
            Interlocked.Add(ref _dropped, batch.Count);
            LogFailure(log, e);
        }
    }

    async Task Write(List<(RefusedAttempt Attempt, DateTimeOffset At)> batch)
    {
        await using var command = database.CreateCommand("""
            insert into iam.refused_attempts (at, account, principal, access_key_id, operation, code, message, source_ip, command_id)
            select * from unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
            """);
        Add(batch.Select(a => a.At).ToArray());
        Add(batch.Select(a => a.Attempt.Account?.Value ?? "").ToArray());
        Add(batch.Select(a => a.Attempt.Principal).ToArray());
        Add(batch.Select(a => a.Attempt.Key?.Value).ToArray());
        Add(batch.Select(a => a.Attempt.Operation).ToArray());
        Add(batch.Select(a => a.Attempt.Code).ToArray());
        Add(batch.Select(a => a.Attempt.Message).ToArray());
        Add(batch.Select(a => a.Attempt.SourceIp).ToArray());
        Add(batch.Select(a => a.Attempt.Command?.Value).ToArray());
        await command.ExecuteNonQueryAsync();

        void Add(Array values) => command.Parameters.Add(new() { Value = values });
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} refused attempts could not be recorded")]
    static partial void LogDropped(ILogger log, long count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused attempts could not be written")]
    static partial void LogFailure(ILogger log, Exception failure);
}
