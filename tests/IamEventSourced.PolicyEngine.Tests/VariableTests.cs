using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

public class VariableTests
{
    private const string Home = "arn:aws:s3:::b/${aws:username}/*";
    private const string AliceHome = "arn:aws:s3:::b/alice/x";
    private static readonly RequestContext Alice = RequestContext.Of(("aws:username", "alice"));

    private static RequestContext User(ContextValue name) => RequestContext.Of(("aws:username", name));

    [Fact] public void R40_a_variable_stands_for_its_value() => ResourceMatches(Home, AliceHome, Alice).ShouldBeTrue();
    [Fact] public void R40_and_for_nothing_else() => ResourceMatches(Home, "arn:aws:s3:::b/bob/x", Alice).ShouldBeFalse();

    [Theory]
    [InlineData("\"Version\":\"2008-10-17\",")]
    [InlineData("")]
    public void D4_older_documents_have_none(string version)
    {
        var document = "{" + version + "\"Statement\":" + Statement(resource: "arn:aws:s3:::b/${a?c}") + "}";
        Allows(document, resource: "arn:aws:s3:::b/${abc}").ShouldBeTrue();
        Allows(document, resource: "arn:aws:s3:::b/x", context: RequestContext.Of(("a?c", "x"))).ShouldBeFalse();
    }

    [Fact] public void R41_not_in_actions() => Allows(Document(Statement(action: "s3:${aws:username}")), "s3:alice", context: Alice).ShouldBeFalse();
    [Fact] public void R41_not_in_numbers() => Holds("NumericEquals", "${n}", "5", ("n", "5")).ShouldBeFalse();
    [Fact] public void R41_not_in_dates() => Holds("DateEquals", "${n}", "5", ("n", "5")).ShouldBeFalse();
    [Fact] public void R41_not_in_addresses() => Holds("IpAddress", "${n}", "10.0.0.1", ("n", "10.0.0.1")).ShouldBeFalse();
    [Fact] public void R41_in_bool() => Holds("Bool", "${n}", "TRUE", ("n", "true")).ShouldBeTrue();
    [Fact] public void R41_in_strings() => Holds("StringEquals", "a-${n}", "a-x", ("n", "x")).ShouldBeTrue();
    [Fact] public void R41_in_patterns() => Holds("StringLike", "a-${n}*", "a-xyz", ("n", "x")).ShouldBeTrue();
    [Fact] public void D5_before_the_fifth_colon() => ResourceMatches("arn:*:kms:*:${aws:PrincipalAccount}:key/*", "arn:aws:kms:us-east-1:1:key/k", RequestContext.Of(("aws:PrincipalAccount", "1"))).ShouldBeTrue();

    [Theory]
    [InlineData("${ aws:username }")]
    [InlineData("${AWS:UserName}")]
    [InlineData("${aws:username,'x'}")]
    [InlineData("${aws:username  ,   'x'}")]
    public void R42_blanks_and_case_have_no_meaning(string variable) => ResourceMatches($"arn:aws:s3:::b/{variable}/*", AliceHome, Alice).ShouldBeTrue();

    [Fact] public void R42_without_end_it_is_text() => ResourceMatches("arn:aws:s3:::b/${aws:username", "arn:aws:s3:::b/${aws:username", Alice).ShouldBeTrue();
    [Fact] public void R42_a_wildcard_stays_one_there() => ResourceMatches("arn:aws:s3:::b/${aws*", "arn:aws:s3:::b/${aws:username", Alice).ShouldBeTrue();
    [Fact] public void R42_tag_keys_have_no_case() => ResourceMatches("arn:aws:s3:::${aws:PrincipalTag/Team}", "arn:aws:s3:::red", RequestContext.Of(("AWS:principaltag/team", "red"))).ShouldBeTrue();
    [Fact] public void R42_a_default_that_does_not_read_is_a_name_nobody_has() => ResourceMatches("arn:aws:s3:::b${none, x}", "arn:aws:s3:::bx").ShouldBeFalse();

    [Theory]
    [InlineData("*")]
    [InlineData("?")]
    [InlineData("$")]
    public void R43_escapes_are_literal(string character)
    {
        ResourceMatches($"arn:aws:s3:::b/${{{character}}}", $"arn:aws:s3:::b/{character}").ShouldBeTrue();
        ResourceMatches($"arn:aws:s3:::b/${{{character}}}", "arn:aws:s3:::b/x").ShouldBeFalse();
    }

    [Fact] public void D7_also_in_StringEquals() => Holds("StringEquals", "a${*}", "a*").ShouldBeTrue();
    [Fact] public void R44_a_star_in_a_value_is_no_wildcard() => ResourceMatches(Home, AliceHome, User("*")).ShouldBeFalse();
    [Fact] public void R44_a_value_is_not_expanded_again() => ResourceMatches(Home, AliceHome, RequestContext.Of(("aws:username", "${other}"), ("other", "alice"))).ShouldBeFalse();
    [Fact] public void R44_nor_a_default() => ResourceMatches("arn:aws:s3:::b/${none,'*'}", AliceHome).ShouldBeFalse();
    [Fact] public void R44_a_long_value_is_substituted_whole() => ResourceMatches(Home, $"arn:aws:s3:::b/{new string('a', 4000)}/x", User(new string('a', 4000))).ShouldBeTrue();
    [Fact] public void R44_nor_cut_where_it_is_longer_than_the_text() => (ResourceMatches("*${v}", Bucket, RequestContext.Of(("v", new string('a', 50)))) || ResourceMatches("*${v}" + new string('b', 50), Bucket, RequestContext.Of(("v", "b")))).ShouldBeFalse();

