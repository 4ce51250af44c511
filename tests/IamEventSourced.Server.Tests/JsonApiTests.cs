using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace IamEventSourced.Server.Tests;

public class JsonApiTests
{
    [Fact] public void No_body_is_an_empty_object() => StrictJson.Read(default).Value.GetRawText().ShouldBe("{}");
    [Fact] public void A_body_is_read() => StrictJson.Read("""{"UserName":"älice"}"""u8.ToArray()).Value.GetProperty("UserName").GetString().ShouldBe("älice");

    [Theory]
    [InlineData("{")]
    [InlineData("nul")]
    [InlineData("{}{}")]
    [InlineData("""{"a":1,}""")]
    [InlineData("""{"a":1 /* b */}""")]
    [InlineData("""{"a":NaN}""")]
    [InlineData("\uFEFF{}")]
    public void What_is_no_JSON_is_refused(string body) => Problem(body).ShouldStartWith("1 validation error detected: The body is not the JSON that is expected: ");

    [Fact] public void A_member_is_given_once() => Problem("""{"UserName":"a","UserName":"b"}""").ShouldContain("'UserName'");
    [Fact] public void A_member_is_given_once_however_it_is_escaped() => Problem("""{"UserName":"a","\u0055serName":"b"}""").ShouldContain("'UserName'");
    [Fact] public void Half_a_character_is_refused() => Problem("""{"Requests":[{"ActionName":"\ud800"}]}""").ShouldEndWith("Value at 'Requests[0].ActionName' failed to satisfy constraint: Member must be well-formed Unicode");
    [Fact] public void Half_a_character_in_a_name_is_refused() => Problem("""{"\ud800":1}""").ShouldContain("The name of a member is not well-formed Unicode");
    [Fact] public void Nul_is_refused() => Problem("""{"UserName":"a\u0000"}""").ShouldEndWith("Value at 'UserName' failed to satisfy constraint: Member must not hold U+0000");
    [Fact] public void Nul_in_a_name_is_refused() => Problem("""{"a":{"\u0000":1}}""").ShouldEndWith("The name of a member of 'a' holds U+0000");
    [Fact] public void A_list_holds_no_null() => Problem("""{"Requests":[{},null]}""").ShouldEndWith("Value null at 'Requests[1]' failed to satisfy constraint: Member must not be null");
    [Fact] public void Bytes_that_are_no_UTF_8_are_refused() => StrictJson.Read((byte[])[.. "{\"UserName\":\""u8, 0xff, .. "\"}"u8]).Refusal!.Code.ShouldBe("ValidationError");
    [Fact] public void Depth_is_limited() => Problem(new string('[', 100_000)).ShouldContain("depth");

    [Fact]
    public void A_refusal_is_a_problem_with_AWSs_code() => JsonSerializer.Deserialize<JsonElement>(Server.Problem.Of(IamError.NoSuchEntity("user", "bob")).ToBytes()).GetRawText().ShouldBe(
        """{"type":"urn:iam:error:NoSuchEntity","title":"No such entity","status":404,"detail":"The user with name bob cannot be found.","code":"NoSuchEntity"}""");

    [Fact] public void Nothing_asked_is_whatever_the_node_has() => Asked("GetUser").Value!.ShouldBe(new AskedHeaders(Consistency.Any, null, null, null));
    [Fact] public void At_least() => Asked("GetUser", ("Iam-Consistency", "at-least=123")).Value!.Consistency.ShouldBe(new Consistency { AtLeast = 123 });
    [Fact] public void At() => Asked("GetUser", ("Iam-Consistency", "at=123")).Value!.Consistency.ShouldBe(new Consistency { At = 123 });
    [Fact] public void Newest() => Asked("GetUser", ("Iam-Consistency", "newest")).Value!.Consistency.ShouldBe(new Consistency { Newest = true });
    [Fact] public void History_too_is_asked_at_a_revision() => Asked("GetEntityHistory", ("Iam-Consistency", "at=1")).Value!.Consistency.At.ShouldBe(1);

