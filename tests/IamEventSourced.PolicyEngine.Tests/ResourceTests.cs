using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

public class ResourceTests
{
    private const string Document42 = "arn:aws:docs:us-east-1:123456789012:document/42";

    [Fact] public void R31_case_has_meaning() => ResourceMatches("arn:aws:s3:::B", "arn:aws:s3:::b").ShouldBeFalse();
    [Fact] public void D9_case_has_meaning_in_every_segment() => ResourceMatches("arn:aws:DOCS:us-east-1:*:document/42", Document42).ShouldBeFalse();
    [Theory]
    [InlineData("*")]
    [InlineData("***")]
    public void R32_stars_take_every_resource(string pattern) => (ResourceMatches(pattern, Document42) && ResourceMatches(pattern, "*")).ShouldBeTrue();

    [Theory]
    [InlineData("arn:aws:docs:us-east-1:123456789012:document/42", true)]
    [InlineData("arn:aws:docs:us-east-1:123456789012:document/4?", true)]
    [InlineData("arn:aws:docs:us-*-1:123456789012:*", true)]
    [InlineData("arn:aws:docs:u*1:123456789012:*", true)]
    [InlineData("arn:aws:docs:*2:document/42", false)]
    [InlineData("arn:aws:docs:u*2:document/42", false)] // the * has a character after it and so stays in its segment
    [InlineData("arn:aws:d?cs:us-east-1:123456789012:*", true)]
    [InlineData("arn:aws?docs:us-east-1:123456789012:*", false)]
    [InlineData("arn:aws:docs:us-east-1:1234567890123:*", false)]
    public void R33_wildcards_by_segment(string pattern, bool matches) => ResourceMatches(pattern, Document42).ShouldBe(matches);

    [Fact] public void D2_a_final_star_crosses_colons() => ResourceMatches("arn:aws:docs:*:document/42", Document42).ShouldBeTrue();
    [Fact] public void R33_crossing_and_staying_stars_mix() => ResourceMatches("arn:*:us-*-1:*:document/*", Document42).ShouldBeTrue();
    [Theory]
    [InlineData("arn:*:b*d:x:y:z", "arn:aws:bx:q:b1d:x:y:z", true)]
    [InlineData("arn:*:b*d:x:y:z", "arn:aws:c1d:x:y:z", false)]
    [InlineData("arn:*:b*d:x:y:z", "arn::b1d:x:y:z", true)]
    [InlineData("arn:*:b*d:x:y:z", "arn:aws:b1:d:x:y:z", false)]
    [InlineData("arn:*:b*d:x:y:z", "arn:aws:bd:x:y:z", true)]
    [InlineData("arn:*:b*d:x:y:z", "arn:b1d:x:y:z", false)]
    [InlineData("arn:*:b*d:x:y:z", "arn:aws:b1dd:x:y:z", true)]
    [InlineData("arn:*:b*d:x:y:z", "arn:aws:b1d:x:y:zz", false)]
    [InlineData("arn:*:b*d:x:y:z", "arn:aws:b1d:d:x:y:z", false)]
    [InlineData("arn:*:b*d:x:y:z", "arn:aws:b1dx:y:z", false)]
    [InlineData("arn:*:b?*d:x:y:z", "arn:aws:b1d:x:y:z", true)]
    [InlineData("arn:*:b?*d:x:y:z", "arn:aws:bd:x:y:z", false)]
    [InlineData("arn:*:b?*d:x:y:z", "arn:aws:b:d:x:y:z", false)]
    [InlineData("arn:*:b*?*d:x:y:z", "arn:aws:bad:x:y:z", true)]
    [InlineData("arn:*:*:a*b:c*d:z", "arn:1:2:3:ab:cd:z", true)]
    [InlineData("arn:*:*:a*b:c*d:z", "arn:1:2:3:ab:c:d:z", false)]
    [InlineData("arn:a*b:*:c*d:y:z", "arn:a1b:q:q:c1d:y:z", true)]
    [InlineData("arn:a*b:*:c*d:y:z", "arn:aX:Xb:q:cd:y:z", false)]
    public void R33_a_later_place_is_tried_too(string pattern, string resource, bool matches) => ResourceMatches(pattern, resource).ShouldBe(matches);

    [Theory]
    [InlineData("${v}:*:b*d:x:y:z", "arn:aws:b1d:x:y:z", true)]
    [InlineData("${v}:*:b*d:x:y:z", "xarn:aws:b1d:x:y:z", false)]
    [InlineData("${v}:*:b*d:x:y:z", "brn:aws:b1d:x:y:z", false)]
    [InlineData("*${v}:*:b*d:x:y:z", "xarn:aws:b1d:x:y:z", true)]
    public void R33_nor_is_an_earlier_one(string pattern, string resource, bool matches) => ResourceMatches(pattern, resource, RequestContext.Of(("v", "arn"))).ShouldBe(matches);

    [Fact]
    public void R33_at_any_length()
    {
        for (var length = 1; length < 70; length++)
        {
            var name = new string('d', length);
            ResourceMatches($"arn:*:b*{name}:x:y:*z?", $"arn:aws:b1{name}:x:y:1z1").ShouldBeTrue();
            ResourceMatches($"arn:*:b*{name}:x:y:*z?", $"arn:aws:b1{name}e:x:y:1z1").ShouldBeFalse();
        }
    }

