namespace IamEventSourced.Server.Tests;

/// <summary>How an account comes to be, and to be live on a node: whoever was the cause of the latter has no part in what follows.</summary>
[Collection(Alone.Name)]
public class OpeningTests(PostgresFixture postgres)
{
    [Fact]
    public async Task The_trace_of_a_stranger_whose_request_opened_an_account_is_in_no_event()
    {
        await using var server = await ServerFixture.Start(postgres);
        var fresh = await server.StartNode();
        const string trace = "4bf92f3577b34da6a3ce929d0e0e4736", span = "00f067aa0ba902b7";
        var stranger = new Key(AccessKeyId.Of(server.Account, 77), new("of nobody"));
        foreach (var door in (Raw[])[Raw.Of(server.Account, new GetUser()), Raw.Form("GetUser")])
            (await (door with { Headers = [("traceparent", $"00-{trace}-{span}-01"), ("tracestate", $"x={trace}"), ("baggage", $"x={trace}")] }).To(fresh, stranger)).Code.ShouldBe("InvalidClientTokenId");

        for (var i = 0; i < 3; i++) (await server.Client(url: fresh).Send(new CreateUser($"user{i}"), $"own-{i}")).Refusal.ShouldBeNull();
        (await server.Query("select correlation_id, causation_id from iam.mt_events where type = 'user-created' order by version")).ShouldBe([["own-0", null], ["own-1", null], ["own-2", null]]);
        (await server.Query($"select e::text from iam.mt_events e where e::text like '%{trace}%' or e::text like '%{span}%'")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(Cut.After)]
    [InlineData(Cut.Late)]
    public async Task Keys_whose_COMMIT_was_not_heard_of_are_answered_with_their_secret_in_the_same_request(Cut how)
    {
        const string other = "210987654321";
        await using var server = await ServerFixture.Start(postgres);
        (await server.Client().Send(new CreateUser("alice"))).Refusal.ShouldBeNull();
        await using var proxy = new FaultProxy(server.Database);
        var node = await server.StartNode(database: proxy.Database);
        (await server.Client(url: node).Ask(new GetUser("alice"), Client.ReadAt.Newest)).Refusal.ShouldBeNull();

        var created = await CutAtCommit($"select 1 from iam.mt_streams where id = '{other}'", () => server.Client(server.Operator, other, node).Send(new CreateAccount(), "open"));
        created.Refusal.ShouldBeNull();
        var root = created.Answer!.AccessKey;
        (await server.Client(new(root.AccessKeyId, root.SecretAccessKey.ShouldNotBeNull()), other).Ask(new GetUser())).Refusal.ShouldBeNull();
        (await server.Query($"select 1 from iam.mt_events where stream_id = '{other}'")).Count.ShouldBe(3); // the account, its key, its catalogue

        var made = await CutAtCommit("select 1 from iam.access_keys where user_id is not null", () => server.Client(url: node).Send(new CreateAccessKey("alice"), "key"));
        made.Refusal.ShouldBeNull();
        var key = made.Answer!.AccessKey;
        (await server.Client(new(key.AccessKeyId, key.SecretAccessKey.ShouldNotBeNull())).Ask(new GetCallerIdentity())).Refusal.ShouldBeNull();
        (await server.Query("select 1 from iam.access_keys where user_id is not null")).Count.ShouldBe(1);

        // Another request of the same id is told no secret.
        (await server.Client(url: node).Send(new CreateAccessKey("alice"), "key")).Answer!.AccessKey.ShouldBe(key with { SecretAccessKey = null });
        (await server.Client(server.Operator, other, node).Send(new CreateAccount(), "open")).Answer!.AccessKey.ShouldBe(root with { SecretAccessKey = null });

        // Other transactions of the node go by this proxy too; all are cut until the one that matters was.
        async Task<T> CutAtCommit<T>(string done, Func<Task<T>> send)
        {
            var before = proxy.Cuts;
            var sent = false;
            proxy.AtCommit = _ => Volatile.Read(ref sent) && server.Query(done).GetAwaiter().GetResult().Count is 0 ? how : Cut.None;
            Volatile.Write(ref sent, true);
            try { return await send(); }
            finally
            {
                proxy.AtCommit = _ => Cut.None;
                proxy.Cuts.ShouldBeGreaterThan(before);
            }
        }
    }
}
