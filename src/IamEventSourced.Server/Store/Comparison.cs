using System.Data;
using System.Globalization;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// Shows that the rows are what the stream says: the rows that are kept against rows folded anew from the first event, and against the
/// directory, which is derived from the same events by other code.
/// </summary>
static class Comparison
{
    const int FactsAtOnce = 10_000;

    /// <summary>The first difference, in words that name the table and the row; null: there is none.</summary>
    /// <param name="database">The database.</param>
    /// <param name="account">The account; compared at one snapshot, beside live traffic. In memory is its directory, never its history.</param>
    /// <param name="cancel">Ends it.</param>
    public static async Task<string?> FirstDifference(NpgsqlDataSource database, AccountId account, CancellationToken cancel = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel);
        var anew = new RowsAnew(connection, account);
        await anew.Make("drop", cancel);
        var directory = new Directory(account);
        await anew.Follow(events => directory = directory.Apply(events), cancel);
        if (!directory.Exists) return $"there is no account {account}";

        await using (var head = new NpgsqlBatch(connection) { BatchCommands = { AccountStore.Version(account) } })
            if (await head.ExecuteScalarAsync(cancel) is long revision && revision != directory.Revision) return $"the stream: it says that it has {revision} events, and has {directory.Revision}";

        foreach (var table in RowsAnew.Tables)
        {
            var kept = $"select {table.All} from {table.Qualified} where account = $1";
            var made = $"select {table.All} from {table.Anew}";
            if (await First($"({made} except {kept}) order by {table.Keys} limit 1") is { } missing) return $"{table.Name}: {missing} follows from the stream, but is not among the rows";
            if (await First($"({kept} except {made}) order by {table.Keys} limit 1") is { } odd) return $"{table.Name}: {odd} is among the rows, but does not follow from the stream";
        }

        await Execute("create temporary table facts (fact text not null) on commit drop");
        foreach (var table in IntervalTable.All)
        {
            await Execute("truncate pg_temp.facts");
            foreach (var facts in Facts(directory, table).Select(fact => string.Join(' ', fact)).Chunk(FactsAtOnce))
                await Execute("insert into pg_temp.facts select unnest($1::text[])", (object)facts);
            var open = $"select concat_ws(' ', {string.Join(", ", table.Key.Concat(table.Values.Select(column => $"coalesce('''' || {column} || '''', 'null')")))}) from {table.Qualified} where account = $1 and to_revision is null";
            if (await First($"{open} except select fact from pg_temp.facts limit 1") is { } more) return $"{table.Name}: {more} is open in the rows, but not in the directory";
            if (await First($"select fact from pg_temp.facts except {open} limit 1") is { } less) return $"{table.Name}: {less} is in the directory, but not open in the rows";
        }
        const string has = "select alias from iam.account_aliases where account = $1", says = "select account_alias from iam.aliases where account = $1 and to_revision is null";
        if (await First($"{has} except {says}") is { } taken) return $"account_aliases: the account has {taken}, but does not say so";
        if (await First($"{says} except {has}") is { } alias) return $"account_aliases: the account says that it has {alias}, and has not";
        return null;

        async Task<string?> First(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0, Parameters = { new() { Value = account.Value } } };
            await using var rows = await command.ExecuteReaderAsync(cancel);
            return await rows.ReadAsync(cancel) ? string.Join(' ', Enumerable.Range(0, rows.FieldCount).Select(column => rows.IsDBNull(column) ? "null" : Said(rows.GetValue(column)))) : null;
        }

