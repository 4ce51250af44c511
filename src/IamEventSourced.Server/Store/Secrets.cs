using Npgsql;

namespace IamEventSourced.Server;

/// <summary>The encrypted secrets beside the stream: written and deleted in the transaction of the events that keep and end them.</summary>
sealed class Secrets(IKeyManagement keys)
{
    /// <summary>How many data keys are held of accounts that are not live here; when full, all are let go.</summary>
    const int MostHeld = 1_024;

    readonly Lock _gate = new();
    readonly Dictionary<AccountId, (byte[] Wrapped, DataKey Key)> _held = [];

    /// <summary>What a batch does to the store, and the secrets as they are kept.</summary>
    /// <param name="DataKey">The account's data key, made now where there was none; null: there is none yet.</param>
    /// <param name="Ended">Those that are no more, or of which there is another now.</param>
    /// <param name="Sealed">The new ones that nodes hold, encrypted.</param>
    /// <param name="Statements">The statements to run.</param>
    public sealed record Change(DataKey? DataKey, IReadOnlyCollection<SecretId> Ended, IReadOnlyDictionary<SecretId, byte[]> Sealed, IReadOnlyList<NpgsqlBatchCommand> Statements);

    /// <summary>Forgets what a batch ended and seals what is left of what it made: a secret that was ended in the same batch is never written.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="dataKey">The account's data key; null: it has none yet.</param>
    /// <param name="events">What happened, in order.</param>
    /// <param name="made">The secrets that were made with it, in order.</param>
    /// <param name="cancel">Ends the waiting.</param>
    public ValueTask<Change> Keep(AccountId account, DataKey? dataKey, IReadOnlyList<RecordedEvent> events, IReadOnlyList<NewSecret> made, CancellationToken cancel)
    {
        var next = 0;
        HashSet<SecretId> ended = [];
        Dictionary<SecretId, (long Revision, Secret Value)> left = [];
        foreach (var recorded in events)
        {
            if (recorded.Event.EndsSecret() is { } end)
            {
                ended.Add(end);
                left.Remove(end);
            }
            if (recorded.Event.KeepsSecret() is not { } id) continue;
            if (made[next].Id != id) throw new InvalidOperationException($"No secret was made for {recorded.Event.StoredName()}.");
            left.Add(id, (recorded.Revision, made[next++].Value));
        }
        if (next < made.Count) throw new InvalidOperationException($"A secret was made, {made[next].Id.Kind}, that no event keeps.");
        // With the account all end, and none is made after.
        return events is [.., { Event: AccountClosed }]
            ? new(new Change(dataKey, ended, new Dictionary<SecretId, byte[]>(), [new("delete from iam.secrets where account = $1") { Parameters = { new() { Value = account.Value } } }]))
            : Keep(account, dataKey, ended, left, cancel);
    }

    /// <summary>Forgets and seals what is said.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="dataKey">The account's data key; null: it has none yet.</param>
    /// <param name="ended">What is forgotten.</param>
    /// <param name="made">What is sealed, with the revision that each is bound to.</param>
    /// <param name="cancel">Ends the waiting.</param>
    public async ValueTask<Change> Keep(AccountId account, DataKey? dataKey, IReadOnlyCollection<SecretId> ended, IReadOnlyDictionary<SecretId, (long Revision, Secret Value)> made, CancellationToken cancel)
    {
        List<NpgsqlBatchCommand> statements = [];
        Dictionary<SecretId, byte[]> held = [];
        if (made.Count > 0 && dataKey is null)
        {
            dataKey = DataKey.Create(account);
            var wrapped = await keys.Wrap(account, dataKey.Bytes.ToArray(), cancel);
            statements.Add(new("insert into iam.data_keys (account, master_key, wrapped) values ($1, $2, $3)") { Parameters = { new() { Value = account.Value }, new() { Value = wrapped.KeyId! }, new() { Value = wrapped.Bytes } } });
        }
        if (ended.Count > 0) statements.Add(new("delete from iam.secrets s using unnest($2, $3) as ended (kind, id) where s.account = $1 and s.kind = ended.kind and s.credential_id = ended.id")
        {
            Parameters = { new() { Value = account.Value }, new() { Value = ended.Select(id => id.Kind.Name).ToArray() }, new() { Value = ended.Select(id => id.Id).ToArray() } },
        });
        foreach (var (id, (revision, secret)) in made)
        {
            var sealedSecret = dataKey!.Seal(id, revision, secret);
            if (id.Kind.IsHeld) held[id] = sealedSecret;
            statements.Add(new("insert into iam.secrets (account, kind, credential_id, sealed) values ($1, $2, $3, $4)")
            {
                Parameters = { new() { Value = account.Value }, new() { Value = id.Kind.Name }, new() { Value = id.Id }, new() { Value = sealedSecret } },
            });
        }
        return new(dataKey, ended, held, statements);
    }

