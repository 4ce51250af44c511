using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>What the simulator answers (R120–R129).</summary>
public class SimulatorTests
{
    private const string Other = "arn:aws:s3:::c";
    private static readonly string ReadBucket = Document(Statement(action: "s3:Get*", resource: Bucket));
    private static readonly string DenyOther = Document(Statement("Deny", resource: Other));
    private static readonly Principal Alice = Principal.Of("arn:aws:iam::111111111111:user/alice");

    [Fact]
    public void R120_each_resource_is_tried()
    {
        var result = Simulate([ReadBucket, DenyOther]).Simulate("s3:GetObject", Bucket, Other, "*");
        result.ResourceSpecificResults.Select(one => (one.EvalResourceName, one.EvalResourceDecision)).ShouldBe([(Bucket, "allowed"), (Other, "explicitDeny"), ("*", "implicitDeny")]);
        (result.EvalActionName, result.EvalResourceName, result.EvalDecision).ShouldBe(("s3:GetObject", Other, "explicitDeny"));
    }

    [Fact]
    public void R122_the_most_restrictive_outcome_is_at_the_top()
    {
        var simulator = Simulate([ReadBucket, DenyOther]);
        simulator.Simulate("s3:GetObject", Bucket, "*").EvalDecision.ShouldBe("implicitDeny");
        simulator.Simulate("s3:GetObject", "*", Other).EvalDecision.ShouldBe("explicitDeny");
        simulator.Simulate("s3:GetObject", Bucket, Bucket).EvalDecision.ShouldBe("allowed");
    }

    [Fact]
    public void R120_no_resource_means_all()
    {
        var result = Simulate([Document(Statement())]).Simulate("s3:GetObject");
        (result.EvalResourceName, result.EvalDecision, result.ResourceSpecificResults.Count).ShouldBe(("*", "allowed", 0));
    }

    [Fact]
    public void R123_R124_statements_are_named_by_place()
    {
        var policies = Simulator.Inputs([ReadBucket, Document(Statement())], Document(Statement()), Document("""{"Effect":"Allow","Principal":"*","Action":"*"}"""));
        var result = new Simulator { Policies = policies, Caller = Alice }.Simulate("s3:GetObject", Bucket);
        result.MatchedStatements.Select(one => (one.SourcePolicyId, one.SourcePolicyType)).ShouldBe(
            [("PolicyInputList.1", "IAM Policy"), ("PolicyInputList.2", "IAM Policy"), ("PermissionsBoundaryPolicyInputList.1", "IAM Policy"), ("ResourcePolicy", "Resource Policy")]);
        (result.MatchedStatements[0].StartPosition, result.MatchedStatements[0].EndPosition).ShouldBe((new TextPosition(1, 38), new TextPosition(1, ReadBucket.Length - 1)));
    }

    [Fact] public void R123_an_implicit_deny_names_nothing() => Simulate([ReadBucket], boundary: DenyOther).Simulate("s3:GetObject", Bucket).MatchedStatements.ShouldBeEmpty();

    [Fact] public void R120_a_resource_policy_needs_a_caller() =>
        Should.Throw<InvalidOperationException>(() => new Simulator { Policies = Simulator.Inputs([], resource: Document("""{"Effect":"Allow","Principal":"*","Action":"*"}""")) }.Simulate("s3:GetObject"));

    [Fact] public void R120_a_text_that_is_no_policy_is_said() => Should.Throw<MalformedPolicyException>(() => Simulator.Inputs(["{"]));

    [Fact]
    public void R126_missing_values_stand_by_the_resource_or_at_the_top()
    {
        var policies = Simulator.Inputs(
            [Document(Statement(action: "iam:*", resource: "arn:aws:s3:::${aws:username}", condition: new { Bool = new { b = "${c}" } }))],
            Document(Statement(condition: new { Null = new Dictionary<string, string> { ["AWS:UserName"] = "true", ["d"] = "true" } })),
            Document("""{"Effect":"Allow","Principal":"*","Action":"*","Condition":{"Null":{"e":"true"}}}"""), [[Document(Statement(condition: new { Null = new { f = "true" } }))]]);
        var simulator = new Simulator { Policies = policies, Caller = Alice, Context = RequestContext.Of(("B", "true")) };
        simulator.Simulate("s3:GetObject").MissingContextValues.ShouldBe(["aws:username", "c", "d", "e", "f"]);
        var result = simulator.Simulate("s3:GetObject", Bucket);
        result.MissingContextValues.ShouldBeEmpty();
        result.ResourceSpecificResults.ShouldHaveSingleItem().MissingContextValues.ShouldBe(["aws:username", "c", "d", "e", "f"]);
    }

    [Fact]
    public void R126_policies_of_every_kind_count()
    {
        static string Needs(string key) => Document("""{"Effect":"Deny","Principal":"*","Action":"*","Condition":{"Null":{"key":"true"}}}""".Replace("key", key, StringComparison.Ordinal));
        var policies = new PolicySet { Session = Grants(Document(Statement(condition: new { Null = new { s = "true" } }))), ResourceControl = [OnResource(Needs("c"))], Endpoint = OnResource(Needs("e")) };
        new Simulator { Policies = policies, Caller = Alice }.Simulate("s3:GetObject").MissingContextValues.ShouldBe(["s", "c", "e"]);
    }

