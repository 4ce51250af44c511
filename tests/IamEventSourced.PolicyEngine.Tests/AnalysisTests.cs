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

    [Law(1500)]
    public void What_lint_calls_useless_can_go(Case given)
    {
        var useless = PolicyLinter.Check(Grants(given.Identity)).FirstOrDefault(finding => finding.Rule is LintRule.NeverMatches or LintRule.Redundant or LintRule.Shadowed);
        if (useless is null) return;
        var number = int.Parse(useless.PolicyId[1..], System.Globalization.CultureInfo.InvariantCulture) - 1;
        var document = PolicyDocument.Parse(given.Identity[number]);
        var kept = document.Statements.Where(statement => useless.Path != $"$.Statement[{statement.Index}]").Select(statement => document.Text[statement.Span]).ToArray();
        kept.Length.ShouldBe(document.Statements.Length - 1);
        var without = given.Identity.Select((policy, index) => index == number ? $$"""{"Version":"{{document.Version}}","Statement":[{{string.Join(',', kept)}}]}""" : policy).Where((_, index) => index != number || kept.Length > 0);
        SlowEvaluator.Decide(without, null, given.Action, given.Resource, new(given.Entries)).ShouldBe(SlowEvaluator.Decide(given.Identity, null, given.Action, given.Resource, new(given.Entries)), useless + given.ToString());
    }

    [Theory]
    [InlineData("""{"Action":"*","Resource":"*"}""", LintRule.FullAccess, "$.Statement[0].Action")]
    [InlineData("""{"Action":"*","Resource":"arn:aws:s3:::b"}""", LintRule.EveryAction, "$.Statement[0].Action")]
    [InlineData("""{"NotAction":["s3:*","iam:*"],"Resource":"arn:aws:s3:::b"}""", LintRule.AllowNotAction, "$.Statement[0].NotAction")]
    [InlineData("""{"Action":"s3:*","NotResource":"arn:aws:s3:::b"}""", LintRule.AllowNotResource, "$.Statement[0].NotResource")]
    [InlineData("""{"Action":["s3:Get*","s3: List"],"Resource":"*"}""", LintRule.UnmatchableAction, "$.Statement[0].Action[1]")]
    [InlineData("""{"NotAction":"*","Resource":"*"}""", LintRule.NeverMatches, "$.Statement[0]")]
    [InlineData("""{"Action":"s3:*","Resource":"*","Condition":{"NumericEquals":{"a":"ten"}}}""", LintRule.NeverMatches, "$.Statement[0]")]
    [InlineData("""{"Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"a":[]}}}""", LintRule.NeverMatches, "$.Statement[0]")]
    [InlineData("""{"Action":"s3:*","Resource":"*","Condition":{"ArnLike":{"a":"*"}}}""", LintRule.NeverMatches, "$.Statement[0]")]
    [InlineData("""{"Action":"s3:*","Resource":"*","Condition":{"Null":{"a":"yes"}}}""", LintRule.NeverMatches, "$.Statement[0]")]
    public void Lint_finds(string statement, LintRule rule, string path) =>
        PolicyLinter.Check(Grants(Document(Allow(statement)))).Where(finding => finding.Rule != LintRule.PrivilegeEscalation).Select(finding => (finding.Rule, finding.Path)).ShouldBe([(rule, path)]);

    [Theory]
    [InlineData("""{"Action":"s3:*","Resource":"*"}""")]
    [InlineData("""{"Action":"s3:*","Resource":"*","Condition":{"StringEqualsIfExists":{"a":[]}}}""")]
    [InlineData("""{"Action":"s3:*","Resource":"*","Condition":{"ForAllValues:StringEquals":{"a":[]}}}""")]
    [InlineData("""{"Action":"s3:*","Resource":"*","Condition":{"NumericNotEquals":{"a":"ten"}}}""")]
    [InlineData("""{"Action":"iam:CreateAccessKey","Resource":"arn:aws:iam::*:user/${aws:username}"}""")]
    public void Lint_leaves_alone(string statement) => PolicyLinter.Check(Grants(Document(Allow(statement)))).ShouldBeEmpty();

    [Fact] public void A_deny_of_everything_is_not_full_access() => PolicyLinter.Check(Grants(Document(Statement("Deny")))).ShouldBeEmpty();

    [Fact]
    public void An_allow_that_a_deny_takes_away_is_shadowed_across_policies()
    {
        var finding = PolicyLinter.Check(Grants(Document(Statement(action: "s3:Get*")), Document(Statement("Deny", action: "s3:*", sid: "Never")))).ShouldHaveSingleItem();
        (finding.Rule, finding.PolicyId, finding.Message).ShouldBe((LintRule.Shadowed, "p1", "Allows nothing: \"Never\" of p2 denies all of it."));
    }

    [Fact] public void Of_two_equal_statements_the_later_is_redundant() =>
        PolicyLinter.Check(Grants(Document(Statement(action: "s3:*"), Statement(action: "s3:Get*"), Statement(action: "S3:*")))).Select(finding => (finding.Rule, finding.Path))
            .ShouldBe([(LintRule.Redundant, "$.Statement[1]"), (LintRule.Redundant, "$.Statement[2]")]);

    [Theory]
    [InlineData("iam:CreatePolicyVersion", "no. 1")]
    [InlineData("iam:SetDefaultPolicyVersion", "no. 2")]
    [InlineData("iam:CreateAccessKey", "no. 4")]
    [InlineData("iam:CreateLoginProfile", "no. 5")]
    [InlineData("iam:UpdateLoginProfile", "no. 6")]
    [InlineData("iam:AttachUserPolicy", "no. 7")]
    [InlineData("iam:AttachGroupPolicy", "no. 8")]
    [InlineData("iam:AttachRolePolicy", "no. 9")]
    [InlineData("iam:PutUserPolicy", "no. 10")]
    [InlineData("iam:PutGroupPolicy", "no. 11")]
    [InlineData("iam:PutRolePolicy", "no. 12")]
    [InlineData("iam:AddUserToGroup", "no. 13")]
    [InlineData("iam:UpdateAssumeRolePolicy", "no. 14")]
    [InlineData("iam:PassRole", "no. 3, 15–17, 19, 21, 22, 24 and 27")]
    [InlineData("iam:UpdateAccessKey", "T1098, Account Manipulation")]
    [InlineData("iam:EnableMFADevice", "T1098.005")]
    [InlineData("iam:DeactivateMFADevice", "T1556.006")]
    [InlineData("iam:DeleteUserPermissionsBoundary", "Permissions boundaries")]
    [InlineData("iam:PutUserPermissionsBoundary", "Permissions boundaries")]
    [InlineData("iam:DetachUserPolicy", "explicit and implicit denies")]
    [InlineData("iam:DetachGroupPolicy", "explicit and implicit denies")]
    [InlineData("iam:DeleteUserPolicy", "explicit and implicit denies")]
    [InlineData("iam:DeleteGroupPolicy", "explicit and implicit denies")]
    [InlineData("iam:RemoveUserFromGroup", "explicit and implicit denies")]
    [InlineData("iam:UpdateUser", "Rename")]
    [InlineData("iam:UpdateGroup", "Rename")]
    [InlineData("iam:TagUser", "tags")]
    [InlineData("iam:UntagUser", "tags")]
    [InlineData("iam:UpdateAccountPasswordPolicy", "T1556")]
    [InlineData("iam:DeleteAccountPasswordPolicy", "T1556")]
    public void A_way_to_gain_more_is_found_and_cited(string action, string citation)
    {
        var finding = PolicyLinter.Check(Grants(Document(Statement(action: new[] { "s3:Get*", action })))).ShouldHaveSingleItem();
        (finding.Rule, finding.Path).ShouldBe((LintRule.PrivilegeEscalation, "$.Statement[0].Action[1]"));
        finding.Citation!.ShouldContain(citation);
        PolicyLinter.Check(Grants(Document(Statement(action: action), Statement("Deny", action: action, resource: "arn:aws:s3:::b")))).ShouldHaveSingleItem();
        PolicyLinter.Check(Grants(Document(Statement(action: action)), Document(Statement("Deny", action: action)))).ShouldHaveSingleItem().Rule.ShouldBe(LintRule.Shadowed);
    }

    [Fact] public void A_way_that_needs_two_actions_needs_both()
    {
        PolicyLinter.Check(Grants(Document(Statement(action: "iam:DeleteUser")))).ShouldBeEmpty();
        PolicyLinter.Check(Grants(Document(Statement(action: "iam:DeleteUser")), Document(Statement(action: "iam:CreateUser")))).ShouldHaveSingleItem().Message.ShouldStartWith("iam:DeleteUser with iam:CreateUser");
    }

    [Fact] public void Resources_of_other_kinds_are_no_way() => PolicyLinter.Check(Grants(Document(Statement(action: "iam:*", resource: "arn:aws:s3:::b")))).ShouldBeEmpty();
    [Fact] public void All_of_iam_is_every_way() => PolicyLinter.Check(Grants(Document(Statement(action: "iam:*")))).Count.ShouldBeGreaterThan(25);

    [Fact]
    public void A_summary_is_for_people() => AccessSummary.Of(Grants(
        Document(Statement(action: new[] { "s3:Get*", "s3:GetObject", "s3:List*" }, resource: Bucket), Statement(action: "s3:Put*", resource: Bucket, condition: new { StringEquals = new Dictionary<string, string[]> { ["aws:username"] = ["a", "b"] } })),
        Document(Statement(notAction: "iam:*", notResource: "arn:aws:s3:::*"), Statement(notAction: "kms:*", notResource: "arn:aws:s3:::*"), Statement("Deny", action: "ec2:*"), Statement(action: "ec2:Run")))).ToString().ShouldBe(
        """
        Deny ec2:* on *
        Allow all but iam:* on all but arn:aws:s3:::*
        Allow all but kms:* on all but arn:aws:s3:::*
        Allow s3:Get*, s3:List* on arn:aws:s3:::b
        Allow s3:Put* on arn:aws:s3:::b where aws:username StringEquals a or b
        """.ReplaceLineEndings("\n"));

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
