using Marten;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace IamEventSourced.Server.Tests;

/// <summary>Events are written past Marten's session, but into its tables: so that it could not tell.</summary>
public class AppendTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Every_row_is_as_Martens_own_append_and_its_projection_write_it_and_Marten_reads_it()
    {
        await using var server = await ServerFixture.Start(postgres);
        await Story.Play(server); // has every kind of event in it
        var events = await server.Stream();
        var ours = await Rows(server);
        (await server.Query($"select count(distinct id), count(*), count(*) filter (where seq_id <= before) from (select id, seq_id, lag(seq_id) over (order by version) before from iam.mt_events where tenant_id = '{server.Account}') e")).Single().ShouldBe([(long)events.Count, (long)events.Count, 0L]);
        (await server.Query($"select count(*) from iam.mt_streams where id = '{server.Account}' and timestamp > created and timestamp < now()")).Single().ShouldBe([1L]);

        await using var owner = NpgsqlDataSource.Create(server.Database);
        await using var marten = DocumentStore.For(options => EventStore.Configure(options, owner));
        await using (var session = marten.LightweightSession(server.Account.Value))
        {
            var read = await session.Events.FetchStreamAsync(server.Account.Value);
            read.Select(one => (one.Version, (AccountEvent)one.Data, one.Timestamp, one.UserName, one.CorrelationId, one.CausationId, one.GetHeader("command")!.ToString()))
                .ShouldBe(events.Select(one => (one.Revision, one.Event, one.At, (string?)one.By.Arn.Value, (string?)one.Correlation, one.Causation, (string?)one.Command.Value)));

            foreach (var table in IntervalTable.All.Select(table => table.Qualified).Append("iam.timeline")) await server.Query($"delete from {table} where account = '{server.Account}'");
            foreach (var table in (string[])["mt_events", "mt_streams"]) await server.Query($"delete from iam.{table} where tenant_id = '{server.Account}'");
            foreach (var one in read) one.Sequence = 0;
            (session.CorrelationId, session.CausationId) = (null, null);
            for (var done = 0; done < read.Count;) // in runs, so that rows are closed in a later one than they were opened in
            {
                var run = read.Skip(done).Take(7).ToArray();
                session.Events.Append(server.Account.Value, done += run.Length, run);
                await session.SaveChangesAsync();
            }
        }
        (await Rows(server)).ShouldBe(ours);
    }

    [Fact]
    public async Task A_connection_whose_transaction_failed_carries_the_next_one()
    {
        await using var server = await ServerFixture.Start(postgres);
        var store = server.Node(0).GetRequiredService<AccountStore>();
        var account = server.Account;
        var revision = (await server.Client().Ask(new GetUser())).Revision;
        for (var turn = 0; turn < 50; turn++)
        {
            (await Failing(revision - 1, $"new-{turn}", "talk")).ShouldBe(Failure.Conflict);
            (await Failing(revision, $"new-{turn}", "a\0b")).ShouldBe(Failure.BadData);
            (await Failing(revision, $"new-{turn}", "a\ud800b")).ShouldBe(Failure.BadData);
            await Write(revision++, $"done-{turn}", "talk");
            (await Failing(revision, $"done-{turn}", "talk")).ShouldBe(Failure.Repeated);
        }
        (await server.Stream()).Count.ShouldBe((int)revision);
        (await Comparison.FirstDifference(server.DatabaseOf(), account)).ShouldBeNull();

        async Task<Failure?> Failing(long expected, CommandId id, string correlation)
        {
            try { await Write(expected, id, correlation); }
            catch (Exception e) { return AccountTransaction.FailureOf(e); }
            return null;
        }
        async Task Write(long expected, CommandId id, string correlation)
        {
            var at = DateTimeOffset.FromUnixTimeSeconds(4_000_000_000 + expected);
            RecordedEvent made = new(account, expected + 1, new GroupCreated($"AGPA{expected:D17}", $"group{expected}", "/"), at, new(account.Value, server.Root.Id, Arn.Of(account, "root")), id, 0, correlation, null);
            await using var transaction = await store.Begin(account, default);
            await transaction.Commit(new(expected, [made], [new(id, account.Value, [1], expected + 1, null)], at, [], []), () => { }, default);
        }
    }

    /// <summary>All that an append writes, but for what is made of the moment and of chance.</summary>
    static async Task<List<string>> Rows(ServerFixture server)
    {
        List<string> all = [];
        foreach (var (table, row, key) in IntervalTable.All.Select(table => table.Qualified).Append("iam.timeline").Select(table => (table, "to_jsonb(t)", "account"))
            .Append(("iam.mt_events", "to_jsonb(t) - 'id' - 'seq_id'", "tenant_id")).Append(("iam.mt_streams", "to_jsonb(t) - 'timestamp' - 'created'", "tenant_id")))
            all.AddRange((await server.Query($"select ({row})::text from {table} t where {key} = '{server.Account}' order by 1")).Select(one => $"{table} {one[0]}"));
        return all;
    }
}
