using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>Whom a statement of a resource policy names (R70–R76), by what a caller of another account, whom everything else allows, comes to.</summary>
public class PrincipalTests
{
    private const string Mine = "111111111111";
    private const string Alice = $"arn:aws:iam::{Mine}:user/alice";
    private const string Session = $"arn:aws:sts::{Mine}:assumed-role/Reader/s";
    private const string Federated = $"arn:aws:sts::{Mine}:federated-user/fred";

    [Theory]
    [InlineData("\"*\"")]
    [InlineData("""{"AWS":"*"}""")]
    [InlineData("""{"AWS":["222222222222","*"]}""")]
    public void R71_a_star_is_everybody(string principal)
    {
        foreach (var who in new[] { Principal.Of(Alice), Principal.Of(Session), Principal.Anonymous, Principal.Service("ec2.amazonaws.com"), Principal.Federated("idp") })
            Names(principal, who).ShouldBeTrue();
    }

    [Theory]
    [InlineData("""{"Service":"*"}""")]
    [InlineData("""{"Federated":"*"}""")]
    [InlineData("""{"AWS":"arn:aws:iam::*:root"}""")]
    [InlineData("""{"AWS":"arn:aws:iam::111111111111:user/*"}""")]
    public void R71_but_only_by_itself_under_AWS(string principal)
    {
        foreach (var who in new[] { Principal.Of(Alice), Principal.Anonymous, Principal.Service("ec2.amazonaws.com"), Principal.Federated("idp") })
            Names(principal, who).ShouldBeFalse();
    }

    [Theory]
    [InlineData($"arn:aws:iam::{Mine}:root")]
    [InlineData(Alice)]
    [InlineData(Session)]
    [InlineData(Federated)]
    [InlineData($"arn:aws:iam::{Mine}:role/Reader")]
    public void R72_an_account_names_all_its_principals(string arn)
    {
        Names($$"""{"AWS":"{{Mine}}"}""", Principal.Of(arn)).ShouldBeTrue();
        Names($$"""{"AWS":"arn:aws:iam::{{Mine}}:root"}""", Principal.Of(arn)).ShouldBeTrue();
        Names("""{"AWS":"222222222222"}""", Principal.Of(arn)).ShouldBeFalse();
        Names("""{"AWS":"arn:aws:iam::222222222222:root"}""", Principal.Of(arn)).ShouldBeFalse();
    }

    [Theory]
    [InlineData($$"""{"AWS":["{{Alice}}","*"]}""")]
    [InlineData($$"""{"AWS":["{{Alice}}","{{Alice}}"]}""")]
    [InlineData($$"""{"AWS":["{{Mine}}","arn:aws:iam::{{Mine}}:root"]}""")]
    public void R70_to_be_named_twice_is_to_be_named(string principal) => Names(principal, Principal.Of(Alice)).ShouldBeTrue();

    [Fact] public void R72_an_account_names_no_service() => Names($$"""{"AWS":"{{Mine}}"}""", Principal.Service("ec2.amazonaws.com")).ShouldBeFalse();

    [Theory]
    [InlineData(Alice, Alice, true)]
    [InlineData(Alice, $"arn:aws:iam::{Mine}:user/Alice", false)]
    [InlineData(Alice, $"arn:aws:iam::{Mine}:user/team/alice", false)]
    [InlineData(Session, Session, true)]
    [InlineData(Session, $"arn:aws:sts::{Mine}:assumed-role/Reader/t", false)]
    [InlineData(Federated, Federated, true)]
    [InlineData(Session, $"arn:aws:iam::{Mine}:role/Reader", true)]
    [InlineData(Session, $"arn:aws:iam::{Mine}:role/team/READER", true)]
    [InlineData(Session, $"arn:aws:iam::{Mine}:role/Reader/Other", false)]
    [InlineData(Session, "arn:aws:iam::222222222222:role/Reader", false)]
    [InlineData(Session, $"arn:aws-cn:iam::{Mine}:role/Reader", false)]
    [InlineData($"arn:aws:iam::{Mine}:role/team/Reader", $"arn:aws:iam::{Mine}:role/team/Reader", true)]
    [InlineData($"arn:aws:iam::{Mine}:role/team/Reader", $"arn:aws:iam::{Mine}:role/Reader", false)]
    public void R72_an_arn_names(string caller, string named, bool names) => Names($$"""{"AWS":"{{named}}"}""", Principal.Of(caller)).ShouldBe(names);

    [Fact]
    public void R72_a_user_names_its_federated_sessions()
    {
        Names($$"""{"AWS":"{{Alice}}"}""", Principal.FederatedUser(Federated, Alice)).ShouldBeTrue();
        Names($$"""{"AWS":"{{Alice}}"}""", Principal.Of(Federated)).ShouldBeFalse();
    }

    [Fact]
    public void R73_service_federated_and_canonical_are_equal_or_not()
    {
        Names("""{"Service":["s3.amazonaws.com","ec2.amazonaws.com"]}""", Principal.Service("ec2.amazonaws.com")).ShouldBeTrue();
        Names("""{"Service":"EC2.amazonaws.com"}""", Principal.Service("ec2.amazonaws.com")).ShouldBeFalse();
        Names("""{"Federated":"accounts.google.com"}""", Principal.Federated("accounts.google.com")).ShouldBeTrue();
        Names("""{"Service":"accounts.google.com"}""", Principal.Federated("accounts.google.com")).ShouldBeFalse();
        Names("""{"CanonicalUser":"79a5"}""", Principal.Of(Alice) with { CanonicalUserId = "79a5" }).ShouldBeTrue();
        Names("""{"CanonicalUser":"79a5"}""", Principal.Of(Alice)).ShouldBeFalse();
    }

