using System.Text;
using System.Text.Json;
using System.Xml.Linq;

namespace IamEventSourced.Server.Tests;

public class QueryProtocolXmlTests
{
    const string Policy = "{\"Version\":\"2012-10-17\",\r\n\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"a b+c~d!(é)\"}]}";
    static readonly DateTimeOffset At = new DateTimeOffset(2026, 11, 24, 5, 6, 7, TimeSpan.Zero).AddMicroseconds(123456);
    static readonly UserAnswer Alice = new("/team/", "alice", "AIDAAAAAAAAAAAAAAAAAA", "arn:aws:iam::123456789012:user/team/alice", At);

    [Fact]
    public void An_answer_stands_in_its_operations_elements() => Text("GetUser", new GetUserAnswer(Alice)).ShouldBe(
        "<GetUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetUserResult><User><Path>/team/</Path><UserName>alice</UserName><UserId>AIDAAAAAAAAAAAAAAAAAA</UserId>"
        + "<Arn>arn:aws:iam::123456789012:user/team/alice</Arn><CreateDate>2026-11-24T05:06:07.123456Z</CreateDate></User></GetUserResult>"
        + "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></GetUserResponse>");

    [Fact]
    public void An_operation_that_only_says_that_it_is_done_has_no_result() => Text("DeleteUser", null).ShouldBe(
        "<DeleteUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></DeleteUserResponse>");

    [Fact]
    public void A_list_holds_members_and_booleans_are_words() => Text("ListUsers", new ListUsersAnswer([Alice, Alice with { UserName = "bob" }], true, "m"))
        .ShouldContain("</CreateDate></member><member><Path>/team/</Path><UserName>bob</UserName>");

    [Fact]
    public void What_is_absent_is_left_out()
    {
        var list = Text("ListUsers", new ListUsersAnswer([], false, null));
        list.ShouldContain("<Users /><IsTruncated>false</IsTruncated></ListUsersResult>");
        Text("GetUser", new GetUserAnswer(Alice with { UserName = null })).ShouldNotContain("UserName");
    }

    [Fact]
    public void A_policys_text_is_percent_encoded_and_comes_back_byte_for_byte()
    {
        var xml = Text("GetUserPolicy", new GetUserPolicyAnswer("alice", "p", Policy));
        xml.ShouldContain("<PolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%0D%0A");
        xml.ShouldContain("a%20b%2Bc~d%21%28%C3%A9%29");
        Uri.UnescapeDataString(XDocument.Parse(xml).Descendants().Single(element => element.Name.LocalName is "PolicyDocument").Value).ShouldBe(Policy);
    }

    [Fact]
    public void An_answer_that_was_kept_reads_as_the_first_did()
    {
        var answer = new GetUserPolicyAnswer("alice", "p", Policy);
        Text("GetUserPolicy", JsonSerializer.SerializeToElement(answer, Json.Options)).ShouldBe(Text("GetUserPolicy", answer));
    }

    [Fact]
    public void A_secret_is_written_once_and_not_in_what_was_kept()
    {
        var answer = new CreateAccessKeyAnswer(new("alice", "AKIAIOSFODNN7EXAMPLE", "Active", new("s3cr3t"), At));
        Text("CreateAccessKey", answer).Split("s3cr3t").Length.ShouldBe(2);
        Text("CreateAccessKey", JsonSerializer.SerializeToElement(answer, Json.WithoutSecrets)).ShouldNotContain("Secret");
    }

    [Fact]
    public void A_statement_is_its_JSON()
    {
        var statement = JsonElement.Parse("""{"Effect":"Allow","Action":["s3:*"]}""");
        Value(Text("GetEffectivePermissions", new GetEffectivePermissionsAnswer(Alice.Arn, false, [new("p", null, null, Alice.Arn, 1, At, statement)], [], 1)), "Statement")
            .ShouldBe("""{"Effect":"Allow","Action":["s3:*"]}""");
    }

    [Fact]
    public void Sts_has_a_namespace_of_its_own() => Text("GetCallerIdentity", new GetCallerIdentityAnswer("123456789012", "123456789012", Alice.Arn))
        .ShouldStartWith("<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><UserId>123456789012</UserId><Account>");

    [Fact]
    public void A_refusal_is_an_error_of_the_sender_or_of_ours()
    {
        Text(IamError.NoSuchEntity("user", "bob")).ShouldBe("<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type><Code>NoSuchEntity</Code>"
            + "<Message>The user with name bob cannot be found.</Message></Error><RequestId>id-1</RequestId></ErrorResponse>");
        Text(IamError.ServiceFailure).ShouldContain("<Type>Receiver</Type>");
    }

    [Theory]
    [InlineData("a\0b\u0001c\u001f", "a\uFFFDb\uFFFDc\uFFFD")]
    [InlineData("\ufffe\uffff", "\uFFFD\uFFFD")]
    [InlineData("<&>\"'\t\n\r]]>🙂", "<&>\"'\t\n\r]]>🙂")]
    public void What_XML_cannot_carry_does_not_break_it(string message, string read) => Value(Text(new IamError("InvalidInput", 400, message)), "Message").ShouldBe(read);

    [Fact] // an attribute can't hold half a character
    public void Half_a_character_does_not_break_it() => Value(Text(new IamError("InvalidInput", 400, "\ud800x\udc00")), "Message").ShouldBe("\uFFFDx\uFFFD");

    static string Value(string xml, string element) => XDocument.Parse(xml).Descendants().Single(found => found.Name.LocalName == element).Value;
    static string Text(string operation, object? answer) => Encoding.UTF8.GetString(XmlAnswer.Of(Operation.All[operation], answer, "id-1"));
    static string Text(IamError error) => Encoding.UTF8.GetString(XmlAnswer.Of(error, "iam", "id-1"));
}
