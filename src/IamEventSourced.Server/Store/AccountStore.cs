using Npgsql;

namespace IamEventSourced.Server;

/// <summary>What of an account's stream this node did not have yet.</summary>
/// <param name="Directory">The directory with its events; the same one when there were none.</param>
/// <param name="Ended">The secrets that are no more.</param>
/// <param name="Sealed">Those that were made and that nodes hold, encrypted.</param>
/// <param name="DataKey">The account's wrapped data key; null when no secret was made.</param>
/// <param name="Broken">Why the stream can't be followed beyond the directory; null: it is at its end.</param>
sealed record Tail(Directory Directory, IReadOnlyCollection<SecretId> Ended, IReadOnlyDictionary<SecretId, byte[]> Sealed, WrappedKey? DataKey, BrokenStreamException? Broken);

/// <summary>An access key as it is kept.</summary>
/// <param name="UserId">Whose; null: root's.</param>
/// <param name="Revision">That of the event that created it.</param>
/// <param name="Sealed">Its secret, encrypted.</param>
/// <param name="DataKey">The account's wrapped data key.</param>
sealed record KeptKey(UserId? UserId, long Revision, byte[] Sealed, WrappedKey DataKey);

/// <summary>By what somebody signs in, as it is kept.</summary>
/// <param name="Account">Of which account.</param>
/// <param name="DataKey">The account's wrapped data key.</param>
/// <param name="PrincipalId">The user's id, the account's for root; null: there is no such user.</param>
/// <param name="PasswordId">The password; null: there is none.</param>
/// <param name="Since">The revision of the event that put it in place.</param>
/// <param name="Sealed">Its hash, encrypted.</param>
sealed record KeptPassword(AccountId Account, WrappedKey? DataKey, string? PrincipalId, PasswordId? PasswordId, long Since, byte[]? Sealed)
{
    /// <summary>The user; null: root.</summary>
    public UserId? UserId => PrincipalId is { } id && id != Account.Value ? new(id) : null;
}

/// <summary>The newest revision, and which of the commands that were asked for were carried out.</summary>
sealed record Head(long Revision, IReadOnlyDictionary<CommandId, CarriedOut> CarriedOut);

/// <summary>What of accounts is read from and written to the database. It decides nothing and keeps nothing.</summary>
sealed class AccountStore(NpgsqlDataSource database)
{
    public NpgsqlDataSource Database => database;

    /// <summary>Everything after a directory.</summary>
    public async Task<Tail> ReadAfter(Directory directory, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await ReadAfter(connection, directory, cancel);
    }

