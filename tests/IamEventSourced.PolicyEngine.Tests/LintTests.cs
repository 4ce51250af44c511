using FsCheck.Xunit;
using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>What may be wrong with policies that AWS would store.</summary>
[Properties(Arbitrary = [typeof(Cases)])]
public class LintTests
{
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
    [InlineData("""{"Action":"*","Resource":"*"}""", "FullAccess .Action Allows every action on every resource.")]
    [InlineData("""{"Action":["s3:*","*"],"Resource":["arn:aws:s3:::b","*"]}""", "FullAccess .Action Allows every action on every resource.")]
    [InlineData("""{"Action":"*","Resource":"arn:aws:s3:::b"}""", "EveryAction .Action Allows every action of every service.")]
    [InlineData("""{"Action":"*","Resource":"*","Condition":{"Bool":{"a":"true"}}}""", "EveryAction .Action Allows every action of every service.")]
    [InlineData("""{"Action":"*","NotResource":"arn:aws:iam::*"}""", "EveryAction .Action Allows every action of every service.", "AllowNotResource .NotResource Allows all other resources, also those to come.")]
    [InlineData("""{"NotAction":["s3:*","iam:*"],"Resource":"arn:aws:s3:::b"}""", "AllowNotAction .NotAction Allows all other actions, also of services to come.")]
    [InlineData("""{"Action":"s3:*","NotResource":"arn:aws:s3:::b"}""", "AllowNotResource .NotResource Allows all other resources, also those to come.")]
    [InlineData("""{"Action":["s3:Get*","s3: List"],"Resource":"*"}""", "UnmatchableAction .Action[1] 's3: List' matches no action.")]
    [InlineData("""{"Action":"s3","Resource":"*"}""", "UnmatchableAction .Action 's3' matches no action.", "NeverMatches  No action is left.")]
    [InlineData("""{"NotAction":"*","Resource":"*"}""", "NeverMatches  No action is left.")]
    [InlineData("""{"NotAction":["s3:*","*"],"Resource":"*"}""", "NeverMatches  No action is left.")]
    [InlineData("""{"Action":"s3:*","NotResource":["arn:aws:s3:::b","*"]}""", "NeverMatches  No resource is left.")]
    [InlineData("""{"Action":"s3:*","Resource":[null]}""", "NeverMatches  No resource is left.")]
    [InlineData("""{"Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"a":[]}}}""", "NeverMatches  StringEquals a is never true.")]
    [InlineData("""{"Action":"s3:*","Resource":"*","Condition":{"Null":{"a":"true"},"Bool":{"b":"yes"}}}""", "NeverMatches  Bool b is never true.")]
    public void Lint_finds(string statement, params string[] findings) =>
        Found(Document(Allow(statement))).Where(finding => finding.Rule != LintRule.PrivilegeEscalation)
            .Select(finding => $"{finding.Rule} {finding.Path.Replace("$.Statement[0]", "", StringComparison.Ordinal)} {finding.Message}").ShouldBe(findings);

    [Fact]
    public void A_finding_has_its_place()
    {
        var finding = Found("{\"Statement\":\n{\"Effect\":\"Allow\",\"Resource\":\"*\",\"Action\":\n[\"s3:*\", \"s3\"]}}").ShouldHaveSingleItem();
        (finding.PolicyId, finding.Path, finding.Start, finding.Citation).ShouldBe(("p1", "$.Statement.Action[1]", new TextPosition(3, 10), null));
    }

