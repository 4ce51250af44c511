using FsCheck.Xunit;
using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>Questions about policies themselves.</summary>
[Properties(Arbitrary = [typeof(Cases)])]
public class AnalysisTests
{
    private static readonly string All = Statement(), None = Statement("Deny", action: "no:Thing");

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

    // One action or resource pattern against another; the first is proven to take all of the second, or nothing is proven.
    [Theory]
    [InlineData("s3:*", "s3:*", true)]
    [InlineData("s3:*", "s3:Get*", true)]
    [InlineData("s3:Get*", "s3:*", false)]
    [InlineData("s3:Get*", "s3:Get", true)]
    [InlineData("s3:Get?", "s3:Get?", true)]
    [InlineData("s3:Get?", "s3:GetA", true)]
    [InlineData("s3:Get?", "s3:Get*", false)]
    [InlineData("s3:Get?", "s3:Get", false)]
    [InlineData("s3:Get?", "s3:GetAB", false)]
    [InlineData("s3:?et", "s3:Set", true)]
    [InlineData("s3:*Object", "s3:Get*Object", true)]
    [InlineData("s3:*Object", "s3:Get*", false)]
    [InlineData("s3:*a*", "s3:?a?", true)]
    [InlineData("s3:a*b*c", "s3:aXbbYc", true)]
    [InlineData("s3:a*b*c", "s3:ac", false)]
    [InlineData("s3:a*b", "s3:a*b*b", true)]
    [InlineData("s3:**", "s3:*", true)]
    [InlineData("s3:*?", "s3:*", false)]
    [InlineData("s3:Get*", "ec2:Get*", false)]
    [InlineData("s3:G", "s3:g", true)]
    [InlineData("*", "s3:*", true)]
    [InlineData("s3:*", "*", false)]
    public void An_action_pattern_is_within_another(string wide, string narrow, bool within)
    {
        (Compare(Statement(action: narrow), Statement(action: wide)) == GrantsMore.No).ShouldBe(within);
        (Compare(Statement(notAction: wide, resource: Bucket), Statement(notAction: narrow, resource: Bucket)) == GrantsMore.No).ShouldBe(within);
    }

    [Theory]
    [InlineData("arn:aws:s3:::b", "arn:aws:s3:::b", true)]
    [InlineData("arn:aws:s3:::b", "arn:aws:s3:::c", false)]
    [InlineData("arn:aws:s3:::*", "arn:aws:s3:::b/*/c", true)]
    [InlineData("arn:aws:s3:::b/?", "arn:aws:s3:::b/?", true)]
    [InlineData("arn:aws:s3:::b/?", "arn:aws:s3:::b/*", false)]
    [InlineData("arn:aws:s3:::?:x", "arn:aws:s3:::::x", true)]
    [InlineData("arn:aws:s?:::b", "arn:aws:s3:::b", true)]
    [InlineData("arn:aws:s?:::b", "arn:aws:s?:::b", true)]
    [InlineData("arn:aws?s3:::b", "arn:aws:s3:::b", false)]
    [InlineData("arn:aws:s?x:::b", "arn:aws:s*x:::b", false)]
    [InlineData("arn:aws:s*x:::b", "arn:aws:s?x:::b", true)]
    [InlineData("arn:aws:s*x:::b", "arn:aws:s3y*x:::b", true)]
    [InlineData("arn:aws:s*x:::b", "arn:aws:s:x:::b", false)]
    [InlineData("arn:aws:s*x:::b", "arn:aws:s*:::b", false)]
    [InlineData("arn:aws:s*:::b", "arn:aws:s:x:::b", true)]
    [InlineData("arn:aws:s*:::b", "arn:aws:s*x:::b", true)]
    [InlineData("arn:aws:s3", "arn:aws:s3:::b", true)]
    [InlineData("arn:aws:s3:::b", "arn:aws:s3", false)]
    [InlineData("arn:aws:s3:*", "arn:aws:s3", false)]
    [InlineData("arn:aws:s3*", "arn:aws:s3", true)]
    [InlineData("arn:aws:s3", "arn:aws:s3", true)]
    [InlineData("arn:aws:s3:::${v}", "arn:aws:s3:::${v}", true)]
    [InlineData("arn:aws:s3:::${v}", "arn:aws:s3:::${w}", false)]
    [InlineData("arn:aws:s3:::${v}*", "arn:aws:s3:::${v}", false)]
    [InlineData("arn:aws:s3:::*", "arn:aws:s3:::${v}", true)]
    [InlineData("arn:aws:s3:::*", "arn:aws:s3:::b/${v}/c", true)]
    [InlineData("arn:aws:s3:::${v}", "arn:aws:s3:::b", false)]
    [InlineData("arn:aws:s3::?:b", "arn:aws:s3::${v}:b", false)]
    [InlineData("arn:*", "arn:aws:${v}", true)]
    [InlineData("*", "arn:aws:s3:::b", true)]
    [InlineData("**", "*", true)]
    [InlineData("arn:*", "*", false)]
    public void A_resource_pattern_is_within_another(string wide, string narrow, bool within)
    {
        (Compare(Statement(resource: narrow), Statement(resource: wide)) == GrantsMore.No).ShouldBe(within);
        (Compare(Statement(action: "s3:*", notResource: wide), Statement(action: "s3:*", notResource: narrow)) == GrantsMore.No).ShouldBe(within);
    }

