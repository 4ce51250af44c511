using System.Collections.Concurrent;
using System.Data;
using System.Diagnostics.Metrics;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// The stored checkpoints: tried when an account becomes live, written in the background, one at a time. Whatever is wrong with one is
/// said in the log and counted; then the account is made from its whole stream.
/// </summary>
sealed partial class Checkpoints(AccountStore store, ServiceKey shared, ServerOptions options, ILogger<Checkpoints> log) : BackgroundService
{
    /// <summary>How many directories may wait to be written, each held in memory; more are let go.</summary>
    const int MostWaiting = 16;

    static readonly Meter Meter = new(Telemetry.Name);
    static readonly Counter<long> Written = Meter.CreateCounter<long>("iam.checkpoints.written"), Opened = Meter.CreateCounter<long>("iam.checkpoints.opened"),
        Refused = Meter.CreateCounter<long>("iam.checkpoints.refused", description: "By reason; never expected but after an upgrade.");

    readonly ConcurrentDictionary<AccountId, Directory> _waiting = new();
    readonly ConcurrentDictionary<AccountId, long> _unfit = new(); // of this version: the revision of one that could not be opened
    readonly SemaphoreSlim _some = new(0, 1);

    byte[] Key => shared.Derive("iam checkpoints");

    /// <summary>The revision at which an account's next checkpoint is due: after many events, and after many for its size, as writing one costs its size.</summary>
    /// <param name="last">The revision of the one before; 0: there is none.</param>
    public long DueAfter(long last) => last + Math.Max(options.CheckpointAfter, last / 10);

    /// <summary>The revision from which on an account that leaves the memory had better have another one.</summary>
    /// <inheritdoc cref="DueAfter"/>
    public long WorthwhileAfter(long last) => last + Math.Max(1, options.CheckpointAfter / 10);

