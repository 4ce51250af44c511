using System.Text;

namespace IamEventSourced.Server.Tests;

public class QueryProtocolFormTests
{
    [Fact] public void A_field_is_a_parameter() => Read<CreateUser>("UserName=alice&Path=%2Fteam%2F").ShouldBe(new CreateUser("alice", "/team/"));
    [Fact] public void A_plus_is_a_space_and_escapes_are_UTF_8() => Read<CreatePolicy>("PolicyName=p&PolicyDocument=%7B+%7D&Description=gr%C3%BC%C3%9Fe+%F0%9F%99%82").Description!.Value.ShouldBe("grüße 🙂");
    [Fact] public void A_number_is_a_number() => Read<ListUsers>("MaxItems=7").MaxItems.ShouldBe(new MaxItems(7));
    [Fact] public void True_and_false_are_booleans() => Read<CreatePolicyVersion>($"PolicyArn={Arn}&PolicyDocument=x&SetAsDefault=true").SetAsDefault.ShouldBe(true);
    [Fact] public void No_parameter_at_all_is_right_where_all_are_optional() => Read<GetUser>("").ShouldBe(new GetUser());

    [Fact]
    public void A_list_of_structures_is_in_the_order_of_its_numbers_whatever_the_gaps()
    {
        var entries = Read<Authorize>("ActionName=s3:GetObject"
            + "&ContextEntries.member.12.ContextKeyName=aws:SourceIp&ContextEntries.member.12.ContextKeyValues.member.1=192.0.2.1"
            + "&ContextEntries.member.5.ContextKeyName=aws:UserAgent&ContextEntries.member.5.ContextKeyType=stringList"
            + "&ContextEntries.member.5.ContextKeyValues.member.10=ten&ContextEntries.member.5.ContextKeyValues.member.9=nine").ContextEntries!;
        entries.Select(entry => entry.ContextKeyName.Value).ShouldBe(["aws:UserAgent", "aws:SourceIp"]);
        entries[0].ContextKeyValues.ShouldBe(["nine", "ten"]);
        entries[0].ContextKeyType.ShouldBe(new ContextKeyType("stringList"));
    }

    [Fact] public void A_list_without_members_is_written_as_its_name() => Read<Authorize>("ActionName=s3:GetObject&ContextEntries=").ContextEntries.ShouldBeEmpty();

    [Theory]
    [InlineData("ListUsers", "MaxItems=abc", "Value at 'MaxItems' failed to satisfy constraint: Member must be a whole number")]
    [InlineData("ListUsers", "MaxItems=1.5", "Value at 'MaxItems' failed to satisfy constraint: Member must be a whole number")]
    [InlineData("ListUsers", "MaxItems=", "Value at 'MaxItems' failed to satisfy constraint: Member must be a whole number")]
    [InlineData("ListUsers", "MaxItems=99999999999999999999", "Value at 'MaxItems' failed to satisfy constraint: Member must be a whole number")]
    [InlineData("ListUsers", "MaxItems=0", "Value at 'MaxItems' failed to satisfy constraint: Member must have value greater than or equal to 1")]
    [InlineData("CreatePolicyVersion", "PolicyArn=arn:aws:iam::123456789012:policy/p&PolicyDocument=x&SetAsDefault=True", "Value at 'SetAsDefault' failed to satisfy constraint: Member must be true or false")]
    [InlineData("CreateUser", "UserName=", "Value at 'UserName' failed to satisfy constraint: Member must have length greater than or equal to 1")]
    [InlineData("CreateUser", "", "Value null at 'UserName' failed to satisfy constraint: Member must not be null")]
    [InlineData("CreateUser", "UserName=a&userName=b", "Value at 'userName' failed to satisfy constraint: Unknown parameter")]
    [InlineData("CreateUser", "UserName=a&Roles.member.1=b", "Value at 'Roles.member.1' failed to satisfy constraint: Unknown parameter")]
    [InlineData("CreateUser", "UserName=a&UserName.member.1=b", "Value at 'UserName.member' failed to satisfy constraint: Unknown parameter")]
    [InlineData("Authorize", "ActionName=s3:Get&ContextEntries=x", "Value at 'ContextEntries' failed to satisfy constraint: Member must be a list")]
    [InlineData("Authorize", "ActionName=s3:Get&ContextEntries.1.ContextKeyName=aws:a", "Value at 'ContextEntries.1' failed to satisfy constraint: Unknown parameter")]
    [InlineData("Authorize", "ActionName=s3:Get&ContextEntries.member.0.ContextKeyName=aws:a", "Value at 'ContextEntries.member.0' failed to satisfy constraint: A list's members are numbered from 1")]
    [InlineData("Authorize", "ActionName=s3:Get&ContextEntries.member.01.ContextKeyName=aws:a", "Value at 'ContextEntries.member.01' failed to satisfy constraint: A list's members are numbered from 1")]
    [InlineData("Authorize", "ActionName=s3:Get&ContextEntries.member.99999999999.ContextKeyName=aws:a", "Value at 'ContextEntries.member.99999999999' failed to satisfy constraint: A list's members are numbered from 1")]
    [InlineData("Authorize", "ActionName=s3:Get&ContextEntries.member.1=x", "Value at 'ContextEntries.member.1' failed to satisfy constraint: Member must be a structure")]
    [InlineData("Authorize", "ActionName=s3:Get&ContextEntries.member.1.Key=x", "Value at 'ContextEntries.member.1.Key' failed to satisfy constraint: Unknown parameter")]
    public void What_is_wrong_is_named(string operation, string form, string problem) => Problem(operation, form).ShouldBe($"1 validation error detected: {problem}");

