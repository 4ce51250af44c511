using System.Net;
using System.Text;
using IamEventSourced.Client;

namespace IamEventSourced.Server.Tests;

/// <summary>The client's requests as HttpClient sends them, against the verifier.</summary>
public sealed class ClientTests
{
    static readonly AccessKeyId Key = "AKIAIOSFODNN7EXAMPLE";
    static readonly Secret Secret = new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    static readonly SigningDoor Door = new(new HashSet<string> { "iam" });

    /// <summary>Stands where the network would: keeps what was sent, answers what it is told.</summary>
    sealed class Wire(HttpStatusCode status = HttpStatusCode.OK, string body = "{}", string type = "application/json", string? etag = "\"17\"") : HttpMessageHandler
    {
        public List<PlainRequest> Sent { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var bytes = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
            var headers = request.Headers.NonValidated.Concat(request.Content?.Headers.NonValidated ?? default);
            Sent.Add(new(request.Method.Method, request.RequestUri!.PathAndQuery, [.. headers.Select(header => KeyValuePair.Create(header.Key, header.Value.ToString()))], bytes));
            var response = new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, type) };
            if (etag is not null) response.Headers.TryAddWithoutValidation("ETag", etag);
            return response;
        }
    }

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    static IamClient Client(Wire wire, string address = "http://127.0.0.1:8080") =>
        new(new(new SigningHandler(Key, Secret, "eu-central-1") { InnerHandler = wire }) { BaseAddress = new(address) }, "123456789012");

    static RequestSignature Verified(PlainRequest request)
    {
        var read = RequestSignature.Read(request, Door, DateTimeOffset.UtcNow);
        read.Refusal.ShouldBeNull();
        read.Value!.Matches(Secret).ShouldBeTrue();
        return read.Value;
    }

    [Fact] public async Task A_command_is_signed_and_keeps_its_id()
    {
        var wire = new Wire();
        await Client(wire).Send(new AddUserToGroup("admins", "alice"), "c1", ifRevision: 16, Stop);

        var sent = wire.Sent.ShouldHaveSingleItem();
        Verified(sent).CommandIdOf().Value!.Value.ShouldBe("c1");
        (sent.Method, sent.Target).ShouldBe(("POST", "/accounts/123456789012/AddUserToGroup"));
        Encoding.UTF8.GetString(sent.Body.Span).ShouldBe("""{"GroupName":"admins","UserName":"alice"}""");
        sent.Values("If-Match").ShouldBe(["\"16\""]);
        sent.Values("Content-Type").ShouldBe(["application/json"]);
        sent.Values("Host").ShouldBe(["127.0.0.1:8080"]);
    }

    [Fact] public async Task A_command_without_an_id_gets_one_of_its_own()
    {
        var wire = new Wire();
        await Client(wire).Send(new AddUserToGroup("admins", "alice"), cancellation: Stop);
        await Client(wire).Send(new AddUserToGroup("admins", "alice"), cancellation: Stop);
        wire.Sent.Select(sent => Verified(sent).CommandIdOf().Value).Distinct().Count().ShouldBe(2);
    }

    [Theory]
    [InlineData("http://127.0.0.1", "127.0.0.1", "/accounts/")] [InlineData("https://IAM.example.com:443/base/", "iam.example.com", "/base/accounts/")]
    [InlineData("http://[::1]:5080", "[::1]:5080", "/accounts/")] [InlineData("http://localhost:5080/a%20b", "localhost:5080", "/a%20b/accounts/")]
    public async Task Host_and_path_are_signed_as_they_are_sent(string address, string host, string path)
    {
        var wire = new Wire();
        await Client(wire, address).Send(new AddUserToGroup("admins", "alice"), cancellation: Stop);
        Verified(wire.Sent[0]);
        wire.Sent[0].Values("Host").ShouldBe([host]);
        wire.Sent[0].Target.ShouldStartWith(path);
    }

    [Theory]
    [InlineData("newest")] [InlineData("at-least=123")] [InlineData("at=123")] [InlineData("as-of=2026-11-24T05:06:07.000000Z")]
    public async Task A_query_says_of_when(string header)
    {
        var wire = new Wire(body: """{"UserId":"AIDA","Account":"123456789012","Arn":"arn:aws:iam::123456789012:user/alice"}""");
        var at = header switch
        {
            "newest" => ReadAt.Newest, "at=123" => ReadAt.Revision(123), "at-least=123" => ReadAt.AtLeast(123),
            _ => ReadAt.Time(new(2026, 11, 24, 6, 6, 7, TimeSpan.FromHours(1))),
        };
        var reply = await Client(wire).Ask(new GetCallerIdentity(), at, Stop);
        Verified(wire.Sent[0]);
        wire.Sent[0].Values("Iam-Consistency").ShouldBe([header]);
        (reply.Revision, reply.Refusal, reply.Answer!.UserId).ShouldBe((17, null, "AIDA"));
    }

    [Fact] public async Task A_secret_comes_once_and_may_be_absent()
    {
        const string answer = """{"AccessKey":{"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","Status":"Active","CreateDate":"2026-11-24T05:06:07.000000Z","New":1SECRET}}""";
        (await Client(new(body: answer.Replace("SECRET", ",\"SecretAccessKey\":\"abc\"", StringComparison.Ordinal))).Send(new CreateAccessKey(), cancellation: Stop)).Answer!.AccessKey.SecretAccessKey!.Reveal().ShouldBe("abc");
        (await Client(new(body: answer.Replace("SECRET", "", StringComparison.Ordinal))).Send(new CreateAccessKey(), cancellation: Stop)).Answer!.AccessKey.SecretAccessKey.ShouldBeNull();
    }

    [Fact] public async Task A_refusal_is_a_value()
    {
        var wire = new Wire(HttpStatusCode.NotFound, """{"type":"about:blank","title":"x","status":404,"code":"NoSuchEntity","detail":"The user with name alice cannot be found."}""", "application/problem+json");
        (await Client(wire).Send(new AddUserToGroup("admins", "alice"), cancellation: Stop)).ShouldBe(new(null, IamError.NoSuchEntity("user", "alice"), 17));
    }

    [Theory]
    [InlineData(HttpStatusCode.BadGateway, "<html>", "text/html")] [InlineData(HttpStatusCode.OK, """{"AccessKey":{"SecretAccessKey":"wJal""", "application/json")]
    [InlineData(HttpStatusCode.NotFound, "{}", "application/problem+json")]
    public async Task What_is_not_understood_throws_and_is_not_repeated(HttpStatusCode status, string body, string type)
    {
        var thrown = await Should.ThrowAsync<HttpRequestException>(Client(new(status, body, type)).Send(new CreateAccessKey(), cancellation: Stop));
        thrown.ToString().ShouldNotContain("wJal");
        thrown.StatusCode.ShouldBe(status);
    }

    [Fact] public async Task A_request_that_is_sent_again_is_signed_anew()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://localhost/?b=2&a=x%20y&c=1+1");
        var now = DateTimeOffset.UtcNow;
        await RequestSigner.SignAsync(request, Key, Secret, "a", "iam", now.AddMinutes(-10), Stop);
        await RequestSigner.SignAsync(request, Key, Secret, "b", "iam", now, Stop);
        var wire = new Wire();
        using var invoker = new HttpMessageInvoker(wire);
        await invoker.SendAsync(request, Stop);
        Verified(wire.Sent[0]).Scope.Region.ShouldBe("b");
        wire.Sent[0].Values("Authorization").Count().ShouldBe(1);
    }

    [Fact] public void A_client_is_made_without_a_request() =>
        IamClient.Create(new("http://localhost:5080"), "123456789012", Key, Secret).ShouldNotBeNull();
}
