using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.IO.Compression;
using System.Text;
using IamEventSourced.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

/// <summary>Checkpoints in the database: written beside the work, opened by the next node, never believed when anything is odd.</summary>
public class CheckpointsTests(PostgresFixture postgres)
{
    static void Soon(WebApplicationBuilder builder) => builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Iam:CheckpointAfter"] = "10" });

    [Fact]
    public async Task An_account_becomes_live_from_its_checkpoint_and_what_came_after_with_its_secrets_and_no_other_is_kept()
    {
        await using var server = await ServerFixture.Start(postgres);
        var url = await server.StartNode(Soon);
        var alice = await server.CreateUser("alice");
        var gone = await server.CreateUser("gone");
        for (var i = 0; i < 29; i++) (await server.Client(url: url).Send(new CreateUser($"user{i}"))).Refusal.ShouldBeNull();
        await Until.True(async () => await server.Query("select 1 from iam.checkpoints where revision >= 30") is [_], TimeSpan.FromSeconds(30), "no checkpoint");
        (await server.Query("select count(*) from iam.checkpoints")).ShouldBe([[1L]]);
        (await server.Query("select count(*) from iam.checkpoint_chunks")).ShouldBe([[1L]]);
        var kept = (long)(await server.Query("select revision from iam.checkpoints"))[0][0]!;
        (await server.Client().Send(new DeleteAccessKey(gone.Id, "gone"))).Refusal.ShouldBeNull();
        var bob = await server.CreateUser("bob");

        var fresh = await server.StartNode();
        (await server.Node(2).GetRequiredService<Checkpoints>().Open(server.Account, default)).ShouldNotBeNull().Revision.ShouldBe(kept);
        foreach (var key in (Key[])[server.Root, alice, bob]) (await server.Client(key, url: fresh).Ask(new GetCallerIdentity())).Refusal.ShouldBeNull();
        (await server.Client(gone, url: fresh).Ask(new GetCallerIdentity())).Refusal!.Code.ShouldBe("InvalidClientTokenId");
        var live = (await server.Node(2).GetRequiredService<LiveAccounts>().Find(server.Account, default))!;
        Deep.Text(live.Directory).ShouldBe(Deep.Text((await server.Stream()).Directories(server.Account)[^1]));

        var content = (byte[])(await server.Query("select content from iam.checkpoint_chunks"))[0][0]!;
        var plain = new byte[BitConverter.ToInt32(content)];
        BrotliDecoder.TryDecompress(content.AsSpan(4), plain, out _).ShouldBeTrue();
        Encoding.UTF8.GetString(plain).ShouldContain(alice.Id.Value);
        Encoding.UTF8.GetString(plain).ShouldNotContain(alice.Secret.Reveal());
    }