    [Theory]
    [InlineData(Alice, false)]
    [InlineData(Mine, false)]
    [InlineData("arn:aws:iam::111111111111:root", false)]
    [InlineData("arn:aws:iam::111111111111:user/bob", true)]
    public void R74_NotPrincipal_names_whom_nothing_names(string spared, bool names)
    {
        Denies($$"""{"AWS":"{{spared}}"}""", bounded: false).ShouldBe(names);
        Evaluator.Decide(Principal.Of(Alice), Shared($$"""{"Effect":"Allow","NotPrincipal":{"AWS":"{{spared}}"},"Action":"*"}"""), Request).ShouldBe(names ? AccessOutcome.Allowed : AccessOutcome.ImplicitDeny);
    }

    [Fact] public void R75_NotPrincipal_with_deny_names_everybody_who_has_a_boundary() => Denies($$"""{"AWS":"{{Alice}}"}""", bounded: true).ShouldBeTrue();

    [Fact] public void R76_a_statement_that_names_nobody_is_for_nobody() =>
        Evaluator.Decide(Principal.Of(Alice), Shared("""{"Effect":"Allow","Action":"*","Resource":"*"}"""), Request).ShouldBe(AccessOutcome.ImplicitDeny);

    [Fact] public void R35_short_arns_of_a_resource_policy_are_not_padded() =>
        Evaluator.Decide(Principal.Of(Alice), Shared("""{"Effect":"Allow","Principal":"*","Action":"*","Resource":"arn:aws:s3"}"""), Request).ShouldBe(AccessOutcome.ImplicitDeny);

    [Theory]
    [InlineData($"arn:aws:iam::{Mine}:root", PrincipalType.Account)]
    [InlineData(Alice, PrincipalType.User)]
    [InlineData($"arn:aws:iam::{Mine}:user/team/alice", PrincipalType.User)]
    [InlineData($"arn:aws:iam::{Mine}:role/Reader", PrincipalType.AssumedRole)]
    [InlineData(Session, PrincipalType.AssumedRole)]
    [InlineData(Federated, PrincipalType.FederatedUser)]
    [InlineData($"arn:aws-cn:iam::{Mine}:user/alice", PrincipalType.User)]
    public void A_principal_is_of_the_kind_that_its_arn_says(string arn, PrincipalType type)
    {
        var principal = Principal.Of(arn);
        (principal.Type, principal.Arn, principal.Account, principal.UserArn, principal.ServiceName, principal.Provider).ShouldBe((type, arn, Mine, null, null, null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("alice")]
    [InlineData($"urn:aws:iam::{Mine}:user/alice")]
    [InlineData($"arn:aws:s3::{Mine}:user/alice")]
    [InlineData($"arn:aws:iam::{Mine}:user")]
    [InlineData($"arn:aws:iam::{Mine}:assumed-role/a/b")]
    [InlineData($"arn:aws:iam::{Mine}:federated-user/a")]
    [InlineData($"arn:aws:sts::{Mine}:assumed-role/a/")]
    [InlineData($"arn:aws:sts::{Mine}:assumed-role//b")]
    [InlineData($"arn:aws:sts::{Mine}:assumed-role/a/b/c")]
    [InlineData($"arn:aws:iam::{Mine}:roots")]
    [InlineData($"arn:aws:iam::{Mine}:group/a")]
    [InlineData($"arn:aws:iam::{Mine}:user/")]
    [InlineData($"arn:aws:iam:us-east-1:{Mine}:user/a")]
    [InlineData("arn:aws:iam:::user/a")]
    [InlineData($"arn:aws:sts::{Mine}:assumed-role/a")]
    [InlineData($"arn:aws:sts::{Mine}:user/a")]
    [InlineData($"arn:aws:sts::{Mine}:root")]
    public void Nobody_else_is_a_principal(string arn)
    {
        Principal.TryParse(arn).ShouldBeNull();
        Should.Throw<ArgumentException>(() => Principal.Of(arn));
    }

    private static readonly AccessRequest Request = new("s3:GetObject", Bucket, Nothing);

    private static PolicySet Shared(string statement, bool bounded = false) => new()
    {
        Identity = Grants(Document(Statement())),
        PermissionsBoundary = bounded ? Grants(Document(Statement())) : null,
        Resource = OnResource(Document(statement)),
        ResourceAccount = "333333333333",
    };

    private static bool Names(string principal, Principal who) =>
        Evaluator.Decide(who, Shared($$"""{"Effect":"Allow","Principal":{{principal}},"Action":"*"}""") with { Session = Grants(Document(Statement())) }, Request) == AccessOutcome.Allowed;

    private static bool Denies(string spared, bool bounded) =>
        Evaluator.Decide(Principal.Of(Alice), Shared($$"""{"Effect":"Deny","NotPrincipal":{{spared}},"Action":"*"}""", bounded), Request) == AccessOutcome.ExplicitDeny;
}
