using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>What policies of all kinds come to together (R82–R92).</summary>
public class PolicySetTests
{
    private const AccessOutcome Allowed = AccessOutcome.Allowed;
    private const AccessOutcome Explicit = AccessOutcome.ExplicitDeny;
    private const AccessOutcome Implicit = AccessOutcome.ImplicitDeny;
    private const string Mine = "111111111111";
    private const string Other = "222222222222";

    private static readonly AccessRequest Request = new("s3:GetObject", Bucket, Nothing);
    private static readonly Principal Role = Principal.Of($"arn:aws:sts::{Mine}:assumed-role/Reader/s");
    private static readonly Principal User = Principal.Of($"arn:aws:iam::{Mine}:user/alice");

    [Theory]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::home/*"}}""", false)]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::home/${aws:username}/*"}}""", true)]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::home/${aws:username}/*"}}""", false)]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::home/${aws:username}/*"}}""", true)]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}}""", true)]
    public void Conditions_and_variables_read_the_context(string document, bool reads)
    {
        Grants(document).ReadsContext.ShouldBe(reads);
        Grants(Document(Statement()), document).ReadsContext.ShouldBe(reads);
    }

    /// <summary>Each row: resource policy, owner, identity, boundary, session, outcome for a role's session.</summary>
    [Theory]
    [InlineData("none", Mine, "allow", "none", "none", Allowed)]
    [InlineData("none", Mine, "other", "none", "none", Implicit)]
    [InlineData("none", Mine, "allow", "other", "none", Implicit)]
    [InlineData("none", Mine, "allow", "allow", "other", Implicit)]
    [InlineData("none", Mine, "allow", "allow", "allow", Allowed)]
    [InlineData("none", Mine, "allow", "allow", "deny", Explicit)]
    [InlineData("account", Mine, "allow", "none", "none", Allowed)]
    [InlineData("account", Mine, "other", "none", "none", Implicit)]
    [InlineData("account", Mine, "allow", "other", "none", Implicit)]
    [InlineData("role", Mine, "other", "none", "none", Allowed)]
    [InlineData("role", Mine, "other", "allow", "allow", Allowed)]
    [InlineData("role", Mine, "other", "other", "allow", Implicit)]
    [InlineData("role", Mine, "other", "allow", "other", Implicit)]
    [InlineData("direct", Mine, "other", "other", "other", Allowed)]
    [InlineData("direct", Mine, "deny", "none", "none", Explicit)]
    [InlineData("direct", Mine, "other", "deny", "none", Explicit)]
    [InlineData("direct", Mine, "other", "none", "deny", Explicit)]
    [InlineData("everybody", Mine, "other", "other", "other", Allowed)]
    [InlineData("denied", Mine, "allow", "allow", "allow", Explicit)]
    [InlineData("none", Other, "allow", "none", "none", Implicit)]
    [InlineData("account", Other, "allow", "none", "none", Allowed)]
    [InlineData("account", Other, "other", "none", "none", Implicit)]
    [InlineData("role", Other, "allow", "allow", "allow", Allowed)]
    [InlineData("role", Other, "allow", "allow", "other", Implicit)]
    [InlineData("direct", Other, "other", "none", "none", Implicit)]
    [InlineData("direct", Other, "allow", "other", "none", Implicit)]
    [InlineData("direct", Other, "allow", "none", "none", Allowed)]
    [InlineData("denied", Other, "allow", "none", "none", Explicit)]
    public void R83_R86_R87_R88_the_own_and_another_account(string resource, string owner, string identity, string boundary, string session, AccessOutcome outcome) =>
        Decide(Role, new() { Identity = Set(identity)!, PermissionsBoundary = Set(boundary), Session = Set(session), Resource = Resource(resource), ResourceAccount = owner }).ShouldBe(outcome);

    [Fact] public void R87_no_owner_is_the_own_account() => Decide(User, new() { Identity = Set("allow")! }).ShouldBe(Allowed);

    [Theory]
    [InlineData("none", "allow", Implicit)]
    [InlineData("account", "allow", Allowed)]
    [InlineData("account", "other", Implicit)]
    [InlineData("role", "other", Allowed)]
    [InlineData("direct", "other", Allowed)]
    public void R89_trust_that_is_required(string resource, string identity, AccessOutcome outcome) =>
        Decide(Role, new() { Identity = Set(identity)!, Resource = Resource(resource), TrustRequired = true }).ShouldBe(outcome);

    [Theory]
    [InlineData("", Allowed)]
    [InlineData("allow", Allowed)]
    [InlineData("allow allow", Allowed)]
    [InlineData("allow other", Implicit)]
    [InlineData("other allow", Implicit)]
    [InlineData("other deny", Explicit)]
    [InlineData("deny other", Explicit)]
    public void R85_every_level_of_service_control_must_allow(string levels, AccessOutcome outcome)
    {
        var policies = new PolicySet { Identity = Set("allow")!, ServiceControl = [.. levels.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(level => Set(level)!)] };
        Decide(User, policies).ShouldBe(outcome);
        Decide(Principal.Of($"arn:aws:iam::{Mine}:root"), policies).ShouldBe(outcome);
        Decide(User with { InManagementAccount = true }, policies).ShouldBe(Allowed);
        Evaluator.Explain(User, policies, Request).AllowedByOrganizations.ShouldBe(levels.Length == 0 ? null : outcome == Allowed);
        Evaluator.Explain(User with { InManagementAccount = true }, policies, Request).AllowedByOrganizations.ShouldBeNull();
    }

    [Fact] public void R85_service_control_never_grants() => Decide(User, new() { ServiceControl = [Set("allow")!] }).ShouldBe(Implicit);
    [Fact] public void R85_nor_does_it_bind_services() => Decide(Principal.Service("ec2.amazonaws.com"), new() { Resource = Resource("service"), ServiceControl = [Set("deny")!] }).ShouldBe(Allowed);
    [Fact] public void R85_R87_it_blocks_what_the_resource_grants() => Decide(User, new() { Resource = Resource("everybody"), ServiceControl = [Set("other")!] }).ShouldBe(Implicit);

    [Theory]
    [InlineData("everybody", Allowed)]
    [InlineData("unnamed", Allowed)]
    [InlineData("account", Allowed)]
    [InlineData("service", Implicit)]
    [InlineData("denied", Explicit)]
    public void R84_an_endpoint_must_allow(string endpoint, AccessOutcome outcome) =>
        Decide(User, new() { Identity = Set("allow")!, Endpoint = Resource(endpoint) }).ShouldBe(outcome);

    [Theory]
    [InlineData("service", Allowed)]
    [InlineData("unnamed", Allowed)]
    [InlineData("denied", Explicit)]
    public void R84_resource_control_allows_what_it_does_not_deny(string level, AccessOutcome outcome) =>
        Decide(User, new() { Identity = Set("allow")!, ResourceControl = [Resource("everybody")!, Resource(level)!] }).ShouldBe(outcome);

    [Theory]
    [InlineData("service", Allowed)]
    [InlineData("everybody", Allowed)]
    [InlineData("account", Implicit)]
    [InlineData("none", Implicit)]
    public void R90_a_service_is_allowed_by_the_resource_alone(string resource, AccessOutcome outcome) =>
        Decide(Principal.Service("ec2.amazonaws.com"), new() { Identity = Set("allow")!, PermissionsBoundary = Set("deny"), Resource = Resource(resource), ResourceAccount = Other }).ShouldBe(outcome);

    [Theory]
    [InlineData("everybody", Allowed)]
    [InlineData("service", Implicit)]
    [InlineData("denied", Explicit)]
    public void R90_so_is_anonymous(string resource, AccessOutcome outcome) => Decide(Principal.Anonymous, new() { Identity = Set("allow")!, Resource = Resource(resource) }).ShouldBe(outcome);

    [Theory]
    [InlineData("none", Mine, "none", Allowed)]
    [InlineData("none", Other, "none", Implicit)]
    [InlineData("account", Other, "none", Allowed)]
    [InlineData("none", Mine, "other", Implicit)]
    [InlineData("none", Mine, "deny", Explicit)]
    public void R91_root_needs_no_identity_policy(string resource, string owner, string control, AccessOutcome outcome) =>
        Decide(Principal.Of($"arn:aws:iam::{Mine}:root"), new() { Resource = Resource(resource), ResourceAccount = owner, ServiceControl = Set(control) is { } level ? [level] : [] }).ShouldBe(outcome);

    [Theory]
    [InlineData("none", Implicit)]
    [InlineData("allow", Allowed)]
    [InlineData("other", Implicit)]
    public void R92_a_federated_session_has_what_was_passed_to_it(string session, AccessOutcome outcome) =>
        Decide(Principal.Of($"arn:aws:sts::{Mine}:federated-user/fred"), new() { Identity = Set("allow")!, Session = Set(session) }).ShouldBe(outcome);

    [Theory]
    [InlineData("identity")]
    [InlineData("boundary")]
    [InlineData("session")]
    [InlineData("service control")]
    [InlineData("resource control")]
    [InlineData("endpoint")]
    [InlineData("resource")]
    public void A_policy_that_cannot_be_compiled_denies_wherever_it_stands(string place)
    {
        var broken = GrantSet.Of(new PolicyGrant("broken", CompiledPolicy.Compile("{")));
        var naming = ResourcePolicies.Of(new PolicyGrant("broken", CompiledPolicy.Compile("{")));
        var all = new PolicySet { Identity = Set("allow")! };
        var policies = place switch
        {
            "identity" => all with { Identity = broken },
            "boundary" => all with { PermissionsBoundary = broken },
            "session" => all with { Session = broken },
            "service control" => all with { ServiceControl = [Set("allow")!, broken] },
            "resource control" => all with { ResourceControl = [naming] },
            "endpoint" => all with { Endpoint = naming },
            _ => all with { Resource = naming },
        };
        Decide(User, policies).ShouldBe(Explicit);
        Evaluator.Explain(User, policies, Request).Failures.ShouldHaveSingleItem().PolicyId.ShouldBe("broken");
    }

    [Fact]
    public void R123_all_that_allow_are_named_in_order()
    {
        var decision = Evaluator.Explain(Role, new() { Identity = Set("allow")!, PermissionsBoundary = Set("allow"), Session = Set("allow"), ServiceControl = [Set("allow")!], Endpoint = Resource("everybody"), Resource = Resource("role") }, Request);
        decision.Matched.Select(match => match.Source).ShouldBe(
            [PolicySource.Identity, PolicySource.PermissionsBoundary, PolicySource.Session, PolicySource.ServiceControl, PolicySource.Endpoint, PolicySource.Resource]);
    }

    [Fact]
    public void R123_a_statement_of_the_resource_that_names_others_is_no_reason() =>
        Evaluator.Explain(User, new() { Identity = Set("allow")!, Resource = Resource("service") }, Request).Matched.Select(match => match.Source).ShouldBe([PolicySource.Identity]);

    [Fact]
    public void Deciding_with_policies_of_every_kind_allocates_nothing()
    {
        var policies = new PolicySet
        {
            Identity = Set("allow")!, PermissionsBoundary = Set("allow"), Session = Set("allow"), ServiceControl = [Set("allow")!, Set("allow")!],
            ResourceControl = [Resource("service")!], Endpoint = Resource("everybody"), Resource = Resource("role"), ResourceAccount = Other,
        };
        Evaluator.Decide(Role, policies, Request).ShouldBe(Allowed);

        Allocations.Of(() => Evaluator.Decide(Role, policies, Request)).ShouldBe(0);
    }

    private static AccessOutcome Decide(Principal principal, PolicySet policies)
    {
        var outcome = Evaluator.Decide(principal, policies, Request);
        Evaluator.Explain(principal, policies, Request).Outcome.ShouldBe(outcome);
        return outcome;
    }

    private static GrantSet? Set(string name) => name switch
    {
        "none" => null,
        "allow" => Grants(Document(Statement())),
        "deny" => Grants(Document(Statement("Deny"))),
        _ => Grants(Document(Statement(action: "iam:*"))),
    };

    private static ResourcePolicies? Resource(string name) => name switch
    {
        "none" => null,
        "account" => OnResource(Naming($$"""{"AWS":"{{Mine}}"}""")),
        "role" => OnResource(Naming($$"""{"AWS":"arn:aws:iam::{{Mine}}:role/Reader"}""")),
        "direct" => OnResource(Naming($$"""{"AWS":"arn:aws:sts::{{Mine}}:assumed-role/Reader/s"}""")),
        "everybody" => OnResource(Naming("\"*\"")),
        "service" => OnResource(Naming("""{"Service":"ec2.amazonaws.com"}""")),
        "denied" => OnResource(Naming("\"*\""), Naming("\"*\"", "Deny")),
        "unnamed" => OnResource(Document(Statement())),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    private static string Naming(string principal, string effect = "Allow") => Document($$"""{"Effect":"{{effect}}","Principal":{{principal}},"Action":"*","Resource":"*"}""");
}
