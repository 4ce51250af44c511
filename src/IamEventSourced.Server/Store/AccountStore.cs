using JasperFx;
using Marten;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>What of an account's stream this node did not have yet.</summary>
/// <param name="Directory">The directory with its events; the same one when there were none.</param>
/// <param name="Ended">The access keys that were deleted.</param>
/// <param name="Sealed">The encrypted secrets of access keys that were made.</param>
/// <param name="DataKey">The account's wrapped data key; null when no key was made.</param>
/// <param name="Broken">Why the stream can't be followed beyond the directory; null: it is at its end.</param>
sealed record Tail(Directory Directory, IReadOnlyList<AccessKeyId> Ended, IReadOnlyDictionary<AccessKeyId, byte[]> Sealed, byte[]? DataKey, BrokenStreamException? Broken);

/// <summary>An access key as it is kept.</summary>
/// <param name="UserId">Whose; null: root's.</param>
/// <param name="Sealed">Its secret, encrypted.</param>
/// <param name="DataKey">The account's wrapped data key.</param>
sealed record KeptKey(UserId? UserId, byte[] Sealed, byte[] DataKey);

/// <summary>The newest revision, and which of the commands that were asked for were carried out.</summary>
sealed record Head(long Revision, IReadOnlyDictionary<CommandId, CarriedOut> CarriedOut);

/// <summary>What of accounts is read from and written to the database. It decides nothing and keeps nothing.</summary>
sealed class AccountStore(IDocumentStore marten, NpgsqlDataSource database)
{
    public NpgsqlDataSource Database => database;

    /// <summary>Everything after a directory.</summary>
    public async Task<Tail> ReadAfter(Directory directory, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await ReadAfter(connection, directory, cancel);
    }

    internal static async Task<Tail> ReadAfter(NpgsqlConnection connection, Directory directory, CancellationToken cancel)
    {
        var (loading, any) = (new Loading(directory), false);
        List<AccessKeyId> made = [], ended = [];
        BrokenStreamException? broken = null;
        try
        {
            await foreach (var (@event, at) in RecordedEvents.ReadToFold(connection, directory.Account, directory.Revision, cancel))
            {
                any = true;
                loading.Add(@event, at);
                if (@event is AccessKeyCreated created) made.Add(created.AccessKeyId);
                else if (@event is AccessKeyDeleted deleted) ended.Add(deleted.AccessKeyId);
            }
        }
        catch (BrokenStreamException e) when (e.IsForGood) { broken = e; } // what is before it has happened
        return new(any ? loading.End() : directory, ended, made.Count is 0 ? new Dictionary<AccessKeyId, byte[]>() : await Secrets.Read(connection, directory.Account, made, cancel),
            made.Count is 0 ? null : await Secrets.DataKey(connection, directory.Account, cancel), broken);
    }

