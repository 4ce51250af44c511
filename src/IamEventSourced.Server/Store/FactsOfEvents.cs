using Npgsql;

namespace IamEventSourced.Server;

/// <summary>What events touched by the names of that time, and what was so before and after each: from the interval rows that they opened and closed, in one round trip.</summary>
static class FactsOfEvents
{
    /// <summary>Tables of what has an ARN: the table, its id, its name, how its ids begin, and the kind in the ARN.</summary>
    static readonly (string Table, string Id, string Name, string Prefix, string Kind)[] Named =
        [("users", "user_id", "user_name", "AIDA", "user"), ("groups", "group_id", "group_name", "AGPA", "group"), ("policies", "policy_id", "policy_name", "ANPA", "policy"),
         ("server_certificates", "server_certificate_id", "server_certificate_name", "ASCA", "server-certificate"), ("mfa_devices", "mfa_device_id", "mfa_device_name", "AMFA", "mfa")];

    public static async Task<IReadOnlyList<EventFacts>> Read(NpgsqlDataSource database, Directory directory, IReadOnlyList<RecordedEvent> events, CancellationToken cancel)
    {
        if (events.Count is 0) return [];
        var names = new Dictionary<(int Event, string Id), Arn>();
        EventChange[][] changes = [.. events.Select(recorded => EventChange.Of(recorded).ToArray())];
        var before = new Dictionary<(int Event, int Change), IReadOnlyDictionary<string, string>>();
        var kinds = changes.SelectMany((each, i) => each.Select((change, j) => (Event: i, Change: j, change.Kind, change.Key))).GroupBy(one => one.Kind).Select(kind => (Table: IntervalTable.Of(kind.Key), Each: kind.ToArray())).ToArray();

        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var batch = new NpgsqlBatch(connection);
        (int Event, string Id, long Revision)[] touched = [.. events.SelectMany((recorded, i) => recorded.Event.Entities().Distinct(StringComparer.Ordinal).Select(id => (i, id, recorded.Revision)))];
        foreach (var (table, id, name, prefix, _) in Named) batch.BatchCommands.Add(NamesOf(directory.Account, [.. touched.Where(one => one.Id.StartsWith(prefix, StringComparison.Ordinal))], table, id, name));
        foreach (var (table, each) in kinds) batch.BatchCommands.Add(Before(directory.Account, table, [.. each.Select(one => (one.Key, events[one.Event].Revision))]));
        await using var rows = await batch.ExecuteReaderAsync(cancel);
        foreach (var (_, _, _, _, kind) in Named)
        {
            while (await rows.ReadAsync(cancel)) names[(rows.GetInt32(0), rows.GetString(1))] = Arn.Of(directory.Account, $"{kind}{rows.GetString(3)}{rows.GetString(2)}");
            await rows.NextResultAsync(cancel);
        }
        foreach (var (table, each) in kinds)
        {
            while (await rows.ReadAsync(cancel))
                if (each[rows.GetInt32(0)] is var one) before[(one.Event, one.Change)] = FactKind.Named(table.Values, [.. Enumerable.Range(1, table.Values.Length).Select(column => rows.IsDBNull(column) ? null : rows.GetString(column))]);
            await rows.NextResultAsync(cancel);
        }
        return [.. events.Select((recorded, i) => new EventFacts(
            EventFacts.NamesOf(recorded, id => names.TryGetValue((i, id), out var arn) ? arn : directory.Current(id)?.Arn),
            [.. changes[i].Select((change, j) => change.With(before.GetValueOrDefault((i, j)))).OfType<FactChange>()]))];
    }

    static NpgsqlBatchCommand NamesOf(AccountId account, (int Event, string Id, long Revision)[] touched, string table, string id, string name) => new($"""
        select k.event, k.id, t.{name}, t.path from unnest($2::int[], $3::text[], $4::bigint[]) k(event, id, revision)
        cross join lateral (select {name}, path from iam.{table} where account = $1 and {id} = k.id and from_revision <= k.revision order by from_revision desc limit 1) t
        """)
    {
        Parameters = { new() { Value = account.Value }, new() { Value = touched.Select(one => one.Event).ToArray() }, new() { Value = touched.Select(one => one.Id).ToArray() }, new() { Value = touched.Select(one => one.Revision).ToArray() } },
    };

    static NpgsqlBatchCommand Before(AccountId account, IntervalTable table, (string[] Key, long Revision)[] changes)
    {
        var keys = string.Join(", ", table.Key.Select((_, i) => $"${i + 3}::text[]"));
        var command = new NpgsqlBatchCommand($"""
            select k.place::int - 1{string.Concat(table.Values.Select(column => $", t.{column}"))}
            from unnest($2::bigint[], {keys}) with ordinality k(revision, {string.Join(", ", table.Key)}, place)
            join {table.Qualified} t on t.account = $1 and {string.Join(" and ", table.Key.Select(column => $"t.{column} = k.{column}"))} and t.to_revision = k.revision
            """)
        { Parameters = { new() { Value = account.Value }, new() { Value = changes.Select(change => change.Revision).ToArray() } } };
        for (var i = 0; i < table.Key.Length; i++) command.Parameters.Add(new() { Value = changes.Select(change => change.Key[i]).ToArray() });
        return command;
    }
}
