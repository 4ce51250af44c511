using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FsCheck.Xunit;
using Shouldly;
using Xunit;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>Texts that nobody meant: nothing but the documented error, and what one reader takes the other does too.</summary>
[Properties(Arbitrary = [typeof(Cases), typeof(WideCases), typeof(GarbledTexts)])]
public class FuzzTests
{
    private static readonly Principal Alice = Principal.Of("arn:aws:iam::111111111111:user/alice");

    /// <summary>Texts that once did harm, or came near it; escaped as in C#.</summary>
    public static TheoryData<string> Kept() => [.. Data.Lines("fuzz.txt").Where(line => line[0] != '#').Select(Regex.Unescape)];

    [Theory(DisableDiscoveryEnumeration = true), MemberData(nameof(Kept))]
    public void A_text_that_was_kept(string text) => Read(text);

    [Law(1000)]
    public void Any_string(string? text) => Read(text ?? "");

    [Law(1000)]
    public void Any_bytes(byte[] bytes)
    {
        if (PolicyDocument.TryParse(bytes, out var document, out var error)) Encoding.UTF8.GetBytes(document.Text).ShouldBe(bytes);
        else error.ShouldNotBeNull();
        Read(Encoding.Latin1.GetString(bytes));
    }

    [Law(3000)]
    public void A_garbled_policy(GarbledText given) => Read(given.Text);

    [Law(600)]
    public void Any_pattern_and_value(string? pattern, string? value, Case given)
    {
        var values = new[] { pattern ?? "", given.Resource };
        foreach (var test in Enum.GetNames<ConditionTest>()) Decide(Ask.Statement(condition: new Dictionary<string, object> { [test] = new Dictionary<string, object> { ["k"] = values } }), value ?? "");
        Decide(Ask.Statement(resource: values), value ?? "");
        Decide(Ask.Statement(notResource: values, action: values), value ?? "");
        Decide("{\"Principal\":{\"AWS\":" + JsonSerializer.Serialize(values) + "}," + Ask.Statement()[1..], value ?? "");
    }

    [Law(1000)]
    public void Any_request(WideCase given, string? action, string? resource, string? key, string? value)
    {
        var request = new AccessRequest(action ?? "", resource ?? "", RequestContext.Of((key ?? "", value ?? ""), ("aws:username" + key, ContextValue.List(value ?? "", "alice"))));
        Evaluator.Explain(given.Principal, given.Policies, request).Outcome.ShouldBe(Evaluator.Decide(given.Principal, given.Policies, request));
        Evaluator.NearMisses(given.Principal, given.Policies, request).ShouldNotBeNull();
        (Principal.TryParse(value ?? "")?.Arn ?? value).ShouldBe(value);
    }

    private static void Decide(string statement, string value)
    {
        if (PolicyDocument.TryParse(Ask.Document(statement), out var document, out _)) Decide(document, new(value, value, RequestContext.Of(("k", value))));
    }

    // As every kind of policy at once.
    private static void Decide(PolicyDocument document, AccessRequest request)
    {
        var grant = new PolicyGrant("a", CompiledPolicy.Compile(document));
        var (own, others) = (GrantSet.Of(grant), ResourcePolicies.Of(grant));
        var all = new PolicySet { Identity = own, PermissionsBoundary = own, Session = own, ServiceControl = [own], ResourceControl = [others], Endpoint = others, Resource = others };
        foreach (var principal in new[] { Alice, Principal.Anonymous })
            Evaluator.Explain(principal, all, request).Outcome.ShouldBe(Evaluator.Decide(principal, all, request));
    }

    // What is written means what was read, and every value stands where it is said to stand.
    private static void Written(PolicyDocument document)
    {
        foreach (var indented in new[] { false, true })
        {
            var again = PolicyDocument.Parse(document.ToJson(indented));
            (again.Version, again.Id, again.StatementIsArray).ShouldBe((document.Version, document.Id, document.StatementIsArray));
            again.Statements.Select(Parts).ShouldBe(document.Statements.Select(Parts));
        }
        foreach (var element in document.ReadElements())
        {
            var piece = document.Text[element.Span];
            (char.IsWhiteSpace(piece[0]) || char.IsWhiteSpace(piece[^1])).ShouldBeFalse(element.Path);
        }
        foreach (var statement in document.Statements)
            document.Find(document.StatementIsArray ? $"$.Statement[{statement.Index}]" : "$.Statement")!.Span.ShouldBe(statement.Span);
    }

    private static string Parts(PolicyStatement statement) => JsonSerializer.Serialize(new
    {
        statement.Sid, statement.Effect, statement.Actions, statement.Resources, Principals = statement.Principals?.Values, statement.Principals?.Inverted,
        Conditions = statement.Conditions.OrderBy(condition => condition.Operator.ToString(), StringComparer.Ordinal).ThenBy(condition => condition.Key, StringComparer.Ordinal).Select(condition => new { Operator = condition.Operator.ToString(), condition.Key, condition.Values }),
    });

    private static void Read(string text)
    {
        var parsed = PolicyDocument.TryParse(text, out var document, out var error);
        (error is null).ShouldBe(parsed);
        if (document is not null)
        {
            Written(document);
            CompiledPolicy.Compile(document).Failure.ShouldBeNull();
            PolicyDocument.Parse(Encoding.UTF8.GetBytes(text)).ShouldBe(document);
            Decide(document, new("s3:GetObject", "arn:aws:s3:::b/alice", RequestContext.Of(("aws:username", "alice"), ("k", ContextValue.List("5", "10.0.0.1")))));
        }
        else CompiledPolicy.Compile(text).Failure.ShouldNotBeNull();
        if (PolicyValidator.Validate(text, PolicyKind.Identity) is null) parsed.ShouldBeTrue();
        foreach (var kind in Enum.GetValues<PolicyKind>()) PolicyValidator.Validate(text, kind);
    }
}
