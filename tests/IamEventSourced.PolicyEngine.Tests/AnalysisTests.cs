using FsCheck.Xunit;
using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>Questions about policies themselves.</summary>
[Properties(Arbitrary = [typeof(Cases)])]
public class AnalysisTests
{
    private static readonly string All = Statement();

    [Theory]
    [InlineData("""{"Action":"s3:GetObject","Resource":"*"}""", """{"Action":"s3:Get*","Resource":"*"}""")]
    [InlineData("""{"Action":"S3:getobject","Resource":"*"}""", """{"Action":"s3:GetObject","Resource":"*"}""")]
    [InlineData("""{"Action":["s3:Get*","s3:Put*"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}""", """{"Action":"s3:*","Resource":"arn:aws:s3:::b*"}""")]
    [InlineData("""{"Action":"s3:?et*","Resource":"arn:aws:s3:::b/?"}""", """{"Action":"s3:*","Resource":"arn:aws:s3:::*/*"}""")]
    [InlineData("""{"Action":"s3:*","Resource":"arn:aws:s3"}""", """{"Action":"s3:*","Resource":"arn:aws:*"}""")]
    [InlineData("""{"Action":"s3:*","Resource":"arn:aws:s3:::${aws:username}/x"}""", """{"Action":"s3:*","Resource":"arn:aws:s3:::*"}""")]
    [InlineData("""{"Action":"s3:*","Resource":"arn:aws:s3:::${aws:username}"}""", """{"Action":"*","Resource":["*"]}""")]
    [InlineData("""{"NotAction":["iam:*","s3:*"],"Resource":"*"}""", """{"NotAction":"iam:*","Resource":"*"}""")]
    [InlineData("""{"Action":"s3:*","Resource":"*"}""", """{"NotAction":"iam:*","Resource":"*"}""")]
    [InlineData("""{"Action":"s3:*","Resource":"arn:aws:s3:::b"}""", """{"Action":"s3:*","NotResource":"arn:aws:iam::*"}""")]
    [InlineData("""{"Action":"s3:*","Resource":"*","Condition":{"Bool":{"a":"true","b":"true"}}}""", """{"Action":"s3:*","Resource":"*","Condition":{"Bool":{"A":"true"}}}""")]
    public void What_is_within_is_proven(string narrow, string wide)
    {
        Compare(Allow(narrow), Allow(wide)).ShouldBe(GrantsMore.No);
        Compare(Allow(narrow), Allow(narrow)).ShouldBe(GrantsMore.No);
    }

    [Theory]
    [InlineData("""{"Action":"s3:Get*","Resource":"*"}""", """{"Action":"s3:GetObject","Resource":"*"}""")]
    [InlineData("""{"Action":"*","Resource":"*"}""", """{"NotAction":"iam:GetUser","Resource":"*"}""")]
    [InlineData("""{"Action":"s3:*","Resource":"*"}""", """{"Action":"s3:*","Resource":"arn:*"}""")]
    [InlineData("""{"Action":"s3:*","Resource":"arn:aws:s3:::b/*"}""", """{"Action":"s3:*","Resource":"arn:aws:s3:::b/x*"}""")]
    [InlineData("""{"Action":"s3:*","Resource":"arn:aws:*"}""", """{"Action":"s3:*","Resource":"arn:aws:s3*:::*"}""")]
    [InlineData("""{"Action":"s3:*","Resource":"*"}""", """{"Action":"s3:*","Resource":"*","Condition":{"Bool":{"a":"true"}}}""")]
    [InlineData("""{"Action":"s3:*","Resource":"arn:aws:s3:::${aws:username}"}""", """{"Action":"s3:*","Resource":"arn:aws:s3:::alice"}""")]
    [InlineData("""{"Action":"s3:*","Resource":"*","Condition":{"StringLike":{"a":"x*"},"IpAddress":{"ip":"10.0.0.0/8"}}}""", """{"Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"a":"y"}}}""")]
    [InlineData("""{"Action":"s3:*","Resource":"arn:aws:a:b:us:1:x"}""", """{"Action":"s3:*","Resource":"arn:aws:a*b:us:1:x"}""")]
    [InlineData("""{"Action":"s3:*","NotResource":"arn:aws:s3:::a*"}""", """{"Action":"s3:*","NotResource":"arn:aws:s3:::*"}""")]
    [InlineData("""{"NotAction":"s3:Get*","Resource":"*"}""", """{"NotAction":"s3:*","Resource":"*"}""")]
    public void What_is_more_has_an_example(string wide, string narrow)
    {
        var comparison = PolicyComparison.Compare(Grants(Document(Allow(wide))), Grants(Document(Allow(narrow))));
        comparison.Answer.ShouldBe(GrantsMore.Yes);
        Allows(Document(Allow(wide)), comparison.Example!.Value.Action, comparison.Example.Value.Resource, comparison.Example.Value.Context).ShouldBeTrue();
        Allows(Document(Allow(narrow)), comparison.Example.Value.Action, comparison.Example.Value.Resource, comparison.Example.Value.Context).ShouldBeFalse();
    }