    // A deny that reaches nothing of what is allowed takes nothing.
    [Theory]
    [InlineData("s3:Get", "s3:Put", true)]
    [InlineData("s3:Get", "s3:Get", false)]
    [InlineData("s3:Get", "ec2:Get", true)]
    [InlineData("s3:Get*", "s3:Put*", true)]
    [InlineData("s3:Get*", "s3:G*", false)]
    [InlineData("s3:*Get", "s3:*Put", true)]
    [InlineData("s3:*Get", "s3:*t", false)]
    [InlineData("s3:Get", "s3:G?t", false)]
    [InlineData("s3:G?t", "s3:Get", false)]
    [InlineData("s3:G?t", "s3:Got!", true)]
    [InlineData("s3:G*t", "s3:P*t", true)]
    [InlineData("s3:*", "*", false)]
    [InlineData("*", "s3:*", false)]
    public void A_deny_of_other_actions_takes_nothing(string allowed, string denied, bool apart)
    {
        (Compare(Statement(action: allowed), All, Statement("Deny", action: denied)) == GrantsMore.No).ShouldBe(apart);
        if (!denied.EndsWith('*')) return;
        Compare(Statement(action: allowed), All, Statement("Deny", notAction: denied)).ShouldNotBe(apart ? GrantsMore.No : GrantsMore.Unknown);
    }

    [Theory]
    [InlineData("arn:aws:s3:::b", "arn:aws:s3:::c", true)]
    [InlineData("arn:aws:s3:::b", "arn:aws:s3:::b", false)]
    [InlineData("arn:aws:s3:::b/*", "arn:aws:s3:::c/*", true)]
    [InlineData("arn:aws:s3:::b*", "arn:aws:s3:::b/*", false)]
    [InlineData("arn:aws:s3:::*/b", "arn:aws:s3:::*/c", true)]
    [InlineData("arn:aws:s3", "arn:aws:s3:::b", false)]
    [InlineData("arn:aws:s3", "arn:aws:ec2:*", true)]
    [InlineData("arn:aws:s3:::b", "*", false)]
    [InlineData("*", "arn:aws:s3:::b", false)]
    [InlineData("arn:aws:s3:::${v}", "arn:aws:s3:::b", false)]
    [InlineData("arn:aws:s3:::${v}", "arn:aws:ec2:::b", true)]
    public void A_deny_of_other_resources_takes_nothing(string allowed, string denied, bool apart) =>
        (Compare(Statement(resource: allowed), All, Statement("Deny", resource: denied)) == GrantsMore.No).ShouldBe(apart);