    /// <summary>R54, R57, R65, R69.</summary>
    [Theory]
    [InlineData("NumericEquals", "ten")]
    [InlineData("NumericLessThan", "")]
    [InlineData("NumericGreaterThanEquals", "0x1")]
    [InlineData("DateEquals", "soon")]
    [InlineData("DateGreaterThanEquals", "2024-13")]
    [InlineData("BinaryEquals", "!")]
    [InlineData("IpAddress", "localhost")]
    [InlineData("Bool", "yes")]
    [InlineData("ArnEquals", "*")]
    [InlineData("ArnLike", "arn:aws:s3")]
    [InlineData("Null", "yes")]
    [InlineData("ForAllValues:Null", "")]
    [InlineData("ForAnyValue:NumericEquals", "ten")]
    [InlineData("ForAnyValue:NumericEqualsIfExists", "ten")]
    public void R69_a_condition_whose_values_match_nothing_is_never_true(string op, string value)
    {
        foreach (var values in new[] { new[] { value }, [], [value, value] })
            Found(Where(op, values)).Select(finding => (finding.Rule, finding.Message)).ShouldBe([(LintRule.NeverMatches, $"{op} k is never true.")]);
    }

    [Theory]
    [InlineData("NumericEquals", "ten", "10")]
    [InlineData("NumericEqualsIfExists", "ten")]
    [InlineData("NumericNotEquals", "ten")]
    [InlineData("ForAllValues:NumericEquals", "ten")]
    [InlineData("NumericGreaterThanEquals", "1e3")]
    [InlineData("DateEquals", "2024-01-01")]
    [InlineData("DateGreaterThanEquals", "0")]
    [InlineData("BinaryEquals", "YQ==")]
    [InlineData("IpAddress", "10.0.0.0/8")]
    [InlineData("Bool", "TRUE")]
    [InlineData("Bool", "${v}")]
    [InlineData("ArnEquals", "*:*:*:*:*:*")]
    [InlineData("ArnLike", "${v}")]
    [InlineData("ArnLike", "arn:aws:s3:::b:c")]
    [InlineData("ArnNotLike", "*")]
    [InlineData("StringEquals", "")]
    [InlineData("StringLike", "*")]
    [InlineData("Null", "true")]
    [InlineData("Null", "yes", "FALSE")]
    [InlineData("StringEqualsIfExists")]
    [InlineData("StringNotEquals")]
    [InlineData("ForAllValues:StringEquals")]
    public void One_that_may_be_true_is_left_alone(string op, params string[] values) => Found(Where(op, values)).ShouldBeEmpty();

    [Fact] public void A_deny_of_everything_is_not_full_access() => Found(Document(Statement("Deny"))).ShouldBeEmpty();
    [Fact] public void Nor_one_of_all_but_some() => Found(Document(Statement("Deny", notAction: "s3:*", notResource: Bucket))).ShouldBeEmpty();
    [Fact] public void A_policy_that_cannot_be_compiled_is_left_to_others() => PolicyLinter.Check(GrantSet.Of(new PolicyGrant("a", CompiledPolicy.Compile("{")))).ShouldBeEmpty();

    [Fact]
    public void An_allow_that_a_deny_takes_away_is_shadowed_across_policies()
    {
        var finding = Found(Document(Statement(action: "s3:Get*")), Document(Statement("Deny", action: "s3:*", sid: "Never"))).ShouldHaveSingleItem();
        (finding.Rule, finding.PolicyId, finding.Path, finding.Message).ShouldBe((LintRule.Shadowed, "p1", "$.Statement[0]", "Allows nothing: \"Never\" of p2 denies all of it."));
    }

    [Theory]
    [InlineData("s3:Get*", Bucket, true)]
    [InlineData("s3:*", Bucket, false)]
    [InlineData("s3:Get*", "*", false)]
    [InlineData("iam:GetUser", Bucket, false)]
    public void A_deny_of_less_shadows_nothing(string action, string resource, bool shadowed)
    {
        Found(Document(Statement(action: action, resource: resource), Statement("Deny", action: "s3:Get*", resource: "arn:aws:s3:::*"))).Any(finding => finding.Rule == LintRule.Shadowed).ShouldBe(shadowed);
        Found(Document(Statement(action: action, resource: resource), Statement("Deny", action: "s3:Get*", resource: "arn:aws:s3:::*", condition: new { Bool = new { a = true } }))).ShouldBeEmpty();
    }

