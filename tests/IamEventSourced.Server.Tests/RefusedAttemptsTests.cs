using IamEventSourced.Client;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace IamEventSourced.Server.Tests;

/// <summary>What was refused: kept, bounded, found again, and gone when its time is over.</summary>
public class RefusedAttemptsTests(PostgresFixture postgres)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task They_are_found_by_each_filter_newest_first_in_pages_by_who_may()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        var alice = await server.CreateUser("alice");
        var bob = await server.CreateUser("bob");
        var began = DateTimeOffset.UtcNow;
        foreach (var name in (string[])["x1", "x2", "x3"]) (await server.Post(new CreateUser(name), alice)).Code.ShouldBe("AccessDenied");
        (await server.Post(new DeleteUser("alice"), bob)).Code.ShouldBe("AccessDenied");
        (await server.Form("ListUsers", bob)).Code.ShouldBe("AccessDenied");
        (await server.Post(new ListUsers(), alice with { Secret = new(new string('x', 40)) })).Code.ShouldBe("SignatureDoesNotMatch");
        var unknown = AccessKeyId.Of(server.Account, 99);
        (await server.Post(new ListUsers(), new(unknown, new(new string('x', 40))))).Code.ShouldBe("InvalidClientTokenId");
        (await root.Ask(new ListRefusedAttempts())).Refusal.ShouldBeNull();
        await Until.True(async () => (await root.Ask(new ListRefusedAttempts())).Answer!.Attempts.Count >= 7, Patience, "not all are kept");

        var all = (await root.Ask(new ListRefusedAttempts())).Answer!.Attempts;
        all.Select(attempt => attempt.Action).ShouldBe(["iam:ListUsers", "iam:ListUsers", "iam:ListUsers", "iam:DeleteUser", "iam:CreateUser", "iam:CreateUser", "iam:CreateUser"]);
        all.ShouldAllBe(attempt => attempt.SourceIp == "127.0.0.1" && attempt.Attempts == 1 && attempt.At >= began.AddSeconds(-1));
        var id = (await root.Ask(new GetUser("bob"))).Answer!.User.UserId;
        await Found(new ListRefusedAttempts(PrincipalId: id), 2);
        await Found(new ListRefusedAttempts(AccessKeyId: alice.Id), 4);
        await Found(new ListRefusedAttempts(AccessKeyId: unknown), 1);
        await Found(new ListRefusedAttempts(ActionName: "iam:CreateUser"), 3);
        await Found(new ListRefusedAttempts(Code: "AccessDenied"), 5);
        await Found(new ListRefusedAttempts(SourceIp: "127.0.0.1"), 7);
        await Found(new ListRefusedAttempts(SourceIp: "192.0.2.1"), 0);
        await Found(new ListRefusedAttempts(From: all[2].At), 3);
        await Found(new ListRefusedAttempts(To: all[2].At), 4);
        await Found(new ListRefusedAttempts(PrincipalId: id, ActionName: "iam:ListUsers", Code: "AccessDenied"), 1);

        List<RefusedAttemptEntry> paged = [];
        for (Marker? marker = null; ;)
        {
            var page = (await root.Ask(new ListRefusedAttempts(Marker: marker, MaxItems: 2))).Answer!;
            paged.AddRange(page.Attempts);
            page.IsTruncated.ShouldBe(page.Marker is not null);
            if ((marker = page.Marker) is null) break;
        }
        paged.ShouldBe(all);
        (await server.Post(new ListRefusedAttempts(Marker: "AAAA"))).Code.ShouldBe("ValidationError");
        (await server.Post(new ListRefusedAttempts(), at: "at=1")).Code.ShouldBe("InvalidInput");
        (await server.Form("ListRefusedAttempts", fields: [("Code", "AccessDenied"), ("From", "2026-01-01T00:00:00Z"), ("MaxItems", "2")])).Body.ShouldContain("<IsTruncated>true</IsTruncated>");

        // Who may: by a permission of its own; and of what names no account, the operator.
        (await server.Post(new ListRefusedAttempts(), alice)).Code.ShouldBe("AccessDenied");
        await root.Send(new PutUserPolicy("alice", "watch", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ListRefusedAttempts","Resource":"*"}}"""));
        (await server.Post(new ListRefusedAttempts(), alice)).Status.ShouldBe(200);
        server.Node(0).GetRequiredService<RefusedAttempts>().Record(new(null, null, null, "nonsense", "IncompleteSignature", "no key can be read", "192.0.2.7", null));
        var ofOperator = server.Client(server.Operator, AccountId.Operator);
        await Until.True(async () => (await ofOperator.Ask(new ListRefusedAttempts(SourceIp: "192.0.2.7"))).Answer!.Attempts.Count is 1, Patience, "the operator does not find what names no account");
        await Found(new ListRefusedAttempts(SourceIp: "192.0.2.7"), 0);

        async Task Found(ListRefusedAttempts query, int count) => (await root.Ask(query)).Answer!.Attempts.Count.ShouldBe(count, query.ToString());
    }

    [Fact]
    public async Task Beyond_a_number_a_minute_they_are_counted_by_caller_and_nothing_is_lost_at_a_stop()
    {
        var database = await postgres.NewDatabase();
        await Schema.Migrate(database);
        await using var source = NpgsqlDataSource.Create(database);
        using var attempts = new RefusedAttempts(source, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<RefusedAttempts>.Instance);
        await attempts.StartAsync(default);
        for (var i = 0; i < 1000; i++)
        {
            attempts.Record(Of("123456789012", "AIDAONE", "192.0.2.1"));
            if (i < 50) attempts.Record(Of("123456789012", "AIDATWO", "192.0.2.1"));
        }
        await attempts.StopAsync(default);

        await using var command = source.CreateCommand("select principal, count(*) filter (where attempts = 1 and operation <> '*'), sum(attempts)::bigint from iam.refused_attempts where source_ip = '192.0.2.1' group by 1 order by 1");
        await using var rows = await command.ExecuteReaderAsync();
        List<(string, long, long)> found = [];
        while (await rows.ReadAsync()) found.Add((rows.GetString(0), rows.GetInt64(1), rows.GetInt64(2)));
        found[1].ShouldBe(("AIDATWO", 50, 50));
        (found[0].Item1, found[0].Item3).ShouldBe(("AIDAONE", 1000));
        found[0].Item2.ShouldBeInRange(RefusedAttempts.MostOfOne, 2 * RefusedAttempts.MostOfOne); // a minute may have ended within
    }

    [Fact]
    public async Task Without_the_database_nobody_waits_and_the_numbers_are_kept_until_it_is_back()
    {
        var database = await postgres.NewDatabase();
        await Schema.Migrate(database);
        await using var proxy = new FaultProxy(database);
        await using var source = NpgsqlDataSource.Create(proxy.Database);
        using var attempts = new RefusedAttempts(source, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<RefusedAttempts>.Instance);
        proxy.Refuse();
        await attempts.StartAsync(default);
        for (var i = 0; i < 30_000; i++) attempts.Record(Of("123456789012", $"AIDA{i % 3}", "192.0.2.1"));
        proxy.Admit();
        await attempts.StopAsync(default);

        await using var command = source.CreateCommand("select sum(attempts)::bigint from iam.refused_attempts");
        (await command.ExecuteScalarAsync()).ShouldBe(30_000L);
    }

    [Fact]
    public async Task Whole_months_go_when_their_time_is_over_and_addresses_are_erased_before()
    {
        var database = await postgres.NewDatabase();
        await Schema.Migrate(database);
        await Schema.Migrate(database); // as often as one likes
        await using var owner = NpgsqlDataSource.Create(database);
        var now = new DateTimeOffset(DateTime.UtcNow.Date.AddDays(1 - DateTime.UtcNow.Day), TimeSpan.Zero); // the first of this month
        DateTimeOffset[] times = [now.AddDays(-1000), now.AddDays(-20), now.AddHours(1), now.AddMonths(3), now.AddMonths(30)];
        foreach (var at in times)
        {
            await using var insert = owner.CreateCommand("insert into iam.refused_attempts (account, at, operation, code, message, source_ip) values ('', $1, 'x', 'x', 'x', '192.0.2.1')");
            insert.Parameters.Add(new() { Value = at });
            await insert.ExecuteNonQueryAsync();
        }
        (await Times()).Count.ShouldBe(5);

        (await Retention.Apply(owner, now.AddDays(2), 30, 10)).ShouldBe(0);
        (await Times()).ShouldBe([(times[1], false), (times[2], true), (times[3], true), (times[4], true)]);
        // Two and a half years later: months that nobody had made a part for have one, and what is too old went as a whole.
        (await Retention.Apply(owner, now.AddMonths(30).AddDays(2), 400, 400)).ShouldBeGreaterThan(3);
        (await Times()).ShouldBe([(times[4], true)]);
        (await Retention.Apply(owner, now.AddMonths(30).AddDays(2), 400, 400)).ShouldBe(0);

        async Task<List<(DateTimeOffset, bool)>> Times()
        {
            await using var command = owner.CreateCommand("select at, source_ip is not null from iam.refused_attempts order by at");
            await using var rows = await command.ExecuteReaderAsync();
            List<(DateTimeOffset, bool)> found = [];
            while (await rows.ReadAsync()) found.Add((new(rows.GetDateTime(0), TimeSpan.Zero), rows.GetBoolean(1)));
            return found;
        }
    }

    static RefusedAttempt Of(AccountId account, string principal, string address) => new(account, principal, null, "iam:ListUsers", "AccessDenied", "no", address, null);
}