    /// <summary>The whole account as it was at a revision: its stream, folded up to there.</summary>
    /// <param name="from">The account at an earlier revision, where the folding goes on.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<Directory> ReadAt(Directory from, long revision, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var loading = new Loading(from);
        await foreach (var (@event, at) in RecordedEvents.ReadToFold(connection, from.Account, from.Revision, revision - from.Revision, cancel)) loading.Add(@event, at);
        return loading.End();
    }

    internal static async Task<Tail> ReadAfter(NpgsqlConnection connection, Directory directory, CancellationToken cancel)
    {
        var (loading, any) = (new Loading(directory), false);
        HashSet<SecretId> made = [], ended = [];
        BrokenStreamException? broken = null;
        try
        {
            await foreach (var (@event, at) in RecordedEvents.ReadToFold(connection, directory.Account, directory.Revision, cancel: cancel))
            {
                any = true;
                loading.Add(@event, at);
                if (@event.EndsSecret() is { } end)
                {
                    ended.Add(end);
                    made.Remove(end);
                }
                if (@event.KeepsSecret() is { Kind.IsHeld: true } kept) made.Add(kept);
            }
        }
        catch (BrokenStreamException e) when (e.IsForGood) { broken = e; } // what is before it has happened
        return new(any ? loading.End() : directory, ended, made.Count is 0 ? new Dictionary<SecretId, byte[]>() : await Secrets.Read(connection, directory.Account, made, cancel),
            made.Count is 0 ? null : await Secrets.ReadDataKey(connection, directory.Account, cancel), broken);
    }

    /// <summary>An active access key as it is kept, whether its account is live or not; null: there is none.</summary>
    public async Task<KeptKey?> FindKey(AccountId account, AccessKeyId key, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            select s.sealed, d.wrapped, k.user_id, k.from_revision, d.master_key from iam.secrets s join iam.data_keys d on d.account = s.account
            join iam.accounts a on a.account = s.account and a.to_revision is null
            join iam.access_keys k on k.account = s.account and k.access_key_id = s.credential_id and k.to_revision is null
            join iam.access_key_statuses t on t.account = s.account and t.access_key_id = s.credential_id and t.to_revision is null and t.status = $3
            where s.account = $1 and s.kind = $4 and s.credential_id = $2
            """);
        foreach (var text in (string[])[account.Value, key.Value, StatusType.Active.Value, SecretKind.AccessKey.Name]) command.Parameters.Add(new() { Value = text });
        await using var row = await command.ExecuteReaderAsync(cancel);
        return await row.ReadAsync(cancel) ? new(row.IsDBNull(2) ? null : new UserId(row.GetString(2)), row.GetInt64(3), row.GetFieldValue<byte[]>(0), new(row.IsDBNull(4) ? null : row.GetString(4), row.GetFieldValue<byte[]>(1))) : null;
    }

    /// <summary>By what somebody signs in, whether the account is live or not; null: there is no such account.</summary>
    /// <param name="account">The account's id or alias; null: by root's e-mail address.</param>
    /// <param name="email">The fingerprint of the address; null: none is given.</param>
    /// <param name="user">The user; null: root.</param>
    /// <param name="cancel">Ends the waiting.</param>
    public async Task<KeptPassword?> FindPassword(AccountReference? account, byte[]? email, UserName? user, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            select a.account, d.master_key, d.wrapped, u.principal_id, p.password_id, p.from_revision, s.sealed
            from (select account from iam.account_aliases where alias = $1 union all select account from iam.accounts where account = $1 and account_id = $1 and to_revision is null
              union all select account from iam.account_emails where fingerprint = $4) a
            left join iam.data_keys d on d.account = a.account
            left join lateral (
              select user_id principal_id from iam.users where account = a.account and upper(user_name collate "C") = upper($2 collate "C") and to_revision is null
              union all select a.account where $2 is null) u on true
            left join iam.passwords p on p.account = a.account and p.principal_id = u.principal_id and p.to_revision is null
            left join iam.secrets s on s.account = a.account and s.kind = $3 and s.credential_id = p.password_id
            """);
        foreach (var text in (string?[])[account?.Value, user?.Value, SecretKind.Password.Name]) command.Parameters.Add(new() { Value = (object?)text ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = (object?)email ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bytea });
        await using var row = await command.ExecuteReaderAsync(cancel);
        return await row.ReadAsync(cancel) ? new(row.GetString(0), row.IsDBNull(2) ? null : new(row.IsDBNull(1) ? null : row.GetString(1), row.GetFieldValue<byte[]>(2)), row.IsDBNull(3) ? null : row.GetString(3),
            row.IsDBNull(4) ? null : new PasswordId(row.GetString(4)), row.IsDBNull(5) ? 0 : row.GetInt64(5), row.IsDBNull(6) ? null : row.GetFieldValue<byte[]>(6)) : null;
    }

    /// <summary>The encrypted secrets of the account that a node holds, and its wrapped data key.</summary>
    public async Task<(IReadOnlyDictionary<SecretId, byte[]> Sealed, WrappedKey? DataKey)> ReadSecrets(AccountId account, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return (await Secrets.ReadHeld(connection, account, cancel), await Secrets.ReadDataKey(connection, account, cancel));
    }

    /// <summary>The account's wrapped data key; null: it has none.</summary>
    public async Task<WrappedKey?> ReadDataKey(AccountId account, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await Secrets.ReadDataKey(connection, account, cancel);
    }

    /// <summary>The newest revision and, read with it, which of the commands were carried out.</summary>
    public async Task<Head> ReadHead(AccountId account, IReadOnlyCollection<CommandId> ids, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { CommandTable.Find(account, ids), Version(account) } };
        await using var rows = await batch.ExecuteReaderAsync(cancel);
        var found = await CommandTable.Read(rows, cancel);
        await rows.NextResultAsync(cancel);
        return new(await rows.ReadAsync(cancel) ? rows.GetInt64(0) : 0, found);
    }

    internal static NpgsqlBatchCommand Version(AccountId account, bool locked = false) =>
        new($"select version from iam.mt_streams where tenant_id = $1 and id = $1{(locked ? " for update" : "")}") { Parameters = { new() { Value = account.Value } } };

    /// <summary>The newest revisions of several accounts.</summary>
    /// <param name="accounts">Which; null: all there are.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<IReadOnlyList<(AccountId Account, long Revision)>> ReadHeads(IEnumerable<AccountId>? accounts, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"select id, version from iam.mt_streams where {(accounts is null ? "" : "tenant_id = any($1) and ")}id = tenant_id");
        if (accounts is not null) command.Parameters.Add(new() { Value = accounts.Select(account => account.Value).ToArray() });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        List<(AccountId, long)> heads = [];
        while (await rows.ReadAsync(cancel)) heads.Add((rows.GetString(0), rows.GetInt64(1)));
        return heads;
    }

    /// <summary>How many codes of a device may be wrong in <see cref="Hour"/>; beyond, none is looked at. Who guesses hits with three of a million.</summary>
    const int MostWrongCodes = 10;
    static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>Counts a code as wrong until it proves good, whichever node it is shown to; false: there were too many.</summary>
    public async Task<bool> TryCode(AccountId account, MFADeviceId device, DateTimeOffset now)
    {
        await using var command = database.CreateCommand("""
            insert into iam.mfa_codes as known (account, mfa_device_id, wrong, since, step) values ($1, $2, 1, $3, 0)
            on conflict (account, mfa_device_id) do update set wrong = case when known.since <= $4 then 1 else known.wrong + 1 end, since = case when known.since <= $4 then $3 else known.since end
            where known.since <= $4 or known.wrong < $5
            """);
        foreach (var value in (object[])[account.Value, device.Value, now.ToUniversalTime(), (now - Hour).ToUniversalTime(), MostWrongCodes]) command.Parameters.Add(new() { Value = value });
        return await command.ExecuteNonQueryAsync() is 1;
    }

    /// <summary>Uses a good code up, and with it all before: false: it, or a later one, was used before.</summary>
    /// <param name="account">The account.</param>
    /// <param name="device">The device.</param>
    /// <param name="first">The step of the code, or of the first of several.</param>
    /// <param name="last">That of the last.</param>
    public async Task<bool> UseCode(AccountId account, MFADeviceId device, long first, long last)
    {
        await using var command = database.CreateCommand("update iam.mfa_codes set step = $4, wrong = 0 where account = $1 and mfa_device_id = $2 and step < $3");
        foreach (var value in (object[])[account.Value, device.Value, first, last]) command.Parameters.Add(new() { Value = value });
        return await command.ExecuteNonQueryAsync() is 1;
    }

    /// <summary>A transaction on one account.</summary>
    public async Task<AccountTransaction> Begin(AccountId account, CancellationToken cancel) => new(await database.OpenConnectionAsync(cancel), account);
}

