using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// Erases what is personal beside the stream, of one principal or of a whole account (docs/adr). No event, row of a fact, hash or checkpoint is touched, and none depends on what is. The owner's work: servers may delete
/// none of it but sessions and secrets.
/// </summary>
static class Erasure
{
    const string KeysOf = "(select access_key_id from iam.access_keys where account = $1 and coalesce(user_id, account) = $2)";

    // Alerts tell when something was used. Of one whose end is still to be told stays what it is of.
    const string OfAlerts = "starts_with(alert_id, $2 || '/')", AlertsThatEnded = "resolved_at is not null and sent = 2";

    /// <summary>The tables that hold anything of the kind, and which of their rows of the account $1 are a principal's, $2: a user's id, the account's own for root.</summary>
    static readonly (string Table, string IsOf, string? Of)[] Held =
    [
        ("origins", "revision in (select version from iam.mt_events where tenant_id = $1 and stream_id = $1 and headers->>'principal' = $2)", null),
        ("refused_attempts", $"(principal = $2 or access_key_id in {KeysOf})", null),
        ("decisions", "(principal = $2 or caller = $2)", null),
        ("credential_uses", $"(credential_id = $2 or credential_id in {KeysOf})", null),
        ("accesses", "user_id = $2", null),
        ("alerts", OfAlerts, AlertsThatEnded),
        // Not the newest: a code that was used is good for no second time.
        ("mfa_codes", "mfa_device_id in (select mfa_device_id from iam.mfa_assignments where account = $1 and coalesce(user_id, account) = $2)", "since < now() - interval '1 hour' and step < extract(epoch from now() - interval '1 hour') / 30"),
        ("console_sessions", "coalesce(user_id, account) = $2", null),
        ("secrets", "account = $2", $"kind = '{SecretKind.PrimaryEmail}'"),
        ("account_emails", "account = $2", null),
    ];

    /// <summary>Erases, in one transaction.</summary>
    /// <param name="owner">The database, as the tables' owner.</param>
    /// <param name="account">The account.</param>
    /// <param name="principal">Of whom: a user's id, the account's own for root; null: of everybody in the account.</param>
    /// <param name="cancel">Ends it; then nothing is erased.</param>
    /// <returns>How many rows of which table are gone.</returns>
    public static async Task<IReadOnlyList<(string Table, int Rows)>> Run(NpgsqlDataSource owner, AccountId account, string? principal, CancellationToken cancel = default)
    {
        await using var connection = await owner.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        List<(string, int)> erased = [];
        foreach (var (table, isOf, which) in Held)
        {
            var rows = await Of($"delete from iam.{table} where {Where(isOf, which)}");
            if (isOf is OfAlerts) rows += await Of($$"""update iam.alerts set alert = (alert::jsonb || '{"Reason":"","Recommendation":"","Commands":[]}')::json where {{Where(isOf, null)}}""");
            erased.Add((table, rows));
        }
        await Of($"insert into iam.uses_known (account, principal, uses, since) select $1, {(principal is null ? "''" : "$2")}, unnest(array['accesses', 'credential_uses']), clock_timestamp() on conflict (account, principal, uses) do update set since = excluded.since");
        await transaction.CommitAsync(cancel);
        return erased;

        string Where(string isOf, string? which) => string.Join(" and ", ((string?[])["account = $1", which, principal is null ? null : isOf]).OfType<string>());

        async Task<int> Of(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0, Parameters = { new() { Value = account.Value } } };
            if (principal is not null) command.Parameters.Add(new() { Value = principal });
            return await command.ExecuteNonQueryAsync(cancel);
        }
    }

    /// <summary>Whom a reference means: a user by its ARN of now or by its unique id, also of one that was deleted; root by its ARN.</summary>
    /// <exception cref="InvalidOperationException">There is nobody of the account whom it means.</exception>
    public static async Task<string> PrincipalOf(NpgsqlDataSource database, AccountId account, string reference)
    {
        if (reference == Arn.Of(account, "root").Value) return account.Value;
        await using var find = database.CreateCommand("select user_id from iam.users where account = $1 and (user_id = $2 or to_revision is null and $3 || path || user_name = $2) limit 1");
        foreach (var value in (string[])[account.Value, reference, Arn.Of(account, "user").Value]) find.Parameters.Add(new() { Value = value });
        return (string?)await find.ExecuteScalarAsync() ?? throw new InvalidOperationException($"Account {account} has no {reference}; a user that was deleted or renamed is named by its unique id.");
    }
}