    [Fact]
    public void Of_two_equal_statements_the_later_is_redundant()
    {
        Found(Document(Statement(action: "s3:*", sid: ""), Statement(action: "s3:Get*"), Statement(action: "S3:*"))).Select(finding => (finding.Rule, finding.Path, finding.Message))
            .ShouldBe([(LintRule.Redundant, "$.Statement[1]", "Adds nothing: statement 1 of p1 allows all of it."), (LintRule.Redundant, "$.Statement[2]", "Adds nothing: statement 1 of p1 allows all of it.")]);
        Found(Document(Statement("Deny", action: "s3:Get")), Document(Statement("Deny", action: "s3:*"))).Select(finding => (finding.Rule, finding.PolicyId, finding.Message))
            .ShouldBe([(LintRule.Redundant, "p1", "Adds nothing: statement 1 of p2 denies all of it.")]);
    }

    private const string Boundaries = "AWS IAM User Guide, Permissions boundaries for IAM entities";
    private const string Denies = "AWS IAM User Guide, The difference between explicit and implicit denies";
    private const string Tags = "AWS IAM User Guide, Controlling access to and for IAM users and roles using tags";
    private const string Passwords = "MITRE ATT&CK T1556, Modify Authentication Process";
    private const string Rhino = "Rhino Security Labs, AWS IAM Privilege Escalation Methods, no. ";

    [Theory]
    [InlineData("iam:CreatePolicyVersion", "policy", "makes a new version of a policy it has", Rhino + "1")]
    [InlineData("iam:SetDefaultPolicyVersion", "policy", "makes an older, wider version of a policy the default", Rhino + "2")]
    [InlineData("iam:CreateAccessKey", "user", "makes an access key for another user", Rhino + "4")]
    [InlineData("iam:CreateLoginProfile", "user", "gives another user a password", Rhino + "5")]
    [InlineData("iam:UpdateLoginProfile", "user", "changes another user's password", Rhino + "6")]
    [InlineData("iam:AttachUserPolicy", "user", "attaches a policy to a user", Rhino + "7")]
    [InlineData("iam:AttachGroupPolicy", "group", "attaches a policy to a group", Rhino + "8")]
    [InlineData("iam:AttachRolePolicy", "role", "attaches a policy to a role", Rhino + "9")]
    [InlineData("iam:PutUserPolicy", "user", "writes a policy on a user", Rhino + "10")]
    [InlineData("iam:PutGroupPolicy", "group", "writes a policy on a group", Rhino + "11")]
    [InlineData("iam:PutRolePolicy", "role", "writes a policy on a role", Rhino + "12")]
    [InlineData("iam:AddUserToGroup", "group", "adds a user to a group", Rhino + "13")]
    [InlineData("iam:UpdateAssumeRolePolicy", "role", "changes who may assume a role", Rhino + "14")]
    [InlineData("iam:PassRole", "role", "passes a role to a service that runs its code", Rhino + "3, 15–17, 19, 21, 22, 24 and 27")]
    [InlineData("iam:UpdateAccessKey", "user", "makes another user's inactive access key active", "MITRE ATT&CK T1098, Account Manipulation")]
    [InlineData("iam:EnableMFADevice", "user", "enrols an MFA device for another user", "MITRE ATT&CK T1098.005, Device Registration")]
    [InlineData("iam:DeactivateMFADevice", "user", "takes away the MFA device that a condition asks for", "MITRE ATT&CK T1556.006, Multi-Factor Authentication")]
    [InlineData("iam:DeleteUserPermissionsBoundary", "user", "takes away a permissions boundary", Boundaries)]
    [InlineData("iam:PutUserPermissionsBoundary", "user", "replaces a permissions boundary", Boundaries)]
    [InlineData("iam:DeleteRolePermissionsBoundary", "role", "takes away a role's permissions boundary", Boundaries)]
    [InlineData("iam:PutRolePermissionsBoundary", "role", "replaces a role's permissions boundary", Boundaries)]
    [InlineData("iam:DetachUserPolicy", "user", "detaches a policy that only denies from a user", Denies)]
    [InlineData("iam:DetachGroupPolicy", "group", "detaches a policy that only denies from a group", Denies)]
    [InlineData("iam:DeleteUserPolicy", "user", "deletes a policy of a user that only denies", Denies)]
    [InlineData("iam:DeleteGroupPolicy", "group", "deletes a policy of a group that only denies", Denies)]
    [InlineData("iam:RemoveUserFromGroup", "group", "leaves a group that only denies", Denies)]
    [InlineData("iam:UpdateUser", "user", "renames or moves a user under a pattern that allows more", "AWS IAM User Guide, Rename an IAM user")]
    [InlineData("iam:UpdateGroup", "group", "renames or moves a group under a pattern that allows more", "AWS IAM User Guide, Rename an IAM user group")]
    [InlineData("iam:TagUser", "user", "changes a user's tags that conditions ask for", Tags)]
    [InlineData("iam:UntagUser", "user", "takes away a user's tags that conditions ask for", Tags)]
    [InlineData("iam:UpdateAccountPasswordPolicy", "", "loosens the account's rules for passwords", Passwords)]
    [InlineData("iam:DeleteAccountPasswordPolicy", "", "takes away the account's rules for passwords", Passwords)]
    public void A_way_to_gain_more_is_found_and_cited(string action, string kind, string what, string citation)
    {
        var finding = Found(Document(Statement(action: new[] { "s3:Get*", action }))).ShouldHaveSingleItem();
        (finding.Rule, finding.Path, finding.Message, finding.Citation).ShouldBe((LintRule.PrivilegeEscalation, "$.Statement[0].Action[1]", $"{action}: who has it {what}.", citation));
        Found(Document(Statement(action: action), Statement("Deny", action: action, resource: "arn:aws:s3:::b"))).ShouldHaveSingleItem();
        Found(Document(Statement(action: action)), Document(Statement("Deny", action: action))).ShouldHaveSingleItem().Rule.ShouldBe(LintRule.Shadowed);

        // Where the action has resources, those of its kind in whatever account; where it has none, nothing but *.
        foreach (var resource in new[] { "user", "group", "role", "policy" })
            Found(Document(Statement(action: action, resource: $"arn:aws:iam::1:{resource}/x"))).Count.ShouldBe(resource == kind ? 1 : 0, resource);
    }

