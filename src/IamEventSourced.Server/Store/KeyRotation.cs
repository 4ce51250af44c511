using System.Security.Cryptography;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// Wraps the data keys anew, under the master key that is current, beside live traffic. The data keys stay what they are: no secret is sealed anew, and a node
/// that holds one in the clear goes on with it.
/// </summary>
static class KeyRotation
{
    const int MostAtOnce = 500;

    /// <summary>Wraps what is not under the current master key, until nothing is left that can be.</summary>
    /// <param name="database">As its owner; a server may not change a data key.</param>
    /// <param name="keys">All master keys under which data keys are.</param>
    /// <param name="unfit">Told of each data key that can't be unwrapped, and why. It is left as it is.</param>
    /// <param name="cancel">Ends it between two data keys; what was done stays done.</param>
    /// <returns>How many were wrapped anew, and under which key.</returns>
    public static async Task<(long Count, string KeyId)> Run(NpgsqlDataSource database, IKeyManagement keys, Action<AccountId, Exception> unfit, CancellationToken cancel = default)
    {
        HashSet<AccountId> left = [];
        for (var count = 0L; ;)
        {
            // A node may have made one meanwhile, under the key that was current to it.
            var (current, before) = (await keys.CurrentKeyId(cancel), count);
            foreach (var (account, wrapped) in await Others(database, current, left, cancel))
                try
                {
                    var key = await keys.Unwrap(account, wrapped, cancel);
                    var anew = await keys.Wrap(account, key, cancel);
                    CryptographicOperations.ZeroMemory(key);
                    await using var update = database.CreateCommand("update iam.data_keys set master_key = $1, wrapped = $2 where account = $3 and wrapped = $4");
                    foreach (var value in (object[])[anew.KeyId!, anew.Bytes, account.Value, wrapped.Bytes]) update.Parameters.Add(new() { Value = value });
                    count += await update.ExecuteNonQueryAsync(cancel);
                }
                catch (Exception e) when (e is SecretUnreadableException or MasterKeyUnavailableException)
                {
                    left.Add(account);
                    unfit(account, e);
                }
            if (count == before) return (count, current);
        }
    }

    static async Task<List<(AccountId Account, WrappedKey Wrapped)>> Others(NpgsqlDataSource database, string current, IEnumerable<AccountId> but, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select account, master_key, wrapped from iam.data_keys where master_key is distinct from $1 and account <> all($2) limit $3");
        foreach (var value in (object[])[current, but.Select(account => account.Value).ToArray(), MostAtOnce]) command.Parameters.Add(new() { Value = value });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        List<(AccountId, WrappedKey)> others = [];
        while (await rows.ReadAsync(cancel)) others.Add((rows.GetString(0), new(rows.IsDBNull(1) ? null : rows.GetString(1), rows.GetFieldValue<byte[]>(2))));
        return others;
    }
}
