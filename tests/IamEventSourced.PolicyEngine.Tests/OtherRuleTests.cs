using FsCheck.Xunit;
using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>Rules of a line each.</summary>
[Properties(Arbitrary = [typeof(Cases)])]
public class OtherRuleTests
{
    [Fact] public void R5_an_id_means_nothing() => Allows($$"""{"Version":"2012-10-17","Id":"deny everything","Statement":{{Statement()}}}""").ShouldBeTrue();

    [Fact]
    public void R6_one_statement_is_an_array_of_one()
    {
        PolicyDocument one = PolicyDocument.Parse($$"""{"Statement":{{Statement()}}}"""), array = PolicyDocument.Parse($$"""{"Statement":[{{Statement()}}]}""");
        (one.StatementIsArray, array.StatementIsArray).ShouldBe((false, true));
        one.Statements.ShouldHaveSingleItem();
        array.Statements.ShouldHaveSingleItem();
        (Allows(one.Text) && Allows(array.Text)).ShouldBeTrue();
    }

    [Fact]
    public void R6_every_statement_of_an_array_counts()
    {
        var document = Document(Statement(action: "s3:*"), Statement(action: "iam:*"), Statement("Deny", action: "s3:Put*"));
        PolicyDocument.Parse(document).Statements.Select(statement => statement.Index).ShouldBe([0, 1, 2]);
        (Decide(document, "s3:Get"), Decide(document, "iam:Get"), Decide(document, "s3:Put"), Decide(document, "ec2:Run"))
            .ShouldBe((AccessOutcome.Allowed, AccessOutcome.Allowed, AccessOutcome.ExplicitDeny, AccessOutcome.ImplicitDeny));
    }

    [Theory]
    [InlineData("[]", "$.Statement", "At least one statement expected.")]
    [InlineData("[ ]", "$.Statement", "At least one statement expected.")]
    [InlineData("[\"a\"]", "$.Statement[0]", "'{' expected.")]
    [InlineData("[@,\"a\"]", "$.Statement[1]", "'{' expected.")]
    [InlineData("[[@]]", "$.Statement[0]", "'{' expected.")]
    [InlineData("[null]", "$.Statement[0]", "'{' expected.")]
    [InlineData("\"a\"", "$.Statement", "'[' expected.")]
    [InlineData("null", "$.Statement", "'[' expected.")]
    [InlineData("1", "$.Statement", "'[' expected.")]
    [InlineData("{}", "$.Statement", "Effect is missing.")]
    [InlineData("[@,{}]", "$.Statement[1]", "Effect is missing.")]
    public void R6_nothing_else_is_a_statement(string statements, string path, string detail)
    {
        var text = $$"""{"Version":"2012-10-17","Statement":{{statements.Replace("@", Statement(), StringComparison.Ordinal)}}}""";
        PolicyDocument.TryParse(text, out _, out var error).ShouldBeFalse();
        (error!.Message, error.Path, error.Detail).ShouldBe(("Syntax errors in policy.", path, detail));
        foreach (var kind in Enum.GetValues<PolicyKind>()) PolicyValidator.Validate(text, kind).ShouldBe(error);
    }

    [Theory]
    [InlineData("s3:*", "s3:Get*", true)]
    [InlineData("s3:GetObject", "s3:Get*", false)]
    [InlineData("s3:GetObject", "s3:GetObjec?", false)]
    [InlineData("s3:*", "*", false)]
    public void R21_what_is_asked_has_no_wildcards(string pattern, string action, bool matches) => ActionMatches(pattern, action).ShouldBe(matches);