    [Fact]
    public void A_way_that_needs_two_actions_needs_both()
    {
        Found(Document(Statement(action: "iam:DeleteUser"))).ShouldBeEmpty();
        Found(Document(Statement(action: "iam:CreateUser"))).ShouldBeEmpty();
        foreach (var condition in new object?[] { null, new { Bool = new { a = true } } })
        {
            var finding = Found(Document(Statement(action: "iam:DeleteUser", resource: "arn:aws:iam::1:user/x"), Statement(action: "iam:CreateUser", condition: condition))).ShouldHaveSingleItem();
            (finding.Message, finding.Path, finding.Citation).ShouldBe(
                ($"iam:DeleteUser with iam:CreateUser: who has it makes a user anew under a name that policies trust{(condition is null ? "" : ", under conditions")}.", "$.Statement[0].Action", "AWS IAM User Guide, IAM identifiers, Unique identifiers"));
        }
    }

    [Theory]
    [InlineData("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}", false)]
    [InlineData("iam:CreateAccessKey", "arn:aws:iam::*:user/team/${AWS:UserName}", false)]
    [InlineData("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}*", true)]
    [InlineData("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:PrincipalTag/friend}", true)]
    [InlineData("iam:PutUserPolicy", "arn:aws:iam::*:user/${aws:username}", true)]
    public void To_act_on_oneself_is_a_way_only_where_that_gains(string action, string resource, bool found)
    {
        Found(Document(Statement(action: action, resource: resource))).Any().ShouldBe(found);
        Found(Document(Statement(action: action, resource: new[] { resource, "arn:aws:iam::1:user/bob" }))).ShouldHaveSingleItem();
        Found($$"""{"Statement":{{Statement(action: action, resource: resource)}}}""").ShouldHaveSingleItem(); // R40: without variables it is a name
    }