    [Theory]
    [InlineData("""{"Action":["s3:Put","s3:Get"],"Resource":"*"}""", false)]
    [InlineData("""{"Action":["s3:Put","s3:List"],"Resource":"*"}""", true)]
    [InlineData("""{"Action":"*","Resource":["arn:aws:s3:::c","arn:aws:s3:::b"]}""", false)]
    [InlineData("""{"Action":"*","Resource":["arn:aws:s3:::c","arn:aws:s3:::d"]}""", true)]
    public void A_deny_of_several_takes_what_one_of_them_takes(string denied, bool apart) =>
        (Compare(Statement(action: "s3:Get", resource: Bucket), All, "{\"Effect\":\"Deny\"," + denied[1..]) == GrantsMore.No).ShouldBe(apart);

    [Theory]
    [InlineData("""{"Action":["s3:Get","s3:Put"],"Resource":"*"}""", """{"NotAction":"s3:*","Resource":"*"}""", true)]
    [InlineData("""{"Action":["s3:Get","ec2:Run"],"Resource":"*"}""", """{"NotAction":"s3:*","Resource":"*"}""", false)]
    [InlineData("""{"NotAction":["s3:*","iam:*"],"Resource":"*"}""", """{"Action":["s3:Get","iam:Get*"],"Resource":"*"}""", true)]
    [InlineData("""{"NotAction":"s3:*","Resource":"*"}""", """{"Action":["s3:Get","iam:Get*"],"Resource":"*"}""", false)]
    [InlineData("""{"NotAction":"s3:*","Resource":"*"}""", """{"NotAction":"iam:*","Resource":"*"}""", false)]
    [InlineData("""{"Action":"s3:*","Resource":["arn:aws:s3:::b/x","arn:aws:s3:::b/y"]}""", """{"Action":"s3:*","NotResource":"arn:aws:s3:::b/*"}""", true)]
    [InlineData("""{"Action":"s3:*","Resource":["arn:aws:s3:::b/x","arn:aws:s3:::c"]}""", """{"Action":"s3:*","NotResource":"arn:aws:s3:::b/*"}""", false)]
    [InlineData("""{"Action":"s3:*","NotResource":"arn:aws:s3:::b/*"}""", """{"Action":"s3:*","Resource":["arn:aws:s3:::b/x","arn:aws:s3:::b/y"]}""", true)]
    [InlineData("""{"Action":"s3:*","NotResource":"arn:aws:s3:::b/*"}""", """{"Action":"s3:*","Resource":["arn:aws:s3:::b/x","arn:aws:s3:::c"]}""", false)]
    [InlineData("""{"Action":"s3:*","NotResource":["arn:aws:s3:::${v}","arn:aws:s3:::b"]}""", """{"Action":"s3:*","Resource":"arn:aws:s3:::b"}""", false)]
    [InlineData("""{"Action":"s3:*","Resource":"arn:aws:s3:::b"}""", """{"Action":"s3:*","NotResource":["arn:aws:s3:::${v}","arn:aws:s3:::b"]}""", false)]
    [InlineData("""{"Action":"s3:*","NotResource":"arn:aws:s3:::b"}""", """{"Action":"s3:*","NotResource":"arn:aws:s3:::c"}""", false)]
    [InlineData("""{"Action":"s3:*","Resource":"arn:aws:s3:::b/x"}""", """{"Action":"s3:*","NotResource":["arn:aws:s3:::b/*","arn:aws:s3:::c"]}""", true)]
    [InlineData("""{"Action":"s3:*","NotResource":["arn:aws:s3:::b/*","arn:aws:s3:::c"]}""", """{"Action":"s3:*","Resource":"arn:aws:s3:::b/x"}""", true)]
    public void A_deny_of_the_rest_takes_nothing_of_what_is_left_out(string allowed, string denied, bool apart) =>
        (Compare(Allow(allowed), All, "{\"Effect\":\"Deny\"," + denied[1..]) == GrantsMore.No).ShouldBe(apart);

