using System.Globalization;
using System.Text;

namespace IamEventSourced.Server.Tests;

/// <summary>What somebody sends who means no good: it is refused, at once, changes nothing, and others are served as before.</summary>
public class AttackTests(PostgresFixture postgres)
{
    const string Json = "application/json", Form = "application/x-www-form-urlencoded";

    [Theory]
    [InlineData("/accounts/123456789012/UploadSSHPublicKey", Json)] [InlineData("/accounts/123456789012/UploadServerCertificate", Json)] [InlineData("/", Form)] [InlineData("/sign-in", Json)] [InlineData("/access/v1/evaluations", Json)]
    public async Task A_body_of_ten_megabytes_is_not_waited_for(string path, string type)
    {
        await using var server = await ServerFixture.Start(postgres);
        var head = $"POST {path} HTTP/1.1\r\nHost: {new Uri(server.Url).Authority}\r\nContent-Type: {type}\r\n";
        await using var told = await Connection.To(server.Url);
        (await told.Send(Encoding.ASCII.GetBytes($"{head}Content-Length: {10 << 20}\r\n\r\n"))).Status.ShouldBe(413);

        // Of one that does not say its length no more is taken than a body may have.
        await using var untold = await Connection.To(server.Url);
        var most = PlainRequest.MaxBodyBytes + 1;
        (await untold.Send([.. Encoding.ASCII.GetBytes($"{head}Transfer-Encoding: chunked\r\n\r\n{most.ToString("x", CultureInfo.InvariantCulture)}\r\n"), .. new byte[most], .. "\r\n"u8])).Status.ShouldBe(413);
        (await server.Post(new GetCallerIdentity())).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_request_that_ends_before_its_body_changes_nothing()
    {
        await using var server = await ServerFixture.Start(postgres);
        foreach (var raw in (Raw[])[Raw.Of(server.Account, new CreateUser("alice")), Raw.Form("CreateUser", ("UserName", "bob"))])
        {
            var request = await raw.SignedFor(server.Url, server.Root);
            var before = (await server.Post(new GetCallerIdentity(), at: "newest")).Revision;
            await using (var broken = await Connection.To(server.Url)) await broken.Break(request);
            await using var whole = await Connection.To(server.Url);
            // Not even what would be whole without its end: the signature is of all of it.
            (await whole.Send(request with { Body = request.Body[..^1] })).Code.ShouldBe("SignatureDoesNotMatch");
            (await server.Post(new GetCallerIdentity(), at: "newest")).Revision.ShouldBe(before);
            (await whole.Send(request)).Status.ShouldBe(200);
        }
    }

    [Fact]
    public async Task A_request_that_is_played_back_is_good_only_for_as_long_as_its_key_and_its_time()
    {
        var clock = new SetClock();
        await using var server = await ServerFixture.Start(postgres, clock.Of);
        var other = await server.StartNode(clock.Of);
        var alice = await server.CreateUser("alice");
        var request = await (Raw.Form("GetCallerIdentity") with { Body = "Action=GetCallerIdentity&Version=2011-06-15", Service = "sts", Headers = [("Host", "iam.example.com")] }).SignedFor(server.Url, alice);
        await using var first = await Connection.To(server.Url);
        await using var second = await Connection.To(other);
        foreach (var connection in (Connection[])[first, second, first]) (await connection.Send(request)).Status.ShouldBe(200); // a read may be read again
        // Elsewhere, for another or for something else it is no request.
        (await first.Send(request with { Headers = [.. request.Headers.Select(header => header.Key is "Host" ? KeyValuePair.Create("Host", "iam.example.org") : header)] })).Code.ShouldBe("SignatureDoesNotMatch");
        (await first.Send(request with { Target = "/?Action=DeleteUser" })).Code.ShouldBe("SignatureDoesNotMatch");
        clock.Offset = RequestSignature.Skew + TimeSpan.FromSeconds(5);
        foreach (var connection in (Connection[])[first, second]) (await connection.Send(request)).Code.ShouldBe("SignatureDoesNotMatch");
        clock.Offset = TimeSpan.Zero;
        (await server.Post(new UpdateAccessKey(alice.Id, "Inactive", "alice"))).Code.ShouldBeNull();
        (await first.Send(request)).Code.ShouldBe("InvalidClientTokenId");
        await Until.True(async () => (await second.Send(request)).Code is "InvalidClientTokenId", TimeSpan.FromSeconds(30), "the other node still takes it");
    }

    [Fact]
    public async Task A_key_of_one_account_is_good_for_nothing_at_another()
    {
        await using var server = await ServerFixture.Start(postgres);
        var there = await server.CreateAccount("210987654321");
        foreach (var operation in (IOperation[])[new ListUsers(), new CreateUser("mallory"), new CreateAccessKey()])
        {
            (await server.Post(operation, there)).Code.ShouldBe("AccessDenied");
            (await server.Post(operation, there, account: "310987654321")).Code.ShouldBe("AccessDenied"); // of which it does not even learn that there is none
            (await server.Post(operation, new(server.Root.Id, there.Secret))).Code.ShouldBe("SignatureDoesNotMatch");
            (await server.Post(operation, new(AccessKeyId.Of(server.Account, 7), there.Secret))).Code.ShouldBe("InvalidClientTokenId");
        }
        var signed = await Raw.Of("210987654321", new CreateUser("mallory")).SignedFor(server.Url, there);
        await using var connection = await Connection.To(server.Url);
        (await connection.Send(signed with { Target = signed.Target.Replace("210987654321", server.Account.Value, StringComparison.Ordinal) })).Code.ShouldBe("SignatureDoesNotMatch");
        (await server.Client().Ask(new ListUsers())).Answer!.Users.ShouldBeEmpty();
    }

    [Fact]
    public async Task Huge_and_nested_bodies_are_refused_by_name_and_nobody_waits_for_them()
    {
        await using var server = await ServerFixture.Start(postgres);
        const int deep = 200_000;
        string[] bodies = [new('[', deep), new string('[', deep) + new string(']', deep), string.Concat(Enumerable.Repeat("{\"a\":", deep / 2)), string.Concat(Enumerable.Repeat("{\"a\":", deep / 2)) + "1" + new string('}', deep / 2),
            $"{{\"UserName\":{new string('[', deep)}{new string(']', deep)}}}", $"{{{string.Join(',', Enumerable.Range(0, 50_000).Select(i => $"\"a{i}\":{i}"))}}}", $"{{\"UserName\":\"{new string('a', 1_000_000)}\"}}", $"{{\"UserName\":{new string('9', 1_000_000)}}}"];
        foreach (var body in bodies)
        {
            var reply = await new Raw($"/accounts/{server.Account}/CreateUser", Json, body).To(server.Url, server.Root);
            (reply.Status, reply.Code).ShouldBe((400, "ValidationError"), body[..50]);
            reply.Body.Length.ShouldBeLessThan(10_000_000);
            (await new Raw("/sign-in", Json, body).To(server.Url, null)).Status.ShouldBe(400, body[..50]);
            (await new Raw("/access/v1/evaluation", Json, body).To(server.Url, server.Root)).Status.ShouldBe(400, body[..50]);
        }
        string[] forms = [string.Concat(Enumerable.Repeat("Tags.member.", 50_000)) + "=1", string.Join('&', Enumerable.Range(1, 10_001).Select(i => $"Tags.member.{i}.Key=a")), "Tags.member.2147483647.Key=a&Tags.member.2147483648.Key=b", $"UserName={new string('a', 1_000_000)}", string.Join('&', Enumerable.Repeat("UserName=a", 50_000)), "UserName=%00", $"UserName={string.Concat(Enumerable.Repeat("%F0%9F", 100_000))}"];
        foreach (var form in forms)
        {
            var reply = await new Raw("/", Form, $"Action=CreateUser&Version=2010-05-08&{form}").To(server.Url, server.Root);
            (reply.Status, reply.Code).ShouldBe((400, "ValidationError"), form[..12]);
        }
        (await server.Client().Ask(new ListUsers())).Answer!.Users.ShouldBeEmpty();
    }
}
