using JasperFx.Events;
using Marten;
using Marten.Events.Projections;

namespace IamEventSourced.Server;

/// <summary>Keeps the interval rows and the timeline, in the transaction of the events: set by set, no row is loaded.</summary>
sealed class IntervalProjection : IProjection
{
    public Task ApplyAsync(IDocumentOperations operations, IReadOnlyList<IEvent> events, CancellationToken cancellation)
    {
        var account = operations.TenantId;
        var changes = new IntervalChanges();
        List<string> entities = [];
        List<long> revisions = [];
        List<DateTimeOffset> times = [];
        foreach (var recorded in events)
        {
            var (@event, stamp) = ((AccountEvent)recorded.Data, new Stamp(recorded.Version, recorded.Timestamp));
            changes.Add(account, @event, stamp);
            foreach (var entity in @event.Entities().Prepend(account).Distinct(StringComparer.Ordinal))
            {
                entities.Add(entity);
                revisions.Add(stamp.Revision);
                times.Add(stamp.At);
            }
        }

        operations.QueueSqlCommand("insert into iam.timeline (account, entity, revision, at) select ?, * from unnest(?, ?, ?)", account, entities.ToArray(), revisions.ToArray(), times.ToArray());
        foreach (var (table, change) in changes.Tables)
        {
            if (change.Closed.Count > 0) operations.QueueSqlCommand(table.Close, [.. Close(table, change), account]);
            if (change.Written.Count > 0) operations.QueueSqlCommand(table.Insert, [account, .. Insert(table, change)]);
        }
        return Task.CompletedTask;
    }

    static IEnumerable<object> Close(IntervalTable table, IntervalChanges.OfTable change)
    {
        for (var i = 0; i < table.Key.Length; i++) yield return change.Closed.Select(row => row.Key[i]).ToArray();
        yield return change.Closed.Select(row => row.To.Revision).ToArray();
        yield return change.Closed.Select(row => row.To.At).ToArray();
    }

    static IEnumerable<object> Insert(IntervalTable table, IntervalChanges.OfTable change)
    {
        for (var i = 0; i < table.Key.Length; i++) yield return change.Written.Select(row => row.Key[i]).ToArray();
        for (var i = 0; i < table.Values.Length; i++) yield return change.Written.Select(row => row.Values[i]).ToArray();
        yield return change.Written.Select(row => row.From.Revision).ToArray();
        yield return change.Written.Select(row => row.From.At).ToArray();
        yield return change.Written.Select(row => row.To?.Revision).ToArray();
        yield return change.Written.Select(row => row.To?.At).ToArray();
    }
}