    [Fact] public void R32_a_star_twice_is_a_star() => ResourceMatches(new[] { "*", "*" }, Document42).ShouldBeTrue();
    [Fact] public void R30_an_empty_pattern_matches_nothing() => (ResourceMatches("", Document42) || ResourceMatches("", "*")).ShouldBeFalse();
    [Fact] public void R33_further_colons_belong_to_the_sixth() => ResourceMatches("arn:aws:logs:us-east-1:1:log-group:*:x", "arn:aws:logs:us-east-1:1:log-group:a:b/c:x").ShouldBeTrue();
    [Fact] public void R25_a_star_crosses_slashes_and_newlines() => ResourceMatches("arn:aws:s3:::b/*z", "arn:aws:s3:::b/x/y\nz").ShouldBeTrue();

    [Theory]
    [InlineData("arn:aws:ec2:*:*:*/*", "arn:aws:ec2:us-east-1:1:instance/i")]
    [InlineData("arn:aws:ec2:*:*:security-group*/*", "arn:aws:ec2:us-east-1:1:security-group-rule/i")]
    [InlineData("arn:aws:logs:*:*:log*:x", "arn:aws:logs:us-east-1:1:log-group:x")]
    public void D1_wildcards_before_the_first_separator(string pattern, string resource) => ResourceMatches(pattern, resource).ShouldBeTrue();

    [Theory]
    [InlineData("arn:aws:docs", true)]
    [InlineData("arn:aws:docs:us-east-1", true)]
    [InlineData("arn:aws:do*", true)]
    [InlineData("arn:aws:*cs", true)]
    [InlineData("arn:aws:doc", false)]
    [InlineData("arn:aws:s3", false)]
    public void R35_missing_segments_are_stars(string pattern, bool matches) => ResourceMatches(pattern, Document42).ShouldBe(matches);

    [Theory]
    [InlineData("arn:aws:${v}", "docs", true)]
    [InlineData("arn:aws:*${v}", "cs", true)]
    [InlineData("arn:aws:${v}", "do", false)]
    [InlineData("arn:aws:docs:us-east-1:123456789012:${v}", "document", false)]
    public void R35_with_variables_too(string pattern, string value, bool matches) => ResourceMatches(pattern, Document42, RequestContext.Of(("v", value))).ShouldBe(matches);

    [Fact] public void R35_but_not_with_variables_in_resource_policies() => Decide(
        Document("""{"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws:${v}"}"""), resource: Document42, context: RequestContext.Of(("v", "docs"))).ShouldBe(AccessOutcome.ImplicitDeny);

    [Fact] public void R35_but_not_in_resource_policies() =>
        Decide(Document("""{"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws:docs"}"""), resource: Document42).ShouldBe(AccessOutcome.ImplicitDeny);

    [Fact] public void R35_where_a_final_star_still_crosses() =>
        Decide(Document("""{"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws:docs:*"}"""), resource: Document42).ShouldBe(AccessOutcome.ExplicitDeny);

    [Fact] public void R9_a_resource_policy_without_resource_is_about_its_own() =>
        Decide(Document("""{"Effect":"Deny","Principal":"*","Action":"*"}"""), resource: Document42).ShouldBe(AccessOutcome.ExplicitDeny);

    [Fact] public void R10_a_statement_that_names_principals_grants_nothing_among_identity_policies() =>
        Decide(Document("""{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}""")).ShouldBe(AccessOutcome.ImplicitDeny);

    [Theory]
    [InlineData("arn:*")]
    [InlineData("arn:aws:docs")]
    [InlineData("?")]
    [InlineData("${*}")]
    public void R36_nothing_but_stars_takes_the_resource_star(string pattern) => ResourceMatches(pattern, "*").ShouldBeFalse();

    [Fact] public void D8_not_resource_takes_the_resource_star() => NotResourceMatches("arn:aws:docs:*", "*").ShouldBeTrue();
    [Fact] public void D8_a_star_in_the_request_is_a_plain_character() => ResourceMatches("arn:aws:s3:::b/x", "arn:aws:s3:::b/*").ShouldBeFalse();
    [Fact] public void R37_not_resource_leaves_out_what_it_lists() => NotResourceMatches(new[] { "arn:aws:s3:::a", "arn:aws:docs" }, Document42).ShouldBeFalse();
    [Fact] public void R37_not_resource_takes_the_rest() => NotResourceMatches(new[] { "arn:aws:s3:::a", "arn:aws:iam" }, Document42).ShouldBeTrue();
    [Fact] public void R37_not_resource_star_takes_nothing() => NotResourceMatches("*", Document42).ShouldBeFalse();
    [Fact] public void R11_null_in_a_list_is_ignored() => ResourceMatches(new[] { null, Bucket }, Bucket).ShouldBeTrue();
    [Fact] public void R11_null_alone_matches_nothing() => ResourceMatches(new string?[] { null }, Bucket).ShouldBeFalse();
}
