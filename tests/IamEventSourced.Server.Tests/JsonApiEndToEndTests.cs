using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using IamEventSourced.Client;

namespace IamEventSourced.Server.Tests;

/// <summary>One server for the tests of a class, asked by plain HTTP.</summary>
public sealed class DoorsServer(PostgresFixture postgres) : IAsyncLifetime
{
    readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    public ServerFixture Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await ServerFixture.Start(postgres);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Server.DisposeAsync();
    }

    /// <summary>Sends bytes as they are, signed where there is a key; headers that are named after "then" are added after signing.</summary>
    public async Task<Said> Send(HttpMethod method, string path, string? contentType, byte[] body, Key? key, string service = "iam", (string, string)[]? headers = null, (string, string)[]? then = null, DateTimeOffset? now = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Server.Url + path));
        if (method != HttpMethod.Get) request.Content = new ByteArrayContent(body);
        if (contentType is not null) request.Content!.Headers.TryAddWithoutValidation("Content-Type", contentType);
        foreach (var (name, value) in headers ?? []) request.Headers.TryAddWithoutValidation(name, value);
        if (key is not null) await RequestSigner.SignAsync(request, key.Id, key.Secret, "eu-north-1", service, now ?? TimeProvider.System.GetUtcNow());
        foreach (var (name, value) in then ?? []) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _http.SendAsync(request);
        return new((int)response.StatusCode, response.Headers, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());
    }
}

/// <summary>What a server said.</summary>
public sealed record Said(int Status, HttpResponseHeaders Headers, string? ContentType, string Body)
{
    public string? this[string header] => Headers.TryGetValues(header, out var values) ? string.Join(',', values) : null;
    public JsonElement Json => JsonElement.Parse(Body);
    public string? Code => Json.GetProperty("code").GetString();
    public string? Detail => Json.GetProperty("detail").GetString();
    public long Revision => long.Parse(this["Iam-Revision"]!, CultureInfo.InvariantCulture);
}

public class JsonApiEndToEndTests(DoorsServer doors) : IClassFixture<DoorsServer>
{
    [Fact]
    public async Task What_has_an_answer_is_200_and_what_has_none_204_both_with_the_revision()
    {
        var created = await Post("CreateUser", """{"UserName":"json-alice"}""");
        (created.Status, created.ContentType).ShouldBe((200, "application/json"));
        created.Json.GetProperty("User").GetProperty("Arn").GetString().ShouldBe("arn:aws:iam::123456789012:user/json-alice");
        created["ETag"].ShouldBe($"\"{created.Revision}\"");
        created["Cache-Control"].ShouldBe("no-store");
        Guid.TryParse(created["x-amzn-RequestId"], out _).ShouldBeTrue();
        var deleted = await Post("DeleteUser", """{"UserName":"json-alice"}""");
        (deleted.Status, deleted.Body, deleted["ETag"]).ShouldBe((204, "", $"\"{created.Revision + 1}\""));
        int.Parse((await Post("ListUsers", ""))["Iam-Age"]!, CultureInfo.InvariantCulture).ShouldBeInRange(0, 30_000);
    }

    [Fact]
    public async Task An_idempotency_key_is_carried_out_once()
    {
        (string, string)[] key = [("Idempotency-Key", "json-once")];
        var first = await Post("CreateUser", """{"UserName":"json-once"}""", headers: key);
        var again = await Post("CreateUser", """{"UserName":"json-once"}""", headers: key);
        (again.Status, again["ETag"]).ShouldBe((200, first["ETag"]));
        JsonElement.DeepEquals(again.Json, first.Json).ShouldBeTrue(); // the order of members is not kept
        (await Post("CreateUser", """{"UserName":"json-twice"}""", headers: key)).Code.ShouldBe("IdempotentParameterMismatch");
        var wrong = await Post("CreateUser", """{"UserName":"json-once"}""", headers: [("Idempotency-Key", "no spaces")]);
        (wrong.Status, wrong.Code).ShouldBe((400, "ValidationError"));
        wrong.Detail!.ShouldContain("'Idempotency-Key'");
    }

