using IamEventSourced.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace IamEventSourced.Server.Tests;

/// <summary>Decisions: kept as they were made, with all that is needed to make them again; what is missing is told; and no answer waits for the log.</summary>
public class DecisionLogTests(PostgresFixture postgres)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    static void All(WebApplicationBuilder node) => node.Configuration["Iam:LogOneDecisionIn"] = "1";

    [Fact]
    public async Task Every_decision_is_kept_and_comes_out_the_same_when_it_is_made_again_after_a_restart_and_on_another_node()
    {
        await using var server = await ServerFixture.Start(postgres, All);
        var root = server.Client();
        var (alice, gate) = (await server.CreateUser("alice"), await server.CreateUser("gate"));
        Arn aliceArn = Arn.Of(server.Account, "user/alice"), nobody = Arn.Of(server.Account, "user/nobody");
        await root.Send(new TagUser("alice", [new("team", "blue")]));
        await root.Send(new PutUserPolicy("gate", "ask", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iam:Authorize","iam:Get*"],"Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"127.0.0.1"}}}}"""));
        // Not before a moment that comes after the policy's own: made again, the decision is of its time, not of its revision's.
        var later = DateTimeOffset.UtcNow.AddMilliseconds(50);
        var put = await root.Send(new PutUserPolicy("alice", "use", $$$$"""
            {"Version":"2012-10-17","Statement":[
              {"Sid":"Later","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::${aws:PrincipalTag/team}/*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"{{{{Json.Write(later)}}}}"}}},
              {"Sid":"Office","Effect":"Allow","Action":"s3:PutObject","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"},"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}},
              {"Sid":"Never","Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::secret/*"}]}
            """));
        await root.Send(new PutUserPolicy("alice", "self", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:CreateUser","Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/for":"tests"}}}}"""));
        await Until.True(async () => (await Ask(new("s3:GetObject", "arn:aws:s3:::blue/x"))).Decision is "allowed", Patience, "the time does not come");
        var began = DateTimeOffset.UtcNow;

        // Questions, by each door; and what was asked of the callers' own permissions: by gate iam:Authorize, by alice iam:CreateUser, twice.
        (await Ask(new("s3:GetObject", "arn:aws:s3:::blue/x"))).Decision.ShouldBe("allowed");
        (await Ask(new("s3:PutObject", "arn:aws:s3:::blue/x", null, [new("aws:SourceIp", ["203.0.113.7"]), new("aws:TagKeys", ["a"], "stringList")]))).Decision.ShouldBe("allowed");
        (await Ask(new("s3:GetObject", "arn:aws:s3:::secret/x"))).Decision.ShouldBe("explicitDeny");
        var batch = await server.Client(gate).Ask(new AuthorizeBatch([new("s3:GetObject", "arn:aws:s3:::red/x", aliceArn), new("s3:GetObject", null, nobody), new("s3:GetObject", null, Arn.Of(server.Account, "root")), new("s3:GetObject", null, aliceArn, At: later.AddDays(-1))]));
        batch.Answer!.Results.Select(result => result.Decision).ShouldBe(["implicitDeny", "implicitDeny", "allowed", "implicitDeny"]);
        (await server.Post(new CreateUser("carol"), alice)).Code.ShouldBe("AccessDenied");
        (await server.Post(new CreateUser("carol", null, null, [new("for", "tests")]), alice)).Code.ShouldBe("AccessDenied"); // CreateUser is allowed then, TagUser is not
        await server.Client(gate).Ask(new GetUser("alice"), ReadAt.Revision(put.Revision));
        var renamed = await root.Send(new UpdateUser("alice", NewUserName: "ann"));

        var expected = new[]
        {
            ("Authorize", "alice", "s3:GetObject", "allowed"), ("Authorize", "alice", "s3:PutObject", "allowed"), ("Authorize", "alice", "s3:GetObject", "explicitDeny"),
            ("AuthorizeBatch", "gate", "iam:Authorize", "allowed"), ("AuthorizeBatch", "gate", "iam:Authorize", "allowed"), ("AuthorizeBatch", "gate", "iam:Authorize", "allowed"),
            ("AuthorizeBatch", "alice", "s3:GetObject", "implicitDeny"), ("AuthorizeBatch", "", "s3:GetObject", "implicitDeny"), ("AuthorizeBatch", "root", "s3:GetObject", "allowed"),
            ("CreateUser", "alice", "iam:CreateUser", "implicitDeny"), ("CreateUser", "alice", "iam:CreateUser", "allowed"), ("CreateUser", "alice", "iam:TagUser", "implicitDeny"),
            ("GetUser", "gate", "iam:GetUser", "allowed"), ("GetUser", "gate", "iam:GetUser", "allowed"), ("UpdateUser", "root", "iam:UpdateUser", "allowed"), ("UpdateUser", "root", "iam:UpdateUser", "allowed"),
        };
        await Until.True(async () => (await Logged(root, began)).Count(one => one.OperationName.Value is not "ListDecisions") >= expected.Length, Patience, "not all are kept");
        var ids = (await root.Ask(new ListUsers())).Answer!.Users.ToDictionary(user => user.UserId, user => user.UserName!.Value is "ann" ? "alice" : user.UserName.Value);
        var logged = (await Logged(root, began)).Where(one => one.OperationName.Value is not ("ListDecisions" or "ListUsers")).Reverse().ToList();
        logged.Select(one => (one.OperationName.Value, one.PrincipalId is null ? "" : ids.GetValueOrDefault(one.PrincipalId, "root"), one.Request.ActionName.Value, one.Decision)).ShouldBe(expected);
        logged.ShouldAllBe(one => one.OneIn == 1 && one.EngineVersion == PolicyEngine.PolicyEngineVersion.Current && one.Request.At == one.At && one.SignedBy == "AccessKey");
        logged.Single(one => one.ErrorCode is not null).ErrorCode.ShouldBe("NoSuchEntity");
        logged.Last().Revision.ShouldBe(renamed.Revision - 1);

        // A row says when, by whom, and what came with the request.
        var office = logged[1];
        office.Request.ContextEntries!.Select(entry => entry.ContextKeyName.Value).ShouldBe(["aws:SourceIp", "aws:TagKeys"]);
        logged[9].Request.ContextEntries!.Single(entry => entry.ContextKeyName == "aws:SourceIp").ContextKeyValues.ShouldBe(["127.0.0.1"]);

        // And whatever else is asked of an account in which anything happens.
        await root.Send(new UpdateUser("ann", NewUserName: "alice"));
        var (commands, random) = (new RandomCommands(31, server.Account), new Random(31));
        var live = (await server.Node(0).GetRequiredService<LiveAccounts>().Find(server.Account, default))!;
        for (var i = 0; i < 5; i++)
        {
            await commands.Send(server, 20);
            foreach (var question in Enumerable.Range(0, 2000).Select(_ => RandomQuestions.Next(live.Directory, random)).Where(question => question is Authorize or AuthorizeBatch).Take(20)) await server.Post(question, at: "newest");
        }

        // After a restart, on another node, all come out the same; a row that somebody changed does not.
        await server.StopNode(0);
        var elsewhere = IamTool.For(server, url: await server.StartNode(All));
        var (status, output, _) = await elsewhere.Run("decisions", "--check", "-o", "table");
        (status, output.Split(' ')[0] == output.Split(' ')[2]).ShouldBe((0, true), output);
        int.Parse(output.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThan(200);
        await server.Query($"update iam.decisions set context = replace(context, '203.0.113.7', '198.51.100.1') where at > '{Json.Write(began)}'");
        (status, output, _) = await elsewhere.Run("decisions", "--check", "-o", "table");
        status.ShouldBe(7);
        output.ShouldContain("-> implicitDeny (no statement allows it)");

        Task<AuthorizationResult> Ask(Authorize question) => Answered(server.Client(alice).Ask(question));
    }

    [Fact]
    public async Task They_are_found_by_each_filter_in_pages_on_the_command_line_and_played_back_under_a_change_by_who_may()
    {
        await using var server = await ServerFixture.Start(postgres, All);
        var (root, iam) = (server.Client(), IamTool.For(server));
        var alice = await server.CreateUser("alice");
        await root.Send(new PutUserPolicy("alice", "read", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}}"""));
        var began = DateTimeOffset.UtcNow;
        foreach (var (action, address) in ((ActionName, string)[])[("s3:GetObject", "203.0.113.7"), ("s3:GetObject", "192.0.2.1"), ("s3:PutObject", "203.0.113.7")])
            await server.Client(alice).Ask(new Authorize(action, "arn:aws:s3:::b/k", null, [new("aws:SourceIp", [address])]));
        await Until.True(async () => (await Logged(root, began)).Count(one => one.OperationName == "Authorize") is 3, Patience, "not all are kept");

        PrincipalId id = (await root.Ask(new GetUser("alice"))).Answer!.User.UserId;
        await Found(new ListDecisions(id, From: began), 3);
        await Found(new ListDecisions(id, "S3:GETOBJECT", From: began), 2);
        await Found(new ListDecisions(id, Decision: "allowed", From: began), 1);
        var all = (await root.Ask(new ListDecisions(id, From: began))).Answer!.Decisions;
        await Found(new ListDecisions(id, From: all[1].At), 2);
        await Found(new ListDecisions(id, From: began, To: all[1].At), 1);
        List<DecisionEntry> paged = [];
        for (Marker? marker = null; ;)
        {
            var page = (await root.Ask(new ListDecisions(id, From: began, Marker: marker, MaxItems: 2))).Answer!;
            paged.AddRange(page.Decisions);
            if ((marker = page.Marker) is null) break;
        }
        paged.Select(one => one.At).ShouldBe(all.Select(one => one.At));
        (await server.Post(new ListDecisions(Marker: "AAAA"))).Code.ShouldBe("ValidationError");
        (await server.Post(new ListDecisions(), at: "at=1")).Code.ShouldBe("InvalidInput");
        (await server.Post(new ListDecisions(), alice)).Code.ShouldBe("AccessDenied");
        (await server.Form("ListDecisions", fields: [("Decision", "allowed"), ("PrincipalId", id.Value)])).Body.ShouldContain("<ContextKeyName>aws:SourceIp</ContextKeyName>");

        (await iam.Run("decisions", "--of", "user/alice", "--since", Json.Write(began), "--action", "s3:PutObject", "-o", "table")).Output.ShouldEndWith("Authorize  user/alice  s3:PutObject  arn:aws:s3:::b/k  implicitDeny  no statement allows it\n");
        (await iam.Run("decisions", "--of", id.Value, "--since", Json.Write(began), "--until", Json.Write(all[0].At.AddMilliseconds(1)), "-o", "csv")).Output.Split("\n").Length.ShouldBe(1 + 3 + 1);
        (await iam.Run("decisions", "--of", "user/alice", "--max", "2", "-o", "jsonl")).Output.Split("\n").Length.ShouldBe(3);
        var (status, output, _) = await iam.RunWith("""{"PutUserPolicy":{"UserName":"alice","PolicyName":"read","PolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\",\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":\"192.0.2.0/24\"}}}}"}}""",
            "try", "-", "--log", Json.Write(began), "--exit-code", "-o", "table");
        status.ShouldBe(7);
        output.ShouldContain(" 2 of "[1..]);
        output.ShouldContain("user/alice s3:GetObject arn:aws:s3:::b/k: allowed (user/alice > read > statement 1");

        async Task Found(ListDecisions query, int count) => (await root.Ask(query)).Answer!.Decisions.Count.ShouldBe(count, query.ToString());
    }

    [Fact]
    public async Task What_is_told_twice_what_another_account_was_first_with_and_what_was_in_doubt_is_kept_and_answered_as_without_the_log()
    {
        await using var server = await ServerFixture.Start(postgres, All);
        var root = server.Client();
        var (alice, gate) = (await server.CreateUser("alice"), await server.CreateUser("gate"));
        await root.Send(new PutUserPolicy("gate", "tag", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:TagUser","Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/team":"b"}}}}"""));
        await root.Send(new CreateAccountAlias("works"));
        var other = await server.CreateAccount("210987654321");
        await using var proxy = new FaultProxy(server.Database);
        var cut = await server.StartNode(All, proxy.Database);
        (await server.Client(url: cut).Ask(new GetUser("alice"))).Refusal.ShouldBeNull();
        var began = DateTimeOffset.UtcNow;

        Tag[] twice = [new("team", "a"), new("TEAM", "b")];
        (await server.Post(new TagUser("alice", twice), alice)).Code.ShouldBe("AccessDenied");
        (await server.Post(new TagUser("alice", twice), gate)).Code.ShouldBe("InvalidInput");
        (await server.Post(new CreateAccountAlias("works"), other, account: "210987654321")).Code.ShouldBe("EntityAlreadyExists");
        proxy.AtCommit = _ => Cut.After;
        (await server.Client(url: cut).Send(new CreateUser("carol"))).Refusal.ShouldBeNull(); // looked up, and found
        proxy.AtCommit = _ => Cut.None;

        await Until.True(async () => (await Kept()).Count >= 4, Patience, "not all are kept");
        (await Kept()).ShouldBe([("CreateAccountAlias", "allowed"), ("CreateUser", "allowed"), ("TagUser", "allowed"), ("TagUser", "implicitDeny")]);
        (await server.Query("select count(*) from iam.decision_gaps"))[0][0].ShouldBe(0L);
        (await IamTool.For(server).Run("decisions", "--check", "--since", Json.Write(began), "-o", "table")).Status.ShouldBe(0);

        async Task<List<(string, string)>> Kept() => [.. (await Task.WhenAll(Logged(root, began), Logged(server.Client(other, "210987654321"), began))).SelectMany(log => log)
            .Where(one => one.OperationName.Value is not "ListDecisions").Select(one => (one.OperationName.Value, one.Decision)).Order()];
    }

    [Fact]
    public async Task Large_contexts_wait_in_a_memory_with_a_bound_and_one_that_is_too_large_is_told_as_a_gap()
    {
        await using var kept = await OneLog.Make(postgres, oneIn: 1);
        var log = kept.Log;
        Keep(log, 700, context: 50_000);
        Keep(log, 1, context: 70_000);
        var waiting = log.Room(default);
        waiting.IsCompleted.ShouldBeFalse();
        await log.Write();
        await waiting;
        log.Room(default).IsCompletedSuccessfully.ShouldBeTrue();
        (await Numbers(kept.Database, "select count(*) from iam.decisions union all select sum(decisions)::bigint from iam.decision_gaps")).ShouldBe([700, 1]);
        for (var i = 0; i < 2; i++) Keep(log, 700, context: 50_000);
        await log.Write();
        (await Numbers(kept.Database, "select count(*) from iam.decisions"))[0].ShouldBeInRange(700 + 1200, 700 + 1350); // of 1,400, for which there is not the room
    }

    [Fact]
    public async Task Where_the_table_is_not_there_yet_they_wait_for_it()
    {
        await using var kept = await OneLog.Make(postgres, oneIn: 1);
        await using (var command = kept.Database.CreateCommand("alter table iam.decisions rename to elsewhere")) await command.ExecuteNonQueryAsync();
        (await Schema.Missing(kept.Database, default)).ShouldNotBeNull();
        Keep(kept.Log, 100);
        await kept.Log.Write(); // in vain
        await using (var command = kept.Database.CreateCommand("alter table iam.elsewhere rename to decisions")) await command.ExecuteNonQueryAsync();
        (await Schema.Missing(kept.Database, default)).ShouldBeNull();
        await kept.Log.Write();
        (await Numbers(kept.Database, "select count(*) from iam.decisions union all select count(*) from iam.decision_gaps")).ShouldBe([100, 0]);
    }

    [Fact]
    public async Task A_page_looks_at_so_many_and_says_where_to_go_on()
    {
        await using var kept = await OneLog.Make(postgres, oneIn: 1);
        await using (var command = kept.Database.CreateCommand($"""
            insert into iam.decisions (account, at, id, revision, engine, operation, request_id, caller, signed_by, access_key_id, principal_arn, action, decision, reason, one_in)
            select '{Account}', timestamptz '2026-11-24' + n * interval '1 second', n, 1, '1', 'Authorize', 'q', 'c', 'AccessKey', 'k', 'arn:aws:iam::{Account}:root', 's3:GetObject', case n when 0 then 'explicitDeny' else 'allowed' end, 'because', 1
            from generate_series(0, {DecisionLog.MostLookedAt}) n
            """)) await command.ExecuteNonQueryAsync();
        var denied = new ListDecisions(Decision: "explicitDeny");
        var (found, until) = await kept.Log.Find(Account, denied, null, 10, default);
        (found.Count, until!.Value.Id).ShouldBe((0, 1L));
        (found, until) = await kept.Log.Find(Account, denied, until, 10, default);
        (found.ShouldHaveSingleItem().Id, until).ShouldBe((0L, null));
    }

    [Fact]
    public async Task Of_a_sample_each_decision_has_the_same_chance()
    {
        await using var kept = await OneLog.Make(postgres, oneIn: 10);
        for (var i = 0; i < 40; i++) Keep(kept.Log, 1000);
        await kept.Log.Write();
        var counts = await Numbers(kept.Database, "select count(*) from iam.decisions union all select count(*) from iam.decisions where resource < 'arn:aws:s3:::b/500'");
        counts[0].ShouldBeInRange(3_600, 4_400); // 4,000 ± 60
        counts[1].ShouldBeInRange(1_720, 2_280); // the first half of each batch: 2,000 ± 42
    }

    [Fact]
    public async Task Without_the_database_nobody_waits_and_what_finds_no_room_is_told_as_a_gap()
    {
        await using var kept = await OneLog.Make(postgres, oneIn: 1);
        var (log, proxy) = (kept.Log, kept.Proxy);
        proxy.Refuse();
        Keep(log, 1000);
        await log.Write(); // in vain
        for (var i = 0; i < 119; i++)
        {
            Keep(log, 1000);
            log.Room(default).IsCompletedSuccessfully.ShouldBeTrue();
        }
        proxy.Admit();
        await log.Write();
        var counts = await Numbers(kept.Database, "select count(*) from iam.decisions union all select sum(decisions)::bigint from iam.decision_gaps");
        counts.Sum().ShouldBe(120_000);
        counts[0].ShouldBeInRange(DecisionLog.MostWaiting, DecisionLog.MostWaiting + 1000);
        var gap = (await log.Gaps(Account, null, null, 10, default)).ShouldHaveSingleItem();
        (gap.From, gap.To, gap.Decisions).ShouldBe((Then, Then, counts[1]));
        (await log.Gaps(Account, Then.AddSeconds(1), null, 10, default)).ShouldBeEmpty();
        (await log.Gaps(Account, null, Then, 10, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Where_all_are_kept_requests_wait_at_the_door_until_there_is_room_and_for_a_second_at_most()
    {
        await using var kept = await OneLog.Make(postgres, oneIn: 1);
        var log = kept.Log;
        for (var i = 0; i < 60; i++) Keep(log, 1000);
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        await log.Room(default);
        System.Diagnostics.Stopwatch.GetElapsedTime(began).ShouldBeInRange(TimeSpan.FromMilliseconds(950), Patience);
        var waiting = log.Room(default);
        waiting.IsCompleted.ShouldBeFalse();
        await log.Write();
        await waiting;
        log.Room(default).IsCompletedSuccessfully.ShouldBeTrue();
        (await Numbers(kept.Database, "select count(*) from iam.decisions"))[0].ShouldBe(60_000);
    }

    [Fact]
    public async Task What_seemed_to_fail_and_did_not_is_there_once_and_what_can_not_be_stored_takes_nothing_along()
    {
        await using var kept = await OneLog.Make(postgres, oneIn: 1);
        var (log, proxy) = (kept.Log, kept.Proxy);
        Keep(log, 100);
        await log.Write();
        // The answer to COPY gets lost: it was carried out, and nobody knows.
        Keep(log, 100);
        proxy.AtCommit = _ => Cut.After;
        await log.Write();
        await Until.True(async () => (await Numbers(kept.Database, "select count(*) from iam.decisions"))[0] is 200, Patience, "it does not come in");
        proxy.Cuts.ShouldBe(1);
        proxy.AtCommit = _ => Cut.None;
        Keep(log, 50);
        Keep(log, 1, "a reason that PostgreSQL can't have \0");
        await log.Write();
        (await Numbers(kept.Database, "select count(*) from iam.decisions union all select coalesce(sum(decisions), 0)::bigint from iam.decision_gaps")).ShouldBe([250, 1]);
    }

    [Fact]
    public async Task Decisions_go_when_their_time_is_over_and_with_the_addresses_in_them()
    {
        var database = await postgres.MigratedDatabase();
        await using var owner = NpgsqlDataSource.Create(database);
        var now = new DateTimeOffset(2026, 6, 15, 0, 0, 0, TimeSpan.Zero);
        foreach (var days in (int[])[200, 91, 89, 11, 9, 0])
        {
            await using var insert = owner.CreateCommand("""
                with gap as (insert into iam.decision_gaps values ('', $1, $1, 1))
                insert into iam.decisions (account, at, id, revision, engine, operation, request_id, caller, signed_by, access_key_id, principal_arn, action, decision, reason, one_in) values ('', $1, 1, 1, '', '', '', '', '', '', '', '', '', '', 1)
                """);
            insert.Parameters.Add(new() { Value = now.AddDays(-days) });
            await insert.ExecuteNonQueryAsync();
        }
        await Retention.Apply(owner, now, 400, 400);
        (await Numbers(owner, "select count(*) from iam.decisions union all select count(*) from iam.decision_gaps")).ShouldBe([4, 4]);
        await Retention.Apply(owner, now, 400, 10);
        (await Numbers(owner, "select count(*) from iam.decisions union all select count(*) from iam.decision_gaps")).ShouldBe([2, 2]);
    }

    static readonly AccountId Account = "123456789012";
    static readonly DateTimeOffset Then = new(2026, 11, 24, 5, 6, 7, TimeSpan.Zero);

    /// <summary>A log of its own, which writes when it is told to, over a proxy.</summary>
    sealed class OneLog(NpgsqlDataSource database, FaultProxy proxy, int oneIn) : IAsyncDisposable
    {
        readonly NpgsqlDataSource _behind = NpgsqlDataSource.Create(proxy.Database);

        public NpgsqlDataSource Database => database;
        public FaultProxy Proxy => proxy;
        public DecisionLog Log => field ??= new(_behind, new() { LogOneDecisionIn = oneIn }, TimeProvider.System, NullLogger<DecisionLog>.Instance);

        public static async Task<OneLog> Make(PostgresFixture postgres, int oneIn)
        {
            var database = await postgres.MigratedDatabase();
            return new(NpgsqlDataSource.Create(database), new(database), oneIn);
        }

        public async ValueTask DisposeAsync()
        {
            Log.Dispose();
            await _behind.DisposeAsync();
            await proxy.DisposeAsync();
            await database.DisposeAsync();
        }
    }

    /// <summary>Root asks about itself.</summary>
    static void Keep(DecisionLog log, int questions, string reason = "because", int context = 0)
    {
        var caller = new RootCaller(Account, "AKIAIOSFODNN7EXAMPLE");
        ContextEntry[]? entries = context is 0 ? null : [new("app:text", [new('x', context)])];
        AuthorizationRequest[] asked = [.. Enumerable.Range(0, questions).Select(i => new AuthorizationRequest("s3:GetObject", $"arn:aws:s3:::b/{i:D3}", ContextEntries: entries))];
        var result = new AuthorizationResult("allowed", reason, [], 1, "1");
        log.Keep(new(Account, new AuthorizeBatch(asked), caller, "q"), new(Account), new(caller, "q", Then, new RandomIds()), new AuthorizeBatchAnswer([.. asked.Select(_ => result)], 1));
    }

    static async Task<List<long>> Numbers(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await using var rows = await command.ExecuteReaderAsync();
        List<long> numbers = [];
        while (await rows.ReadAsync()) numbers.Add(rows.GetInt64(0));
        return numbers;
    }

    static async Task<IReadOnlyList<DecisionEntry>> Logged(IamClient client, DateTimeOffset from) => (await client.Ask(new ListDecisions(From: from, MaxItems: 1000))).Answer!.Decisions;

    static async Task<AuthorizationResult> Answered(Task<IamReply<AuthorizationResult>> reply) => (await reply).Answer!;
}
