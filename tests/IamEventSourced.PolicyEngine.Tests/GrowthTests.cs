using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>No text costs more than in proportion to its length, whoever wrote it; no depth and no length does harm.</summary>
public class GrowthTests
{
    [Theory]
    [InlineData("statements", 20)]
    [InlineData("statements with errors", 20)]
    [InlineData("repeated sids", 20)]
    [InlineData("actions", 50)]
    [InlineData("names beside patterns", 200)]
    [InlineData("resources", 50)]
    [InlineData("variables", 50)]
    [InlineData("open variables", 500)]
    [InlineData("stars", 500)]
    [InlineData("keys", 1000)]
    [InlineData("values of a long key", 50)]
    [InlineData("dates", 50)]
    [InlineData("principals", 50)]
    [InlineData("escapes", 200)]
    [InlineData("lines", 1_000)]
    [InlineData("brackets", 5_000)]
    [InlineData("members in members", 1_000)]
    [InlineData("an open string", 5_000)]
    public void R1_reading_is_linear(string what, int size) => Growth.ShouldBeLinear(size, count => Text(what, count), Read);

    [Theory]
    [InlineData("[")]
    [InlineData("{\"Statement\":")]
    [InlineData("{\"Statement\":[{\"Condition\":{\"Bool\":{\"a\":[")]
    [InlineData("{\"Statement\":{\"Principal\":{\"AWS\":[")]
    public void R1_depth_is_an_error(string part)
    {
        var text = Repeat(part, 100_000);
        foreach (var kind in Enum.GetValues<PolicyKind>()) PolicyValidator.Validate(text, kind).ShouldNotBeNull();
        CompiledPolicy.Compile(text).Failure.ShouldNotBeNull();
    }

    // What copies nothing and makes nothing of ten megabytes has looked at their number only.
    [Fact]
    public void R1_ten_megabytes_are_refused_unread()
    {
        var text = "{\"Id\":\"" + new string('a', 10_000_000) + "\"}";
        var bytes = new byte[10_000_000];
        PolicyError? error = null, ofBytes = null;
        Allocations.Of(() =>
        {
            PolicyDocument.TryParse(text, out _, out error).ShouldBeFalse();
            foreach (var kind in Enum.GetValues<PolicyKind>()) PolicyValidator.Validate(text, kind).ShouldBe(error);
            PolicyDocument.TryParse(bytes, out _, out ofBytes).ShouldBeFalse();
        }).ShouldBeLessThan(100_000);
        (error!.Detail, ofBytes).ShouldBe(("More than 1048576 characters.", error));
    }

    [Theory]
    [InlineData("*a*a*a*a*b*")]
    [InlineData("*a?*a?*a?*b?*")]
    [InlineData("*?*?*?*?*b*?")]
    [InlineData("${v}*${v}?*b*")]
    public void R25_a_longer_text_costs_in_proportion(string pattern) => Growth.ShouldBeLinear(400, count => Asked(pattern, new string('a', count)), Denied);

    [Theory]
    [InlineData("*a")]
    [InlineData("?*a")]
    [InlineData("*?")]
    [InlineData("${v}*")]
    [InlineData("${none,'*'}*")]
    public void R25_a_longer_pattern_costs_in_proportion(string part) => Growth.ShouldBeLinear(100, count => Asked(Repeat(part, count) + "b*", new string('a', 200)), Denied);

    [Fact]
    public void R64_many_values_cost_in_proportion() =>
        Growth.ShouldBeLinear(1000, count => ContextValue.List(Enumerable.Range(0, count).Select(number => $"{number}")), values => Holds("ForAllValues:StringLike", "*", values).ShouldBeTrue());

    // The pattern as a condition's, and as a resource's where wildcards of every reach stand before it.
    private static (GrantSet[] Policies, AccessRequest Request) Asked(string pattern, string text) => (
        [
            Grants(Document(Statement(condition: new { StringLike = new Dictionary<string, string> { ["k:k"] = pattern } }))),
            Grants(Document(Statement(resource: "arn:*:s3:*a*a:*:*" + pattern))),
        ],
        new("s3:GetObject", $"arn:aws:s3:{text}:{text}:{text}", RequestContext.Of(("v", "a"), ("k:k", text))));

    private static void Denied((GrantSet[] Policies, AccessRequest Request) asked)
    {
        foreach (var policy in asked.Policies) Evaluator.Decide(policy, null, asked.Request).ShouldBe(AccessOutcome.ImplicitDeny);
    }

    private static void Read(string text)
    {
        foreach (var kind in Enum.GetValues<PolicyKind>()) PolicyValidator.Validate(text, kind);
        if (!PolicyDocument.TryParse(text, out var document, out _)) return;
        GrantSet.Of(new PolicyGrant("a", CompiledPolicy.Compile(document)));
        ContextKeys.Of(document);
        document.ToJson().ShouldNotBeEmpty();
        document.ReadElements().ShouldNotBeEmpty();
        document.Find("$.Statement.Condition.Bool").ShouldBeNull();
    }

    private static string Text(string what, int count) => what switch
    {
        "statements" => Document(Many(count, number => Statement(sid: $"s{number}"))),
        "statements with errors" => Document(Many(count, _ => Statement("allow", action: "x", resource: "y"))),
        "repeated sids" => Document(Many(count, _ => Statement(sid: "s"))),
        "actions" => Document(Statement(action: Many(count, number => $"s{number}:Get*"))),
        "names beside patterns" => Document(Statement(action: Many(count, number => $"s3:A{number}")), Statement(action: Many(count, number => $"s3:*{number}"))),
        "resources" => Document(Statement(resource: Many(count, number => $"arn:aws:s3:::{number}*/x"))),
        "variables" => Document(Statement(resource: "arn:aws:s3:::" + Repeat("${a,'b'}", count))),
        "open variables" => Document(Statement(resource: "arn:aws:s3:::" + Repeat("${", count), condition: new { StringLike = new { a = Repeat("${}${", count / 2) } })),
        "stars" => Document(Statement(action: "s3:" + Repeat("*a", count), resource: "arn" + Repeat(":*", count))),
        "keys" => Document(Statement(condition: new { StringEquals = Enumerable.Range(0, count).ToDictionary(number => $"k{number}") })),
        "values of a long key" => "{\"Statement\":" + Statement(condition: new { StringEquals = new Dictionary<string, string[]> { [Repeat("k", 10 * count)] = Many(count, _ => "v") } }) + "}",
        "dates" => Document(Statement(condition: new { DateLessThan = new { a = Many(count, number => $"2024-01-01T0{number}") } })),
        "principals" => Document($$"""{"Effect":"Allow","Principal":{"AWS":[{{string.Join(',', Many(count, number => $"\"arn:aws:iam::{number}:role/a/b\""))}}]},"Action":"*"}"""),
        "escapes" => Document(Statement(sid: Repeat("中", count))),
        "lines" => Document(Statement(), Repeat("\n", count) + Statement(), Repeat("\r", count) + Statement("allow")),
        "brackets" => Repeat("[", count),
        "members in members" => Repeat("{\"Statement\":", count),
        _ => "{\"Id\":\"" + Repeat("a", count),
    };

    private static string[] Many(int count, Func<int, string> one) => [.. Enumerable.Range(0, count).Select(one)];

    private static string Repeat(string part, int count) => string.Concat(Enumerable.Repeat(part, count));
}
