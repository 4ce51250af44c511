using System.Threading.Channels;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>Something that was tried and refused for lack of permission or of a good signature.</summary>
sealed record RefusedAttempt(AccountId? Account, string? Principal, AccessKeyId? Key, string Operation, string Code, string Message, string? SourceIp, CommandId? Command);

/// <summary>
/// Keeps refused attempts in a table of their own, append-only. Written in the background and never waited for: an attacker must not
/// be able to slow others, nor to fill the disk. Beyond a number a minute, attempts of one caller are only counted, and the count is kept
/// as a row; so are those that could not be written. Of what does not even fit into the queue the number alone is kept.
/// </summary>
sealed partial class RefusedAttempts(NpgsqlDataSource database, TimeProvider time, ILogger<RefusedAttempts> log) : BackgroundService
{
    const int MostWaiting = 10_000, MostAtOnce = 500;
    /// <summary>How many rows one caller gets in a minute on one node.</summary>
    internal const int MostOfOne = 100;
    /// <summary>How many callers are told apart in a minute; the rest counts as one.</summary>
    const int MostCallers = 1_000;
    const string Any = "*";

    /// <summary>One caller: as whom, and from where; by its key where no address is known. Others may claim somebody's key, but have addresses of their own.</summary>
    sealed record Source(string? Principal, string? SourceIp, AccessKeyId? Key)
    {
        public static readonly Source Nobody = new(null, null, null);
        public static Source Of(RefusedAttempt attempt) => new(attempt.Principal, attempt.SourceIp, attempt.SourceIp is null ? attempt.Key : null);
    }

    readonly Channel<(RefusedAttempt Attempt, DateTimeOffset At)> _waiting = Channel.CreateBounded<(RefusedAttempt, DateTimeOffset)>(MostWaiting);
    // Of the loop alone.
    readonly Dictionary<Source, int> _rows = [];
    readonly Dictionary<(AccountId? Account, Source Source, string Code), long> _counts = [];
    long _dropped;

