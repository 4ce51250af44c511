using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

public class EvaluationTests
{
    private const AccessOutcome Allowed = AccessOutcome.Allowed;
    private const AccessOutcome Explicit = AccessOutcome.ExplicitDeny;
    private const AccessOutcome Implicit = AccessOutcome.ImplicitDeny;

    private static readonly string AllowAll = Document(Statement());
    private static readonly string DenyAll = Document(Statement("Deny"));
    private static readonly string Other = Document(Statement(action: "iam:*"));
    private static readonly AccessRequest Request = new("s3:GetObject", Bucket, Nothing);

    [Fact] public void R80_all_parts_must_match() => Decide(Document(Statement(action: "s3:*", resource: "arn:aws:s3:::c"))).ShouldBe(Implicit);
    [Fact] public void R81_nothing_allows_by_itself() => Evaluator.Decide(GrantSet.Empty, null, Request).ShouldBe(Implicit);
    [Fact] public void D25_a_deny_whose_condition_fails_does_not_match() => Decide(Document(Statement(), Statement("Deny", condition: new { StringEquals = new { a = "b" } }))).ShouldBe(Allowed);

    [Theory]
    [InlineData("allow", null, Allowed)]
    [InlineData("allow", "allow", Allowed)]
    [InlineData("allow", "other", Implicit)]
    [InlineData("allow", "deny", Explicit)]
    [InlineData("allow", "empty", Implicit)]
    [InlineData("other", "allow", Implicit)]
    [InlineData("other", "deny", Explicit)]
    [InlineData("deny", "allow", Explicit)]
    [InlineData("deny", null, Explicit)]
    [InlineData("empty", "allow", Implicit)]
    [InlineData("allow deny", "allow", Explicit)]
    public void R83_R86_identity_and_boundary(string identity, string? boundary, AccessOutcome outcome)
    {
        Evaluator.Decide(Set(identity), boundary is null ? null : Set(boundary), Request).ShouldBe(outcome);
        Evaluator.Explain(Set(identity), boundary is null ? null : Set(boundary), Request).Outcome.ShouldBe(outcome);
    }

    [Fact] public void A_policy_counts_once() => GrantSet.Of(Grants(AllowAll).Grants.Concat(Grants(AllowAll, Other).Grants).Concat(Grants(AllowAll).Grants)).Grants.Length.ShouldBe(4);

    [Fact]
    public void The_same_grant_twice_is_one()
    {
        var grant = new PolicyGrant("a", CompiledPolicy.Compile(AllowAll));
        GrantSet.Of(grant, grant with { }).Grants.ShouldBe([grant]);
    }

    [Fact]
    public void A_policy_that_cannot_be_compiled_denies_loudly()
    {
        var broken = GrantSet.Of(new PolicyGrant("ok", CompiledPolicy.Compile(AllowAll)), new PolicyGrant("broken", CompiledPolicy.Compile("{")));
        Evaluator.Decide(broken, null, Request).ShouldBe(Explicit);
        Evaluator.Decide(Set("allow"), broken, Request).ShouldBe(Explicit);
        Evaluator.Explain(broken, null, Request).Failures.ShouldHaveSingleItem().PolicyId.ShouldBe("broken");
        Evaluator.Explain(broken, null, Request).Failures[0].Reason.ShouldStartWith("Syntax errors in policy.");
    }

    [Fact]
    public void R123_an_allow_names_all_its_allows()
    {
        var decision = Evaluator.Explain(Grants(Document(Statement(sid: "a"), Statement(action: "iam:*"), Statement(action: new[] { "s3:*", "s3:Get*", "s3:GetObject" })), Other, AllowAll), Set("allow"), Request);
        decision.Matched.Select(Short).ShouldBe(["Identity p1 0", "Identity p1 2", "Identity p3 0", "PermissionsBoundary p1 0"]);
        decision.Matched[0].Sid.ShouldBe("a");
        decision.AllowedByBoundary.ShouldBe(true);
        decision.EngineVersion.ShouldBe(PolicyEngineVersion.Current);
    }

    [Fact]
    public void R123_an_explicit_deny_names_only_its_denies()
    {
        var decision = Evaluator.Explain(Grants(AllowAll, Document(Statement(), Statement("Deny", notAction: "iam:*"))), Set("deny"), Request);
        decision.Matched.Select(Short).ShouldBe(["Identity p2 1", "PermissionsBoundary p1 0"]);
        decision.Matched.ShouldAllBe(statement => statement.Effect == Effect.Deny);
    }

    [Theory]
    [InlineData("other", null)]
    [InlineData("allow", "other")]
    public void R123_an_implicit_deny_names_nothing(string identity, string? boundary) =>
        Evaluator.Explain(Set(identity), boundary is null ? null : Set(boundary), Request).Matched.ShouldBeEmpty();

    [Fact]
    public void R124_R125_a_match_has_its_place()
    {
        var match = Evaluator.Explain(Grants(AllowAll), null, Request).Matched.ShouldHaveSingleItem();
        (match.Start, match.End).ShouldBe((new TextPosition(1, 38), new TextPosition(1, AllowAll.Length - 1)));
    }

