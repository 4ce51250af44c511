using System.Text.RegularExpressions;
using JasperFx.Events;
using Marten;
using Marten.Events.Projections;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>Keeps the interval rows and the timeline, in the transaction of the events: set by set, no row is loaded.</summary>
sealed partial class IntervalProjection : IProjection
{
    public Task ApplyAsync(IDocumentOperations operations, IReadOnlyList<IEvent> events, CancellationToken cancellation)
    {
        foreach (var statement in Statements(operations.TenantId, events.Select(recorded => ((AccountEvent)recorded.Data, new Stamp(recorded.Version, recorded.Timestamp)))))
            operations.QueueSqlCommand(Numbers.Replace(statement.CommandText, "?"), [.. statement.Parameters.Select(parameter => parameter.Value!)]); // each stands once, in order
        return Task.CompletedTask;
    }

    [GeneratedRegex(@"\$\d+")]
    private static partial Regex Numbers { get; }

    /// <summary>The statements by which the rows follow a run of events of one account.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Statements(AccountId account, IEnumerable<(AccountEvent Event, Stamp At)> events)
    {
        var changes = new FactIntervals();
        List<string> entities = [];
        List<long> revisions = [];
        List<DateTimeOffset> times = [];
        foreach (var (@event, at) in events)
        {
            changes.Add(account, @event, at);
            foreach (var entity in @event.Entities().Prepend(account.Value).Distinct(StringComparer.Ordinal))
            {
                entities.Add(entity);
                revisions.Add(at.Revision);
                times.Add(at.At);
            }
        }

        yield return Statement("insert into iam.timeline (account, entity, revision, at) select $1, * from unnest($2, $3, $4)", [entities.ToArray(), revisions.ToArray(), times.ToArray()]);
        foreach (var (kind, change) in changes.Kinds)
        {
            var table = IntervalTable.Of(kind);
            if (change.Closed.Count > 0) yield return Statement(table.Close, Close(table, change));
            if (change.Written.Count > 0) yield return Statement(table.Insert, Insert(table, change));
        }

        NpgsqlBatchCommand Statement(string sql, IEnumerable<object> arrays)
        {
            var statement = new NpgsqlBatchCommand(sql) { Parameters = { new() { Value = account.Value } } };
            foreach (var array in arrays) statement.Parameters.Add(new() { Value = array });
            return statement;
        }
    }

    static IEnumerable<object> Close(IntervalTable table, FactIntervals.OfKind change)
    {
        for (var i = 0; i < table.Key.Length; i++) yield return change.Closed.Select(row => row.Key[i]).ToArray();
        yield return change.Closed.Select(row => row.To.Revision).ToArray();
        yield return change.Closed.Select(row => row.To.At).ToArray();
    }

    static IEnumerable<object> Insert(IntervalTable table, FactIntervals.OfKind change)
    {
        for (var i = 0; i < table.Key.Length; i++) yield return change.Written.Select(row => row.Key[i]).ToArray();
        for (var i = 0; i < table.Values.Length; i++) yield return change.Written.Select(row => row.Values[i]).ToArray();
        yield return change.Written.Select(row => row.From.Revision).ToArray();
        yield return change.Written.Select(row => row.From.At).ToArray();
        yield return change.Written.Select(row => row.To?.Revision).ToArray();
        yield return change.Written.Select(row => row.To?.At).ToArray();
    }
}