    /// <summary>Has the directory written some time soon.</summary>
    public void Offer(Directory directory)
    {
        if (_waiting.Count >= MostWaiting && !_waiting.ContainsKey(directory.Account)) return;
        _waiting[directory.Account] = directory;
        try { _some.Release(); }
        catch (SemaphoreFullException) { } // it is awake already
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await _some.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var account in _waiting.Keys)
            {
                if (!_waiting.TryRemove(account, out var directory)) continue;
                try { await Write(directory, stoppingToken); }
                catch (Exception e) when (e is not OperationCanceledException) { LogNotWritten(log, account, e); } // the next one will be offered
            }
        }
    }

    /// <summary>Writes the directory's checkpoint, in place of those before it.</summary>
    /// <returns>False: there is one that is as good.</returns>
    public async Task<bool> Write(Directory directory, CancellationToken cancel)
    {
        await using var connection = await store.Database.OpenConnectionAsync(cancel);
        var unfit = _unfit.TryGetValue(directory.Account, out var refused) ? refused : (long?)null;
        await using (var newest = new NpgsqlCommand("select max(revision) from iam.checkpoints where account = $1 and version = $2", connection) { Parameters = { new() { Value = directory.Account.Value }, new() { Value = Checkpoint.CurrentVersion } } })
            if (await newest.ExecuteScalarAsync(cancel) is long there && there != unfit && there <= directory.Revision && directory.Revision < WorthwhileAfter(there)) return false; // another node's
        var leaf = await LeafAt(connection, directory.Account, directory.Revision, cancel) ?? throw new BrokenStreamException(directory.Account, directory.Revision, "is missing");
        var checkpoint = Checkpoint.Of(directory, leaf, Key);

        await using var transaction = await connection.BeginTransactionAsync(cancel);
        // Other versions' are left for a day to the nodes that an upgrade has not reached.
        await using (var before = new NpgsqlCommand("delete from iam.checkpoints where account = $1 and (version = $2 and (revision <> $3 or revision = $4) or version <> $2 and at < now() - interval '1 day')", connection)
        {
            Parameters = { new() { Value = checkpoint.Account.Value }, new() { Value = checkpoint.Version }, new() { Value = checkpoint.Revision }, new() { Value = unfit ?? 0 } },
        })
            await before.ExecuteNonQueryAsync(cancel);
        await using (var head = new NpgsqlCommand("insert into iam.checkpoints (account, version, revision, leaf, chunks, mac) values ($1, $2, $3, $4, $5, $6) on conflict do nothing", connection)
        {
            Parameters = { new() { Value = checkpoint.Account.Value }, new() { Value = checkpoint.Version }, new() { Value = checkpoint.Revision }, new() { Value = checkpoint.Leaf }, new() { Value = checkpoint.Chunks.Count }, new() { Value = checkpoint.Mac } },
        })
            if (await head.ExecuteNonQueryAsync(cancel) is 0) return false;
        for (var number = 0; number < checkpoint.Chunks.Count; number++)
        {
            await using var chunk = new NpgsqlCommand("insert into iam.checkpoint_chunks (account, version, revision, number, content) values ($1, $2, $3, $4, $5)", connection)
            {
                Parameters = { new() { Value = checkpoint.Account.Value }, new() { Value = checkpoint.Version }, new() { Value = checkpoint.Revision }, new() { Value = number }, new() { Value = checkpoint.Chunks[number] } },
            };
            await chunk.ExecuteNonQueryAsync(cancel);
        }
        await transaction.CommitAsync(cancel);
        _unfit.TryRemove(directory.Account, out _);
        Written.Add(1);
        return true;
    }

    /// <summary>The account's directory as of its checkpoint; null: there is none that can be opened.</summary>
    public async Task<Directory?> Open(AccountId account, CancellationToken cancel)
    {
        Checkpoint? checkpoint = null;
        try
        {
            await using var connection = await store.Database.OpenConnectionAsync(cancel);
            checkpoint = await Read(connection, account, cancel);
            if (checkpoint is null) return null;
            await Catalogues.HaveOf(connection, account, cancel);
            var directory = checkpoint.Open(Key, await LeafAt(connection, account, checkpoint.Revision, cancel));
            Opened.Add(1);
            return directory;
        }
        catch (Exception e) when (!e.IsUnreachable && e is not OperationCanceledException)
        {
            Refused.Add(1, new KeyValuePair<string, object?>("reason", e is RefusedCheckpointException refused ? refused.Reason : "failure"));
            LogRefused(log, account, e.Message, e);
            if (checkpoint?.Version == Checkpoint.CurrentVersion) _unfit[account] = checkpoint.Revision; // the next one takes its place, however few events later
            return null;
        }
    }

    static async Task<Checkpoint?> Read(NpgsqlConnection connection, AccountId account, CancellationToken cancel)
    {
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel); // another node may put a newer one in its place meanwhile
        Checkpoint checkpoint;
        await using (var head = new NpgsqlCommand("select version, revision, leaf, mac, chunks from iam.checkpoints where account = $1 order by version = $2 desc, revision desc limit 1", connection) { Parameters = { new() { Value = account.Value }, new() { Value = Checkpoint.CurrentVersion } } })
        {
            await using var row = await head.ExecuteReaderAsync(cancel);
            if (!await row.ReadAsync(cancel)) return null;
            checkpoint = new(account, row.GetString(0), row.GetInt64(1), row.GetFieldValue<byte[]>(2), [], row.GetFieldValue<byte[]>(3));
        }
        if (checkpoint.Version != Checkpoint.CurrentVersion) return checkpoint; // it will be refused, and need not be read
        List<byte[]> chunks = [];
        await using (var content = new NpgsqlCommand("select content from iam.checkpoint_chunks where account = $1 and version = $2 and revision = $3 order by number", connection)
        {
            Parameters = { new() { Value = account.Value }, new() { Value = checkpoint.Version }, new() { Value = checkpoint.Revision } },
        })
        {
            await using var rows = await content.ExecuteReaderAsync(cancel);
            while (await rows.ReadAsync(cancel)) chunks.Add(rows.GetFieldValue<byte[]>(0));
        }
        return checkpoint with { Chunks = chunks };
    }

    static async Task<byte[]?> LeafAt(NpgsqlConnection connection, AccountId account, long revision, CancellationToken cancel)
    {
        await foreach (var recorded in RecordedEvents.Read(connection, account, revision - 1, 1, cancel)) return Ledger.LeafOf(recorded);
        return null;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The checkpoint of account {Account} is not used: {Why}. Its whole stream is read instead")]
    static partial void LogRefused(ILogger log, AccountId account, string why, Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The checkpoint of account {Account} could not be written; the account works without")]
    static partial void LogNotWritten(ILogger log, AccountId account, Exception failure);
}