    // Long patterns are put together in arrays that are used again.
    [Fact]
    public void R44_a_long_value_is_literal_whatever_was_matched_before()
    {
        string Text(char letter) => $"arn:aws:s3:::b/{new string(letter, 4000)}";
        var value = RequestContext.Of(("v", new string('a', 4000)), ("none", ""));
        for (var times = 0; times < 2; times++)
        {
            ResourceMatches("arn:aws:s3:::b/${w,''}" + new string('*', 4000), Text('b'), value).ShouldBeTrue();
            ResourceMatches("arn:aws:s3:::b/${v}", Text('b'), value).ShouldBeFalse();
            ResourceMatches("arn:aws:s3:::b/${v}", Text('a'), value).ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData("StringEquals")]
    [InlineData("StringLike")]
    [InlineData("ArnLike")]
    public void R44_a_long_value_allocates_nothing(string op)
    {
        const string Long = "arn:aws:s3:::${v}${v}${v}";
        var grants = Grants(Document(Statement(resource: "arn:*:s*3:::${v}${v}${v}", condition: new Dictionary<string, object> { [op] = new { k = Long } })));
        var value = new string('a', 1000);
        var resource = Long.Replace("${v}", value, StringComparison.Ordinal);
        var request = new AccessRequest("s3:Get", resource, RequestContext.Of(("v", value), ("k", resource)));
        var outcome = AccessOutcome.ImplicitDeny;
        Allocations.Of(() => outcome = Evaluator.Decide(grants, null, request)).ShouldBe(0);
        outcome.ShouldBe(AccessOutcome.Allowed);
    }

    [Fact]
    public void R44_a_variable_repeated_costs_no_more_than_a_long_text()
    {
        var document = Document(Statement(resource: "arn:aws:s3:::" + string.Concat(Enumerable.Repeat("${aws:username}", 20_000))));
        Allocations.Of(() => Allows(document, resource: AliceHome, context: User(new string('a', 100_000))).ShouldBeFalse()).ShouldBeLessThan(100_000_000);
    }

    [Fact] public void R33_a_colon_of_a_value_counts() => ResourceMatches("arn:aws:${x}*:r", "arn:aws:s3:::a:r", RequestContext.Of(("x", "s3:::"))).ShouldBeTrue();
    [Fact] public void R33_a_value_may_be_a_whole_arn() => ResourceMatches("${aws:PrincipalArn}", "arn:aws:iam::1:user/a", RequestContext.Of(("aws:PrincipalArn", "arn:aws:iam::1:user/a"))).ShouldBeTrue();

    [Fact] public void R45_an_empty_value_is_none() => ResourceMatches("arn:aws:s3:::b/${aws:username,'alice'}/*", AliceHome, User("")).ShouldBeTrue();
    [Fact] public void R45_nor_is_a_list_one() => ResourceMatches("arn:aws:s3:::b/${aws:username,'bob'}/*", "arn:aws:s3:::b/bob/x", User(ContextValue.List("alice"))).ShouldBeTrue();
    [Fact] public void R45_a_default_yields_to_a_value() => ResourceMatches("arn:aws:s3:::b/${aws:username,'bob'}/*", "arn:aws:s3:::b/bob/x", Alice).ShouldBeFalse();
    [Fact] public void R45_a_default_may_be_empty() => ResourceMatches("arn:aws:s3:::b/${none,''}x", "arn:aws:s3:::b/x").ShouldBeTrue();
    [Fact] public void R46_an_unresolved_entry_matches_nothing() => ResourceMatches(Home, "arn:aws:s3:::b//x").ShouldBeFalse();
    [Theory]
    [InlineData("arn:aws:s3:::b${none}")]
    [InlineData("arn:aws:s3:::*${none}")]
    [InlineData("${none}arn:aws:s3:::b")]
    [InlineData("arn:aws:s3:::${none}b")]
    public void R46_not_even_what_stands_before_it(string pattern) => (ResourceMatches(pattern, Bucket) || Holds("StringLike", pattern, Bucket) || Holds("ArnLike", pattern, Bucket) || Holds("StringEquals", pattern, Bucket)).ShouldBeFalse();

    [Fact] public void R46_the_other_entries_still_match() => ResourceMatches(new[] { Home, "arn:aws:s3:::b/c" }, "arn:aws:s3:::b/c").ShouldBeTrue();
    [Fact] public void R46_another_value_still_matches() => Holds("StringEquals", new[] { "${none}", "a" }, "a").ShouldBeTrue();
    [Fact] public void D3_a_negated_operator_is_true_on_it() => Holds("StringNotEquals", "${none}", "a").ShouldBeTrue();

    [Fact] public void R47_a_deny_applies() => Decide(Document(Statement("Deny", notResource: Home)), resource: AliceHome).ShouldBe(AccessOutcome.ExplicitDeny);
    [Fact] public void D6_an_allow_excludes_all_it_could_mean() => NotResourceMatches(Home, AliceHome).ShouldBeFalse();
    [Fact] public void D6_and_no_more() => NotResourceMatches(Home, "arn:aws:s3:::c/alice/x").ShouldBeTrue();
    [Fact] public void D6_a_value_is_used_where_there_is_one() => NotResourceMatches(Home, "arn:aws:s3:::b/bob/x", Alice).ShouldBeTrue();
}