    [Theory]
    [InlineData("""{"Action":"iam:*","Resource":"arn:aws:iam::1:user/a"}""", "iam:PutUserPolicy", ".Action")]
    [InlineData("""{"Action":["s3:*","*"],"Resource":"*"}""", "iam:PutUserPolicy", ".Action[1]")]
    [InlineData("""{"NotAction":["s3:*","ec2:*"],"Resource":"*"}""", "iam:PutUserPolicy", ".NotAction")]
    [InlineData("""{"Action":"iam:Put*","NotResource":"arn:aws:iam::*:user/admin"}""", "iam:PutUserPolicy", ".Action")]
    [InlineData("""{"NotAction":"iam:Put*","Resource":"*"}""", "iam:PutUserPolicy", null)]
    [InlineData("""{"Action":"iam:*","Resource":"arn:aws:s3:::b"}""", "iam:PutUserPolicy", null)]
    [InlineData("""{"Action":"iam:*","Resource":"*","Condition":{"Bool":{"a":"yes"}}}""", "iam:PutUserPolicy", null)]
    [InlineData("""{"Action":"iam:*","Resource":"arn:*"}""", "iam:UpdateAccountPasswordPolicy", null)]
    [InlineData("""{"Action":"iam:*","Resource":"**"}""", "iam:UpdateAccountPasswordPolicy", ".Action")]
    public void A_way_is_had_by_patterns_too(string statement, string action, string? path) =>
        Ways(Document(Allow(statement)), action).ShouldBe(path is null ? [] : ["$.Statement[0]" + path]);

    [Theory]
    [InlineData("""{"Action":"iam:Put*","Resource":"*"}""", true)]
    [InlineData("""{"Action":"iam:Put*","Resource":["arn:aws:iam::1:user/b","arn:aws:iam::1:user/a*"]}""", true)]
    [InlineData("""{"NotAction":"s3:*","Resource":"arn:aws:iam::1:user/*"}""", true)]
    [InlineData("""{"Action":"iam:Put*","Resource":"arn:aws:iam::1:user/a"}""", false)]
    [InlineData("""{"Action":"iam:Get*","Resource":"*"}""", false)]
    [InlineData("""{"NotAction":"iam:*","Resource":"*"}""", false)]
    [InlineData("""{"Action":"iam:Put*","NotResource":"arn:aws:s3:::*"}""", false)]
    [InlineData("""{"Action":"iam:Put*","Resource":"*","Condition":{"Bool":{"a":"true"}}}""", false)]
    public void A_deny_that_takes_all_of_it_away_takes_the_way_away(string deny, bool takes) =>
        Ways(Document(Statement(action: "iam:*", resource: new[] { "arn:aws:iam::1:user/a", "arn:aws:iam::1:user/b" }), "{\"Effect\":\"Deny\"," + deny[1..]), "iam:PutUserPolicy").Length.ShouldBe(takes ? 0 : 1);

    [Fact] public void All_of_iam_is_every_way() => Found(Document(Statement(action: "iam:*"))).Select(finding => finding.Rule).ShouldBe(Enumerable.Repeat(LintRule.PrivilegeEscalation, 33));

    private static string[] Ways(string document, string action) => [.. Found(document).Where(finding => finding.Message.StartsWith(action, StringComparison.Ordinal)).Select(finding => finding.Path)];

    private static IReadOnlyList<LintFinding> Found(params string[] documents) => PolicyLinter.Check(Grants(documents));

    private static string Where(string op, string[] values) =>
        Document(Statement(action: "s3:*", condition: new Dictionary<string, object>(StringComparer.Ordinal) { [op] = new { k = values } }));

    private static string Allow(string members) => "{\"Effect\":\"Allow\"," + members[1..];
}
