using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>What those who call the engine from code without null checks, or with wrong names, are told.</summary>
public class ArgumentTests
{
    private static readonly GrantSet Set = GrantSet.Empty;
    private static readonly AccessRequest Request = new("s3:GetObject", Bucket, Nothing);

    public static TheoryData<string, Action> Missing() => new()
    {
        { "text", () => PolicyDocument.Parse((string)null!) },
        { "text", () => _ = PolicyDocument.TryParse((string)null!, out _, out _) },
        { "text", () => PolicyDocument.SizeOf(null!) },
        { "text", () => PolicyValidator.Validate(null!, PolicyKind.Identity) },
        { "error", () => throw new MalformedPolicyException(null!) },
        { "name", () => _ = ConditionOperator.TryParse(null!, out _) },
        { "document", () => CompiledPolicy.Compile((PolicyDocument)null!) },
        { "why", () => CompiledPolicy.Uncompilable(null!) },
        { "why", () => CompiledPolicy.Uncompilable("") },
        { "identity", () => Evaluator.Decide((GrantSet)null!, Set, Request) },
        { "identity", () => Evaluator.Explain((GrantSet)null!, Set, Request) },
        { "identity", () => Evaluator.NearMisses((GrantSet)null!, Set, Request) },
        { "principal", () => Evaluator.Decide(null!, new PolicySet(), Request) },
        { "policies", () => Evaluator.Decide(Principal.Anonymous, null!, Request) },
        { "principal", () => Evaluator.Explain(null!, new PolicySet(), Request) },
        { "policies", () => Evaluator.Explain(Principal.Anonymous, null!, Request) },
        { "principal", () => Evaluator.NearMisses(null!, new PolicySet(), Request) },
        { "policies", () => Evaluator.NearMisses(Principal.Anonymous, null!, Request) },
        { "arn", () => Principal.TryParse(null!) },
        { "name", () => Principal.Service(null!) },
        { "name", () => Principal.Service("") },
        { "provider", () => Principal.Federated(null!) },
        { "provider", () => Principal.Federated("") },
        { "value", () => ContextValue.Of(null!) },
        { "type", () => _ = ContextValue.TryRead(null!, [], out _, out _) },
        { "values", () => _ = ContextValue.TryRead("string", null!, out _, out _) },
        { "key", () => Nothing[null!].ShouldBeNull() },
        { "other", () => Nothing.With(null!) },
        { "documents", () => ContextKeys.Of(null!) },
        { "documents", () => ContextKeys.Missing(null!, Nothing) },
        { "context", () => ContextKeys.Missing([], null!) },
        { "identity", () => Simulator.Inputs(null!) },
        { "action", () => new Simulator { Policies = new() }.Simulate(null!) },
        { "resources", () => new Simulator { Policies = new() }.Simulate("s3:GetObject", null!) },
        { "policies", () => AccessSummary.Of(null!) },
        { "policies", () => PolicyLinter.Check(null!) },
        { "first", () => PolicyComparison.Compare(null!, Set) },
        { "second", () => PolicyComparison.Compare(Set, null!) },
    };

    [Theory(DisableDiscoveryEnumeration = true), MemberData(nameof(Missing))]
    public void What_must_be_given_is_named(string parameter, Action call) => Should.Throw<ArgumentException>(call).ParamName.ShouldBe(parameter);

    [Fact]
    public void What_is_no_arn_of_the_kind_is_named()
    {
        const string User = "arn:aws:iam::111111111111:user/alice", Session = "arn:aws:sts::111111111111:federated-user/fred";
        (Refusal(() => Principal.Of("alice")), Refusal(() => Principal.FederatedUser(User, User)), Refusal(() => Principal.FederatedUser(Session, Session)))
            .ShouldBe((("arn", "'alice' is no ARN of a principal. (Parameter 'arn')"), ("arn", $"'{User}' is no federated session. (Parameter 'arn')"), ("userArn", $"'{Session}' is no user. (Parameter 'userArn')")));

        static (string?, string) Refusal(Action call) => Should.Throw<ArgumentException>(call) is var refusal ? (refusal.ParamName, refusal.Message) : default;
    }

