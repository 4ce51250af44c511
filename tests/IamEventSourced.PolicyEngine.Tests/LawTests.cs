using FsCheck.Xunit;
using Shouldly;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>What holds for all policies and requests.</summary>
[Properties(Arbitrary = [typeof(Cases), typeof(WideCases)])]
public class LawTests
{
    [Law(12_000)]
    public void The_engine_and_the_slow_evaluator_agree(Case given) =>
        Decide(given).ToString().ShouldBe(SlowEvaluator.Decide(given.Identity, given.Boundary, given.Action, given.Resource, new(given.Entries)), given.ToString());

    [Law(8000)]
    public void R82_to_R92_the_engine_and_the_slow_evaluator_agree_on_policies_of_every_kind(WideCase given) =>
        Evaluator.Decide(given.Principal, given.Policies, given.Request).ToString().ShouldBe(SlowEvaluator.Decide(given), given.ToString());

    [Law(500)]
    public void Explain_says_what_Decide_says_with_policies_of_every_kind(WideCase given)
    {
        var decision = Evaluator.Explain(given.Principal, given.Policies, given.Request);
        decision.Outcome.ShouldBe(Evaluator.Decide(given.Principal, given.Policies, given.Request));
        decision.Matched.ShouldAllBe(match => match.Effect == (decision.Outcome == AccessOutcome.Allowed ? Effect.Allow : Effect.Deny));
        if (decision.Outcome == AccessOutcome.ExplicitDeny) decision.Matched.ShouldNotBeEmpty();
        if (decision.Outcome == AccessOutcome.ImplicitDeny) decision.Matched.ShouldBeEmpty();
    }

    [Law(500)]
    public void A_near_miss_is_no_match(WideCase given)
    {
        var decision = Evaluator.Explain(given.Principal, given.Policies, given.Request);
        var near = Evaluator.NearMisses(given.Principal, given.Policies, given.Request);
        near.Select(miss => miss.Statement).Intersect(decision.Matched.Select(match => match.Statement), ReferenceEqualityComparer.Instance).ShouldBeEmpty(given.ToString());
        near.ShouldAllBe(miss => miss.Failed == StatementPart.Condition == miss.Conditions.Count > 0);
    }

    [Law(300)]
    public void Explain_says_what_Decide_says(Case given)
    {
        var decision = Evaluator.Explain(Ask.Grants(given.Identity), Boundary(given), given.Request);
        decision.Outcome.ShouldBe(Decide(given));
        decision.Matched.Any().ShouldBe(decision.Outcome != AccessOutcome.ImplicitDeny);
        decision.Matched.ShouldAllBe(match => match.Effect == (decision.Outcome == AccessOutcome.Allowed ? Effect.Allow : Effect.Deny));
    }

    [Law(300)]
    public void The_statements_that_explain_decide_alone(Case given)
    {
        var decision = Evaluator.Explain(Ask.Grants(given.Identity), null, given.Request);
        foreach (var match in decision.Matched)
        {
            var document = PolicyDocument.Parse(given.Identity[int.Parse(match.PolicyId[1..], System.Globalization.CultureInfo.InvariantCulture) - 1]);
            var alone = $$"""{"Version":"{{document.Version}}","Statement":{{document.Text[match.Statement.Span]}}}""";
            Ask.Decide(alone, given.Action, given.Resource, given.Context).ShouldBe(decision.Outcome, given.ToString());
        }
    }

    [Law(300)]
    public void R81_order_never_matters(Case given) => Decide(given with { Identity = [.. given.Identity.Reverse()], Boundary = given.Boundary?.Reverse().ToArray() }).ShouldBe(Decide(given));

    [Law(300)]
    public void Adding_a_deny_never_grants(Case given, Case other)
    {
        var denies = other.Identity.Select(policy => policy.Replace("\"Allow\"", "\"Deny\"", StringComparison.Ordinal));
        if (Decide(given with { Identity = [.. given.Identity, .. denies] }) == AccessOutcome.Allowed) Decide(given).ShouldBe(AccessOutcome.Allowed);
    }

    [Law(300)]
    public void Adding_an_allow_never_revokes(Case given, Case other)
    {
        var allows = other.Identity.Select(policy => policy.Replace("\"Deny\"", "\"Allow\"", StringComparison.Ordinal));
        if (Decide(given) == AccessOutcome.Allowed) Decide(given with { Identity = [.. given.Identity, .. allows] }).ShouldBe(AccessOutcome.Allowed);
    }

    [Law(300)]
    public void A_boundary_only_narrows(Case given)
    {
        if (Decide(given) == AccessOutcome.Allowed) Decide(given with { Boundary = null }).ShouldBe(AccessOutcome.Allowed);
    }

    [Law(1500)]
    public void Policies_that_read_no_context_decide_alike_in_any(Case given)
    {
        if (!Ask.Grants(given.Identity).ReadsContext && Boundary(given) is not { ReadsContext: true })
            Decide(given).ShouldBe(Evaluator.Decide(Ask.Grants(given.Identity), Boundary(given), given.Request with { Context = RequestContext.Empty }), given.ToString());
    }

    private static AccessOutcome Decide(Case given) => Evaluator.Decide(Ask.Grants(given.Identity), Boundary(given), given.Request);

    private static GrantSet? Boundary(Case given) => given.Boundary is null ? null : Ask.Grants(given.Boundary);
}