    [Theory]
    [InlineData("""{"Action":"s3:*","Resource":"*"}""", """{"NotAction":["iam:*","ec2:*"],"Resource":"*"}""", true)]
    [InlineData("""{"Action":["s3:*","iam:Get"],"Resource":"*"}""", """{"NotAction":"iam:*","Resource":"*"}""", false)]
    [InlineData("""{"NotAction":"iam:*","Resource":"*"}""", """{"Action":"*","Resource":"*"}""", true)]
    [InlineData("""{"NotAction":"iam:*","Resource":"*"}""", """{"Action":["s3:*","ec2:*"],"Resource":"*"}""", false)]
    [InlineData("""{"Action":"s3:*","NotResource":"arn:aws:s3:::b"}""", """{"Action":"s3:*","Resource":"*"}""", true)]
    [InlineData("""{"Action":"s3:*","NotResource":"arn:aws:s3:::b"}""", """{"Action":"s3:*","Resource":"arn:*"}""", false)]
    [InlineData("""{"Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::c"]}""", """{"Action":"s3:*","NotResource":["arn:aws:s3:::d*","arn:aws:s3:::e"]}""", true)]
    [InlineData("""{"Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::d1"]}""", """{"Action":"s3:*","NotResource":"arn:aws:s3:::d*"}""", false)]
    [InlineData("""{"Action":["s3:*","ec2:*"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::c"]}""", """{"Action":"s3:*","Resource":"arn:*"},{"Effect":"Allow","Action":"ec2:*","Resource":["arn:aws:s3:::c","arn:aws:s3:::b"]}""", true)]
    [InlineData("""{"Action":["s3:*","ec2:*"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::c"]}""", """{"Action":"s3:*","Resource":"arn:*"},{"Effect":"Allow","Action":"ec2:*","Resource":"arn:aws:s3:::c"}""", false)]
    [InlineData("""{"Action":"iam:Get","Resource":"*"}""", """{"NotAction":["ec2:*","iam:*"],"Resource":"*"}""", false)]
    [InlineData("""{"NotAction":"iam:*","Resource":"*"}""", """{"Action":["s3:Get","*"],"Resource":"*"}""", true)]
    [InlineData("""{"Action":"s3:*","NotResource":"arn:aws:s3:::b"}""", """{"Action":"s3:*","NotResource":["arn:aws:s3:::b","arn:aws:s3:::c"]}""", false)]
    [InlineData("""{"Action":"s3:*","NotResource":["arn:aws:s3:::c","arn:aws:s3:::b"]}""", """{"Action":"s3:*","NotResource":"arn:aws:s3:::b"}""", true)]
    [InlineData("""{"Action":"s3:*","NotResource":["arn:aws:s3:::c","arn:aws:s3:::b"]}""", """{"Action":"s3:*","NotResource":["arn:aws:s3:::b","arn:aws:s3:::c"]}""", true)]
    [InlineData("""{"Action":"s3:*","Resource":"arn:aws:s3:::d1"}""", """{"Action":"s3:*","NotResource":["arn:aws:s3:::e","arn:aws:s3:::d*"]}""", false)]
    [InlineData("""{"Action":"s3:*","NotResource":"arn:aws:s3:::b"}""", """{"Action":"s3:*","Resource":["arn:aws:s3:::c","*"]}""", true)]
    [InlineData("""{"Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::c"]}""", """{"Action":"s3:*","Resource":"arn:aws:s3:::b"},{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::c"}""", true)]
    public void What_is_left_out_counts_on_both_sides(string narrow, string wide, bool within) => (Compare(Allow(narrow), Allow(wide)) == GrantsMore.No).ShouldBe(within);

