using System.Text.Json;
using System.Text.Json.Nodes;

namespace IamEventSourced.Tests;

public class OperationTests
{
    static Answer<IOperation> Read(string name, JsonObject parameters) => Operation.All[name].Read(JsonSerializer.SerializeToElement(parameters));

    [Fact] public void An_operation_is_read_from_its_parameters() =>
        Read("AddUserToGroup", new() { ["GroupName"] = "admins", ["UserName"] = "alice" }).Value.ShouldBe(new AddUserToGroup("admins", "alice"));
    [Fact] public void An_optional_parameter_may_be_left_out() => Read("CreateUser", new() { ["UserName"] = "alice" }).Value.ShouldBe(new CreateUser("alice"));
    [Fact] public void Or_be_null() => Read("CreateUser", new() { ["UserName"] = "alice", ["Path"] = null }).Value.ShouldBe(new CreateUser("alice"));
    [Fact] public void A_boolean_is_read() => Read("CreatePolicyVersion", new() { ["PolicyArn"] = Cast.ReadArn.Value, ["PolicyDocument"] = Cast.Reading, ["SetAsDefault"] = true })
        .Value.ShouldBe(new CreatePolicyVersion(Cast.ReadArn, Cast.Reading, true));
    [Fact] public void A_boolean_written_as_text_is_refused() => Read("CreatePolicyVersion", new() { ["PolicyArn"] = Cast.ReadArn.Value, ["PolicyDocument"] = Cast.Reading, ["SetAsDefault"] = "true" })
        .Refusal!.Code.ShouldBe("ValidationError");
    [Fact] public void A_number_outside_its_limits_is_refused_in_AWSs_words() => Read("ListUsers", new() { ["MaxItems"] = 1001 })
        .Refusal!.Message.ShouldBe("1 validation error detected: Value at 'MaxItems' failed to satisfy constraint: Member must have value less than or equal to 1000");

    [Fact]
    public void All_that_is_wrong_is_said_at_once() =>
        Read("AddUserToGroup", new() { ["UserName"] = "no blanks", ["Group"] = "x" }).Refusal!.Message.ShouldBe(
            "3 validation errors detected: Value null at 'GroupName' failed to satisfy constraint: Member must not be null; "
            + "Value at 'UserName' failed to satisfy constraint: Member must satisfy regular expression pattern: [A-Za-z0-9_+=,.@-]+; "
            + "Value at 'Group' failed to satisfy constraint: Unknown parameter");

    public static TheoryData<string, string> Lists =>
        [.. from operation in Operation.All.Values from parameter in operation.Parameters where parameter.ParameterType.IsArray select new TheoryDataRow<string, string>(operation.Name, parameter.Name!)];

    [Theory, MemberData(nameof(Lists))]
    public void Nothing_in_a_list_is_null(string operation, string list) =>
        Read(operation, new() { [list] = new JsonArray([null]) }).Refusal!.Message.ShouldContain($"Value null at '{list}[0]' failed to satisfy constraint: Member must not be null");

    [Theory]
    [InlineData("""[{"ActionName":"s3:GetObject","ResourceArn":null},null]""", "[1]")]
    [InlineData("""[{"ActionName":"s3:GetObject","ContextEntries":[null]}]""", "[0].ContextEntries[0]")]
    [InlineData("""[{"ActionName":"s3:GetObject","ContextEntries":[{"ContextKeyName":"aws:SourceIp","ContextKeyValues":["192.0.2.1",null]}]}]""", "[0].ContextEntries[0].ContextKeyValues[1]")]
    public void Nor_in_a_list_within_it(string requests, string place) => Read("AuthorizeBatch", new() { ["Requests"] = JsonNode.Parse(requests) })
        .Refusal!.Message.ShouldBe($"1 validation error detected: Value null at 'Requests{place}' failed to satisfy constraint: Member must not be null");

    [Fact] public void A_member_in_a_list_may_be_null() => Read("AuthorizeBatch", new() { ["Requests"] = JsonNode.Parse("""[{"ActionName":"s3:null","ResourceArn":null}]""") }).Refusal.ShouldBeNull();

    [Fact] public void Parameters_must_be_an_object() => Operation.All["GetUser"].Read(JsonSerializer.SerializeToElement("alice")).Refusal!.Code.ShouldBe("ValidationError");
    [Fact] public void A_parameter_may_not_be_given_twice() => Operation.All["GetUser"].Read(JsonElement.Parse("""{"UserName":"alice","UserName":"bob"}""")).Refusal!.Message.ShouldContain("'UserName' failed to satisfy constraint: Member must not be given twice");

    [Fact] public void The_action_is_the_services_and_the_operations_name() => (Operation.All["CreateUser"].Action, Operation.All["GetCallerIdentity"].Action).ShouldBe(("iam:CreateUser", "sts:GetCallerIdentity"));
    [Fact] public void An_answer_with_a_secret_is_known() => Operation.All.Values.Where(operation => operation.HoldsSecret).Select(operation => operation.Name).Order().ShouldBe(["CreateAccessKey", "CreateAccount", "CreateVirtualMFADevice", "GetSessionToken", "RecoverRoot"]);
    [Fact] public void A_parameter_that_is_a_secret_is_known() => Operation.All.Values.Where(operation => operation.TakesSecret).Select(operation => operation.Name).Order().ShouldBe(["ChangePassword", "CreateAccount", "CreateLoginProfile", "EnableMFADevice", "GetSessionToken", "PutPrimaryEmail", "ResyncMFADevice", "UpdateLoginProfile", "UploadServerCertificate"]);
    [Fact] public void Queries_are_no_commands() => Operation.All.Values.Where(operation => operation.IsCommand && operation.Name.StartsWith("Get", StringComparison.Ordinal)).ShouldBeEmpty();

    [Fact]
    public void A_secret_is_written_for_the_caller_and_nowhere_else()
    {
        var answer = new CreateAccessKeyAnswer(new("alice", Cast.AliceKey, "Active", new("hush"), Cast.Noon));
        JsonSerializer.Serialize(answer, Json.Options).ShouldContain("\"SecretAccessKey\":\"hush\"");
        var kept = JsonSerializer.Serialize(answer, Json.WithoutSecrets);
        kept.ShouldNotContain("hush");
        kept.ShouldContain("\"AccessKeyId\":\"AKIAALICEALICEALICEA\"");
        answer.ToString().ShouldNotContain("hush");
        JsonSerializer.Deserialize<CreateAccessKeyAnswer>(kept, Json.Options)!.AccessKey.SecretAccessKey.ShouldBeNull();
    }

    [Fact]
    public void What_may_be_null_need_not_be_there_and_all_else_must()
    {
        JsonSerializer.Deserialize<ListUserPoliciesAnswer>("""{"PolicyNames":[],"IsTruncated":false}""", Json.Options)!.Marker.ShouldBeNull();
        JsonSerializer.Deserialize<GetEntityHistoryAnswer>("""{"EntityId":"AIDAALICE00000000001","Events":[],"IsTruncated":false}""", Json.Options)!.NextRevision.ShouldBeNull();
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<ListUserPoliciesAnswer>("""{"PolicyNames":[]}""", Json.Options));
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<UserDeleted>("{}", Json.Options));
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<UserDeleted>("""{"UserId":null}""", Json.Options));
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<UserDeleted>("""{"UserId":"AIDAALICE00000000001","More":1}""", Json.Options));
    }

    [Fact] public void A_time_has_six_digits() => JsonSerializer.Serialize(Cast.Noon.AddTicks(10), Json.Options).ShouldBe("\"2030-01-01T12:00:00.000001Z\"");
}
