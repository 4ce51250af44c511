using System.Text;
using System.Text.Json;

namespace IamEventSourced.Server.Tests;

/// <summary>The OpenID Authorization API 1.0, at a server.</summary>
public sealed class AuthZenTests(DoorsServer doors) : IClassFixture<DoorsServer>, IAsyncLifetime
{
    const string Alice = """{"type":"user","id":"arn:aws:iam::123456789012:user/zen-alice"}""";
    const string Get = """{"name":"s3:GetObject"}""";
    const string Report = """{"type":"s3:object","id":"arn:aws:s3:::reports/q3.csv"}""", Secret = """{"type":"s3:object","id":"arn:aws:s3:::secret/q3.csv"}""";

    public async ValueTask InitializeAsync()
    {
        await doors.Server.Client().Send(new CreateUser("zen-alice"));
        (await doors.Server.Client().Send(new PutUserPolicy("zen-alice", "Read", """
            {"Version":"2012-10-17","Statement":[
              {"Sid":"Reports","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::reports/*"},
              {"Sid":"Office","Effect":"Allow","Action":"s3:PutObject","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"},"Bool":{"aws:MultiFactorAuthPresent":"true"},"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}}]}
            """))).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task What_a_policy_allows_is_permitted_and_says_why_of_which_revision_and_how_old_that_is()
    {
        var said = await Evaluate($$"""{"subject":{{Alice}},"action":{{Get}},"resource":{{Report}}}""");
        (said.Status, said.ContentType, said.Json.GetProperty("decision").GetBoolean()).ShouldBe((200, "application/json", true));
        var context = said.Json.GetProperty("context");
        context.GetProperty("outcome").GetString().ShouldBe("allowed");
        context.GetProperty("reason").GetString()!.ShouldStartWith("user/zen-alice > Read > \"Reports\", since r ");
        context.GetProperty("revision").GetInt64().ShouldBe(said.Revision);
        context.GetProperty("age_ms").GetInt64().ShouldBeInRange(0, 30_000);
        context.GetProperty("engine_version").GetString().ShouldBe(PolicyEngine.PolicyEngineVersion.Current);
        var matched = context.GetProperty("matched_statements")[0];
        (matched.GetProperty("effect").GetString(), matched.GetProperty("policy_name").GetString(), matched.GetProperty("sid").GetString(), matched.GetProperty("statement").GetInt32()).ShouldBe(("Allow", "Read", "Reports", 1));
    }

    [Fact]
    public async Task A_denial_is_200_and_so_is_a_subject_that_there_is_not()
    {
        var denied = await Evaluate($$"""{"subject":{{Alice}},"action":{{Get}},"resource":{{Secret}}}""");
        (denied.Status, denied.Json.GetProperty("decision").GetBoolean(), denied.Json.GetProperty("context").GetProperty("outcome").GetString()).ShouldBe((200, false, "implicitDeny"));
        var nobody = await Evaluate($$"""{"subject":{"type":"user","id":"arn:aws:iam::123456789012:user/zen-nobody"},"action":{{Get}},"resource":{{Report}}}""");
        (nobody.Status, nobody.Json.GetProperty("decision").GetBoolean()).ShouldBe((200, false));
        var error = nobody.Json.GetProperty("context").GetProperty("error");
        (error.GetProperty("code").GetString(), error.GetProperty("status").GetInt32()).ShouldBe(("NoSuchEntity", 404));
        (await Evaluate($$"""{"subject":{"type":"root","id":"arn:aws:iam::123456789012:root"},"action":{{Get}},"resource":{{Secret}}}""")).Json.GetProperty("decision").GetBoolean().ShouldBeTrue();
    }

    [Theory]
    [InlineData("""{"aws:SourceIp":"203.0.113.7","aws:MultiFactorAuthPresent":true,"aws:TagKeys":["b"],"time":{"any":["thing"]},"schema":null}""", true)]
    [InlineData("""{"aws:SourceIp":"203.0.113.7","aws:MultiFactorAuthPresent":"true"}""", true)]
    [InlineData("""{"AWS:sourceip":"203.0.114.7","aws:MultiFactorAuthPresent":true}""", false)]
    [InlineData("""{"aws:SourceIp":"203.0.113.7","aws:MultiFactorAuthPresent":true,"aws:TagKeys":["c"]}""", false)]
    [InlineData("""{"ip":"203.0.113.7","mfa":true}""", false)]
    public async Task Context_and_properties_are_condition_keys_where_they_are_named_so(string given, bool allowed)
    {
        var put = """{"name":"s3:PutObject"}""";
        foreach (var body in (string[])[
            $$"""{"subject":{{Alice}},"action":{{put}},"resource":{{Secret}},"context":{{given}}}""",
            $$"""{"subject":{{Alice}},"action":{"name":"s3:PutObject","properties":{{given}}},"resource":{{Secret}}}""",
            $$"""{"subject":{{Alice}},"action":{{put}},"resource":{"type":"s3:object","id":"arn:aws:s3:::secret/q3.csv","properties":{{given}} } }""",
            $$"""{"subject":{"type":"user","id":"arn:aws:iam::123456789012:user/zen-alice","properties":{{given}} },"action":{{put}},"resource":{{Secret}}}"""])
            (await Evaluate(body)).Json.GetProperty("decision").GetBoolean().ShouldBe(allowed, body);
    }

    [Fact]
    public async Task A_key_that_the_service_knows_cannot_be_given_nor_one_twice()
    {
        var own = await Evaluate($$"""{"subject":{{Alice}},"action":{"name":"iam:GetUser"},"resource":{"type":"user","id":"arn:aws:iam::123456789012:user/zen-alice","properties":{"aws:ResourceTag/team":"blue"} } }""");
        own.Json.GetProperty("context").GetProperty("error").GetProperty("code").GetString().ShouldBe("InvalidInput");
        foreach (var (properties, context) in ((string, string)[])[("{}", """{"aws:PrincipalArn":"arn:aws:iam::123456789012:root"}"""), ("""{"aws:username":"root"}""", "{}"), ("""{"aws:SourceIp":"203.0.113.7"}""", """{"aws:sourceip":"203.0.113.8"}""")])
        {
            var said = await Evaluate($$"""{"subject":{{Alice}},"action":{"name":"s3:GetObject","properties":{{properties}}},"resource":{{Report}},"context":{{context}}}""");
            (said.Status, said.Json.GetProperty("decision").GetBoolean(), said.Json.GetProperty("context").GetProperty("error").GetProperty("code").GetString()).ShouldBe((200, false, "InvalidInput"));
        }
    }

    [Theory]
    [InlineData("""{"evaluations_semantic":"execute_all"}""", new[] { true, false, true })]
    [InlineData("""{"evaluations_semantic":"deny_on_first_deny"}""", new[] { true, false })]
    [InlineData("""{"evaluations_semantic":"permit_on_first_permit","other":1}""", new[] { true })]
    [InlineData("{}", new[] { true, false, true })]
    [InlineData("null", new[] { true, false, true })]
    public async Task Evaluations_take_defaults_from_the_top_and_end_as_asked(string options, bool[] decisions)
    {
        var said = await Evaluate($$"""
            {"subject":{{Alice}},"action":{{Get}},"resource":{{Secret}},"options":{{options}},
             "evaluations":[{"resource":{{Report}} },{"extra":1},{"subject":{"type":"root","id":"arn:aws:iam::123456789012:root"} }]}
            """, many: true);
        said.Status.ShouldBe(200);
        said.Json.TryGetProperty("decision", out _).ShouldBeFalse();
        said.Json.GetProperty("evaluations").EnumerateArray().Select(one => one.GetProperty("decision").GetBoolean()).ShouldBe(decisions);
        said.Json.GetProperty("evaluations").EnumerateArray().ShouldAllBe(one => one.GetProperty("context").GetProperty("revision").GetInt64() == said.Revision);
    }

    [Fact]
    public async Task Evaluations_without_a_list_are_one_evaluation()
    {
        foreach (var list in (string[])["", ",\"evaluations\":[]", ",\"evaluations\":null"])
            (await Evaluate($$"""{"subject":{{Alice}},"action":{{Get}},"resource":{{Report}}{{list}}}""", many: true)).Json.GetProperty("decision").GetBoolean().ShouldBeTrue();
        (await Evaluate($$"""{"subject":{{Alice}},"action":{{Get}},"resource":{{Report}},"evaluations":[{}]}""")).Json.TryGetProperty("evaluations", out _).ShouldBeFalse(); // there it is no member
    }

    [Fact]
    public async Task One_that_cannot_be_answered_is_denied_beside_others_that_can()
    {
        var said = await Evaluate($$"""
            {"subject":{{Alice}},"action":{{Get}},"resource":{{Report}},"options":{"evaluations_semantic":"permit_on_first_permit"},
             "evaluations":[{"subject":{"type":"user","id":"arn:aws:iam::123456789012:user/zen-nobody"} },{},{}]}
            """, many: true);
        said.Json.GetProperty("evaluations").EnumerateArray().Select(one => (one.GetProperty("decision").GetBoolean(), one.GetProperty("context").TryGetProperty("error", out _))).ShouldBe([(false, true), (true, false)]);
    }

    [Theory]
    [InlineData("""{"action":{"name":"s3:GetObject"},"resource":{"type":"o","id":"*"}}""", "'subject'")]
    [InlineData("""{"subject":null,"action":{"name":"s3:GetObject"},"resource":{"type":"o","id":"*"}}""", "'subject'")]
    [InlineData("""{"subject":{"type":"user","id":"arn:aws:iam::123456789012:user/a"},"resource":{"type":"o","id":"*"}}""", "'action'")]
    [InlineData("""{"subject":{"id":"arn:aws:iam::123456789012:user/a"},"action":{},"resource":"*"}""", "'subject.type'|'action.name'|'resource'")]
    [InlineData("""{"subject":{"type":"root","id":"arn:aws:iam::123456789012:user/a"},"action":{"name":"s3:GetObject"},"resource":{"type":"o","id":"*"}}""", "'subject.type'")]
    [InlineData("""{"subject":{"type":"user","id":7},"action":{"name":"read"},"resource":{"type":"o","id":"x"}}""", "'subject.id'|'action.name'|'resource.id'")]
    [InlineData("""{"subject":{"type":"user","id":"arn:aws:iam::123456789012:user/a","properties":[]},"action":{"name":"s3:GetObject"},"resource":{"type":"o","id":"*"},"context":1}""", "'subject.properties'|'context'")]
    [InlineData("""{"subject":{"type":"user","id":"arn:aws:iam::123456789012:user/a"},"action":{"name":"s3:GetObject"},"resource":{"type":"o","id":"*"},"context":{"aws:SourceIp":{}}}""", "'context.aws:SourceIp'")]
    [InlineData("""{"subject":{"type":"user","id":"arn:aws:iam::123456789012:user/a"},"evaluations":[{"action":{"name":"s3:GetObject"}},7],"options":{"evaluations_semantic":"first"}}""", "'evaluations[0].resource'|'evaluations[1]'|'options.evaluations_semantic'")]
    [InlineData("""{"evaluations":{}}""", "'evaluations'")]
    [InlineData("""{"subject":{},"subject":{}}""", "")]
    [InlineData("[]", "")]
    [InlineData("nothing", "")]
    [InlineData("", "")]
    public async Task A_malformed_body_is_400_and_a_text_that_names_all_that_is_wrong(string body, string named)
    {
        var said = await Evaluate(body, many: true);
        (said.Status, said.ContentType).ShouldBe((400, "text/plain"), said.Body);
        foreach (var name in named.Split('|')) said.Body.ShouldContain(name);
    }

    [Fact]
    public async Task A_batch_has_a_most()
    {
        var body = $$"""{"subject":{{Alice}},"action":{{Get}},"resource":{{Report}},"evaluations":[{{string.Join(',', Enumerable.Repeat("{}", AuthorizeBatch.Most))}}]}""";
        (await Evaluate(body, many: true)).Json.GetProperty("evaluations").GetArrayLength().ShouldBe(AuthorizeBatch.Most);
        (await Evaluate(body.Replace("[{}", "[{},{}", StringComparison.Ordinal), many: true)).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Who_is_not_known_is_401_and_who_may_not_ask_403()
    {
        var body = $$"""{"subject":{{Alice}},"action":{{Get}},"resource":{{Report}}}""";
        var root = doors.Server.Root;
        foreach (var (key, code) in ((Key?, string)[])[(null, "MissingAuthenticationToken"), (root with { Secret = new("wrong") }, "SignatureDoesNotMatch"), (root with { Id = AccessKeyId.Of("123456789012", 1) }, "InvalidClientTokenId")])
        {
            var said = await doors.Send(HttpMethod.Post, "/access/v1/evaluation", "application/json", Encoding.UTF8.GetBytes(body), key);
            (said.Status, said["WWW-Authenticate"]).ShouldBe((401, "AWS4-HMAC-SHA256 realm=\"iam\""));
            said.Body.ShouldStartWith($"{code}: ");
        }
        var stranger = await doors.Server.CreateUser($"zen-{Guid.NewGuid():n}");
        var refused = await Evaluate(body, key: stranger);
        refused.Status.ShouldBe(403);
        refused.Body.ShouldStartWith("AccessDenied: ");
        var other = await doors.Server.CreateAccount("210987654321");
        (await Evaluate(body, key: other)).Json.GetProperty("context").GetProperty("error").GetProperty("code").GetString().ShouldBe("NoSuchEntity"); // a key's account is the account
    }

    [Fact]
    public async Task A_request_id_is_given_back_whatever_comes_of_it()
    {
        var body = $$"""{"subject":{{Alice}},"action":{{Get}},"resource":{{Report}}}""";
        (await Evaluate(body, headers: [("X-Request-ID", "bfe9 eb29")]))["X-Request-ID"].ShouldBe("bfe9 eb29");
        (await Evaluate("{}", headers: [("X-Request-ID", "one")]))["X-Request-ID"].ShouldBe("one");
        (await Evaluate(body))["X-Request-ID"].ShouldBeNull();
        (await Evaluate(body, headers: [("X-Request-ID", new string('x', 257))])).Status.ShouldBe(400);
    }

    [Fact]
    public async Task It_can_be_asked_of_an_earlier_revision()
    {
        var body = $$"""{"subject":{{Alice}},"action":{{Get}},"resource":{{Report}}}""";
        var now = await Evaluate(body);
        await doors.Server.Client().Send(new DeleteUserPolicy("zen-alice", "Read"));
        (await Evaluate(body)).Json.GetProperty("decision").GetBoolean().ShouldBeFalse();
        var then = await Evaluate(body, headers: [("Iam-Consistency", $"at={now.Revision}")]);
        (then.Json.GetProperty("decision").GetBoolean(), then.Revision, then.Json.GetProperty("context").TryGetProperty("age_ms", out _)).ShouldBe((true, now.Revision, false));
        await InitializeAsync();
    }

    [Fact]
    public async Task The_configuration_names_what_is_there_and_nothing_else()
    {
        var said = await doors.Send(HttpMethod.Get, "/.well-known/authzen-configuration", null, [], null);
        (said.Status, said.ContentType).ShouldBe((200, "application/json"));
        var url = doors.Server.Url;
        said.Json.EnumerateObject().Select(member => (member.Name, member.Value.GetString())).ShouldBe([("policy_decision_point", url), ("access_evaluation_endpoint", $"{url}/access/v1/evaluation"), ("access_evaluations_endpoint", $"{url}/access/v1/evaluations")]);
        (await doors.Send(HttpMethod.Post, "/access/v1/search/subject", "application/json", "{}"u8.ToArray(), doors.Server.Root)).Status.ShouldBe(404);
        (await doors.Send(HttpMethod.Get, "/access/v1/evaluation", null, [], doors.Server.Root)).Status.ShouldBe(405);
        (await doors.Send(HttpMethod.Post, "/access/v1/evaluation", "text/plain", "{}"u8.ToArray(), doors.Server.Root)).Status.ShouldBe(415);
    }

    [Fact]
    public async Task A_service_behind_another_name_says_that_one()
    {
        var url = await doors.Server.StartNode(builder => builder.Configuration["Iam:PublicUrl"] = "https://iam.example.com/");
        using var http = new HttpClient();
        JsonElement.Parse(await http.GetStringAsync(new Uri($"{url}/.well-known/authzen-configuration"))).GetProperty("access_evaluation_endpoint").GetString().ShouldBe("https://iam.example.com/access/v1/evaluation");
    }

    Task<Said> Evaluate(string body, bool many = false, Key? key = null, (string, string)[]? headers = null) =>
        doors.Send(HttpMethod.Post, many ? "/access/v1/evaluations" : "/access/v1/evaluation", "application/json", Encoding.UTF8.GetBytes(body), key ?? doors.Server.Root, headers: headers);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