    [Theory]
    [InlineData("""{"StringEquals":{"a":["x","y"]}}""", """{"StringEquals":{"A":["y","x"]}}""", true)]
    [InlineData("""{"StringEquals":{"a":"x"},"Bool":{"b":"true"}}""", """{"StringEquals":{"a":"x"}}""", true)]
    [InlineData("""{"StringEquals":{"a":"x"}}""", """{"StringEquals":{"a":"x"},"Bool":{"b":"true"}}""", false)]
    [InlineData("""{"StringEquals":{"a":"x"}}""", """{"StringEquals":{"a":["x","y"]}}""", false)]
    [InlineData("""{"StringEquals":{"a":"x"}}""", """{"StringEquals":{"a":"X"}}""", false)]
    [InlineData("""{"StringEquals":{"a":"x"}}""", """{"StringEquals":{"b":"x"}}""", false)]
    [InlineData("""{"StringEquals":{"a":"x"}}""", """{"StringEqualsIfExists":{"a":"x"}}""", false)]
    [InlineData("""{"StringEquals":{"a":"${v}"}}""", """{"StringEquals":{"a":"${v}"}}""", true)]
    [InlineData("{}", """{"StringEquals":{"a":"x"}}""", false)]
    public void A_condition_is_the_same_or_nothing_is_known_of_it(string narrow, string wide, bool within)
    {
        static string When(string condition) => $$"""{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{{condition}}}""";
        (Compare(When(narrow), When(wide)) == GrantsMore.No).ShouldBe(within);
    }

    [Theory]
    [InlineData("""{"StringEquals":{"a":"x"}}""", true)]
    [InlineData("""{"StringEquals":{"a":"${v}"}}""", false)]
    [InlineData("""{"StringEquals":{"a":["${v}","x"]}}""", false)]
    public void R40_a_variable_of_an_older_document_is_another_text(string condition, bool within)
    {
        var statement = $$"""{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{{condition}}}""";
        (PolicyComparison.Compare(Grants(Document(statement)), Grants($$"""{"Statement":{{statement}}}""")).Answer == GrantsMore.No).ShouldBe(within);
    }

    // What is allowed beside nothing at all needs a request under which the condition holds.
    [Theory]
    [InlineData("StringEquals", "x y")]
    [InlineData("StringLike", "a*b?c")]
    [InlineData("ArnLike", "arn:aws:s3:::b/*/?")]
    [InlineData("ArnEquals", "arn:*:s3:::b?")]
    [InlineData("IpAddress", "10.0.0.0/8")]
    [InlineData("IpAddress", "2001:db8::/32")]
    [InlineData("NumericLessThan", "-5")]
    [InlineData("NumericGreaterThan", "5")]
    [InlineData("NumericLessThanEquals", "5")]
    [InlineData("NumericGreaterThanEquals", "5")]
    [InlineData("DateLessThan", "2024-01-01")]
    [InlineData("DateGreaterThan", "2024-01-01")]
    [InlineData("DateEquals", "2024-01-01")]
    [InlineData("Bool", "true")]
    [InlineData("BinaryEquals", "YQ==")]
    [InlineData("Null", "true")]
    [InlineData("Null", "False")]
    [InlineData("StringNotEquals", "x")]
    [InlineData("StringEqualsIfExists", "x")]
    [InlineData("ForAnyValue:StringEquals", "x")]
    [InlineData("ForAllValues:StringLike", "x*")]
    [InlineData("StringLike", "${v}")]
    public void A_condition_that_can_hold_has_an_example(string op, string value)
    {
        var grants = Grants(Document(Statement(action: "s3:*", resource: Bucket, condition: new Dictionary<string, object>(StringComparer.Ordinal) { [op] = new { k = value } })));
        var comparison = PolicyComparison.Compare(grants, GrantSet.Empty);
        comparison.Answer.ShouldBe(op == "StringLike" && value == "${v}" ? GrantsMore.Unknown : GrantsMore.Yes);
        if (comparison.Example is { } example) Evaluator.Decide(grants, null, example).ShouldBe(AccessOutcome.Allowed);
    }

