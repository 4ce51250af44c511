using System.Text.Json;
using System.Threading.Channels;
using Npgsql;
using NpgsqlTypes;

namespace IamEventSourced.Server;

/// <summary>
/// The decision log: answers to questions of access of now, and what was asked of callers' own permissions, all or one in so many by chance, in an append-only table beside the stream.
/// Written behind the answers: what was decided waits in memory for up to a quarter of a second, then goes into the table in one COPY, so that a node that is killed loses no more than that.
/// Where all are to be kept, requests wait at the door while too many decisions wait here, so that they come no faster than they can be written: for a second at most, and not at all
/// while the database does not answer. What then finds no room any more, and what is too large or unfit, is counted, and the count kept as a gap: what is missing is always told, and no answer depends on the log.
/// </summary>
sealed partial class DecisionLog(NpgsqlDataSource database, ServerOptions options, TimeProvider time, ILogger<DecisionLog> log) : BackgroundService
{
    /// <summary>How many decisions wait to be written at most.</summary>
    internal const int MostWaiting = 100_000;
    /// <summary>How much of the memory they take at most, about.</summary>
    internal const long MostWaitingBytes = 128 << 20;
    /// <summary>How much one may take, about: a context of some 60,000 characters. No request for a permission comes near it; a question whose context is larger is told as missing.</summary>
    internal const int LargestBytes = 128 << 10;
    /// <summary>How many one page looks at where it is asked for an action or a decision.</summary>
    internal const int MostLookedAt = 20_000;
    const int MostAtOnce = 5_000, MostBytesAtOnce = 8 << 20;
    static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250), LongestWait = TimeSpan.FromSeconds(1), Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>A decision that is to be kept.</summary>
    sealed record Kept(long Id, AccountId Account, DateTimeOffset At, long Revision, string Operation, CommandId Request, Caller Caller, string? Principal, AuthorizationRequest Asked, AuthorizationResult Result, long? Names, int Bytes);

    readonly int _oneIn = options.LogOneDecisionIn >= 0 ? options.LogOneDecisionIn : throw new InvalidOperationException("Iam__LogOneDecisionIn: of how many decisions one is kept: 1 keeps all, 0 none; less can't be said.");
    readonly Channel<Kept> _waiting = Channel.CreateBounded<Kept>(MostWaiting);
    readonly Lock _missing = new();
    readonly Dictionary<AccountId, DecisionGap> _gaps = []; // of live accounts, of which there are only so many
    // Of whoever writes alone: what is being written stays here until it is known to be in the table.
    readonly SemaphoreSlim _turn = new(1);
    readonly List<Kept> _batch = [];
    // Ids are given before the table has seen them, so that a batch that came in although it seemed to fail is known when it comes again.
    long _id = Random.Shared.NextInt64(long.MaxValue / 2), _writing, _bytes;
    volatile bool _silent;
    bool _doubtful;

    /// <summary>Whether any are to be kept.</summary>
    public bool Keeps => _oneIn > 0;

    /// <summary>Waits at the door for room, where all decisions are to be kept and the database takes them.</summary>
    public Task Room(CancellationToken cancel) => _oneIn is 1 && IsCrowded ? Wait(cancel) : Task.CompletedTask;

    async Task Wait(CancellationToken cancel)
    {
        for (var began = time.GetTimestamp(); IsCrowded && time.GetElapsedTime(began) < LongestWait;) await Task.Delay(Pause, time, cancel);
    }

    bool IsCrowded => (_waiting.Reader.Count >= MostWaiting / 2 || Volatile.Read(ref _bytes) >= MostWaitingBytes / 2) && !_silent && !(Volatile.Read(ref _writing) is not 0 and var since && time.GetElapsedTime(since) >= LongestWait);

    bool IsChosen => _oneIn is 1 || Random.Shared.Next(_oneIn) is 0;

    /// <summary>Keeps what was asked of a caller's own permissions.</summary>
    public void Keep(Request request, Directory directory, Call call, IReadOnlyList<PermissionCheck> checks)
    {
        foreach (var check in checks)
        {
            if (!IsChosen) continue;
            try
            {
                if (directory.Explained(check, call) is var (asked, result)) Add(request, call, request.Caller.PrincipalId, asked, result, check.Names.Revision == directory.Revision ? null : check.Names.Revision);
                else Miss(request.Account, call.At);
            }
            catch (Exception e) { Miss(request.Account, call.At, e); } // a defect here is none of the answer's
        }
    }

    /// <summary>Counts as missing what was asked of a caller's own permissions.</summary>
    public void Miss(Request request, Call call, IReadOnlyList<PermissionCheck> checks)
    {
        foreach (var _ in checks)
            if (IsChosen) Miss(request.Account, call.At);
    }

    /// <summary>Keeps what was answered to questions of access; of a supposed time nothing was decided.</summary>
    public void Keep(Request request, Directory directory, Call call, object? answer)
    {
        if (request.Operation is Authorize one && answer is AuthorizationResult result)
        {
            if (IsChosen) Add(new(one.ActionName, one.ResourceArn, one.PrincipalArn, one.ContextEntries), result);
        }
        else if (request.Operation is AuthorizeBatch many && answer is AuthorizeBatchAnswer { Results: var results })
        {
            for (var i = 0; i < results.Count; i++)
                if (many.Requests[i].At is null && IsChosen) Add(many.Requests[i], results[i]);
        }

        void Add(AuthorizationRequest asked, AuthorizationResult decided)
        {
            try
            {
                var principal = asked.PrincipalArn ?? directory.ArnOf(request.Caller);
                this.Add(request, call, principal == Arn.Of(directory.Account, "root") ? directory.Account.Value : directory.FindUser(principal)?.Id.Value, asked with { PrincipalArn = principal, At = call.At }, decided, null);
            }
            catch (Exception e) { Miss(request.Account, call.At, e); }
        }
    }

    void Add(Request request, Call call, string? principal, AuthorizationRequest asked, AuthorizationResult result, long? names)
    {
        var kept = new Kept(Interlocked.Increment(ref _id), request.Account, call.At, result.Revision, Operation.Of(request.Operation).Name, request.Id, request.Caller, principal, asked, result, names, BytesOf(asked, result));
        if (kept.Bytes <= LargestBytes && Interlocked.Add(ref _bytes, kept.Bytes) is var bytes)
        {
            if (bytes <= MostWaitingBytes && _waiting.Writer.TryWrite(kept)) return;
            Interlocked.Add(ref _bytes, -kept.Bytes);
        }
        Miss(kept.Account, kept.At);
    }

    static int BytesOf(AuthorizationRequest asked, AuthorizationResult result)
    {
        var bytes = 1024 + sizeof(char) * ((asked.ResourceArn?.Value.Length ?? 0) + result.Reason.Length);
        foreach (var entry in asked.ContextEntries ?? [])
        {
            bytes += 64 + sizeof(char) * entry.ContextKeyName.Value.Length;
            foreach (var value in entry.ContextKeyValues) bytes += 32 + sizeof(char) * value.Length;
        }
        return bytes;
    }

    void Miss(AccountId account, DateTimeOffset at, Exception? failure = null)
    {
        if (failure is not null) LogUnfit(log, failure);
        Telemetry.LoggedDecisions(1, "missing");
        lock (_missing)
        {
            var (from, to, count) = _gaps.GetValueOrDefault(account) ?? new(at, at, 0);
            _gaps[account] = new(at < from ? at : from, at > to ? at : to, count + 1);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!Keeps) return;
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await Write();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
    }

    /// <summary>What waits is written, also when we stop.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Write();
        if (_batch.Count + _waiting.Reader.Count is > 0 and var lost) LogLost(log, lost);
    }

    /// <summary>Writes all that waits, and what is missing. What can't be written goes on waiting.</summary>
    internal async Task Write()
    {
        await _turn.WaitAsync();
        try
        {
            for (; ; )
            {
                // What seemed to fail comes again as it was.
                for (var bytes = 0; !_doubtful && _batch.Count < MostAtOnce && bytes < MostBytesAtOnce && _waiting.Reader.TryRead(out var next); bytes += next.Bytes) _batch.Add(next);
                if (_batch.Count is 0) break;
                await Write(_batch);
                Interlocked.Add(ref _bytes, -_batch.Sum(kept => (long)kept.Bytes));
                _batch.Clear();
                (_doubtful, _silent) = (false, false);
            }
            await WriteGaps();
        }
        catch (Exception e)
        {
            (_doubtful, _silent) = (_batch.Count > 0, true);
            LogFailure(log, e);
        }
        finally { _turn.Release(); }
    }

    /// <summary>Writes them together, else one by one: what can't be stored takes nothing else along.</summary>
    async Task Write(IReadOnlyList<Kept> batch)
    {
        Volatile.Write(ref _writing, time.GetTimestamp());
        try
        {
            await Copy(batch);
            Telemetry.LoggedDecisions(batch.Count, "kept");
        }
        catch (Exception e) when (batch.Count > 1 && IsUnfit(e))
        {
            foreach (var one in batch) await Write([one]);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation) { } // it is there: to write it seemed to fail before
        catch (Exception e) when (IsUnfit(e)) { Miss(batch[0].Account, batch[0].At, e); }
        finally { Volatile.Write(ref _writing, 0); }
    }

    /// <summary>Whether a decision is at fault, by its data or its size; else the database is, also where it lacks the table or the right to it, or only reads.</summary>
    static bool IsUnfit(Exception e) => e is PostgresException { SqlState: var state } ? state is ['2', '2' or '3', ..] or ['5', '4', ..] : !e.IsUnreachable;

    async Task Copy(IReadOnlyList<Kept> batch)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var copy = await connection.BeginBinaryImportAsync("""
            copy iam.decisions (account, at, id, revision, engine, operation, request_id, caller, signed_by, access_key_id, principal, principal_arn, action, resource, context, decision, reason, error, names_revision, one_in)
            from stdin (format binary)
            """);
        foreach (var (id, account, at, revision, operation, request, caller, principal, asked, result, names, _) in batch)
        {
            await copy.StartRowAsync();
            await copy.WriteAsync(account.Value, NpgsqlDbType.Text);
            await copy.WriteAsync(at.ToUniversalTime(), NpgsqlDbType.TimestampTz);
            await copy.WriteAsync(id, NpgsqlDbType.Bigint);
            await copy.WriteAsync(revision, NpgsqlDbType.Bigint);
            foreach (var text in (string?[])[result.EngineVersion, operation, request.Value, caller.PrincipalId, SignedBy(caller), caller.Key.Value, principal, asked.PrincipalArn!.Value, asked.ActionName.Value, asked.ResourceArn?.Value,
                asked.ContextEntries is { Length: > 0 } entries ? JsonSerializer.Serialize(entries, Json.Options) : null, result.Decision, result.Reason, result.Error?.Code])
                if (text is null) await copy.WriteNullAsync();
                else await copy.WriteAsync(text, NpgsqlDbType.Text);
            if (names is { } revisionOfNames) await copy.WriteAsync(revisionOfNames, NpgsqlDbType.Bigint);
            else await copy.WriteNullAsync();
            await copy.WriteAsync(_oneIn, NpgsqlDbType.Integer);
        }
        await copy.CompleteAsync();
    }

    static string SignedBy(Caller caller) => caller switch { { Session: not null } => "TemporaryCredentials", { Password: not null } => "Password", _ => "AccessKey" };

    async Task WriteGaps()
    {
        List<KeyValuePair<AccountId, DecisionGap>> gaps;
        lock (_missing)
        {
            if (_gaps.Count is 0) return;
            gaps = [.. _gaps];
            _gaps.Clear();
        }
        try
        {
            await using var command = database.CreateCommand("insert into iam.decision_gaps (account, from_at, to_at, decisions) select * from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::bigint[])");
            foreach (var values in (Array[])[gaps.Select(gap => gap.Key.Value).ToArray(), gaps.Select(gap => gap.Value.From).ToArray(), gaps.Select(gap => gap.Value.To).ToArray(), gaps.Select(gap => gap.Value.Decisions).ToArray()])
                command.Parameters.Add(new() { Value = values });
            await command.ExecuteNonQueryAsync();
        }
        catch
        {
            lock (_missing)
                foreach (var (account, (from, to, count)) in gaps)
                    _gaps[account] = _gaps.GetValueOrDefault(account) is var (_, later, more) ? new(from, later, count + more) : new(from, to, count);
            throw;
        }
        LogGaps(log, gaps.Sum(gap => gap.Value.Decisions), gaps.Count);
    }

    /// <summary>What is kept of an account, newest first; and where the looking ended, if not with the oldest: what no index finds is looked for among <see cref="MostLookedAt"/> at a time.</summary>
    public async Task<(IReadOnlyList<(DecisionEntry Decision, long Id)> Found, (DateTimeOffset At, long Id)? Until)> Find(AccountId account, ListDecisions query, (DateTimeOffset At, long Id)? before, int most, CancellationToken cancel)
    {
        await using var command = database.CreateCommand();
        var conditions = new Conditions(command);
        conditions.Where("account = {0}", account.Value);
        conditions.Where("principal = {0}", query.PrincipalId?.Value);
        conditions.Where("at >= {0}", query.From?.ToUniversalTime());
        conditions.Where("at < {0}", query.To?.ToUniversalTime());
        conditions.Before(before);
        (DateTimeOffset At, long Id)? until = null;
        if (query.ActionName is not null || query.Decision is not null)
        {
            command.CommandText = $"select at, id from iam.decisions where {conditions} order by at desc, id desc offset {MostLookedAt - 1} limit 1";
            await using (var last = await command.ExecuteReaderAsync(cancel))
                if (await last.ReadAsync(cancel)) until = (new(last.GetDateTime(0), TimeSpan.Zero), last.GetInt64(1));
            conditions.Until(until);
            conditions.Where("lower(action) = lower({0})", query.ActionName?.Value);
            conditions.Where("decision = {0}", query.Decision?.Value);
        }
        command.CommandText = $"""
            select at, revision, engine, operation, request_id, caller, signed_by, access_key_id, principal, principal_arn, action, resource, context, decision, reason, error, names_revision, one_in, id
            from iam.decisions where {conditions} order by at desc, id desc limit {conditions.Parameter((long)most)}
            """;
        List<(DecisionEntry Decision, long Id)> found = [];
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            var made = new DateTimeOffset(rows.GetDateTime(0), TimeSpan.Zero);
            var asked = new AuthorizationRequest(rows.GetString(10), Text(11) is { } resource ? new(resource) : null, rows.GetString(9), Text(12) is { } context ? JsonSerializer.Deserialize<ContextEntry[]>(context, Json.Options) : null, made);
            found.Add((new(made, rows.GetInt64(1), rows.GetString(2), rows.GetString(3), rows.GetString(4), rows.GetString(5), rows.GetString(6), rows.GetString(7), Text(8), asked, rows.GetString(13), rows.GetString(14), Text(15),
                rows.IsDBNull(16) ? null : rows.GetInt64(16), rows.GetInt32(17)), rows.GetInt64(18)));
        }
        return (found, until);

        string? Text(int column) => rows.IsDBNull(column) ? null : rows.GetString(column);
    }

    /// <summary>When decisions about an account were not kept that were to be, newest first.</summary>
    public async Task<IReadOnlyList<DecisionGap>> Gaps(AccountId account, DateTimeOffset? from, DateTimeOffset? to, int most, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select from_at, to_at, decisions from iam.decision_gaps where account = $1 and to_at >= $2 and from_at < $3 order by to_at desc limit $4");
        foreach (var value in (object[])[account.Value, (from ?? DateTimeOffset.UnixEpoch).ToUniversalTime(), (to ?? DateTimeOffset.MaxValue).ToUniversalTime(), (long)most]) command.Parameters.Add(new() { Value = value });
        List<DecisionGap> found = [];
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) found.Add(new(new(rows.GetDateTime(0), TimeSpan.Zero), new(rows.GetDateTime(1), TimeSpan.Zero), rows.GetInt64(2)));
        return found;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} decisions about {Accounts} accounts are missing in the decision log: they came faster than it could be written, were too large or unfit for it, what came of them was in doubt, or the database was gone for long. When, its gaps tell")]
    static partial void LogGaps(ILogger log, long count, int accounts);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The decision log could not be written; it will be tried again")]
    static partial void LogFailure(ILogger log, Exception failure);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} decisions are lost to the decision log: this node stops and can't write them")]
    static partial void LogLost(ILogger log, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "A decision can't be kept in the decision log; it is counted as missing")]
    static partial void LogUnfit(ILogger log, Exception failure);
}