    [Theory]
    [InlineData("2026-11-24T05:06:07.123456Z", "2026-11-24T05:06:07.123456Z")]
    [InlineData("2026-11-24T06:06:07.123456+01:00", "2026-11-24T05:06:07.123456Z")]
    [InlineData("2026-11-24T05:06:07Z", "2026-11-24T05:06:07.000000Z")]
    [InlineData("2026-11-24T05:06Z", "2026-11-24T05:06:00.000000Z")]
    public void As_of(string written, string meant) => Json.Write(Asked("GetUser", ("Iam-Consistency", $"as-of={written}")).Value!.Consistency.AsOf!.Value).ShouldBe(meant);

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("NEWEST")]
    [InlineData("newest=1")]
    [InlineData("at=")]
    [InlineData("at=0")]
    [InlineData("at=-1")]
    [InlineData("at=+1")]
    [InlineData("at=1.0")]
    [InlineData("at=99999999999999999999")]
    [InlineData("at=1,at=2")]
    [InlineData("as-of=yesterday")]
    [InlineData("as-of=2026-11-24T05:06:07")]
    [InlineData("as-of=2026-11-24")]
    [InlineData("as-of=2026-13-24T05:06:07Z")]
    public void A_consistency_that_is_none_is_refused_by_name(string value) => Asked("GetUser", ("Iam-Consistency", value)).Refusal!.Message.ShouldContain("'Iam-Consistency'");

    [Fact] public void A_command_takes_a_precondition() => Asked("CreateUser", ("If-Match", "\"123\"")).Value!.Expected.ShouldBe(123);
    [Fact] public void A_command_takes_no_consistency() => Asked("CreateUser", ("Iam-Consistency", "newest")).Refusal!.Message.ShouldContain("CreateUser is a command");
    [Fact] public void A_query_takes_no_precondition() => Asked("GetUser", ("If-Match", "\"123\"")).Refusal!.Message.ShouldContain("GetUser is a query");

    [Theory]
    [InlineData("123")]
    [InlineData("*")]
    [InlineData("W/\"123\"")]
    [InlineData("\"0\"")]
    [InlineData("\"x\"")]
    [InlineData("\"1\", \"2\"")]
    [InlineData("\"")]
    public void A_precondition_that_is_none_is_refused_by_name(string value) => Asked("CreateUser", ("If-Match", value)).Refusal!.Message.ShouldContain("'If-Match'");

    [Fact]
    public void Correlation_and_causation_come_along()
    {
        var asked = Asked("CreateUser", ("Iam-Correlation-Id", "order 4711"), ("Iam-Causation-Id", "m-1")).Value!;
        (asked.Correlation, asked.Causation).ShouldBe(("order 4711", "m-1"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" a")]
    [InlineData("ü")]
    [InlineData("a\tb")]
    public void They_are_printable(string value) => Asked("CreateUser", ("Iam-Correlation-Id", value)).Refusal!.Message.ShouldContain("'Iam-Correlation-Id'");

    [Fact]
    public void They_are_bounded()
    {
        Asked("CreateUser", ("Iam-Causation-Id", new string('x', 128))).Refusal.ShouldBeNull();
        Asked("CreateUser", ("Iam-Causation-Id", new string('x', 129))).Refusal!.Message.ShouldContain("'Iam-Causation-Id'");
    }

    [Fact]
    public void A_header_is_given_once() =>
        AskedHeaders.Read(new HeaderDictionary { ["Iam-Consistency"] = new(["newest", "newest"]) }, Operation.All["GetUser"]).Refusal!.Message.ShouldContain("'Iam-Consistency'");

    [Fact]
    public void All_that_is_wrong_is_said_at_once() =>
        Asked("GetUser", ("If-Match", "1"), ("Iam-Consistency", "soon"), ("Iam-Correlation-Id", "ü")).Refusal!.Message.ShouldStartWith("3 validation errors detected: ");

    static string Problem(string body) => StrictJson.Read(Encoding.UTF8.GetBytes(body)).Refusal.ShouldNotBeNull().Message;

    static Answer<AskedHeaders> Asked(string operation, params (string Name, string Value)[] headers)
    {
        var given = new HeaderDictionary();
        foreach (var (name, value) in headers) given[name] = value;
        return AskedHeaders.Read(given, Operation.All[operation]);
    }
}