    [Fact]
    public void R120_a_simulator_without_a_caller_says_so() =>
        Should.Throw<InvalidOperationException>(() => new Simulator { Policies = new() { Resource = OnResource() } }.Simulate("s3:GetObject")).Message.ShouldBe("A resource policy needs a caller.");

    [Theory]
    [InlineData("string", 2, "string takes exactly one value; stringList takes several.")]
    [InlineData("date", 1, "'x' is no date.")]
    [InlineData("ipList", 2, "'x' is no ip.")]
    [InlineData("text", 1, "text is no type of a value.")]
    public void R121_what_does_not_read_is_said(string type, int count, string said)
    {
        ContextValue.TryRead(type, [.. Enumerable.Repeat("x", count)], out var value, out var problem).ShouldBeFalse();
        (problem, value).ShouldBe((said, default));
    }

    [Theory]
    [InlineData("stringequals", "StringEquals")]
    [InlineData("FORANYVALUE:numericlessthanIFEXISTS", "ForAnyValue:NumericLessThanIfExists")]
    [InlineData("forallvalues:null", "ForAllValues:Null")]
    public void R51_an_operator_is_written_as_AWS_spells_it(string name, string spelled)
    {
        ConditionOperator.TryParse(name, out var op).ShouldBeTrue();
        op.ToString().ShouldBe(spelled);
    }

    [Theory]
    [InlineData("")]
    [InlineData("String")]
    [InlineData("ForAnyValue:")]
    [InlineData("IfExists")]
    [InlineData("NullIfExists")]
    [InlineData("0")]
    public void R51_and_nothing_else_is_one(string name)
    {
        ConditionOperator.TryParse(name, out var op).ShouldBeFalse();
        op.ShouldBe(default);
    }

    [Fact]
    public void R53_values_are_equal_by_kind_and_texts()
    {
        (ContextValue.Of("a") == "a" && ContextValue.List("a", "b") == ContextValue.List("a", "b") && ContextValue.List() == default).ShouldBeTrue();
        (ContextValue.Of("a") == ContextValue.List("a") || ContextValue.List("a", "b") == ContextValue.List("b", "a") || ContextValue.Of("a") == "b").ShouldBeFalse();
        (ContextValue.List("a", "b").GetHashCode(), ContextValue.Of("a").GetHashCode()).ShouldBe((ContextValue.List("a", "b").GetHashCode(), ContextValue.Of("a").GetHashCode()));
        ContextValue.List("b", "a").Values.ShouldBe(["b", "a"]);
        (ContextValue.Of("a").Values[0], ContextValue.Of("").IsEmpty, ContextValue.List().IsEmpty, ContextValue.List("a").IsEmpty).ShouldBe(("a", false, true, false));
    }

    [Fact]
    public void R52_a_context_is_what_was_collected_when_it_was_built()
    {
        var builder = new RequestContext.Builder().Add("a", "1");
        var one = builder.Build();
        (builder.TryAdd("A", "2"), builder.TryAdd("b", "3")).ShouldBe((false, true));
        (one.Count, builder.Build().Count, string.Join(' ', builder.Build().Keys)).ShouldBe((1, 2, "a b"));
        (builder.Build()["A"]!.Value.Single, one["b"]).ShouldBe(("1", null));
        (Nothing.With(one), one.With(Nothing)).ShouldBe((one, one));
        one.With(RequestContext.Of(("b", "4"), ("A", "5"))).Keys.ShouldBe(["a", "b"]);
        one.With(RequestContext.Of(("b", "4")))["a"]!.Value.Single.ShouldBe("1");
        new RequestContext.Builder().Build().ShouldBeSameAs(Nothing);
    }
}