    [Theory]
    [InlineData("update iam.checkpoints set revision = revision", null)] // nothing is wrong
    [InlineData("update iam.checkpoints set mac = sha256(mac)", "mac")]
    [InlineData("update iam.checkpoints set leaf = sha256(leaf)", "mac")]
    [InlineData("delete from iam.checkpoint_chunks", "mac")]
    [InlineData("update iam.checkpoint_chunks set content = substr(content, 1, length(content) - 1)", "mac")]
    [InlineData("insert into iam.checkpoint_chunks select account, version, revision, 1, content from iam.checkpoint_chunks", "mac")]
    [InlineData("alter table iam.checkpoint_chunks drop constraint checkpoint_chunks_account_version_revision_fkey; update iam.checkpoints set version = '1.0.0'; update iam.checkpoint_chunks set version = '1.0.0'", "version")]
    [InlineData("update iam.mt_events set headers = jsonb_set(headers, '{command}', '\"another\"') where version = (select revision from iam.checkpoints)", "history")]
    [InlineData("delete from iam.mt_events where version = (select revision from iam.checkpoints)", "beyond")]
    public async Task One_that_does_not_match_is_refused_and_the_whole_stream_read(string harm, string? reason)
    {
        await using var server = await ServerFixture.Start(postgres);
        for (var i = 0; i < 5; i++) (await server.Client().Send(new CreateUser($"user{i}"))).Refusal.ShouldBeNull();
        var live = (await server.Node(0).GetRequiredService<LiveAccounts>().Find(server.Account, default))!;
        (await server.Node(0).GetRequiredService<Checkpoints>().Write(live.Directory, default)).ShouldBeTrue();
        await server.Query(harm);

        await server.StartNode();
        var checkpoints = server.Node(1).GetRequiredService<Checkpoints>();
        var reasons = new ConcurrentQueue<string>();
        using var meters = new MeterListener { InstrumentPublished = (instrument, listener) => { if (instrument.Name is "iam.checkpoints.refused") listener.EnableMeasurementEvents(instrument); } };
        meters.SetMeasurementEventCallback<long>((_, _, tags, _) => reasons.Enqueue((string)tags[0].Value!));
        meters.Start();
        (await checkpoints.Open(server.Account, default) is null).ShouldBe(reason is not null);
        if (reason is not null) reasons.ShouldContain(reason);
        if (harm.StartsWith("delete from iam.mt_events", StringComparison.Ordinal)) return; // then the stream is not whole either
        Deep.Text((await server.Node(1).GetRequiredService<LiveAccounts>().Find(server.Account, default))!.Directory).ShouldBe(Deep.Text(live.Directory));

        // One that could not be opened does not stand in the way of the next, though no event came.
        await checkpoints.Write(live.Directory, default);
        (await checkpoints.Open(server.Account, default)).ShouldNotBeNull().Revision.ShouldBe(live.Directory.Revision);
        (await server.Query("select 1 from iam.checkpoints where revision > 0 and version <> '1.0.0'")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task That_of_another_account_is_refused()
    {
        await using var server = await ServerFixture.Start(postgres);
        const string other = "210987654321";
        await server.CreateAccount(other);
        var (accounts, checkpoints) = (server.Node(0).GetRequiredService<LiveAccounts>(), server.Node(0).GetRequiredService<Checkpoints>());
        await checkpoints.Write((await accounts.Find(server.Account, default))!.Directory, default);
        (await checkpoints.Open(server.Account, default)).ShouldNotBeNull();
        await server.Query($"alter table iam.checkpoint_chunks drop constraint checkpoint_chunks_account_version_revision_fkey; update iam.checkpoints set account = '{other}'; update iam.checkpoint_chunks set account = '{other}'");
        (await checkpoints.Open(other, default)).ShouldBeNull();
        (await checkpoints.Open(server.Account, default)).ShouldBeNull();
    }

    [Fact]
    public async Task The_least_used_accounts_leave_the_memory_and_come_back_and_no_command_is_lost()
    {
        await using var server = await ServerFixture.Start(postgres);
        AccountId[] others = ["210987654321", "310987654321", "410987654321"];
        List<IamClient> clients = [];
        var url = await server.StartNode(builder => builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Iam:MostLiveAccounts"] = "2", ["Iam:CheckpointAfter"] = "10" }));
        foreach (var other in others) clients.Add(server.Client(await server.CreateAccount(other), other, url));
        var accounts = server.Node(1).GetRequiredService<LiveAccounts>();
        foreach (var client in clients) (await client.Send(new CreateUser("alice"))).Refusal.ShouldBeNull();
        var held = (await accounts.Find(others[0], default))!;
        foreach (var other in others[1..]) await accounts.Find(other, default);
        accounts.Trim();
        accounts.Now.Select(live => live.Directory.Account).ShouldBe(others[1..], ignoreOrder: true);
        held.Directory.Users.Count.ShouldBe(1); // who holds it goes on
        (await held.Execute(new(others[0], new CreateUser("nobody"), new RootCaller(others[0], "AKIAIOSFODNN7EXAMPLE"), "late"), new CreateUser("nobody"))).ShouldBeNull();
        await Until.True(async () => await server.Query($"select 1 from iam.checkpoints where account = '{others[0]}'") is [_], TimeSpan.FromSeconds(30), "no checkpoint of what left");

        // Under load they come and go; each command is there once.
        var coming = new CancellationTokenSource();
        var trimming = Task.Run(async () => { while (!coming.IsCancellationRequested) { accounts.Trim(); await Task.Yield(); } });
        await Task.WhenAll(Enumerable.Range(0, 90).Select(async i => (await clients[i % 3].Send(new CreateUser($"user{i}"))).Refusal.ShouldBeNull()));
        await coming.CancelAsync();
        await trimming;
        foreach (var client in clients) (await client.Ask(new ListUsers(), ReadAt.Newest)).Answer!.Users.Count.ShouldBe(31);
        (await server.Query("select count(*) from iam.mt_events where type = 'user-created' and stream_id like '%0987654321'")).ShouldBe([[93L]]);
    }

    [Fact]
    public async Task Who_names_a_key_without_its_secret_opens_no_account()
    {
        await using var server = await ServerFixture.Start(postgres);
        var url = await server.StartNode();
        var accounts = server.Node(1).GetRequiredService<LiveAccounts>();
        (await server.Client(server.Root with { Secret = new("of nobody") }, url: url).Ask(new GetUser())).Refusal!.Code.ShouldBe("SignatureDoesNotMatch");
        (await server.Client(new(AccessKeyId.Of(server.Account, 77), new("of nobody")), url: url).Ask(new GetUser())).Refusal!.Code.ShouldBe("InvalidClientTokenId");
        accounts.Live(server.Account).ShouldBeNull();
        (await server.Client(url: url).Ask(new GetUser())).Refusal.ShouldBeNull();
        accounts.Live(server.Account).ShouldNotBeNull();
        (await server.Client(server.Root with { Secret = new("of nobody") }, url: url).Ask(new GetUser())).Refusal!.Code.ShouldBe("SignatureDoesNotMatch");
    }

    [Theory]
    [InlineData("user-flown", """{"UserId":"AIDABOB0000000000001"}""")]
    [InlineData("user-created", """{"UserId":"AIDABOB0000000000001","UserName":"bob","Path":"/","Wings":2}""")]
    public async Task An_event_that_the_node_does_not_know_stops_its_account_there_and_no_other(string type, string data)
    {
        await using var server = await ServerFixture.Start(postgres);
        const string other = "210987654321";
        var others = server.Client(await server.CreateAccount(other), other);
        var root = server.Client();
        (await root.Send(new CreateUser("alice"))).Refusal.ShouldBeNull();
        var before = (await root.Ask(new GetUser("alice"))).Revision;
        await server.Query($"""
            insert into iam.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, headers, user_name, correlation_id) select seq_id + 1000, gen_random_uuid(), stream_id, version + 1, '{data}', '{type}', timestamp, tenant_id, headers, user_name, correlation_id from iam.mt_events where stream_id = '{server.Account}' and version = {before};
            update iam.mt_streams set version = version + 1 where id = '{server.Account}'
            """);

        var url = await server.StartNode(); // and one that has it not live yet
        foreach (var (node, client) in new[] { (0, root), (1, server.Client(url: url)) })
        {
            var refused = (await client.Send(new CreateUser("carol"))).Refusal;
            (refused!.Code, refused.Status).ShouldBe(("ServiceUnavailable", 503));
            var accounts = server.Node(node).GetRequiredService<LiveAccounts>();
            await Until.True(() => Task.FromResult(accounts.Stopped.Count is 1), TimeSpan.FromSeconds(30), "it does not say so");
            accounts.Stopped[0].ShouldBe((server.Account, before + 1, accounts.Stopped[0].Why));
            accounts.Stopped[0].Why.ShouldContain($"revision {before + 1}");
            foreach (var at in (ReadAt?[])[null, ReadAt.Newest, ReadAt.Revision(before)]) (await client.Ask(new GetUser("alice"), at)).Refusal!.ToString().ShouldContain($"revision {before + 1}");
            (await client.Send(new CreateUser("carol"))).Refusal!.Message.ShouldContain($"revision {before + 1}");
        }
        (await others.Send(new CreateUser("alice"))).Refusal.ShouldBeNull();
        (await server.Query($"select max(version) from iam.mt_events where stream_id = '{server.Account}'")).ShouldBe([[before + 1]]);

        // A node that knows it goes on: here the event becomes one that is known.
        await server.Query($"""update iam.mt_events set type = 'user-created', data = '{"{"}"UserId":"AIDABOB0000000000001","UserName":"bob","Path":"/"{"}"}' where stream_id = '{server.Account}' and version = {before + 1}""");
        var upgraded = server.Client(url: await server.StartNode());
        (await upgraded.Ask(new GetUser("bob"))).Refusal.ShouldBeNull();
        (await upgraded.Send(new CreateUser("carol"))).Refusal.ShouldBeNull();
    }
}
