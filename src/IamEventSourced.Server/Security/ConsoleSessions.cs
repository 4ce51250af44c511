using System.Buffers.Text;
using System.Security.Cryptography;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// Sessions of who signed in by a password. A row says whose each is, and is gone when it is signed out, on every node at once; and by the password it was
/// begun with, which has to be in force still, it ends with that password, the login profile, the user or the account. Of what the client holds, the hash.
/// </summary>
sealed class ConsoleSessions(NpgsqlDataSource database, LiveAccounts accounts, TimeProvider time)
{
    /// <summary>AWS: 12 hours.</summary>
    internal static readonly TimeSpan Life = TimeSpan.FromHours(12);
    const int SecretBytes = 32, MostCharacters = 128;

    /// <summary>Begins one.</summary>
    /// <param name="caller">Who signed in; its key is the session's id.</param>
    /// <returns>What the client has to show, and until when.</returns>
    public async Task<(Secret Token, DateTimeOffset Expires)> Begin(Caller caller, CancellationToken cancel)
    {
        var (secret, now) = (RandomNumberGenerator.GetBytes(SecretBytes), time.GetUtcNow());
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Statement("delete from iam.console_sessions where account = $1 and expires_at <= $2", caller.Account.Value, now));
        batch.BatchCommands.Add(Statement("insert into iam.console_sessions (account, session_id, secret_hash, user_id, password_id, mfa, began_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
            caller.Account.Value, caller.Key.Value, SHA256.HashData(secret), (object?)(caller as UserCaller)?.UserId.Value ?? DBNull.Value, caller.Password!.Value, caller.MultiFactorAuthAt is not null, now, now + Life));
        await batch.ExecuteNonQueryAsync(cancel);
        return (new($"{caller.Key}.{Base64Url.EncodeToString(secret)}"), now + Life);
    }

    /// <summary>Who a client is that shows this; null: nobody, or nobody any more.</summary>
    /// <exception cref="NpgsqlException">The database can't be asked.</exception>
    public async Task<Caller?> Find(string token, CancellationToken cancel)
    {
        if (Read(token) is not var (account, session, secret)) return null;
        await using var command = database.CreateCommand("select secret_hash, user_id, password_id, mfa, began_at from iam.console_sessions where account = $1 and session_id = $2 and expires_at > $3");
        foreach (var value in (object[])[account.Value, session.Value, time.GetUtcNow()]) command.Parameters.Add(new() { Value = value });
        UserId? user;
        PasswordId password;
        DateTimeOffset? code;
        await using (var row = await command.ExecuteReaderAsync(cancel))
        {
            if (!await row.ReadAsync(cancel) || !CryptographicOperations.FixedTimeEquals(row.GetFieldValue<byte[]>(0), SHA256.HashData(secret))) return null;
            (user, password, code) = (row.IsDBNull(1) ? null : new UserId(row.GetString(1)), row.GetString(2), row.GetBoolean(3) ? new DateTimeOffset(row.GetDateTime(4), TimeSpan.Zero) : null);
        }
        if (await accounts.Find(account, cancel) is not { } live) return null;
        if (!live.Directory.SignsIn(password, user)) await live.Newest(cancel); // it may have been set on another node a moment ago
        return live.Directory.SignsIn(password, user) ? CallerOf(account, session, user, password, code) : null;
    }

    /// <summary>Ends the session that a client shows, if it is one.</summary>
    public async Task End(string token, CancellationToken cancel)
    {
        if (Read(token) is not var (account, session, secret)) return;
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Statement("delete from iam.console_sessions where account = $1 and session_id = $2 and secret_hash = $3", account.Value, session.Value, SHA256.HashData(secret)));
        await batch.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Who signed in by a password, and when with an MFA device's code; null: without.</summary>
    public static Caller CallerOf(AccountId account, AccessKeyId session, UserId? user, PasswordId password, DateTimeOffset? code) =>
        user is null ? new RootCaller(account, session) { Password = password, MultiFactorAuthAt = code } : new UserCaller(account, session, user) { Password = password, MultiFactorAuthAt = code };

    static (AccountId Account, AccessKeyId Session, byte[] Secret)? Read(string token)
    {
        if (token.Length > MostCharacters || token.Split('.') is not [var id, var secret] || AccessKeyId.Limits.Violation(id) is not null || !Base64Url.IsValid(secret)) return null;
        return new AccessKeyId(id) is { Account: { } account } session ? (account, session, Base64Url.DecodeFromChars(secret)) : null;
    }

    static NpgsqlBatchCommand Statement(string sql, params object[] values)
    {
        var statement = new NpgsqlBatchCommand(sql);
        foreach (var value in values) statement.Parameters.Add(new() { Value = value });
        return statement;
    }
}