    /// <summary>An active access key as it is kept, whether its account is live or not; null: there is none.</summary>
    public async Task<KeptKey?> FindKey(AccountId account, AccessKeyId key, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            select s.sealed, d.wrapped, k.user_id from iam.secrets s join iam.data_keys d on d.account = s.account
            join iam.accounts a on a.account = s.account and a.to_revision is null
            join iam.access_keys k on k.account = s.account and k.access_key_id = s.credential_id and k.to_revision is null
            join iam.access_key_statuses t on t.account = s.account and t.access_key_id = s.credential_id and t.to_revision is null and t.status = $3
            where s.account = $1 and s.credential_id = $2
            """);
        foreach (var text in (string[])[account.Value, key.Value, AccessKeyStatus.Active.Value]) command.Parameters.Add(new() { Value = text });
        await using var row = await command.ExecuteReaderAsync(cancel);
        return await row.ReadAsync(cancel) ? new(row.IsDBNull(2) ? null : new UserId(row.GetString(2)), row.GetFieldValue<byte[]>(0), row.GetFieldValue<byte[]>(1)) : null;
    }

    /// <summary>The encrypted secrets of all the account's keys, and its wrapped data key.</summary>
    public async Task<(IReadOnlyDictionary<AccessKeyId, byte[]> Sealed, byte[]? DataKey)> ReadSecrets(AccountId account, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return (await Secrets.ReadAll(connection, account, cancel), await Secrets.DataKey(connection, account, cancel));
    }

    /// <summary>The newest revision and, read with it, which of the commands were carried out.</summary>
    public async Task<Head> ReadHead(AccountId account, IReadOnlyCollection<CommandId> ids, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { CommandTable.Find(account, ids), Version(account) } };
        return await Read(batch, true, cancel);
    }

    internal static async Task<Head> Read(NpgsqlBatch batch, bool commands, CancellationToken cancel)
    {
        await using var rows = await batch.ExecuteReaderAsync(cancel);
        var found = commands ? await CommandTable.Read(rows, cancel) : [];
        if (commands) await rows.NextResultAsync(cancel);
        return new(await rows.ReadAsync(cancel) ? rows.GetInt64(0) : 0, found);
    }

    internal static NpgsqlBatchCommand Version(AccountId account, bool locked = false) =>
        new($"select version from iam.mt_streams where tenant_id = $1 and id = $1{(locked ? " for update" : "")}") { Parameters = { new() { Value = account.Value } } };

    /// <summary>The newest revisions of several accounts.</summary>
    public async Task<IReadOnlyList<(AccountId Account, long Revision)>> ReadHeads(IEnumerable<AccountId> accounts, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select id, version from iam.mt_streams where tenant_id = any($1) and id = tenant_id");
        command.Parameters.Add(new() { Value = accounts.Select(account => account.Value).ToArray() });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        List<(AccountId, long)> heads = [];
        while (await rows.ReadAsync(cancel)) heads.Add((rows.GetString(0), rows.GetInt64(1)));
        return heads;
    }

    /// <summary>A transaction on one account.</summary>
    public async Task<AccountTransaction> Begin(AccountId account, CancellationToken cancel)
    {
        var session = marten.LightweightSession(account.Value);
        session.CorrelationId = session.CausationId = null; // else what is under way here when an account is opened would stand in its events
        try { await session.BeginTransactionAsync(cancel); }
        catch { await session.DisposeAsync(); throw; }
        return new(session, account);
    }
}

/// <summary>One transaction in which commands of an account are carried out: their ids first, then events, rows and secrets, all or nothing.</summary>
sealed class AccountTransaction(IDocumentSession session, AccountId account) : IAsyncDisposable
{
    /// <summary>Waits until no other transaction writes the account, and says its newest revision; 0 where there is none: then nothing is locked.</summary>
    public async Task<long> Lock(CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(session.Connection) { BatchCommands = { AccountStore.Version(account, locked: true) } };
        return (long?)await batch.ExecuteScalarAsync(cancel) ?? 0;
    }

    /// <summary>Everything after a directory.</summary>
    public Task<Tail> ReadAfter(Directory directory, CancellationToken cancel) => AccountStore.ReadAfter(session.Connection, directory, cancel);

    /// <summary>Claims the ids of these commands, keeps what belongs beside their events, and says the newest revision and which of the others were carried out before.</summary>
    public async Task<Head> Claim(IReadOnlyCollection<CarriedOut> commands, IReadOnlyCollection<CommandId> others, DateTimeOffset at, IReadOnlyCollection<NpgsqlBatchCommand> beside, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(session.Connection);
        if (others.Count > 0) batch.BatchCommands.Add(CommandTable.Find(account, others));
        batch.BatchCommands.Add(AccountStore.Version(account));
        if (commands.Count > 0) batch.BatchCommands.Add(CommandTable.Insert(account, commands, at));
        foreach (var statement in beside) batch.BatchCommands.Add(statement);
        return await AccountStore.Read(batch, others.Count > 0, cancel);
    }

    /// <summary>Appends the events, the first of which becomes the revision after <paramref name="expected"/>, runs the statements and commits.</summary>
    public async Task Commit(long expected, IReadOnlyList<RecordedEvent> events, IEnumerable<(string Sql, object[] Parameters)> after, CancellationToken cancel)
    {
        if (session.TenantId != account.Value) throw new InvalidOperationException("A stream is written by its own tenant alone.");
        if (events.Count > 0)
            session.Events.Append(account.Value, expected + events.Count, events.Select(recorded => RecordedEvents.ToMarten(session, recorded)).ToArray());
        else
            session.QueueSqlCommand("select 1 where false"); // Marten commits its transaction only when there is work in the session
        // After the append, which holds the stream: claimed before it, two writers of one revision would wait for each other.
        foreach (var (sql, parameters) in after) session.QueueSqlCommand(sql, parameters);
        // The rows of contents are everybody's: in one order, or two accounts that adopt two of them would wait for each other.
        foreach (var digest in events.Select(recorded => recorded.Event).OfType<CatalogueAdopted>().Select(adopted => adopted.Digest).Distinct().OrderBy(digest => digest.Value, StringComparer.Ordinal))
            session.QueueSqlCommand(Catalogues.Insert, digest.Value, Catalogue.Find(digest)!.Content);
        await session.SaveChangesAsync(cancel);
    }

    public ValueTask DisposeAsync() => session.DisposeAsync();

    /// <summary>What a failure of the transaction means.</summary>
    public static Failure FailureOf(Exception failure) => failure switch
    {
        ConcurrencyException => Failure.Conflict,
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: CommandTable.PrimaryKey } => Failure.Repeated,
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: Aliases.PrimaryKey } => Failure.Taken,
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: { } name } when name.StartsWith("pkey_mt_streams", StringComparison.Ordinal) || name.StartsWith("pkey_mt_events", StringComparison.Ordinal) || name is "data_keys_pkey" or "origins_pkey" => Failure.Conflict,
        PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected } => Failure.Conflict,
        PostgresException { SqlState: ['2', '2', ..] } => Failure.BadData,
        PostgresException { SqlState: ['2', '3', ..] or ['4', '2', ..] or ['P', '0', ..] } => Failure.Defect,
        System.Text.EncoderFallbackException => Failure.BadData,
        Marten.Exceptions.MartenCommandException { InnerException: { } inner } => FailureOf(inner),
        ArgumentException or FormatException or NotSupportedException or NullReferenceException or InvalidCastException or KeyNotFoundException or System.Text.Json.JsonException => Failure.Defect,
        _ => Failure.Unknown,
    };
}

/// <summary>What a failed transaction means for its commands.</summary>
enum Failure
{
    /// <summary>Anything but a clean refusal of PostgreSQL on a live connection: it may or may not have been committed.</summary>
    Unknown,
    /// <summary>Another writer was faster; nothing was written.</summary>
    Conflict,
    /// <summary>A command id was used before; nothing was written.</summary>
    Repeated,
    /// <summary>Another account has what no two may have; nothing was written.</summary>
    Taken,
    /// <summary>PostgreSQL does not take a text; nothing was written.</summary>
    BadData,
    /// <summary>PostgreSQL refuses a statement or a row that it should not have to; nothing was written.</summary>
    Defect,
}
