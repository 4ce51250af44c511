using Npgsql;

namespace IamEventSourced.Server;

/// <summary>The operator's access key: made at the first start and written once to a file that only its owner can read.</summary>
public sealed class OperatorKeys
{
    const long Revision = 0; // no stream has them

    readonly AccountStore _store;
    readonly Secrets _secrets;
    readonly IIdSource _ids;
    volatile Dictionary<SecretId, byte[]> _known = [];
    readonly ServiceKey _service;
    DataKey? _dataKey;

    internal OperatorKeys(AccountStore store, Secrets secrets, IIdSource ids, ServiceKey service) => (_store, _secrets, _ids, _service) = (store, secrets, ids, service);

    /// <summary>The secret of an operator's key; null when it is none.</summary>
    /// <exception cref="NpgsqlException">It is not known here yet and the database can't be reached.</exception>
    public async ValueTask<Secret?> Find(AccessKeyId key, CancellationToken cancel)
    {
        var id = SecretKind.AccessKey.Of(key);
        if (!_known.ContainsKey(id)) await Read(cancel);
        return _known.TryGetValue(id, out var kept) && _dataKey is { } dataKey ? dataKey.Open(id, Revision, kept) : null;
    }

    /// <summary>Makes the operator's first key where there is none.</summary>
    /// <param name="file">Where it is written, as AWS's tools read credentials; made anew with mode 0600.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>Whether it was made now.</returns>
    internal async Task<bool> MakeFirst(string file, CancellationToken cancel)
    {
        try { await Read(cancel); }
        catch (Exception e) when (e is SecretUnreadableException or MasterKeyUnavailableException)
        {
            throw new InvalidOperationException($"The master key is not the one that this database's secrets were sealed with; Iam__MasterKeyFile has to name that one. {e.Message}", e);
        }
        if (_known.Count > 0)
        {
            Adopt(file);
            foreach (var (known, kept) in _known) _ = _dataKey!.Open(known, Revision, kept);
            return false;
        }

        var key = _ids.NextAccessKeyId(AccountId.Operator);
        var secret = _ids.NextSecretAccessKey();
        var change = await _secrets.Keep(AccountId.Operator, _dataKey, [], new Dictionary<SecretId, (long, Secret)> { [SecretKind.AccessKey.Of(key)] = (Revision, secret) }, cancel);
        // The file first: a key whose secret nobody has would lock the operator out.
        var fresh = $"{file}.{Environment.ProcessId}";
        CredentialsFile.Write(fresh, "operator", key, secret);
        try
        {
            await using var connection = await _store.Database.OpenConnectionAsync(cancel);
            await using var batch = new NpgsqlBatch(connection);
            foreach (var statement in change.Statements) batch.BatchCommands.Add(statement);
            await batch.ExecuteNonQueryAsync(cancel);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation)
        {
            File.Delete(fresh); // another node was first
            await Read(cancel);
            return false;
        }
        File.Move(fresh, file, overwrite: true);
        await Read(cancel);
        return true;
    }

    /// <summary>Puts in its place what an earlier start wrote when it ended between making the key and naming the file.</summary>
    void Adopt(string file)
    {
        if (File.Exists(file)) return;
        foreach (var draft in System.IO.Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetFullPath(file))!, Path.GetFileName(file) + ".*"))
            if (CredentialsFile.Read(draft) is var (key, _) && _known.ContainsKey(SecretKind.AccessKey.Of(key))) File.Move(draft, file, overwrite: true);
    }

    async Task Read(CancellationToken cancel)
    {
        await using var connection = await _store.Database.OpenConnectionAsync(cancel);
        if (_dataKey is null && await Secrets.ReadDataKey(connection, AccountId.Operator, cancel) is { } wrapped)
            _service.Is(_dataKey = await _secrets.Unwrap(AccountId.Operator, wrapped, cancel));
        _known = await Secrets.ReadHeld(connection, AccountId.Operator, cancel);
    }
}