    [Theory]
    [InlineData("*", "*", true)]
    [InlineData("*", "arn:aws:s3:::b", true)]
    [InlineData("arn:aws:s3:::b", "*", false)]
    [InlineData("arn:aws:s3:::b", "arn:aws:s3:::b", true)]
    [InlineData("arn:aws:s3:::b", "arn:aws:s3:::*", false)]
    [InlineData("arn:aws:s3:::b", "arn:aws:s3:::?", false)]
    [InlineData("arn:aws:s3:::*", "arn:aws:s3:::*", true)]
    [InlineData("arn:aws:s3:::?", "arn:aws:s3:::*", true)]
    [InlineData("arn:aws:s3:::b", "arn:aws:s3:::b/x", false)]
    [InlineData("arn:aws:s3:::b", "x:arn:aws:s3:::b", false)]
    [InlineData("arn:aws:s3:::b", "arn:aws:s3:::b ", false)]
    [InlineData("arn:aws:s3:::b", "", false)]
    [InlineData("arn:aws:s3:::${v}", "arn:aws:s3:::${v}", false)]
    public void R30_a_resource_that_is_asked_is_one_text(string pattern, string resource, bool matches)
    {
        ResourceMatches(pattern, resource, RequestContext.Of(("v", "b"))).ShouldBe(matches);
        NotResourceMatches(pattern, resource, RequestContext.Of(("v", "b"))).ShouldBe(!matches);
    }

    [Fact] public void R30_one_of_the_patterns_is_enough() => ResourceMatches(new[] { "arn:aws:s3:::a", "arn:aws:s3:::b*" }, "arn:aws:s3:::bc").ShouldBeTrue();

    [Theory]
    [InlineData("arn:aws:ec2:*:*:*/*", "arn:aws:ec2:us-east-1:1:instance/i-1", true)]
    [InlineData("arn:aws:ec2:*:*:security-group*/*", "arn:aws:ec2:us-east-1:1:security-group-rule/x", true)]
    [InlineData("arn:aws:ec2:*:*:security-group*/*", "arn:aws:ec2:us-east-1:1:instance/x", false)]
    [InlineData("arn:aws:logs:*:*:log*:x", "arn:aws:logs:us-east-1:1:log-group:x", true)]
    public void R34_wildcards_stand_before_the_first_slash_too(string pattern, string resource, bool matches) => ResourceMatches(pattern, resource).ShouldBe(matches);

    [Theory]
    [InlineData("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*", true)]
    [InlineData("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/x", false)]
    [InlineData("arn:aws:s3:::b/${v}", "arn:aws:s3:::b/a*", true)]
    [InlineData("arn:aws:s3:::b/${v}", "arn:aws:s3:::b/ab", false)]
    public void R38_what_stands_for_a_literal_is_one(string pattern, string resource, bool matches) => ResourceMatches(pattern, resource, RequestContext.Of(("v", "a*"))).ShouldBe(matches);

    [Fact]
    public void R70_one_of_the_principals_is_enough()
    {
        var resource = OnResource(Document("""{"Effect":"Allow","Principal":{"AWS":["222222222222","arn:aws:iam::111111111111:user/bob"],"Service":["a","b"]},"Action":"*"}"""));
        Evaluator.Decide(Principal.Of("arn:aws:iam::111111111111:user/bob"), new() { Resource = resource }, new("s3:Get", Bucket, Nothing)).ShouldBe(AccessOutcome.Allowed);
        Evaluator.Decide(Principal.Service("b"), new() { Resource = resource }, new("s3:Get", Bucket, Nothing)).ShouldBe(AccessOutcome.Allowed);
        Evaluator.Decide(Principal.Service("c"), new() { Resource = resource }, new("s3:Get", Bucket, Nothing)).ShouldBe(AccessOutcome.ImplicitDeny);
    }

    [Fact]
    public void R82_what_is_not_given_limits_nothing_and_an_empty_level_blocks()
    {
        var user = Principal.Of("arn:aws:iam::111111111111:user/bob");
        var policies = new PolicySet { Identity = Grants(Document(Statement())) };
        Evaluator.Decide(user, policies, new("s3:Get", Bucket, Nothing)).ShouldBe(AccessOutcome.Allowed);
        Evaluator.Decide(user, policies with { ServiceControl = [GrantSet.Empty] }, new("s3:Get", Bucket, Nothing)).ShouldBe(AccessOutcome.ImplicitDeny);
        Evaluator.Decide(user, policies with { PermissionsBoundary = GrantSet.Empty }, new("s3:Get", Bucket, Nothing)).ShouldBe(AccessOutcome.ImplicitDeny);
        Evaluator.Decide(user, policies with { Session = GrantSet.Empty }, new("s3:Get", Bucket, Nothing)).ShouldBe(AccessOutcome.ImplicitDeny);
        Evaluator.Decide(user, policies with { Endpoint = ResourcePolicies.Of() }, new("s3:Get", Bucket, Nothing)).ShouldBe(AccessOutcome.ImplicitDeny);
        Evaluator.Decide(user, policies with { ResourceControl = [ResourcePolicies.Of()] }, new("s3:Get", Bucket, Nothing)).ShouldBe(AccessOutcome.Allowed);
    }

