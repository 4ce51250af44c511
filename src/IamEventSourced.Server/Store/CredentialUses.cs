using Npgsql;

namespace IamEventSourced.Server;

/// <summary>When access keys and passwords were last used: a row for each and day.</summary>
sealed class CredentialUses(NpgsqlDataSource database, TimeProvider time, ILogger<CredentialUses> log) : Uses<(AccountId Account, string Credential), (string Service, string Region)>(time, log)
{
    const int MostAtOnce = 10_000;

    /// <summary>A key is used now, for this service and region.</summary>
    public void Note(AccessKeyId key, SigningScope scope)
    {
        if (key.Account is { } account) Note((account, key.Value), (scope.Service, scope.Region), Now);
    }

    /// <summary>A principal signs in by its password now.</summary>
    public void NoteSignIn(Caller caller) => Note((caller.Account, caller.PrincipalId), ("signin", ""), Now);

    /// <summary>The last uses of these, or the last until a moment, as far as there are any.</summary>
    /// <param name="account">The account.</param>
    /// <param name="credentials">Access keys' ids, and of passwords those of their principals.</param>
    /// <param name="until">The moment; null: now.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<IReadOnlyDictionary<string, CredentialUse>> Last(AccountId account, IReadOnlyCollection<string> credentials, DateTimeOffset? until, CancellationToken cancel)
    {
        var found = new Dictionary<string, CredentialUse>(StringComparer.Ordinal);
        foreach (var some in credentials.Chunk(MostAtOnce))
        {
            await using var command = database.CreateCommand("""
                select credential_id, used_at, service, region from unnest($2::text[]) asked(id) cross join lateral (
                  select * from iam.credential_uses where account = $1 and credential_id = asked.id and used_at <= $3 order by day desc limit 1) last
                """);
            foreach (var value in (object[])[account.Value, some, (until ?? DateTimeOffset.MaxValue).ToUniversalTime()]) command.Parameters.Add(new() { Value = value });
            await using var rows = await command.ExecuteReaderAsync(cancel);
            while (await rows.ReadAsync(cancel)) found[rows.GetString(0)] = new(new(rows.GetDateTime(1), TimeSpan.Zero), rows.GetString(2), rows.GetString(3));
        }
        return found;
    }

    protected override NpgsqlCommand Writing(KeyValuePair<(AccountId Account, string Credential), (DateTimeOffset At, (string Service, string Region) Use)>[] uses)
    {
        var command = database.CreateCommand("""
            insert into iam.credential_uses (account, credential_id, day, used_at, service, region)
            select account, id, (at at time zone 'UTC')::date, at, service, region from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[]) u(account, id, at, service, region) order by account, id
            on conflict (account, credential_id, day) do update set used_at = excluded.used_at, service = excluded.service, region = excluded.region where credential_uses.used_at < excluded.used_at
            """);
        foreach (var values in (Array[])[uses.Select(one => one.Key.Account.Value).ToArray(), uses.Select(one => one.Key.Credential).ToArray(), uses.Select(one => one.Value.At).ToArray(),
            uses.Select(one => one.Value.Use.Service).ToArray(), uses.Select(one => one.Value.Use.Region).ToArray()]) command.Parameters.Add(new() { Value = values });
        return command;
    }
}
