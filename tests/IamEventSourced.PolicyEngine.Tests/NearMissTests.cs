using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>Why a statement did not match.</summary>
public class NearMissTests
{
    private static readonly AccessRequest Request = new("s3:GetObject", Bucket, RequestContext.Of(("aws:username", "alice")));

    [Fact] public void The_action() => Only(Statement(action: "s3:PutObject")).Failed.ShouldBe(StatementPart.Action);
    [Fact] public void What_NotAction_leaves_out() => Only(Statement(notAction: "s3:*")).Failed.ShouldBe(StatementPart.Action);
    [Fact] public void The_resource() => Only(Statement("Deny", resource: "arn:aws:s3:::c")).Failed.ShouldBe(StatementPart.Resource);
    [Fact] public void What_matches_is_none() => Near(Statement()).ShouldBeEmpty();
    [Fact] public void Nor_what_fails_twice() => Near(Statement(action: "iam:*", resource: "arn:aws:s3:::c")).ShouldBeEmpty();
    [Fact] public void Nor_what_fails_in_action_and_condition() => Near(Statement(action: "iam:*", condition: new { Bool = new { a = true } })).ShouldBeEmpty();

    [Fact]
    public void The_conditions_that_fail_are_said_with_what_the_request_had()
    {
        var miss = Only(Statement(condition: new { StringEquals = new Dictionary<string, string> { ["aws:username"] = "bob", ["k"] = "v" }, Null = new { other = true } }));
        miss.Failed.ShouldBe(StatementPart.Condition);
        miss.Conditions.Select(failed => (failed.Condition.Operator.ToString(), failed.Condition.Key, failed.Condition.Values[0], failed.Value?.Single))
            .ShouldBe([("StringEquals", "aws:username", "bob", "alice"), ("StringEquals", "k", "v", null)]);
    }

    [Fact]
    public void The_principal()
    {
        var policies = new PolicySet { Resource = OnResource(Document("""{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"*"}""", Statement())) };
        var near = Evaluator.NearMisses(Principal.Of("arn:aws:iam::111111111111:user/alice"), policies, Request);
        near.Select(miss => (miss.Source, miss.Statement.Index, miss.Failed)).ShouldBe([(PolicySource.Resource, 0, StatementPart.Principal), (PolicySource.Resource, 1, StatementPart.Principal)]);
    }

    private static NearMiss Only(string statement) => Near(statement).ShouldHaveSingleItem();

    private static IReadOnlyList<NearMiss> Near(string statement) => Evaluator.NearMisses(Grants(Document(statement)), null, Request);
}
