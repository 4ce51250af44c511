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
    /// <summary>One row as it is compared.</summary>
    readonly record struct Row(string Table, string Key, string Text);

    /// <summary>The first difference, in words that name the table and the row; null: there is none.</summary>
    /// <param name="database">The database.</param>
    /// <param name="account">The account; compared at one snapshot, beside live traffic.</param>
    /// <param name="cancel">Ends it.</param>
    public static async Task<string?> FirstDifference(NpgsqlDataSource database, AccountId account, CancellationToken cancel = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel);
        var directory = new Directory(account);
        var changes = new IntervalChanges();
        SortedSet<string> timeline = new(StringComparer.Ordinal);
        await foreach (var recorded in RecordedEvents.Read(connection, account, 0, cancel: cancel))
        {
            directory = directory.Apply(recorded.Event, recorded.At);
            changes.Add(account, recorded.Event, new(recorded.Revision, recorded.At));
            foreach (var entity in recorded.Event.Entities().Prepend(account.Value)) timeline.Add(Timeline(entity, recorded.Revision, recorded.At));
        }

        if (!directory.Exists) return $"there is no account {account}";

        await using (var head = new NpgsqlBatch(connection) { BatchCommands = { AccountStore.Version(account) } })
            if (await head.ExecuteScalarAsync(cancel) is long revision && revision != directory.Revision) return $"the stream: it says that it has {revision} events, and has {directory.Revision}";

        foreach (var table in IntervalTable.All)
        {
            var kept = await Kept(connection, account, table, cancel);
            var anew = changes.Tables.TryGetValue(table, out var written) ? written.Written.Select(row => RowOf(table, row)).ToList() : [];
            if (Difference(kept, anew, "the stream") is { } first) return first;
            var open = kept.Where(row => row.Text.EndsWith("open", StringComparison.Ordinal)).Select(row => row.Key).ToHashSet(StringComparer.Ordinal);
            var facts = Facts(directory, table).Select(fact => string.Join(' ', fact)).ToHashSet(StringComparer.Ordinal);
            if (open.Except(facts, StringComparer.Ordinal).FirstOrDefault() is { } more) return $"{table.Name}: {more} is open in the rows, but not in the directory";
            if (facts.Except(open, StringComparer.Ordinal).FirstOrDefault() is { } less) return $"{table.Name}: {less} is in the directory, but not open in the rows";
        }

        await using var command = new NpgsqlCommand("select entity, revision, at from iam.timeline where account = $1", connection) { Parameters = { new() { Value = account.Value } } };
        await using var rows = await command.ExecuteReaderAsync(cancel);
        SortedSet<string> keptTimeline = new(StringComparer.Ordinal);
        while (await rows.ReadAsync(cancel)) keptTimeline.Add(Timeline(rows.GetString(0), rows.GetInt64(1), new(rows.GetDateTime(2), TimeSpan.Zero)));
        keptTimeline.SymmetricExceptWith(timeline);
        return keptTimeline.Min is { } odd ? $"timeline: {odd} is not in both, the rows and the stream" : null;
    }

    /// <summary>Makes the account's rows anew from its stream, in one transaction during which nobody writes the account.</summary>
    /// <param name="owner">The database, as a role that may delete rows.</param>
    /// <param name="account">The account.</param>
    /// <param name="cancel">Ends it; then nothing is changed.</param>
    public static async Task Rebuild(NpgsqlDataSource owner, AccountId account, CancellationToken cancel = default)
    {
        await using var connection = await owner.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using (var locked = new NpgsqlBatch(connection) { BatchCommands = { AccountStore.Version(account, locked: true) } }) await locked.ExecuteNonQueryAsync(cancel);
        List<(AccountEvent Event, Stamp At)> events = [];
        await foreach (var recorded in RecordedEvents.Read(connection, account, 0, cancel: cancel)) events.Add((recorded.Event, new(recorded.Revision, recorded.At)));

        await using var batch = new NpgsqlBatch(connection);
        foreach (var table in IntervalTable.All.Select(table => table.Qualified).Append("iam.timeline"))
            batch.BatchCommands.Add(new($"delete from {table} where account = $1") { Parameters = { new() { Value = account.Value } } });
        foreach (var (sql, parameters) in IntervalProjection.Statements(account, events))
        {
            var statement = new NpgsqlBatchCommand(Numbered(sql));
            foreach (var parameter in parameters) statement.Parameters.Add(new() { Value = parameter });
            batch.BatchCommands.Add(statement);
        }
        await batch.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
    }

    // Marten's placeholders are question marks, PostgreSQL's are numbered.
    static string Numbered(string sql)
    {
        var parts = sql.Split('?');
        return string.Concat(parts.Select((part, i) => i is 0 ? part : string.Create(CultureInfo.InvariantCulture, $"${i}{part}")));
    }

    static string? Difference(IReadOnlyList<Row> kept, IReadOnlyList<Row> anew, string source)
    {
        var rows = kept.ToHashSet();
        foreach (var row in anew.Where(row => !rows.Remove(row)).OrderBy(row => row.Key, StringComparer.Ordinal)) return $"{row.Table}: {row.Key} {row.Text} follows from {source}, but is not among the rows";
        foreach (var row in rows.OrderBy(row => row.Key, StringComparer.Ordinal)) return $"{row.Table}: {row.Key} {row.Text} is among the rows, but does not follow from {source}";
        return null;
    }

    static async Task<List<Row>> Kept(NpgsqlConnection connection, AccountId account, IntervalTable table, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand($"select {string.Join(", ", table.Columns)}, from_revision, from_at, to_revision, to_at from {table.Qualified} where account = $1", connection)
        {
            Parameters = { new() { Value = account.Value } },
        };
        await using var rows = await command.ExecuteReaderAsync(cancel);
        List<Row> kept = [];
        var last = table.Key.Length + table.Values.Length;
        while (await rows.ReadAsync(cancel))
            kept.Add(RowOf(table, new([.. Enumerable.Range(0, table.Key.Length).Select(rows.GetString)],
                [.. Enumerable.Range(table.Key.Length, table.Values.Length).Select(i => rows.IsDBNull(i) ? null : rows.GetString(i))], Stamp(last)!.Value) { To = Stamp(last + 2) }));
        return kept;

        Stamp? Stamp(int column) => rows.IsDBNull(column) ? null : new(rows.GetInt64(column), new(rows.GetDateTime(column + 1), TimeSpan.Zero));
    }

    static Row RowOf(IntervalTable table, IntervalChanges.Row row) => new(table.Name, string.Join(' ', row.Key.Concat(row.Values.Select(Text))),
        string.Create(CultureInfo.InvariantCulture, $"from {row.From.Revision} {Json.Write(row.From.At)} to {(row.To is { } to ? $"{to.Revision} {Json.Write(to.At)}" : "open")}"));

    // A value that is missing is not one that says so.
    static string Text(string? value) => value is null ? "null" : $"'{value}'";

    static string Timeline(string entity, long revision, DateTimeOffset at) => string.Create(CultureInfo.InvariantCulture, $"{entity} {revision} {Json.Write(at)}");

    static string[] Tag(string entity, HeldTag tag) => [entity, IntervalChanges.KeyOf(tag.Key), Text(tag.Key.Value), Text(tag.Value.Value)];

    /// <summary>What the directory says is so now, in the columns of the table.</summary>
    static IEnumerable<string[]> Facts(Directory directory, IntervalTable table)
    {
        var users = directory.Users.After(null);
        var groups = directory.Groups.After(null);
        var policies = directory.Policies.After(null);
        return table.Name switch
        {
            "accounts" => directory is { Exists: true, Closed: null } ? [[directory.Account.Value, Text(directory.Name?.Value)]] : [],
            "aliases" => directory.Alias is { } alias ? [[directory.Account.Value, Text(alias.Alias.Value)]] : [],
            "quotas" => directory.QuotasSet.Select(set => new[] { set.Key.Value, Text(directory.Quotas[set.Key].ToString(CultureInfo.InvariantCulture)) }),
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
            "tags" => [.. users.SelectMany(user => user.Tags.Select(tag => Tag(user.Id.Value, tag.Value))), .. policies.SelectMany(policy => policy.Tags.Select(tag => Tag(policy.Id.Value, tag.Value)))],
            "inline_policies" => [.. users.SelectMany(user => user.Policies.Select(policy => new[] { user.Id.Value, IntervalChanges.KeyOf(policy.Value.Name), Text(policy.Value.Name.Value), Text(policy.Value.Text.Value) })),
                .. groups.SelectMany(group => group.Policies.Select(policy => new[] { group.Id.Value, IntervalChanges.KeyOf(policy.Value.Name), Text(policy.Value.Name.Value), Text(policy.Value.Text.Value) }))],
            "access_keys" => [.. directory.RootKeys.Select(key => new[] { key.Key.Value, Text(null) }), .. users.SelectMany(user => user.AccessKeys.Select(key => new[] { key.Key.Value, Text(user.Id.Value) }))],
            "access_key_statuses" => [.. directory.RootKeys.Select(key => new[] { key.Key.Value, Text(key.Value.Status.Value) }), .. users.SelectMany(user => user.AccessKeys.Select(key => new[] { key.Key.Value, Text(key.Value.Status.Value) }))],
            _ => throw new ArgumentException($"What the directory says of {table.Name} is not described.", nameof(table)),
        };
    }
}