    [Fact]
    public void R126_R127_context_keys_are_those_of_conditions_and_variables() =>
        ContextKeys.Of(PolicyDocument.Parse(Document(
            Statement(notResource: "arn:aws:s3:::${a:User, 'x'}/${*}", condition: new { StringLike = new Dictionary<string, string> { ["b:Key"] = "${c:Other}" }, NumericEquals = new { d = "${e}" } }),
            Statement(condition: new { Null = new Dictionary<string, string> { ["B:KEY"] = "true" } })))).ShouldBe(["a:User", "b:Key", "c:Other", "d"]);

    [Fact]
    public void R126_R127_those_of_an_action_are_those_of_the_statements_that_name_it()
    {
        var set = Grants(Document(Statement(action: "s3:Get*", resource: "arn:aws:s3:::${a:User}", condition: new { Bool = new Dictionary<string, string> { ["b:Key"] = "true" } }),
            Statement(action: "s3:Put*", condition: new { Bool = new { c = "true" } }), Statement("Deny", notAction: "ec2:*", condition: new { Bool = new Dictionary<string, string> { ["B:KEY"] = "true" } }), Statement(action: "s3:*")));
        ContextKeys.Of(set, "S3:getobject").ShouldBe(["a:User", "b:Key"]);
        ContextKeys.Of(set, "ec2:Run").ShouldBeEmpty();
        Should.Throw<ArgumentNullException>(() => ContextKeys.Of((GrantSet)null!, "s3:Get")).ParamName.ShouldBe("set");
        Should.Throw<ArgumentNullException>(() => ContextKeys.Of(set, null!)).ParamName.ShouldBe("action");
    }

    [Fact]
    public void R41_R43_a_statements_variables_are_those_of_its_resources_and_of_values_that_may_have_them()
    {
        var document = PolicyDocument.Parse(Document(Statement(resource: "arn:aws:s3:::${a}", condition: new { StringLike = new { k = "${b}" }, NumericEquals = new { l = "${c}" } })));
        ContextKeys.Variables(document, document.Statements[0]).ShouldBe(["a", "b"]);
        var trust = PolicyDocument.Parse(Document("""{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringLike":{"k":"${b}"}}}"""));
        ContextKeys.Variables(trust, trust.Statements[0]).ShouldBe(["b"]);
        Should.Throw<ArgumentNullException>(() => ContextKeys.Variables(null!, document.Statements[0])).ParamName.ShouldBe("document");
        Should.Throw<ArgumentNullException>(() => ContextKeys.Variables(document, null!)).ParamName.ShouldBe("statement");
    }

    [Fact]
    public void R41_R126_variables_are_those_of_operators_that_have_them()
    {
        foreach (var test in Enum.GetNames<ConditionTest>())
        {
            var has = test.StartsWith("String", StringComparison.Ordinal) || test.StartsWith("Arn", StringComparison.Ordinal) || test == "Bool";
            var document = PolicyDocument.Parse(Document(Statement(condition: new Dictionary<string, object> { [test] = new { k = "${v}" } })));
            ContextKeys.Of(document).ShouldBe(has ? ["k", "v"] : ["k"], test);
        }
    }

    [Fact]
    public void A_decision_allocates_nothing()
    {
        var grants = Grants(
            Document(Statement("Deny", action: "s3:Put*", resource: "arn:aws:s3:*:*:x/*/y"), Statement(action: "s3:Get*", resource: "arn:aws:s3:::${u}/*")),
            Document(Statement(condition: new { IpAddress = new { ip = "10.0.0.0/8" }, NumericLessThan = new { n = 5 }, DateGreaterThan = new { d = "2024-01-01" }, StringLike = new { s = "${u}*" }, BinaryEquals = new { y = "YQ==" }, ArnLike = new { a = "arn:aws:s3:::${u}*" } })));
        var context = RequestContext.Of(("u", "b"), ("ip", "10.1.2.3"), ("n", "4"), ("d", "2025-01-01T00:00:00Z"), ("s", "bob"), ("y", "YQ=="), ("a", "arn:aws:s3:::bob"));
        AccessRequest[] requests = [new("s3:PutObject", "arn:aws:s3:::b/x", context), new("s3:GetObject", "arn:aws:s3:::b/x", context), new("no:Such", "*", Nothing)];
        requests.Select(request => Evaluator.Decide(grants, grants, request)).ShouldBe([Allowed, Allowed, Implicit]);

        foreach (var request in requests) Allocations.Of(() => Evaluator.Decide(grants, grants, request)).ShouldBe(0);
    }

    private static string Short(MatchedStatement statement) => $"{statement.Source} {statement.PolicyId} {statement.StatementIndex}";

    private static GrantSet Set(string names) => Grants([.. names.Split(' ').Where(name => name != "empty").Select(name => name switch { "allow" => AllowAll, "deny" => DenyAll, _ => Other })]);
}