    public void Record(RefusedAttempt attempt)
    {
        if (_waiting.Writer.TryWrite((attempt, time.GetUtcNow()))) return;
        Interlocked.Increment(ref _dropped);
        Telemetry.Attempted(attempt.Code, "dropped");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        List<(RefusedAttempt Attempt, DateTimeOffset At)> batch = [];
        var minute = Minute(time.GetUtcNow());
        var some = _waiting.Reader.WaitToReadAsync(stoppingToken).AsTask();
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.WhenAny(some, Task.Delay(minute.AddMinutes(1) - time.GetUtcNow() is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero, time, stoppingToken));
            if (Minute(time.GetUtcNow()) is var now && now != minute)
            {
                await KeepCounts(minute.AddMinutes(1));
                minute = now;
            }
            if (!some.IsCompletedSuccessfully) continue;
            await KeepNext(batch);
            some = _waiting.Reader.WaitToReadAsync(stoppingToken).AsTask();
        }
    }

    /// <summary>What was taken is kept, also when we stop; as counts where the database is gone.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        _waiting.Writer.TryComplete();
        for (List<(RefusedAttempt Attempt, DateTimeOffset At)> batch = []; await KeepNext(batch);) { }
        await KeepCounts(time.GetUtcNow());
    }

    static DateTimeOffset Minute(DateTimeOffset at) => new(at.UtcTicks - at.UtcTicks % TimeSpan.TicksPerMinute, TimeSpan.Zero);

    async Task<bool> KeepNext(List<(RefusedAttempt Attempt, DateTimeOffset At)> batch)
    {
        batch.Clear();
        while (batch.Count < MostAtOnce && _waiting.Reader.TryRead(out var one))
            if (HasRow(Source.Of(one.Attempt))) batch.Add(one);
            else Count(one.Attempt);
        if (batch.Count > 0) await Keep(batch);
        return _waiting.Reader.TryPeek(out _);
    }

    bool HasRow(Source source)
    {
        if (!_rows.TryGetValue(source, out var rows) && _rows.Count >= MostCallers) return false;
        _rows[source] = rows + 1;
        return rows < MostOfOne;
    }

    void Count(RefusedAttempt attempt)
    {
        var key = (attempt.Account, Source.Of(attempt), attempt.Code);
        if (!_counts.ContainsKey(key) && _counts.Count >= MostCallers) key = (null, Source.Nobody, Any);
        _counts[key] = _counts.GetValueOrDefault(key) + 1;
        Telemetry.Attempted(attempt.Code, "counted");
    }

    /// <summary>The minute's counts become rows; where that is not possible they go on counting.</summary>
    async Task KeepCounts(DateTimeOffset at)
    {
        _rows.Clear();
        if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
        {
            LogDropped(log, dropped);
            _counts[(null, Source.Nobody, Any)] = _counts.GetValueOrDefault((null, Source.Nobody, Any)) + dropped;
        }
        if (_counts.Count is 0) return;
        try
        {
            await Write([.. _counts.Select(count => (new RefusedAttempt(count.Key.Account, count.Key.Source.Principal, count.Key.Source.Key, Any, count.Key.Code, "Only counted.", count.Key.Source.SourceIp, null), at, count.Value))]);
            _counts.Clear();
        }
        catch (Exception e) { LogFailure(log, e); }
    }

    /// <summary>Writes them together, else one by one: what can't be stored takes nothing else along.</summary>
    async Task Keep(List<(RefusedAttempt Attempt, DateTimeOffset At)> batch)
    {
        try
        {
            await Write([.. batch.Select(one => (one.Attempt, one.At, 1L))]);
            foreach (var (attempt, _) in batch) Telemetry.Attempted(attempt.Code, "kept");
        }
        catch (Exception e) when (batch.Count > 1 && !e.IsUnreachable)
        {
            foreach (var one in batch.ToList()) await Keep([one]);
        }
        catch (Exception e)
        {
            LogFailure(log, e);
            foreach (var (attempt, _) in batch)
                if (e.IsUnreachable) Count(attempt);
                else Count(attempt with { Principal = null, SourceIp = null, Key = null }); // which of it can't be stored is not known
        }
    }

    async Task Write(IReadOnlyCollection<(RefusedAttempt Attempt, DateTimeOffset At, long Count)> batch)
    {
        await using var command = database.CreateCommand("""
            insert into iam.refused_attempts (at, account, principal, access_key_id, operation, code, message, source_ip, command_id, attempts)
            select * from unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[])
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
        Add(batch.Select(a => a.Count).ToArray());
        await command.ExecuteNonQueryAsync();

        void Add(Array values) => command.Parameters.Add(new() { Value = values });
    }

    /// <summary>What was kept of an account, newest first; the operator's are those that name no account, and its own.</summary>
    public async Task<IReadOnlyList<(RefusedAttemptEntry Attempt, long Id)>> Find(AccountId account, ListRefusedAttempts query, (DateTimeOffset At, long Id)? before, int most, CancellationToken cancel)
    {
        await using var command = database.CreateCommand();
        var conditions = new Conditions(command);
        conditions.Where("account = any({0})", account == AccountId.Operator ? ["", account.Value] : new[] { account.Value });
        conditions.Where("principal = {0}", query.PrincipalId?.Value);
        conditions.Where("access_key_id = {0}", query.AccessKeyId?.Value);
        conditions.Where("operation = {0}", query.ActionName?.Value);
        conditions.Where("code = {0}", query.Code?.Value);
        conditions.Where("source_ip = {0}", query.SourceIp?.Value);
        conditions.Where("at >= {0}", query.From?.ToUniversalTime());
        conditions.Where("at < {0}", query.To?.ToUniversalTime());
        conditions.Before(before);
        command.CommandText = $"""
            select at, principal, access_key_id, operation, code, message, source_ip, command_id, attempts, id from iam.refused_attempts
            where {conditions} order by at desc, id desc limit {conditions.Parameter((long)most)}
            """;
        List<(RefusedAttemptEntry Attempt, long Id)> found = [];
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
            found.Add((new(new(rows.GetDateTime(0), TimeSpan.Zero), Text(1), Text(2), rows.GetString(3), rows.GetString(4), rows.GetString(5), Text(6), Text(7), rows.GetInt64(8)), rows.GetInt64(9)));
        return found;

        string? Text(int column) => rows.IsDBNull(column) ? null : rows.GetString(column);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} refused attempts could not be recorded; their number is")]
    static partial void LogDropped(ILogger log, long count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused attempts could not be written; they are counted")]
    static partial void LogFailure(ILogger log, Exception failure);
}