    [Fact]
    public async Task A_secret_is_answered_once()
    {
        await Post("CreateUser", """{"UserName":"json-secret"}""");
        (string, string)[] key = [("Idempotency-Key", "json-secret")];
        (await Post("CreateAccessKey", """{"UserName":"json-secret"}""", headers: key)).Json.GetProperty("AccessKey").TryGetProperty("SecretAccessKey", out _).ShouldBeTrue();
        var again = await Post("CreateAccessKey", """{"UserName":"json-secret"}""", headers: key);
        again.Status.ShouldBe(200);
        again.Json.GetProperty("AccessKey").TryGetProperty("SecretAccessKey", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_precondition_that_does_not_hold_is_412()
    {
        var refused = await Post("CreateUser", """{"UserName":"json-if"}""", headers: [("If-Match", "\"1\"")]);
        (refused.Status, refused.Code, refused.ContentType).ShouldBe((412, "PreconditionFailed", "application/problem+json"));
        refused["ETag"].ShouldNotBe("\"1\"");
    }

    [Fact]
    public async Task A_query_is_asked_of_a_revision()
    {
        var created = await Post("CreateUser", """{"UserName":"json-then"}""");
        var deleted = await Post("DeleteUser", """{"UserName":"json-then"}""");
        (await Post("GetUser", """{"UserName":"json-then"}""", headers: [("Iam-Consistency", $"at-least={deleted.Revision}")])).Code.ShouldBe("NoSuchEntity");
        var then = await Post("GetUser", """{"UserName":"json-then"}""", headers: [("Iam-Consistency", $"at={created.Revision}")]);
        (then.Status, then["ETag"], then["Iam-Age"]).ShouldBe((200, created["ETag"], null));
        then.Body.ShouldBe(created.Body);
        (await Post("GetUser", "", headers: [("Iam-Consistency", "newest")])).Status.ShouldBe(200);
        (await Post("GetUser", "", headers: [("Iam-Consistency", $"as-of={Json.Write(DateTimeOffset.UtcNow)}")])).Status.ShouldBe(200);
        var ahead = await Post("GetUser", "", headers: [("Iam-Consistency", $"at-least={deleted.Revision + 100_000}")]);
        (ahead.Status, ahead.Code, ahead["Retry-After"]).ShouldBe((503, "ServiceUnavailable", "1"));
    }

    [Fact]
    public async Task Correlation_and_causation_are_kept_with_the_events()
    {
        await Post("CreateUser", """{"UserName":"json-why"}""", headers: [("Iam-Correlation-Id", "order 4711"), ("Iam-Causation-Id", "m-1")]);
        var history = await Post("GetEntityHistory", """{"Entity":"arn:aws:iam::123456789012:user/json-why"}""");
        var created = history.Json.GetProperty("Events")[0];
        (created.GetProperty("Correlation").GetString(), created.GetProperty("Causation").GetString()).ShouldBe(("order 4711", "m-1"));
    }

    [Theory]
    [InlineData("nothing", 400)]
    [InlineData("[]", 400)]
    [InlineData("null", 400)]
    [InlineData("7", 400)]
    [InlineData("""{"UserName":7}""", 400)]
    [InlineData("""{"UserName":["a"]}""", 400)]
    [InlineData("""{"UserName":{"a":1}}""", 400)]
    [InlineData("""{"UserName":"a","UserName":"b"}""", 400)]
    [InlineData("""{"UserName":"a","userName":"b"}""", 400)]
    [InlineData("""{"UserName":"\ud800"}""", 400)]
    [InlineData("""{"\ud800":"a"}""", 400)]
    [InlineData("""{"UserName":"\u0000"}""", 400)]
    [InlineData("""{"Requests":null}""", 400)]
    public async Task Bad_input_is_the_senders_mistake(string body, int status)
    {
        foreach (var operation in (string[])["CreateUser", "GetUser", "AuthorizeBatch"])
        {
            var said = await Post(operation, body);
            (said.Status, said.Code, said.ContentType).ShouldBe((status, "ValidationError", "application/problem+json"), operation);
        }
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF_8_are_the_senders_mistake() =>
        (await doors.Send(HttpMethod.Post, "/accounts/123456789012/GetUser", "application/json", [.. "{\"UserName\":\""u8, 0xff, .. "\"}"u8], doors.Server.Root)).Status.ShouldBe(400);

    [Fact]
    public async Task A_body_has_a_type_and_a_longest_length()
    {
        (await doors.Send(HttpMethod.Post, "/accounts/123456789012/GetUser", "text/plain", "{}"u8.ToArray(), doors.Server.Root)).Status.ShouldBe(415);
        (await doors.Send(HttpMethod.Post, "/accounts/123456789012/GetUser", "application/json; charset=utf-16", "{}"u8.ToArray(), doors.Server.Root)).Status.ShouldBe(415);
        (await doors.Send(HttpMethod.Post, "/accounts/123456789012/GetUser", null, [], doors.Server.Root)).Status.ShouldBe(200);
        (await doors.Send(HttpMethod.Post, "/accounts/123456789012/GetUser", "application/json", new byte[PlainRequest.MaxBodyBytes + 1], doors.Server.Root)).Status.ShouldBe(413);
    }

    [Fact]
    public async Task A_path_that_is_none_is_refused()
    {
        (await doors.Send(HttpMethod.Post, "/accounts/123456789012/getuser", null, [], doors.Server.Root)).Status.ShouldBe(404);
        (await doors.Send(HttpMethod.Post, "/accounts/123456789012/ListRoles", null, [], doors.Server.Root)).Code.ShouldBe("InvalidAction");
        (await doors.Send(HttpMethod.Post, "/accounts/12345/GetUser", null, [], doors.Server.Root)).Status.ShouldBe(400);
        (await doors.Send(HttpMethod.Get, "/accounts/123456789012/GetUser", null, [], doors.Server.Root)).Status.ShouldBe(405);
    }

    [Fact]
    public async Task Who_is_not_known_or_elsewhere_is_refused()
    {
        var root = doors.Server.Root;
        (await doors.Send(HttpMethod.Post, "/accounts/123456789012/GetUser", null, [], null)).Code.ShouldBe("MissingAuthenticationToken");
        (await Post("GetUser", "", key: root with { Secret = new("wrong") })).Code.ShouldBe("SignatureDoesNotMatch");
        (await Post("GetUser", "", key: root with { Id = AccessKeyId.Of("123456789012", 1) })).Code.ShouldBe("InvalidClientTokenId");
        (await Post("GetUser", "", key: root with { Id = AccessKeyId.Of("999999999999", 1) })).Code.ShouldBe("InvalidClientTokenId");
        (await Post("GetUser", "", key: root with { Id = AccessKeyId.Of(AccountId.Operator, 1) })).Code.ShouldBe("InvalidClientTokenId");
        (await Post("GetUser", "", account: "999999999999")).Code.ShouldBe("AccessDenied");
        (await Post("GetUser", "", service: "sts")).Code.ShouldBe("SignatureDoesNotMatch");
        (await Post("GetCallerIdentity", "", service: "sts")).Status.ShouldBe(200);
        (await Post("GetCallerIdentity", "")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_header_that_changes_the_meaning_has_to_be_signed()
    {
        foreach (var header in (string[])["If-Match", "Idempotency-Key", "Iam-Consistency"])
            (await doors.Send(HttpMethod.Post, "/accounts/123456789012/GetUser", null, [], doors.Server.Root, then: [(header, "\"1\"")])).Code.ShouldBe("SignatureDoesNotMatch");
    }

    [Fact]
    public async Task The_description_and_its_page_need_no_signature_and_no_other_host()
    {
        var document = await doors.Send(HttpMethod.Get, "/openapi/v1.json", null, [], null);
        (document.Status, document.Json.GetProperty("openapi").GetString()).ShouldBe((200, "3.1.1"));
        var page = await doors.Send(HttpMethod.Get, "/scalar/", null, [], null);
        (page.Status, page.ContentType).ShouldBe((200, "text/html"));
        page.Body.ShouldNotContain("://");
    }

    Task<Said> Post(string operation, string body, Key? key = null, string account = "123456789012", string service = "iam", (string, string)[]? headers = null) =>
        doors.Send(HttpMethod.Post, $"/accounts/{account}/{operation}", "application/json", Encoding.UTF8.GetBytes(body), key ?? doors.Server.Root, service, headers);
}
