using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using IamEventSourced.Client;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace IamEventSourced.Server.Tests;

public class OwnerTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Commands_sent_to_any_node_are_decided_by_the_accounts_owner_and_each_node_knows_what_it_told()
    {
        await using var server = await ServerFixture.Start(postgres, ServerFixture.Announced);
        string[] urls = [server.Url, await server.StartNode(ServerFixture.Announced)];
        await Acquainted(server);
        var other = Nodes(server, 0).OwnerOf(server.Account) is null ? 1 : 0;
        Nodes(server, other).OwnerOf(server.Account)!.Id.ShouldBe(Nodes(server, 1 - other).Id);
        Nodes(server, 1 - other).OwnerOf(server.Account).ShouldBeNull();
        var before = Forwarding(server, other).Answered;

        var client = server.Client(url: urls[other]);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            (await client.Send(new CreateUser($"user{i}"))).Refusal.ShouldBeNull();
            (await client.Ask(new GetUser($"user{i}"))).Refusal.ShouldBeNull(); // without saying which revision
            (await client.Send(new CreateUser($"user{i}"))).Refusal!.Code.ShouldBe("EntityAlreadyExists");
        }));
        (await server.Client(url: urls[1 - other]).Send(new CreateUser("direct"))).Refusal.ShouldBeNull();

        (Forwarding(server, other).Answered - before).ShouldBe(80);
        Forwarding(server, 1 - other).Answered.ShouldBe(0);
        (await Recorded.Read(server)).ShouldBeWhole();
    }

    [Fact]
    public async Task A_revision_that_was_told_while_the_account_is_being_opened_is_kept_in_mind()
    {
        await using var server = await ServerFixture.Start(postgres);
        await server.StartNode();
        var accounts = server.Node(1).GetRequiredService<LiveAccounts>();
        Task<LiveAccount?> opening;
        await using (var database = NpgsqlDataSource.Create(server.Database))
        await using (var connection = await database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            // After the events the secrets are read: there the opening waits.
            await using (var held = new NpgsqlCommand("lock table iam.secrets in access exclusive mode", connection)) await held.ExecuteNonQueryAsync();
            opening = accounts.Find(server.Account, default).AsTask();
            await Until.True(async () => (long)(await server.Query("select count(*) from pg_locks where not granted"))[0][0]! > 0, TimeSpan.FromSeconds(30), "it does not wait");
            accounts.Promise(server.Account, 1_000);
        }
        (await opening)!.IsBehind.ShouldBeTrue();
    }

    [Fact]
    public async Task A_forwarded_command_keeps_its_caller_origin_precondition_and_secret()
    {
        await using var server = await ServerFixture.Start(postgres, ServerFixture.Announced);
        string[] urls = [server.Url, await server.StartNode(ServerFixture.Announced)];
        await Acquainted(server);
        var other = Nodes(server, 0).OwnerOf(server.Account) is null ? 1 : 0;
        var root = server.Client(url: urls[other]);

        (await root.Send(new CreateUser("alice"))).Refusal.ShouldBeNull();
        var key = (await root.Send(new CreateAccessKey("alice"))).Answer!.AccessKey;
        var alice = new Key(key.AccessKeyId, key.SecretAccessKey!);
        (await root.Send(new PutUserPolicy("alice", "Local", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:CreateGroup","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"127.0.0.1"}}}}"""))).Refusal.ShouldBeNull();

        var made = await server.Post(new CreateGroup("readers"), alice, url: urls[other], headers: [("Idempotency-Key", "group"), ("Iam-Correlation-Id", "talk"), ("Iam-Causation-Id", "message")]);
        made.Code.ShouldBeNull(made.Body);
        var stored = (await Recorded.Read(server)).Events[^1];
        (stored.By.AccessKeyId, stored.Command, stored.Correlation, stored.Causation).ShouldBe((alice.Id, (CommandId)"group", "talk", "message"));
        ((string)(await server.Query($"select source_ip from iam.origins where revision = {stored.Revision}")).Single()[0]!).ShouldBe("127.0.0.1");
        (await server.Post(new CreateGroup("readers"), alice, url: urls[other], headers: [("Idempotency-Key", "group")])).Revision.ShouldBe(made.Revision); // by its own id, once
        (await server.Post(new CreateGroup("others"), alice, url: urls[other], headers: [("If-Match", "\"1\"")])).Code.ShouldBe("PreconditionFailed");
        (await server.Client(alice, url: urls[other]).Send(new DeleteGroup("readers"))).Refusal!.Code.ShouldBe("AccessDenied");
        await Until.True(async () => (await server.Query("select 1 from iam.refused_attempts where operation = 'iam:DeleteGroup'")).Count is 1, TimeSpan.FromSeconds(30), "the refused attempt is not recorded, once");

        (await server.Client(alice, url: urls[other]).Send(new DeleteAccessKey(alice.Id))).Refusal!.Code.ShouldBe("AccessDenied");
        (await root.Send(new DeleteAccessKey(alice.Id, "alice"))).Refusal.ShouldBeNull();
        (await server.Client(alice, url: urls[other]).Ask(new GetCallerIdentity())).Refusal!.Code.ShouldBe("InvalidClientTokenId"); // at once, on the node that told so
    }

    [Fact]
    public async Task A_node_that_stops_or_can_not_be_reached_owns_nothing()
    {
        await using var server = await ServerFixture.Start(postgres, ServerFixture.Announced);
        await server.StartNode(node => node.Configuration["Iam:NodeAddress"] = "http://127.0.0.1:9"); // discards, if anything
        await server.StartNode(node => node.Configuration["Iam:NodeAddress"] = server.Url); // says to be where another is
        await server.StartNode(ServerFixture.Announced);
        await Reaches(server, 0, 3);
        await Reaches(server, 1, 0, 3);
        (await server.Query("select 1 from iam.nodes")).Count.ShouldBe(4);

        await server.StopNode(3);
        (await server.Query($"select 1 from iam.nodes where node = '{Nodes(server, 3).Id}'")).ShouldBeEmpty();
        await Until.True(() => Task.FromResult(Nodes(server, 0).Peers.Count is 0), TimeSpan.FromSeconds(30), "it is still asked");
        Nodes(server, 0).OwnerOf(server.Account).ShouldBeNull();
        (await server.Client().Send(new CreateUser("alice"))).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task Strangers_and_what_was_said_before_get_nothing_of_the_door_between_nodes()
    {
        await using var server = await ServerFixture.Start(postgres, ServerFixture.Announced);
        await Until.True(() => Task.FromResult(Nodes(server, 0).InStep), TimeSpan.FromSeconds(30), "it does not announce itself");
        var to = Nodes(server, 0).Id;
        var key = server.Node(0).GetRequiredService<ServiceKey>();
        var command = Encoding.UTF8.GetBytes($"[{Command(server, "mallory", "forged")}]");

        (await Status([])).ShouldBe(HttpStatusCode.NotFound);
        (await Status(command)).ShouldBe(HttpStatusCode.NotFound);
        var strange = new ServiceKey();
        strange.Is(DataKey.Create(AccountId.Operator));
        (await Status(Seal(strange).Close(to, command).Message)).ShouldBe(HttpStatusCode.NotFound);
        (await Status(Seal(key, TimeSpan.FromSeconds(-20)).Close(to, command).Message)).ShouldBe(HttpStatusCode.NotFound);
        (await Status(Seal(key, TimeSpan.FromSeconds(20)).Close(to, command).Message)).ShouldBe(HttpStatusCode.NotFound);
        (await Status(Seal(key).Close(Guid.NewGuid(), command).Message)).ShouldBe(HttpStatusCode.NotFound);
        var whole = Seal(key).Close(to, command).Message;
        foreach (var place in (int[])[20, 35, 44, 60, whole.Length - 1])
        {
            byte[] changed = [.. whole];
            changed[place] ^= 1;
            (await Status(changed)).ShouldBe(HttpStatusCode.NotFound, $"byte {place}");
        }
        (await server.Query("select 1 from iam.commands where command_id = 'forged'")).ShouldBeEmpty();

        (await Status(whole)).ShouldBe(HttpStatusCode.OK);
        (await Status(whole)).ShouldBe(HttpStatusCode.NotFound);
        (await server.Client().Ask(new GetUser("mallory"))).Refusal.ShouldBeNull(); // whoever has the key may say anything

        async Task<HttpStatusCode> Status(byte[] message)
        {
            using var http = new HttpClient();
            using var content = new ByteArrayContent(message);
            using var answer = await http.PostAsync(new Uri(server.Url + NodesDoor.Path), content);
            await answer.Content.ReadAsByteArrayAsync();
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task A_message_is_refused_by_its_head_whatever_is_said_to_follow()
    {
        await using var server = await ServerFixture.Start(postgres, ServerFixture.Announced);
        using var stranger = new TcpClient();
        await stranger.ConnectAsync("127.0.0.1", new Uri(server.Url).Port);
        await stranger.GetStream().WriteAsync((byte[])[.. Encoding.ASCII.GetBytes($"POST {NodesDoor.Path} HTTP/1.1\r\nHost: node\r\nContent-Length: {NodeLink.MostBytes}\r\n\r\n"), .. new byte[NodeSeal.HeadBytes]]);
        var status = new byte["HTTP/1.1 404".Length];
        await stranger.GetStream().ReadExactlyAsync(status);
        Encoding.ASCII.GetString(status).ShouldBe("HTTP/1.1 404"); // one that waits for the rest says 408
    }

    [Fact]
    public async Task A_command_of_a_version_that_says_more_is_left_to_its_sender_and_the_others_are_carried_out()
    {
        await using var server = await ServerFixture.Start(postgres, ServerFixture.Announced);
        await Until.True(() => Task.FromResult(Nodes(server, 0).InStep), TimeSpan.FromSeconds(30), "it does not announce itself");
        var seal = Seal(server.Node(0).GetRequiredService<ServiceKey>());
        var later = Command(server, "later", "later").Replace("\"Operation\"", "\"Later\":1,\"Operation\"", StringComparison.Ordinal);
        var (message, number) = seal.Close(Nodes(server, 0).Id, Encoding.UTF8.GetBytes($"[{later},{Command(server, "now", "now")}]"));
        using var http = new HttpClient();
        using var content = new ByteArrayContent(message);
        using var response = await http.PostAsync(new Uri(server.Url + NodesDoor.Path), content);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var answer = seal.OpenAnswer(Nodes(server, 0).Id, number, (await response.Content.ReadAsByteArrayAsync()).AsSpan().TrimStart(NodesDoor.StillHere));
        var replies = JsonSerializer.Deserialize<ForwardedReply?[]>(answer, Json.Options)!;
        (replies[0], replies[1]!.Refusal).ShouldBe((null, null));
        (await server.Client().Ask(new GetUser("now"))).Refusal.ShouldBeNull();
        (await server.Client().Ask(new GetUser("later"))).Refusal!.Code.ShouldBe("NoSuchEntity");
    }

    [Theory] [InlineData("10.0.0.7:8080")] [InlineData("ftp://10.0.0.7")] [InlineData("/nodes")]
    public void An_address_that_is_none_is_said_before_the_node_starts(string address)
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("iam-node-");
        Should.Throw<InvalidOperationException>(() => Hosting.Build([], node =>
        {
            node.Configuration["ConnectionStrings:iam"] = "Host=127.0.0.1;Port=9";
            node.Configuration["Iam:MasterKeyFile"] = Path.Combine(folder.FullName, "master");
            node.Configuration["Iam:NodeAddress"] = address;
        })).Message.ShouldContain("Iam__NodeAddress");
        folder.Delete(recursive: true);
    }

    static string Command(ServerFixture server, string user, string id) =>
        $$$"""{"Operation":"CreateUser","Parameters":{"UserName":"{{{user}}}"},"Account":"{{{server.Account}}}","CallerAccount":"{{{server.Account}}}","Key":"{{{server.Root.Id}}}","Id":"{{{id}}}","Origin":{"SecureTransport":false}}""";

    static NodeSeal Seal(ServiceKey shared, TimeSpan off = default)
    {
        var seal = new NodeSeal(shared, TimeProvider.System);
        seal.Tell(DateTimeOffset.UtcNow + off, TimeProvider.System.GetTimestamp());
        return seal;
    }

    internal static Nodes Nodes(ServerFixture server, int node) => server.Node(node).GetRequiredService<Nodes>();
    internal static Forwarding Forwarding(ServerFixture server, int node) => server.Node(node).GetRequiredService<Forwarding>();

    /// <summary>Waits until a node reaches these others, and no more.</summary>
    internal static Task Reaches(ServerFixture server, int node, params int[] others) =>
        Until.True(() => Task.FromResult(Nodes(server, node).Peers.Select(peer => peer.Id).ToHashSet().SetEquals(others.Select(other => Nodes(server, other).Id))), TimeSpan.FromSeconds(15), "they do not find each other");

    internal static async Task Acquainted(ServerFixture server)
    {
        await Reaches(server, 0, 1);
        await Reaches(server, 1, 0);
    }
}