/// <summary>What a transaction writes.</summary>
/// <param name="Expected">The account's newest revision before it.</param>
/// <param name="Events">The events, the first of which becomes the revision after that.</param>
/// <param name="Commands">The commands that are carried out.</param>
/// <param name="At">When.</param>
/// <param name="Beside">What belongs beside the events.</param>
/// <param name="Others">Commands of which is asked whether they were carried out before.</param>
sealed record Writing(long Expected, IReadOnlyList<RecordedEvent> Events, IReadOnlyCollection<CarriedOut> Commands, DateTimeOffset At, IEnumerable<NpgsqlBatchCommand> Beside, IReadOnlyCollection<CommandId> Others);

/// <summary>One transaction in which commands of an account are carried out: the stream's next revision first, then ids, events, rows and what is beside them, all or nothing.</summary>
sealed class AccountTransaction(NpgsqlConnection connection, AccountId account) : IAsyncDisposable
{
    NpgsqlTransaction? _locked;

    /// <summary>Waits until no other transaction writes the account, and says its newest revision; 0 where there is none: then nothing is locked.</summary>
    public async Task<long> Lock(CancellationToken cancel)
    {
        _locked = await connection.BeginTransactionAsync(cancel);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { AccountStore.Version(account, locked: true) } };
        return (long?)await batch.ExecuteScalarAsync(cancel) ?? 0;
    }

    /// <summary>Everything after a directory.</summary>
    public Task<Tail> ReadAfter(Directory directory, CancellationToken cancel) => AccountStore.ReadAfter(connection, directory, cancel);

    /// <summary>Which of the commands were carried out before.</summary>
    public async Task<IReadOnlyDictionary<CommandId, CarriedOut>> Find(IReadOnlyCollection<CommandId> ids, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { CommandTable.Find(account, ids) } };
        await using var rows = await batch.ExecuteReaderAsync(cancel);
        return await CommandTable.Read(rows, cancel);
    }

    /// <summary>Writes all and commits, in one round trip, and says which of the other commands were carried out before.</summary>
    /// <param name="writing">What is written.</param>
    /// <param name="begun">Called when from now on a failure may leave open whether all was written.</param>
    /// <param name="cancel">Ends the waiting.</param>
    public async Task<IReadOnlyDictionary<CommandId, CarriedOut>> Commit(Writing writing, Action begun, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        void Add(IEnumerable<NpgsqlBatchCommand> statements) { foreach (var statement in statements) batch.BatchCommands.Add(statement); }
        // The stream first: whoever holds it writes the account alone.
        Add(writing.Events.Count > 0 ? RecordedEvents.Append(account, writing.Expected, writing.Events) : [RecordedEvents.Check(account, writing.Expected)]);
        if (writing.Commands.Count > 0) Add([CommandTable.Insert(account, writing.Commands, writing.At)]);
        if (writing.Events.Count > 0) Add(IntervalProjection.Statements(account, writing.Events.Select(recorded => (recorded.Event, new Stamp(recorded.Revision, recorded.At)))));
        Add(writing.Beside);
        if (writing.Others.Count > 0) Add([CommandTable.Find(account, writing.Others)]);
        await batch.PrepareAsync(cancel);

        begun();
        IReadOnlyDictionary<CommandId, CarriedOut> found;
        await using (var rows = await batch.ExecuteReaderAsync(cancel))
        {
            if (writing.Events.Count is 0) await rows.NextResultAsync(cancel);
            found = writing.Others.Count > 0 ? await CommandTable.Read(rows, cancel) : new Dictionary<CommandId, CarriedOut>();
            while (await rows.NextResultAsync(cancel)) { } // to the end of the transaction
        }
        if (_locked is not null) await _locked.CommitAsync(cancel);
        return found;
    }

    public async ValueTask DisposeAsync()
    {
        if (_locked is not null) await _locked.DisposeAsync();
        await connection.DisposeAsync();
    }

    /// <summary>What a failure of the transaction means.</summary>
    public static Failure FailureOf(Exception failure) => failure switch
    {
        PostgresException { SqlState: RecordedEvents.Overtaken } => Failure.Conflict,
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: CommandTable.PrimaryKey } => Failure.Repeated,
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: Aliases.PrimaryKey or Emails.PrimaryKey } => Failure.Taken,
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: { } name } when name.StartsWith("pkey_mt_streams", StringComparison.Ordinal) || name.StartsWith("pkey_mt_events", StringComparison.Ordinal) || name is "data_keys_pkey" or "origins_pkey" => Failure.Conflict,
        PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected } => Failure.Conflict,
        PostgresException { SqlState: ['2', '2', ..] } => Failure.BadData,
        PostgresException { SqlState: ['2', '3', ..] or ['4', '2', ..] or ['P', '0', ..] } => Failure.Defect,
        System.Text.EncoderFallbackException => Failure.BadData,
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
