using Npgsql;

namespace IamEventSourced.Server;

/// <summary>The encrypted secrets beside the stream: written and deleted in the transaction of the events that make and end their credentials.</summary>
sealed class Secrets(SecretBox box)
{
    /// <summary>What a batch does to the store, and the secrets as they are kept.</summary>
    /// <param name="DataKey">The account's wrapped data key, made now where there was none.</param>
    /// <param name="Sealed">The new secrets of access keys, encrypted: what a node holds in memory to check signatures.</param>
    /// <param name="Statements">The statements to run.</param>
    public sealed record Change(byte[]? DataKey, IReadOnlyDictionary<AccessKeyId, byte[]> Sealed, IReadOnlyList<NpgsqlBatchCommand> Statements);

    /// <summary>Seals what a batch made and forgets what it ended.</summary>
    public Change Keep(AccountId account, byte[]? dataKey, IReadOnlyList<NewSecret> made, IEnumerable<AccountEvent> events)
    {
        List<NpgsqlBatchCommand> statements = [];
        Dictionary<AccessKeyId, byte[]> kept = [];
        if (made.Count > 0 && dataKey is null)
        {
            dataKey = box.NewDataKey(account);
            statements.Add(new("insert into iam.data_keys (account, wrapped) values ($1, $2)") { Parameters = { new() { Value = account.Value }, new() { Value = dataKey } } });
        }
        foreach (var (id, secret) in made)
        {
            var sealedSecret = box.Seal(account, dataKey!, id.Value, secret);
            if (id is AccessKeyId key) kept[key] = sealedSecret;
            statements.Add(new("insert into iam.secrets (account, credential_id, sealed) values ($1, $2, $3)") { Parameters = { new() { Value = account.Value }, new() { Value = id.Value }, new() { Value = sealedSecret } } });
        }
        if (events.Select(EndedBy).OfType<string>().ToArray() is { Length: > 0 } ended)
            statements.Add(new("delete from iam.secrets where account = $1 and credential_id = any($2)") { Parameters = { new() { Value = account.Value }, new() { Value = ended } } });
        return new(dataKey, kept, statements);
    }

    /// <summary>The credential whose secret goes with this event; null: none.</summary>
    static string? EndedBy(AccountEvent @event) => @event switch
    {
        AccessKeyDeleted key => key.AccessKeyId.Value,
        ServerCertificateDeleted certificate => certificate.ServerCertificateId.Value,
        _ => null,
    };

    /// <summary>The secret of an access key.</summary>
    public Secret Open(AccountId account, byte[] dataKey, AccessKeyId credential, byte[] kept) => box.Open(account, dataKey, credential.Value, kept);

    public static Task<Dictionary<AccessKeyId, byte[]>> Read(NpgsqlConnection connection, AccountId account, IEnumerable<AccessKeyId> ids, CancellationToken cancel) =>
        Read(new("select credential_id, sealed from iam.secrets where account = $1 and credential_id = any($2)", connection)
        {
            Parameters = { new() { Value = account.Value }, new() { Value = ids.Select(id => id.Value).ToArray() } },
        }, cancel);

    /// <summary>Those of all access keys of the account; private keys of server certificates are not held in memory.</summary>
    public static Task<Dictionary<AccessKeyId, byte[]>> ReadAccessKeys(NpgsqlConnection connection, AccountId account, CancellationToken cancel) =>
        Read(new("select credential_id, sealed from iam.secrets where account = $1 and starts_with(credential_id, 'AKIA')", connection) { Parameters = { new() { Value = account.Value } } }, cancel);

    static async Task<Dictionary<AccessKeyId, byte[]>> Read(NpgsqlCommand command, CancellationToken cancel)
    {
        await using (command)
        {
            await using var rows = await command.ExecuteReaderAsync(cancel);
            Dictionary<AccessKeyId, byte[]> found = [];
            while (await rows.ReadAsync(cancel)) found[rows.GetString(0)] = rows.GetFieldValue<byte[]>(1);
            return found;
        }
    }

    public static async Task<byte[]?> DataKey(NpgsqlConnection connection, AccountId account, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select wrapped from iam.data_keys where account = $1", connection) { Parameters = { new() { Value = account.Value } } };
        return (byte[]?)await command.ExecuteScalarAsync(cancel);
    }
}