    /// <summary>The data key in the clear. A live account holds its own; those of others are held for a while.</summary>
    /// <exception cref="MasterKeyUnavailableException">It can't be unwrapped now.</exception>
    /// <exception cref="SecretUnreadableException">It was changed, or is another account's.</exception>
    public async ValueTask<DataKey> Unwrap(AccountId account, WrappedKey wrapped, CancellationToken cancel)
    {
        lock (_gate)
            if (_held.TryGetValue(account, out var known) && known.Wrapped.AsSpan().SequenceEqual(wrapped.Bytes)) return known.Key;

        var key = new DataKey(account, await keys.Unwrap(account, wrapped, cancel));
        lock (_gate)
        {
            if (_held.Count >= MostHeld) _held.Clear();
            _held[account] = (wrapped.Bytes, key);
        }
        return key;
    }

    /// <summary>Keeps another form of a secret in its place, bound to the same revision; unless it was changed or ended meanwhile.</summary>
    public static async Task Replace(NpgsqlDataSource database, AccountId account, DataKey dataKey, SecretId id, long revision, byte[] kept, Secret secret, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            with gone as (delete from iam.secrets where account = $1 and kind = $2 and credential_id = $3 and sealed = $4 returning account, kind, credential_id)
            insert into iam.secrets (account, kind, credential_id, sealed) select account, kind, credential_id, $5 from gone
            """);
        foreach (var value in (object[])[account.Value, id.Kind.Name, id.Id, kept, dataKey.Seal(id, revision, secret)]) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Of these secrets those that there are.</summary>
    public static Task<Dictionary<SecretId, byte[]>> Read(NpgsqlConnection connection, AccountId account, IReadOnlyCollection<SecretId> ids, CancellationToken cancel) =>
        Read(new("select s.kind, s.credential_id, s.sealed from unnest($2, $3) as asked (kind, id) join iam.secrets s on s.account = $1 and s.kind = asked.kind and s.credential_id = asked.id", connection)
        {
            Parameters = { new() { Value = account.Value }, new() { Value = ids.Select(id => id.Kind.Name).ToArray() }, new() { Value = ids.Select(id => id.Id).ToArray() } },
        }, cancel);

    /// <summary>Those of the account that a node holds.</summary>
    public static Task<Dictionary<SecretId, byte[]>> ReadHeld(NpgsqlConnection connection, AccountId account, CancellationToken cancel) =>
        Read(new("select kind, credential_id, sealed from iam.secrets where account = $1 and kind = any($2)", connection)
        {
            Parameters = { new() { Value = account.Value }, new() { Value = SecretKind.All.Where(kind => kind.IsHeld).Select(kind => kind.Name).ToArray() } },
        }, cancel);

    static async Task<Dictionary<SecretId, byte[]>> Read(NpgsqlCommand command, CancellationToken cancel)
    {
        await using (command)
        {
            await using var rows = await command.ExecuteReaderAsync(cancel);
            Dictionary<SecretId, byte[]> found = [];
            while (await rows.ReadAsync(cancel)) found[new(SecretKind.All.Single(kind => kind.Name == rows.GetString(0)), rows.GetString(1))] = rows.GetFieldValue<byte[]>(2);
            return found;
        }
    }

    /// <summary>The account's data key as it is stored; null: it has none yet.</summary>
    public static async Task<WrappedKey?> ReadDataKey(NpgsqlConnection connection, AccountId account, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select master_key, wrapped from iam.data_keys where account = $1", connection) { Parameters = { new() { Value = account.Value } } };
        await using var row = await command.ExecuteReaderAsync(cancel);
        return await row.ReadAsync(cancel) ? new(row.IsDBNull(0) ? null : row.GetString(0), row.GetFieldValue<byte[]>(1)) : null;
    }
}
