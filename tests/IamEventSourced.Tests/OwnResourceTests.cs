using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

/// <summary>Of its own users and policies the service knows the tags and the account: a question about them is decided as the operation itself, whatever the asker says.</summary>
public class OwnResourceTests : Specification
{
    const string AliceArn = "arn:aws:iam::111122223333:user/team/alice", BobArn = "arn:aws:iam::111122223333:user/Bob", AwsArn = "arn:aws:iam::aws:policy/ReadOnlyAccess";

    public OwnResourceTests() => Given(Alice, AliceKeyCreated, Bob, Read, CatalogueAdopted.Of(Catalogue.BuiltIn));

    void Denying(string condition) => Given(new UserPolicyPut(AliceId, "some", $$$"""
        {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{"StringEquals":{{{condition}}} }}]}
        """));

    [Theory]
    [InlineData("""{"aws:ResourceTag/protected":"true"}""")] [InlineData("""{"iam:ResourceTag/Protected":"true"}""")] [InlineData("""{"aws:ResourceAccount":"111122223333"}""")]
    public void What_the_operation_is_denied_by_its_resource_the_question_is_denied(string condition)
    {
        Given(new UserTagged(BobId, "protected", "true"), new PolicyTagged(ReadId, "protected", "true"));
        Denying(condition);
        foreach (var (operation, action, resource) in ((ICommand, string, string)[])[(new DeleteUser("bob"), "iam:DeleteUser", BobArn), (new DeletePolicy(ReadArn), "iam:DeletePolicy", ReadArn.Value)])
        {
            Directory.Refusal(operation, CallOf(AsAlice))!.Code.ShouldBe("AccessDenied");
            Ask(new Authorize(action, resource, AliceArn)).Decision.ShouldBe("explicitDeny", resource);
            Ask(new AuthorizeBatch([new(action, resource, AliceArn), new("s3:GetObject", "arn:aws:s3:::b/k", AliceArn)])).Results.Select(result => result.Decision).ShouldBe(["explicitDeny", "allowed"]);
        }
    }

    [Fact]
    public void What_has_no_resource_is_this_accounts_too()
    {
        Denying("""{"aws:ResourceAccount":"111122223333"}""");
        Directory.Refusal(new CreateAccountAlias("works"), CallOf(AsAlice))!.Code.ShouldBe("AccessDenied");
        Ask(new Authorize("iam:CreateAccountAlias", null, AliceArn)).Decision.ShouldBe("explicitDeny");
    }

    [Theory]
    [InlineData("aws:ResourceTag/protected")] [InlineData("iam:ResourceTag/protected")] [InlineData("AWS:resourcetag/other")] [InlineData("aws:ResourceAccount")] [InlineData("ec2:ResourceTag/protected")]
    public void An_asker_does_not_say_what_they_are(string key)
    {
        Given(new UserTagged(BobId, "protected", "true"));
        foreach (var resource in (string[])[BobArn, AliceArn, ReadArn.Value, AwsArn, "arn:aws:iam::111122223333:user/nobody", "arn:aws:iam::111122223333:group/admins"])
            new Authorize("iam:DeleteUser", resource, AliceArn, [new(key, ["false"])]).Answer(Directory, CallOf(null)).Refusal!.ShouldBe(IamError.InvalidInput($"ContextEntries: {key} is known to the service and can't be given."), resource);
    }

    [Theory]
    [InlineData("arn:aws:s3:::b/k")] [InlineData("arn:aws:iam::444455556666:user/Bob")] [InlineData("arn:aws:iam::1111222233334:user/Bob")]
    public void Of_what_is_anothers_it_does(string resource)
    {
        Denying("""{"aws:ResourceTag/protected":"true","aws:ResourceAccount":"444455556666"}""");
        foreach (var (tag, decision) in ((string, string)[])[("true", "explicitDeny"), ("false", "allowed")])
            Ask(new Authorize("iam:DeleteUser", resource, AliceArn, [new("aws:ResourceTag/protected", [tag]), new("aws:ResourceAccount", ["444455556666"])])).Decision.ShouldBe(decision);
    }
}