    [Fact]
    public void All_that_is_wrong_is_said_at_once() => Problem("ListUsers", "MaxItems=abc&PathPrefix=x&Foo=1").ShouldStartWith("3 validation errors detected: ");

    [Theory]
    [InlineData("UserName=a&UserName=a", "Value at 'UserName' failed to satisfy constraint: Member must not be given twice")]
    [InlineData("UserName=%00", "Value at 'UserName' failed to satisfy constraint: Member must be percent-encoded UTF-8 without U+0000")]
    [InlineData("UserName=%ff", "Value at 'UserName' failed to satisfy constraint: Member must be percent-encoded UTF-8 without U+0000")]
    [InlineData("UserName=%ED%A0%80", "Value at 'UserName' failed to satisfy constraint: Member must be percent-encoded UTF-8 without U+0000")]
    [InlineData("UserName=%4", "Value at 'UserName' failed to satisfy constraint: Member must be percent-encoded UTF-8 without U+0000")]
    [InlineData("UserName=%zz", "Value at 'UserName' failed to satisfy constraint: Member must be percent-encoded UTF-8 without U+0000")]
    [InlineData("Action=x&=a", "Field 2 of the form has no name, or one that is longer than 256 characters, is not percent-encoded UTF-8, or holds U+0000")]
    public void A_form_that_is_none_is_refused(string form, string problem) =>
        FormText.AddTo([], Encoding.UTF8.GetBytes(form))!.Message.ShouldBe($"1 validation error detected: {problem}");

    [Fact]
    public void A_form_has_a_limited_number_of_fields()
    {
        string Form(int count) => string.Join('&', Enumerable.Range(1, count).Select(i => $"a{i}=b"));
        FormText.AddTo([], Encoding.UTF8.GetBytes(Form(FormText.MostFields))).ShouldBeNull();
        FormText.AddTo([], Encoding.UTF8.GetBytes(Form(FormText.MostFields + 1)))!.Code.ShouldBe("ValidationError");
    }

    [Fact]
    public void A_name_of_very_many_steps_is_unknown_and_nothing_more() =>
        Problem("CreateUser", $"UserName=a&{string.Join('.', Enumerable.Repeat("a", 120))}=b").ShouldEndWith("Unknown parameter");

    [Theory]
    [InlineData("Action=GetUser&Version=2010-05-08", "iam", null)]
    [InlineData("Action=GetCallerIdentity&Version=2011-06-15", "sts", null)]
    [InlineData("Version=2010-05-08", "iam", "MissingAction")]
    [InlineData("Action=GetUser", "iam", "NoSuchVersion")]
    [InlineData("Action=GetUser&Version=2009-01-01", "iam", "NoSuchVersion")]
    [InlineData("Action=GetUser&Version=2011-06-15", "iam", "InvalidAction")]
    [InlineData("Action=GetCallerIdentity&Version=2010-05-08", "sts", "InvalidAction")]
    [InlineData("Action=getuser&Version=2010-05-08", "iam", "InvalidAction")]
    [InlineData("Action=ListRoles&Version=2010-05-08", "iam", "InvalidAction")]
    [InlineData("Action=GetUser&Version=2010-05-08", "sts", "SignatureDoesNotMatch")]
    [InlineData("Action=GetCallerIdentity&Version=2011-06-15", "iam", "SignatureDoesNotMatch")]
    public void An_operation_is_named_with_its_version_and_signed_for_its_service(string form, string scope, string? refusal) =>
        (QueryProtocol.OperationOf(Fields(form), scope) is (_, { } error) ? error.Code : null).ShouldBe(refusal);

    const string Arn = "arn:aws:iam::123456789012:policy/p";

    static T Read<T>(string form) where T : IOperation
    {
        var (operation, refusal) = FormReader.Read(Operation.All[typeof(T).Name], Fields(form));
        refusal.ShouldBeNull();
        return (T)operation!;
    }

    static string Problem(string operation, string form)
    {
        var refusal = FormReader.Read(Operation.All[operation], Fields(form)).Refusal.ShouldNotBeNull();
        refusal.Code.ShouldBe("ValidationError");
        return refusal.Message;
    }

    static Dictionary<string, string> Fields(string form)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        FormText.AddTo(fields, Encoding.UTF8.GetBytes(form)).ShouldBeNull();
        return fields;
    }
}
