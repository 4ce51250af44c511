using System.Text;
using System.Xml.Linq;

namespace IamEventSourced.Server.Tests;

public class QueryProtocolEndToEndTests(DoorsServer doors) : IClassFixture<DoorsServer>
{
    const string FormType = "application/x-www-form-urlencoded; charset=utf-8";
    const string Policy = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::a b+c/*"}}""";

    [Fact]
    public async Task A_user_is_made_and_read()
    {
        var created = await Post("CreateUser", "UserName=query-alice&Path=/team/");
        (created.Status, created.ContentType).ShouldBe((200, "text/xml"));
        Value(created, "Arn").ShouldBe("arn:aws:iam::123456789012:user/team/query-alice");
        created["x-amzn-RequestId"].ShouldBe(Value(created, "RequestId"));
        Value(await Post("GetUser", "UserName=QUERY-ALICE"), "UserId").ShouldBe(Value(created, "UserId"));
        var deleted = await Post("DeleteUser", "UserName=query-alice");
        (deleted.Status, deleted.Revision).ShouldBe((200, created.Revision + 1));
        var gone = await Post("GetUser", "UserName=query-alice");
        (gone.Status, Value(gone, "Type"), Value(gone, "Code")).ShouldBe((404, "Sender", "NoSuchEntity"));
    }

    [Fact]
    public async Task A_policy_comes_back_as_it_was_written()
    {
        await Post("CreateUser", "UserName=query-policy");
        (await Post("PutUserPolicy", $"UserName=query-policy&PolicyName=p&PolicyDocument={Uri.EscapeDataString(Policy)}")).Status.ShouldBe(200);
        Uri.UnescapeDataString(Value(await Post("GetUserPolicy", "UserName=query-policy&PolicyName=p"), "PolicyDocument")).ShouldBe(Policy);
    }

    [Fact]
    public async Task The_account_is_the_keys_and_only_the_operator_names_one()
    {
        Value(await Post("CreateUser", "UserName=query-bob&AccountId=123456789012"), "Code").ShouldBe("ValidationError");
        var made = await Post("CreateAccount", "AccountId=210987654321&AccountName=Other", doors.Server.Operator);
        (made.Status, Value(made, "RootArn")).ShouldBe((200, "arn:aws:iam::210987654321:root"));
        var root = new Key(Value(made, "AccessKeyId"), new(Value(made, "SecretAccessKey")));
        Value(await Post("GetUser", "", root), "Arn").ShouldBe("arn:aws:iam::210987654321:root");
        Value(await Post("CreateAccount", "AccountId=21098765432x", doors.Server.Operator), "Message").ShouldContain("'AccountId'");
    }

    [Fact]
    public async Task Requests_are_signed_for_the_operations_service()
    {
        Value(await Post("GetCallerIdentity", "", version: "2011-06-15", service: "sts"), "Arn").ShouldBe("arn:aws:iam::123456789012:root");
        Value(await Post("GetCallerIdentity", "", version: "2011-06-15"), "Code").ShouldBe("SignatureDoesNotMatch");
        Value(await Post("GetUser", "", service: "sts"), "Code").ShouldBe("SignatureDoesNotMatch");
        Value(await Post("GetUser", "", service: "s3"), "Code").ShouldBe("SignatureDoesNotMatch");
    }

    [Fact]
    public async Task Who_is_not_known_is_refused_and_recorded()
    {
        var root = doors.Server.Root;
        var wrong = await Post("ListGroups", "", root with { Secret = new("wrong") });
        (wrong.Status, Value(wrong, "Code")).ShouldBe((403, "SignatureDoesNotMatch"));
        var unknown = await Post("ListGroups", "", root with { Id = AccessKeyId.Of("123456789012", 7) });
        (unknown.Status, Value(unknown, "Code")).ShouldBe((403, "InvalidClientTokenId"));
        Value(await Post("ListGroups", "", signed: false), "Code").ShouldBe("MissingAuthenticationToken");

        var recorded = new List<object?[]>();
        for (var i = 0; i < 100 && recorded.Count < 2; i++)
        {
            await Task.Delay(50);
            recorded = await doors.Server.Query("select code, principal, access_key_id, source_ip from iam.refused_attempts where operation = 'iam:ListGroups' order by at");
        }
        recorded.ShouldBe([["SignatureDoesNotMatch", "123456789012", root.Id.Value, "127.0.0.1"], ["InvalidClientTokenId", null, AccessKeyId.Of("123456789012", 7).Value, "127.0.0.1"]], ignoreOrder: true);
    }

    [Fact]
    public async Task A_request_that_is_played_back_is_answered_and_does_nothing()
    {
        var now = DateTimeOffset.UtcNow;
        var first = await Post("CreateUser", "UserName=query-again", now: now);
        var again = await Post("CreateUser", "UserName=query-again", now: now);
        (again.Status, again.Revision, Value(again, "UserId")).ShouldBe((200, first.Revision, Value(first, "UserId")));
        Value(await Post("CreateUser", "UserName=query-again", now: now.AddSeconds(1)), "Code").ShouldBe("EntityAlreadyExists");
    }

    [Fact]
    public async Task The_form_may_stand_in_the_query()
    {
        var said = await doors.Send(HttpMethod.Get, "/?Action=ListUsers&Version=2010-05-08&MaxItems=1", null, [], doors.Server.Root);
        (said.Status, Value(said, "IsTruncated").Length > 0).ShouldBe((200, true));
        (await doors.Send(HttpMethod.Get, "/", null, [], null)).Status.ShouldBe(302);
    }

    [Fact]
    public async Task A_body_that_is_no_form_is_refused()
    {
        (await doors.Send(HttpMethod.Post, "/", "application/json", "{}"u8.ToArray(), doors.Server.Root)).Status.ShouldBe(415);
        (await doors.Send(HttpMethod.Post, "/", FormType, new byte[PlainRequest.MaxBodyBytes + 1], doors.Server.Root)).Status.ShouldBe(413);
        Value(await Post("CreateUser", "UserName=%00"), "Code").ShouldBe("ValidationError");
        Value(await Post("CreateUser", "UserName=a&UserName=a"), "Message").ShouldContain("'UserName'");
    }

    [Fact]
    public async Task A_query_of_AWSs_protocol_is_asked_of_a_revision_too()
    {
        var created = await Post("CreateUser", "UserName=query-then");
        await Post("DeleteUser", "UserName=query-then");
        (await Post("GetUser", "UserName=query-then", headers: [("Iam-Consistency", $"at={created.Revision}")])).Status.ShouldBe(200);
    }

    Task<Said> Post(string action, string fields, Key? key = null, string version = "2010-05-08", string service = "iam", bool signed = true, DateTimeOffset? now = null, (string, string)[]? headers = null) =>
        doors.Send(HttpMethod.Post, "/", FormType, Encoding.UTF8.GetBytes($"Action={action}&Version={version}&{fields}"), signed ? key ?? doors.Server.Root : null, service, headers, now: now);

    static string Value(Said said, string element) => XDocument.Parse(said.Body).Descendants().First(found => found.Name.LocalName == element).Value;
}