        async Task Execute(string sql, params object[] parameters)
        {
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
            foreach (var parameter in parameters) command.Parameters.Add(new() { Value = parameter });
            await command.ExecuteNonQueryAsync(cancel);
        }
    }

    static string Said(object value) => value is DateTime time ? Json.Write(new(time, TimeSpan.Zero)) : string.Create(CultureInfo.InvariantCulture, $"{value}");

    /// <summary>
    /// Makes the account's rows anew from its stream, beside live traffic: only for the last step, in which those are put right that are
    /// wrong, does nobody write the account.
    /// </summary>
    /// <param name="owner">The database, as a role that may delete rows.</param>
    /// <param name="account">The account.</param>
    /// <param name="cancel">Ends it; then nothing is changed.</param>
    public static async Task Rebuild(NpgsqlDataSource owner, AccountId account, CancellationToken cancel = default)
    {
        await using var connection = await owner.OpenConnectionAsync(cancel);
        var anew = new RowsAnew(connection, account);
        await anew.Make("preserve rows", cancel);
        await anew.Follow(null, cancel);
        await anew.NoteWrong(cancel);

        await using (var transaction = await connection.BeginTransactionAsync(cancel))
        {
            await using (var locked = new NpgsqlBatch(connection) { BatchCommands = { AccountStore.Version(account, locked: true) } }) await locked.ExecuteNonQueryAsync(cancel);
            await anew.Follow(null, cancel); // where rows were right, both have gone on alike
            await anew.ReplaceWrong(cancel);
            await transaction.CommitAsync(cancel);
        }
        await using var end = new NpgsqlCommand("discard temporary", connection);
        await end.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Every account that there is.</summary>
    public static async Task<IReadOnlyList<AccountId>> Accounts(NpgsqlDataSource database, CancellationToken cancel = default)
    {
        await using var command = database.CreateCommand("select id from iam.mt_streams where id = tenant_id order by id");
        await using var rows = await command.ExecuteReaderAsync(cancel);
        List<AccountId> accounts = [];
        while (await rows.ReadAsync(cancel)) accounts.Add(rows.GetString(0));
        return accounts;
    }

    // A value that is missing is not one that says so.
    static string Text(string? value) => value is null ? "null" : $"'{value}'";

    static string[] Tag(string entity, HeldTag tag) => [entity, FactIntervals.KeyOf(tag.Key), Text(tag.Key.Value), Text(tag.Value.Value)];

    static string[] PasswordPolicyOf(PasswordPolicy policy) =>
    [
        FactIntervals.Text(policy.MinimumPasswordLength), FactIntervals.Text(policy.RequireSymbols), FactIntervals.Text(policy.RequireNumbers), FactIntervals.Text(policy.RequireUppercaseCharacters),
        FactIntervals.Text(policy.RequireLowercaseCharacters), FactIntervals.Text(policy.AllowUsersToChangePassword), FactIntervals.Text(policy.MaxPasswordAge), FactIntervals.Text(policy.PasswordReusePrevention), FactIntervals.Text(policy.HardExpiry),
    ];

    /// <summary>Every login profile, and whose: root's is the account's.</summary>
    static IEnumerable<(string Principal, LoginProfile Profile)> LoginProfiles(Directory directory)
    {
        if (directory.RootLoginProfile is { } root) yield return (directory.Account.Value, root);
        foreach (var user in directory.Users.After(null))
            if (user.LoginProfile is { } profile) yield return (user.Id.Value, profile);
    }

    /// <summary>What the directory says is so now, in the columns of the table.</summary>
    static IEnumerable<string[]> Facts(Directory directory, IntervalTable table)
    {
        var users = directory.Users.After(null);
        var groups = directory.Groups.After(null);
        var policies = directory.Policies.After(null);
        var certificates = directory.ServerCertificates.After(null);
        var devices = directory.MFADevices.After(null);
        return table.Name switch
        {
            "accounts" => directory is { Exists: true, Closed: null } ? [[directory.Account.Value, Text(directory.Name?.Value)]] : [],
            "aliases" => directory.Alias is { } alias ? [[directory.Account.Value, Text(alias.Alias.Value)]] : [],
            "primary_emails" => directory.PrimaryEmailSet is null ? [] : [[directory.Account.Value]],
            "quotas" => directory.QuotasSet.Select(set => new[] { set.Key.Value, Text(directory.Quotas[set.Key].ToString(CultureInfo.InvariantCulture)) }),
            "password_policies" => directory.PasswordPolicy is { } policy ? [[directory.Account.Value, .. PasswordPolicyOf(policy).Select(Text)]] : [],
            "adopted_catalogues" => directory.Adoptions is [.., var (catalogue, _)] ? [[directory.Account.Value, Text(catalogue.Digest.Value)]] : [],
            "users" => users.Select(user => new[] { user.Id.Value, Text(user.Name.Value), Text(user.Path.Value) }),
            "groups" => groups.Select(group => new[] { group.Id.Value, Text(group.Name.Value), Text(group.Path.Value) }),
            "memberships" => groups.SelectMany(group => group.Members.Select(member => new[] { group.Id.Value, member.Key.Value })),
            "policies" => policies.Select(policy => new[] { policy.Id.Value, Text(policy.Name.Value), Text(policy.Path.Value), Text(policy.Description?.Value) }),
            "policy_versions" => policies.SelectMany(policy => policy.Versions.Select(version => new[] { policy.Id.Value, version.Key.Value, Text(version.Value.Text.Value) })),
            "default_versions" => policies.Select(policy => new[] { policy.Id.Value, Text(policy.DefaultVersionId.Value) }),
            "attachments" => [.. users.SelectMany(user => user.Attached.Select(attached => new[] { user.Id.Value, attached.Key.Value })),
                .. groups.SelectMany(group => group.Attached.Select(attached => new[] { group.Id.Value, attached.Key.Value }))],
            "boundaries" => users.Where(user => user.Boundary is not null).Select(user => new[] { user.Id.Value, Text(user.Boundary!.PolicyId.Value) }),
            "tags" => [.. users.SelectMany(user => user.Tags.Select(tag => Tag(user.Id.Value, tag.Value))), .. policies.SelectMany(policy => policy.Tags.Select(tag => Tag(policy.Id.Value, tag.Value))),
                .. certificates.SelectMany(certificate => certificate.Tags.Select(tag => Tag(certificate.Id.Value, tag.Value))), .. devices.SelectMany(device => device.Tags.Select(tag => Tag(device.Id.Value, tag.Value)))],
            "inline_policies" => [.. users.SelectMany(user => user.Policies.Select(policy => new[] { user.Id.Value, FactIntervals.KeyOf(policy.Value.Name), Text(policy.Value.Name.Value), Text(policy.Value.Text.Value) })),
                .. groups.SelectMany(group => group.Policies.Select(policy => new[] { group.Id.Value, FactIntervals.KeyOf(policy.Value.Name), Text(policy.Value.Name.Value), Text(policy.Value.Text.Value) }))],
            "access_keys" => [.. directory.RootKeys.Select(key => new[] { key.Key.Value, Text(null) }), .. users.SelectMany(user => user.AccessKeys.Select(key => new[] { key.Key.Value, Text(user.Id.Value) }))],
            "access_key_statuses" => [.. directory.RootKeys.Select(key => new[] { key.Key.Value, Text(key.Value.Status.Value) }), .. users.SelectMany(user => user.AccessKeys.Select(key => new[] { key.Key.Value, Text(key.Value.Status.Value) }))],
            "login_profiles" => LoginProfiles(directory).Select(one => new[] { one.Principal }),
            "passwords" => LoginProfiles(directory).Select(one => new[] { one.Principal, Text(one.Profile.PasswordId.Value) }),
            "password_resets" => LoginProfiles(directory).Where(one => one.Profile.PasswordResetRequired is not null).Select(one => new[] { one.Principal }),
            "mfa_devices" => devices.Select(device => new[] { device.Id.Value, Text(device.Name.Value), Text(device.Path.Value) }),
            "mfa_assignments" => [.. directory.RootMFADevices.Select(device => new[] { device.Key.Value, Text(null) }), .. users.SelectMany(user => user.MFADevices.Select(device => new[] { device.Key.Value, Text(user.Id.Value) }))],
            "ssh_public_keys" => users.SelectMany(user => user.SSHPublicKeys.Select(key => new[] { key.Key.Value, Text(user.Id.Value), Text(SSHKey.Of(key.Value.Body).Fingerprint.Value), Text(key.Value.Body.Value) })),
            "ssh_public_key_statuses" => users.SelectMany(user => user.SSHPublicKeys.Select(key => new[] { key.Key.Value, Text(key.Value.Status.Value) })),
            "server_certificates" => certificates.Select(certificate => new[] { certificate.Id.Value, Text(certificate.Name.Value), Text(certificate.Path.Value) }),
            "server_certificate_bodies" => certificates.Select(certificate => new[] { certificate.Id.Value, Text(certificate.Body.Value), Text(certificate.Chain?.Value) }),
            _ => throw new ArgumentException($"What the directory says of {table.Name} is not described.", nameof(table)),
        };
    }
}