    [Fact] public void An_example_may_need_what_several_statements_ask_for() =>
        Compare(Statement(condition: new { StringEquals = new { a = "x" } }), Statement(condition: new { StringEquals = new { a = "x" } }), Statement("Deny", condition: new { StringEquals = new { b = "y" } })).ShouldBe(GrantsMore.Yes);

    [Fact] public void A_policy_that_allows_nothing_has_no_more_than_one_that_cannot_be_compiled() =>
        PolicyComparison.Compare(Grants(Document(Statement("Deny"))), GrantSet.Of(new PolicyGrant("a", CompiledPolicy.Compile("{")))).Answer.ShouldBe(GrantsMore.No);

    [Fact] public void What_one_that_cannot_be_compiled_stands_beside_grants_nothing()
    {
        GrantSet broken = GrantSet.Of(new PolicyGrant("a", CompiledPolicy.Compile("{")), new PolicyGrant("b", CompiledPolicy.Compile(Document(All)))), gets = Grants(Document(Statement(action: "s3:Get")));
        PolicyComparison.Compare(gets, broken).Answer.ShouldBe(GrantsMore.Yes);
        PolicyComparison.IsWithin(gets, broken).ShouldBeFalse();
        PolicyComparison.IsWithin(Grants(Document(Statement("Deny"))), broken).ShouldBeTrue();
        PolicyComparison.IsWithin(broken, GrantSet.Empty).ShouldBeTrue();
    }

    [Fact] public void Within_is_what_is_proven_to_have_no_more()
    {
        GrantSet gets = Grants(Document(Statement(action: "s3:Get*"))), all = Grants(Document(All));
        (PolicyComparison.IsWithin(gets, all), PolicyComparison.IsWithin(all, gets), PolicyComparison.IsWithin(gets, gets)).ShouldBe((true, false, true));
        Should.Throw<ArgumentNullException>(() => PolicyComparison.IsWithin(null!, all)).ParamName.ShouldBe("first");
        Should.Throw<ArgumentNullException>(() => PolicyComparison.IsWithin(all, null!)).ParamName.ShouldBe("second");
    }

    // Nobody names what the example needs.
    [Fact] public void All_but_one_service_has_an_example() => Compare(Statement(notAction: "s3:*"), None).ShouldBe(GrantsMore.Yes);
    [Fact] public void All_but_one_resource_has_an_example() => Compare(Statement(notResource: "arn:*:s3:*"), Statement(resource: "*", action: "s3:*")).ShouldBe(GrantsMore.Yes);
    [Fact] public void R36_so_has_what_has_no_resource() => Compare(All, Statement(resource: "arn:*")).ShouldBe(GrantsMore.Yes);
    [Fact] public void So_has_a_single_unknown_letter() => Compare(Statement(action: "s3:G?t", resource: Bucket), None).ShouldBe(GrantsMore.Yes);
    [Fact] public void So_has_what_wants_one_key_absent_and_another_there() =>
        Compare("""{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Null":{"a":"true"},"StringEquals":{"b":"x"}}}""", None).ShouldBe(GrantsMore.Yes);
    [Fact] public void R10_a_statement_may_have_no_resource() => Compare(All, """{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}""").ShouldBe(GrantsMore.Yes);

    // 3,000 by 3,000 steps.
    [Fact] public void What_is_too_long_to_compare_is_not_proven() =>
        Compare(Statement(resource: "arn:aws:s3:::" + new string('b', 3000) + "?"), Statement(resource: "arn:aws:s3:::" + new string('a', 3000) + "*")).ShouldNotBe(GrantsMore.No);

    [Fact] public void Nothing_has_no_more_than_nothing() => PolicyComparison.Compare(GrantSet.Empty, GrantSet.Empty).ShouldBe(new(GrantsMore.No));

    [Fact] public void R10_what_names_principals_grants_nothing() => Compare("""{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}""", Statement(action: "s3:Get")).ShouldBe(GrantsMore.No);

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