    [Fact] public void What_the_other_denies_is_more() => Compare(All, All, Statement("Deny", action: "iam:*")).ShouldBe(GrantsMore.Yes);
    [Fact] public void What_both_deny_is_not() => Compare(All + "," + Statement("Deny", action: "iam:*"), All, Statement("Deny", action: "iam:Get*")).ShouldBe(GrantsMore.No);
    [Fact] public void A_deny_elsewhere_takes_nothing() => Compare(Statement(action: "s3:*"), All, Statement("Deny", action: "iam:*")).ShouldBe(GrantsMore.No);
    [Fact] public void What_one_denies_itself_is_nothing() => Compare(All + "," + Statement("Deny"), Statement(action: "s3:Get")).ShouldBe(GrantsMore.No);
    [Fact] public void A_policy_that_cannot_be_compiled_allows_nothing() => PolicyComparison.Compare(GrantSet.Of(new PolicyGrant("a", CompiledPolicy.Compile("{"))), Grants(Document(All))).Answer.ShouldBe(GrantsMore.No);
    [Fact] public void So_any_other_allows_more() => PolicyComparison.Compare(Grants(Document(All)), GrantSet.Of(new PolicyGrant("a", CompiledPolicy.Compile("{")))).Answer.ShouldBe(GrantsMore.Yes);

    [Fact] public void What_nobody_can_prove_is_unknown() =>
        Compare(Statement(condition: new { NumericLessThan = new { n = 5 } }), Statement(condition: new { NumericLessThan = new { n = 6 } })).ShouldBe(GrantsMore.Unknown);

    // With a value that has a colon the second * stands in the last segment, where it takes colons.
    [Fact] public void A_variable_may_hold_colons() =>
        Compare(Statement(resource: "arn:aws:s3:${v}:a*b:c:d"), Statement(resource: "arn:aws:s3:*:a*b:c:d")).ShouldNotBe(GrantsMore.No);

    [Law(400)]
    public void A_comparison_is_never_wrong(Case given, Case other, int kept)
    {
        // Parts of one another, so that there is something to prove.
        string[] second = (kept % 3) switch { 0 => other.Identity, 1 => [.. given.Identity, .. other.Identity], _ => [.. given.Identity.Skip(1), .. other.Identity.Take(1)] };
        var comparison = PolicyComparison.Compare(Grants(given.Identity), Grants(second));
        foreach (var (action, resource, entries) in new[] { (given.Action, given.Resource, given.Entries), (other.Action, other.Resource, other.Entries) })
            if (comparison.Answer == GrantsMore.No && SlowEvaluator.Decide(given.Identity, null, action, resource, new(entries)) == "Allowed")
                SlowEvaluator.Decide(second, null, action, resource, new(entries)).ShouldBe("Allowed", given + string.Join('\n', second));
        if (comparison.Example is not { } example) return;
        (string, string?, string[]?)[] context = [.. example.Context.Keys.Select(key => (key, example.Context[key]!.Value.Single, example.Context[key]!.Value.IsMulti ? example.Context[key]!.Value.Values.ToArray() : null))];
        SlowEvaluator.Decide(given.Identity, null, example.Action, example.Resource, new(context)).ShouldBe("Allowed");
        SlowEvaluator.Decide(second, null, example.Action, example.Resource, new(context)).ShouldNotBe("Allowed");
    }

    [Fact] public void More_actions_cost_in_proportion() => Growth.ShouldBeLinear(400, count => Analysed(1, count), Analyse);

    // Each statement is compared with each.
    [Fact] public void More_statements_cost_no_more_than_their_pairs() => Growth.ShouldBeQuadratic(40, count => Analysed(count, 10), Analyse);

    private static (GrantSet Policies, int Statements) Analysed(int statements, int actions) => (Grants(Document(
        [.. Enumerable.Range(0, statements).Select(number => Statement(action: Enumerable.Range(0, actions).Select(place => $"s{number}:A{place}").ToArray(), resource: Bucket))])), statements);

    private static void Analyse((GrantSet Policies, int Statements) given)
    {
        PolicyLinter.Check(given.Policies).ShouldBeEmpty();
        AccessSummary.Of(given.Policies).Lines.Count.ShouldBe(given.Statements);
        PolicyComparison.Compare(given.Policies, given.Policies).Answer.ShouldBe(GrantsMore.No);
    }

    private static string Allow(string members) => "{\"Effect\":\"Allow\"," + members[1..];

    private static GrantsMore Compare(string first, params string[] second) => PolicyComparison.Compare(Grants(Document(first)), Grants(Document(second))).Answer;
}
