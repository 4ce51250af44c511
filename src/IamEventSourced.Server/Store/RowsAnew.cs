using System.Globalization;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// An account's rows made anew from its stream, in temporary tables beside those that are kept: by the projection's own statements, so
/// many events at a time, whatever the length of the history.
/// </summary>
sealed class RowsAnew(NpgsqlConnection connection, AccountId account)
{
    const int EventsAtOnce = 10_000;
    const string Prefix = "pg_temp.anew_";

    /// <summary>A table that is kept: the columns that say which fact a row is of, and all of them but the account.</summary>
    public sealed record Kept(string Name, string[] Key, string[] Columns)
    {
        public string Qualified => $"{EventStore.Schema}.{Name}";
        public string Anew => $"{Prefix}{Name}";
        public string All => string.Join(", ", Columns);
        public string Keys => string.Join(", ", Key);
    }

    /// <summary>The interval tables and the timeline.</summary>
    public static readonly IReadOnlyList<Kept> Tables =
    [
        .. IntervalTable.All.Select(table => new Kept(table.Name, table.Key, [.. table.Columns, "from_revision", "from_at", "to_revision", "to_at"])),
        new("timeline", ["entity", "revision"], ["entity", "revision", "at"]),
    ];

    /// <summary>The revision up to which the rows have been made.</summary>
    public long Revision { get; private set; }

    /// <summary>Makes the temporary tables, empty.</summary>
    /// <param name="end">When they go: <c>drop</c> at the end of the transaction, or not: <c>preserve rows</c>.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task Make(string end, CancellationToken cancel)
    {
        foreach (var table in Tables)
        {
            await Execute($"create temporary table anew_{table.Name} (like {table.Qualified}) on commit {end}", cancel);
            if (table.Columns.Contains("to_revision", StringComparer.Ordinal)) await Execute($"create index on {table.Anew} ({table.Keys}) where to_revision is null", cancel);
        }
    }

    /// <summary>Makes the rows of the events that are there by now and were not yet when this was called before.</summary>
    /// <param name="each">Is given the events, in order.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task Follow(Action<IReadOnlyList<RecordedEvent>>? each, CancellationToken cancel)
    {
        for (List<RecordedEvent> events; ; Revision = events[^1].Revision)
        {
            events = [];
            await foreach (var recorded in RecordedEvents.Read(connection, account, Revision, EventsAtOnce, cancel)) events.Add(recorded);
            if (events.Count is 0) return;
            each?.Invoke(events);
            foreach (var statement in IntervalProjection.Statements(account, events.Select(recorded => (recorded.Event, new Stamp(recorded.Revision, recorded.At)))))
                await Execute(statement.CommandText.Replace($"{EventStore.Schema}.", Prefix, StringComparison.Ordinal), cancel, [.. statement.Parameters.Select(parameter => parameter.Value!)]);
        }
    }

    /// <summary>Notes the facts of which the rows that are kept are not those that were made. What is written meanwhile may be among them.</summary>
    public async Task NoteWrong(CancellationToken cancel)
    {
        foreach (var table in Tables)
            await Execute($"""
                create temporary table wrong_{table.Name} as select distinct {table.Keys} from (
                  (select {table.All} from {table.Qualified} where account = $1 except select {table.All} from {table.Anew}) union all
                  (select {table.All} from {table.Anew} except select {table.All} from {table.Qualified} where account = $1)) r
                """, cancel, account.Value);
    }

    /// <summary>Puts the rows that were made in the place of those that are kept, of each fact that was noted.</summary>
    public async Task ReplaceWrong(CancellationToken cancel)
    {
        foreach (var table in Tables)
        {
            await Execute($"delete from {table.Qualified} k using pg_temp.wrong_{table.Name} w where k.account = $1 and {string.Join(" and ", table.Key.Select(column => $"k.{column} = w.{column}"))}", cancel, account.Value);
            await Execute($"insert into {table.Qualified} (account, {table.All}) select account, {table.All} from {table.Anew} join pg_temp.wrong_{table.Name} using ({table.Keys})", cancel);
        }
        await Execute("delete from iam.account_aliases where account = $1 and alias not in (select account_alias from iam.aliases where account = $1 and to_revision is null)", cancel, account.Value);
        await Execute("insert into iam.account_aliases (alias, account) select account_alias, account from iam.aliases where account = $1 and to_revision is null on conflict (account) do nothing", cancel, account.Value);
    }

    async Task Execute(string sql, CancellationToken cancel, params object[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        foreach (var parameter in parameters) command.Parameters.Add(new() { Value = parameter });
        await command.ExecuteNonQueryAsync(cancel);
    }
}
