namespace IamEventSourced.Server.Tests;

/// <summary>Where commands came from is kept beside the stream, for those that did something.</summary>
public class OriginsTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_command_that_was_carried_out_leaves_where_it_came_from_and_a_refused_one_nothing()
    {
        await using var server = await ServerFixture.Start(postgres);
        var nobody = await server.CreateUser("nobody");
        var before = (await Origins(server)).Count;

        var created = await Send(Raw.Of(server.Account, new CreateUser("alice")), "probe/1.0 (json)");
        var group = await Send(Raw.Form("CreateGroup", ("GroupName", "devs")), "probe/1.0 (query)");
        var joined = await Send(Raw.Form("AddUserToGroup", ("GroupName", "devs"), ("UserName", "alice")));
        foreach (var reply in (WireReply[])[created, group, joined]) reply.Code.ShouldBeNull();
        (await Send(Raw.Of(server.Account, new AddUserToGroup("devs", "alice")), "probe/1.0 (nothing new)")).Code.ShouldBeNull(); // changes nothing, so leaves nothing
        (await Send(Raw.Of(server.Account, new CreateUser("alice")), "probe/1.0 (refused)")).Code.ShouldBe("EntityAlreadyExists");
        (await Send(Raw.Of(server.Account, new CreateUser("bob")), "probe/1.0 (denied)", nobody)).Code.ShouldBe("AccessDenied");
        (await Send(Raw.Of(server.Account, new ListUsers()), "probe/1.0 (asked)")).Code.ShouldBeNull();

        (await Origins(server)).Skip(before).ShouldBe(
        [
            [server.Account.Value, created.Revision, "127.0.0.1", "probe/1.0 (json)"],
            [server.Account.Value, group.Revision, "127.0.0.1", "probe/1.0 (query)"],
            [server.Account.Value, joined.Revision, "127.0.0.1", null],
        ]);
        (await server.Query("select 1 from iam.mt_events e where e::text like '%127.0.0.1%' or e::text like '%probe/1.0%'")).ShouldBeEmpty();
        (await server.Query("select 1 from iam.commands c where c::text like '%127.0.0.1%' or c::text like '%probe/1.0%'")).ShouldBeEmpty();

        Task<WireReply> Send(Raw request, string? agent = null, Key? key = null)
        {
            (string, string)[] id = [("Idempotency-Key", Guid.NewGuid().ToString())];
            return (request with { Headers = agent is null ? id : [.. id, ("User-Agent", agent)] }).To(server.Url, key ?? server.Root);
        }
    }

    [Fact]
    public async Task Of_a_long_name_of_a_client_the_beginning_is_kept_in_whole_characters()
    {
        await using var server = await ServerFixture.Start(postgres);
        var name = new string('a', 510);
        using var http = new HttpClient(new Client.SigningHandler(server.Root.Id, server.Root.Secret) { InnerHandler = new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.UTF8 } });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{server.Url}/accounts/{server.Account}/CreateUser")) { Content = new StringContent("""{"UserName":"alice"}""", System.Text.Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("User-Agent", $"{name}é😀b");
        using var answer = await http.SendAsync(request);
        ((int)answer.StatusCode).ShouldBe(200, await answer.Content.ReadAsStringAsync());
        (await Origins(server))[^1][3].ShouldBe(name + "é");
    }

    static Task<List<object?[]>> Origins(ServerFixture server) => server.Query("select account, revision, source_ip, user_agent from iam.origins order by at, revision");
}
