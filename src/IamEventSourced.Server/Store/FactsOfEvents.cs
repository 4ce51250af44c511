using Npgsql;

namespace IamEventSourced.Server;

/// <summary>What events touched by the names of that time, and what was so before and after each: from the interval rows that they opened and closed, in one round trip.</summary>
static class FactsOfEvents
{
    sealed record Found(Dictionary<string, Arn> Names, List<FactChange> Changes);

    /// <summary>Tables of what has an ARN: the table, its id, its name, and the kind in the ARN.</summary>
    static readonly (string Table, string Id, string Name, string Kind)[] Named =
        [("users", "user_id", "user_name", "user"), ("groups", "group_id", "group_name", "group"), ("policies", "policy_id", "policy_name", "policy"),
         ("server_certificates", "server_certificate_id", "server_certificate_name", "server-certificate"), ("mfa_devices", "mfa_device_id", "mfa_device_name", "mfa")];

    public static async Task<IReadOnlyList<EventFacts>> Read(NpgsqlDataSource database, Directory directory, IReadOnlyList<RecordedEvent> events, CancellationToken cancel)
    {
        Found[] found = [.. events.Select(_ => new Found(new(StringComparer.Ordinal), []))];
        if (events.Count is 0) return [];
        var aws = directory.PoliciesOfAws().ToDictionary(policy => policy.Id.Value, directory.ArnOf, StringComparer.Ordinal);
        foreach (var (recorded, facts) in events.Zip(found))
            foreach (var id in recorded.Event.Entities())
                if (aws.TryGetValue(id, out var arn)) facts.Names[id] = arn;

        var changed = ChangesOf(events);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var (table, id, name, kind) in Named) batch.BatchCommands.Add(NamesOf(events, table, id, name));
        foreach (var (table, changes) in changed) batch.BatchCommands.Add(Before(directory.Account, table, changes));
        await using var rows = await batch.ExecuteReaderAsync(cancel);
        foreach (var (_, _, _, kind) in Named)
        {
            while (await rows.ReadAsync(cancel)) found[rows.GetInt32(0)].Names[rows.GetString(1)] = Arn.Of(directory.Account, $"{kind}{rows.GetString(3)}{rows.GetString(2)}");
            await rows.NextResultAsync(cancel);
        }
        foreach (var (table, changes) in changed)
        {
            var before = new Dictionary<int, IReadOnlyDictionary<string, string>>();
            while (await rows.ReadAsync(cancel)) before[rows.GetInt32(0)] = Parts(table.Values, [.. Enumerable.Range(1, table.Values.Length).Select(column => rows.IsDBNull(column) ? null : rows.GetString(column))]);
            await rows.NextResultAsync(cancel);
            for (var i = 0; i < changes.Count; i++)
                if (before.GetValueOrDefault(i) is var was && (was ?? changes[i].After) is not null) found[changes[i].Event].Changes.Add(new(table.Name, Parts(table.Key, changes[i].Key), was, changes[i].After));
        }
        return [.. found.Select(one => new EventFacts(one.Names, one.Changes))];
    }

    /// <summary>By table, the rows that each event closes or opens: the event's place, the row's key, its values when it is opened, and the event's revision.</summary>
    static Dictionary<IntervalTable, List<(int Event, string[] Key, IReadOnlyDictionary<string, string>? After, long Revision)>> ChangesOf(IReadOnlyList<RecordedEvent> events)
    {
        Dictionary<IntervalTable, List<(int, string[], IReadOnlyDictionary<string, string>?, long)>> all = [];
        for (var i = 0; i < events.Count; i++)
        {
            var changes = new IntervalChanges();
            changes.Add(events[i].Account, events[i].Event, new(events[i].Revision, events[i].At));
            foreach (var (table, change) in changes.Tables)
            {
                var opened = change.Written.ToDictionary(row => string.Join('\0', row.Key), row => row, StringComparer.Ordinal);
                if (!all.TryGetValue(table, out var ofTable)) all[table] = ofTable = [];
                // What is opened is closed first, where it is open.
                foreach (var (key, _) in change.Closed) ofTable.Add((i, key, opened.GetValueOrDefault(string.Join('\0', key)) is { } row ? Parts(table.Values, row.Values) : null, events[i].Revision));
            }
        }
        return all;
    }

    static Dictionary<string, string> Parts(string[] names, string?[] values) =>
        names.Zip(values).Where(part => part.Second is not null).ToDictionary(part => part.First, part => part.Second!, StringComparer.Ordinal);

    static NpgsqlBatchCommand NamesOf(IReadOnlyList<RecordedEvent> events, string table, string id, string name)
    {
        (int Event, string Id)[] touched = [.. events.SelectMany((recorded, i) => recorded.Event.Entities().Distinct(StringComparer.Ordinal).Select(entity => (i, entity)))];
        return new($"""
            select k.event, k.id, t.{name}, t.path from unnest($2::int[], $3::text[], $4::bigint[]) k(event, id, revision)
            cross join lateral (select {name}, path from iam.{table} where account = $1 and {id} = k.id and from_revision <= k.revision order by from_revision desc limit 1) t
            """)
        {
            Parameters = { new() { Value = events[0].Account.Value }, new() { Value = touched.Select(one => one.Event).ToArray() }, new() { Value = touched.Select(one => one.Id).ToArray() }, new() { Value = touched.Select(one => events[one.Event].Revision).ToArray() } },
        };
    }

    static NpgsqlBatchCommand Before(AccountId account, IntervalTable table, List<(int Event, string[] Key, IReadOnlyDictionary<string, string>? After, long Revision)> changes)
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