    [Theory]
    [InlineData("my:Own")]
    [InlineData("my:Own/Key")]
    [InlineData("my:Own/a key/with: all {kinds} of \u00fcmlauts")]
    [InlineData("aws:NeverHeardOf")]
    public void R93_a_key_that_nobody_knows_is_a_key(string key)
    {
        Dictionary<string, object> Is(string test, string value) => new() { [test] = new Dictionary<string, object> { [key] = value } };
        var (known, mine) = (RequestContext.Of(("aws:username", "alice")), RequestContext.Of((key, "x")));
        PolicyValidator.Validate(Document(Statement(resource: $"arn:aws:s3:::${{{key}}}", condition: Is("StringEquals", "x"))), PolicyKind.Identity).ShouldBeNull();
        (Holds(Is("Null", "true"), known), Holds(Is("Null", "true"), mine)).ShouldBe((true, false));
        (Holds(Is("StringEquals", "x"), known), Holds(Is("StringEquals", "x"), mine)).ShouldBe((false, true));
        (Holds(Is("StringNotEquals", "x"), known), Holds(Is("StringNotEquals", "x"), mine)).ShouldBe((true, false));
    }

    [Fact]
    public void R93_an_absent_key_has_no_value_to_stand_for()
    {
        ResourceMatches("arn:aws:s3:::${my:Own/Key}", Bucket).ShouldBeFalse();
        ResourceMatches("arn:aws:s3:::${my:Own/Key}", Bucket, RequestContext.Of(("MY:own/KEY", "b"))).ShouldBeTrue();
        ContextKeys.Missing([PolicyDocument.Parse(Document(Statement(resource: "arn:aws:s3:::${my:Own/Key}")))], Nothing).ShouldBe(["my:Own/Key"]);
    }

    [Fact]
    public void R95_a_list_is_no_variable()
    {
        ResourceMatches("arn:aws:s3:::${k}", Bucket, RequestContext.Of(("k", ContextValue.List("b")))).ShouldBeFalse();
        ResourceMatches("arn:aws:s3:::${k}", Bucket, RequestContext.Of(("k", "b"))).ShouldBeTrue();
    }

    /// <summary>The account answers MalformedPolicyDocument for what the engine rejects, and LimitExceeded for what is too long: the engine rejects no length, it counts it.</summary>
    [Theory]
    [InlineData(6_144)]
    [InlineData(6_145)]
    [InlineData(131_073)]
    public void R100_a_size_over_a_quota_is_not_malformed(int size)
    {
        var start = Document(Statement(sid: "a"));
        var text = start.Replace("\"a\"", $"\"{new string('a', size - start.Length + 1)}\"", StringComparison.Ordinal);
        PolicyDocument.Parse(text).Size.ShouldBe(size);
        foreach (var kind in new[] { PolicyKind.Identity, PolicyKind.PermissionsBoundary, PolicyKind.Session, PolicyKind.ServiceControl }) PolicyValidator.Validate(text, kind).ShouldBeNull();
        PolicyValidator.Validate(text.Replace("Allow", "allow", StringComparison.Ordinal), PolicyKind.Identity)!.Message.ShouldBe("The policy failed legacy parsing");
    }

    [Law(300)]
    public void R129_a_simulation_decides_as_the_evaluator_does(Case given)
    {
        var simulator = new Simulator { Policies = new() { Identity = Grants(given.Identity), PermissionsBoundary = given.Boundary is null ? null : Grants(given.Boundary) }, Context = given.Context };
        simulator.Simulate(given.Action, given.Resource).Outcome.ToString().ShouldBe(SlowEvaluator.Decide(given.Identity, given.Boundary, given.Action, given.Resource, new(given.Entries)));
    }
}