    [Theory]
    [InlineData(null, null, null, null)]
    [InlineData("allow", "allow", true, true)]
    [InlineData("other", "other", false, false)]
    public void R128_what_boundary_and_organisation_say(string? boundary, string? control, bool? byBoundary, bool? byOrganizations)
    {
        static string Policy(string name) => Document(Statement(action: name == "allow" ? "*" : "iam:*"));
        var policies = Simulator.Inputs([ReadBucket], boundary is null ? null : Policy(boundary), serviceControl: control is null ? null : [[Policy(control)]]);
        var result = new Simulator { Policies = policies }.Simulate("s3:GetObject", Bucket);
        (result.AllowedByPermissionsBoundary, result.AllowedByOrganizations).ShouldBe((byBoundary, byOrganizations));
        result.ResourceSpecificResults[0].AllowedByPermissionsBoundary.ShouldBe(byBoundary);
        result.EvalDecisionDetails.ShouldBeEmpty();
    }

    [Fact]
    public void R128_across_accounts_each_type_of_policy_has_its_say()
    {
        var policies = Simulator.Inputs([ReadBucket], resource: Document("""{"Effect":"Allow","Principal":{"Service":"s"},"Action":"*"}"""), resourceAccount: "222222222222");
        new Simulator { Policies = policies, Caller = Alice }.Simulate("s3:GetObject", Bucket).EvalDecisionDetails.OrderBy(one => one.Key, StringComparer.Ordinal)
            .ShouldBe([new("IAM Policy", AccessOutcome.Allowed), new("Resource Policy", AccessOutcome.ImplicitDeny)]);
        new Simulator { Policies = policies with { ResourceAccount = "111111111111" }, Caller = Alice }.Simulate("s3:GetObject", Bucket).EvalDecisionDetails.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Allow", AccessOutcome.Allowed)]
    [InlineData("Deny", AccessOutcome.ExplicitDeny)]
    public void R128_with_what_the_resource_says(string effect, AccessOutcome says)
    {
        var policies = Simulator.Inputs([ReadBucket], resource: Document($$"""{"Effect":"{{effect}}","Principal":"*","Action":"*"}"""), resourceAccount: "222222222222");
        new Simulator { Policies = policies, Caller = Alice }.Simulate("s3:GetObject", Bucket).EvalDecisionDetails["Resource Policy"].ShouldBe(says);
    }

    [Fact]
    public void R124_levels_of_service_control_are_named_in_order()
    {
        var policies = Simulator.Inputs([ReadBucket], serviceControl: [[Document(Statement())], [Document(Statement()), Document(Statement("Deny"))]]);
        new Simulator { Policies = policies }.Simulate("s3:GetObject", Bucket).MatchedStatements.ShouldHaveSingleItem().SourcePolicyId.ShouldBe("OrderedSCPs.2.2");
    }

    [Fact] public void R120_an_owner_without_a_caller_means_nothing() => new Simulator { Policies = Simulator.Inputs([ReadBucket], resourceAccount: "222222222222") }.Simulate("s3:GetObject", Bucket).EvalDecision.ShouldBe("allowed");

    [Theory]
    [InlineData("string", "a", true)]
    [InlineData("numeric", "1e3", true)]
    [InlineData("numeric", "10abc", false)]
    [InlineData("boolean", "TRUE", true)]
    [InlineData("boolean", "yes", false)]
    [InlineData("boolean", " true", false)]
    [InlineData("ip", "2001:db8::1", true)]
    [InlineData("ip", "10.0.0.0/8", false)]
    [InlineData("binary", "YQ==", true)]
    [InlineData("binary", "!", false)]
    [InlineData("date", "2024-01-01", true)]
    [InlineData("date", "soon", false)]
    [InlineData("text", "a", false)]
    public void R121_a_value_reads_as_its_type(string type, string value, bool reads)
    {
        ContextValue.TryRead(type, [value], out var single, out var problem).ShouldBe(reads);
        (problem is null).ShouldBe(reads);
        if (reads) single.ShouldBe(ContextValue.Of(value));
        ContextValue.TryRead(type + "List", [value], out var list, out _).ShouldBe(reads);
        if (reads) list.ShouldBe(ContextValue.List(value));
    }

    [Theory]
    [InlineData("string", 0, false)]
    [InlineData("string", 2, false)]
    [InlineData("stringList", 0, true)]
    [InlineData("stringList", 2, true)]
    public void R121_only_a_list_takes_other_than_one(string type, int count, bool reads) =>
        ContextValue.TryRead(type, [.. Enumerable.Repeat("a", count)], out _, out _).ShouldBe(reads);

    private static Simulator Simulate(string[] identity, string? boundary = null) => new() { Policies = Simulator.Inputs(identity, boundary) };
}
