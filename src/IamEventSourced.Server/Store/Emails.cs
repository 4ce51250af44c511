using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// Root's e-mail addresses: each is kept with the secrets, encrypted, and has a row over all accounts, written with the events, so that of two accounts which want it one gets it and that it leads to
/// its account. The row holds a fingerprint under a key of this service: without the key nobody can try addresses on it.
/// </summary>
static class Emails
{
    /// <summary>A 23505 on it says that another account has the address.</summary>
    public const string PrimaryKey = "account_emails_pkey";

    const string Purpose = "root's e-mail address";

    /// <summary>HMAC-SHA256 of the address without case: equal for equal addresses, whichever account's.</summary>
    public static byte[] Fingerprint(EmailAddress address, ServiceKey shared) => HMACSHA256.HashData(shared.Derive(Purpose), Encoding.ASCII.GetBytes(address.Key));

    /// <summary>The statements for a batch: an address is the account's from when it was given to it, and nobody's when the account is closed.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Statements(AccountId account, IEnumerable<AccountEvent> events, IEnumerable<NewSecret> made, ServiceKey shared)
    {
        foreach (var secret in made)
            if (secret.Id == SecretId.PrimaryEmail)
                yield return new("insert into iam.account_emails (fingerprint, account) values ($1, $2) on conflict (account) do update set fingerprint = excluded.fingerprint")
                {
                    Parameters = { new() { Value = Fingerprint(secret.Value.Reveal(), shared) }, new() { Value = account.Value } },
                };
        if (events.Any(@event => @event is AccountClosed)) yield return new("delete from iam.account_emails where account = $1") { Parameters = { new() { Value = account.Value } } };
    }

    /// <summary>The account's; null: it has none, or it was erased.</summary>
    public static async Task<EmailAddress?> Find(NpgsqlDataSource database, Secrets secrets, AccountId account, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            select s.sealed, e.from_revision, d.master_key, d.wrapped from iam.secrets s
            join iam.primary_emails e on e.account = s.account and e.account_id = s.account and e.to_revision is null
            join iam.data_keys d on d.account = s.account
            where s.account = $1 and s.kind = $2 and s.credential_id = $3
            """);
        foreach (var text in (string[])[account.Value, SecretId.PrimaryEmail.Kind.Name, SecretId.PrimaryEmail.Id]) command.Parameters.Add(new() { Value = text });
        await using var row = await command.ExecuteReaderAsync(cancel);
        if (!await row.ReadAsync(cancel)) return null;
        var key = await secrets.Unwrap(account, new(row.IsDBNull(2) ? null : row.GetString(2), row.GetFieldValue<byte[]>(3)), cancel);
        return key.Open(SecretId.PrimaryEmail, row.GetInt64(1), row.GetFieldValue<byte[]>(0)).Reveal();
    }
}
