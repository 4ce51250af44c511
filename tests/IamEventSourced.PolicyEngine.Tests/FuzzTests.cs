using System.Text;
using FsCheck.Xunit;
using Shouldly;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>Texts that nobody meant: nothing but the documented error, and what one reader takes the other does too.</summary>
[Properties(Arbitrary = [typeof(Cases)])]
public class FuzzTests
{
    [Property(MaxTest = 1000)]
    public void Any_string(string? text) => Read(text ?? "");

    [Property(MaxTest = 1000)]
    public void Any_bytes(byte[] bytes) => Read(Encoding.Latin1.GetString(bytes));

    [Property(MaxTest = 1000)]
    public void A_policy_cut_short(Case given, int at) => Read(given.Identity[0][..Place(at, given.Identity[0])]);

    [Property(MaxTest = 1000)]
    public void A_policy_with_a_character_changed(Case given, int at, char character)
    {
        var place = Place(at, given.Identity[0]);
        Read(given.Identity[0][..place] + character + given.Identity[0][(place + 1)..]);
        Read(given.Identity[0][..place] + "{}[],:\"\\*?$n1"[character % 13] + given.Identity[0][(place + 1)..]);
    }

    [Property(MaxTest = 1000)]
    public void A_policy_with_a_piece_doubled(Case given, int from, int to)
    {
        var text = given.Identity[0];
        var (start, end) = (Math.Min(Place(from, text), Place(to, text)), Math.Max(Place(from, text), Place(to, text)));
        Read(text[..end] + text[start..]);
    }

    [Property(MaxTest = 1000)]
    public void Any_pattern_and_value(string? pattern, string? value, Case given)
    {
        var values = new[] { pattern ?? "", given.Resource };
        foreach (var test in Enum.GetNames<ConditionTest>()) Evaluate(Ask.Statement(condition: new Dictionary<string, object> { [test] = new Dictionary<string, object> { ["k"] = values } }), value ?? "");
        Evaluate(Ask.Statement(resource: values), value ?? "");
        Evaluate(Ask.Statement(notResource: values, action: values), value ?? "");
    }

    private static void Evaluate(string statement, string value)
    {
        if (!PolicyDocument.TryParse(Ask.Document(statement), out var document, out _)) return;
        Evaluator.Decide(GrantSet.Of(new PolicyGrant("a", CompiledPolicy.Compile(document))), null, new(value, value, RequestContext.Of(("k", value))));
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

    private static string Parts(PolicyStatement statement) => System.Text.Json.JsonSerializer.Serialize(new
    {
        statement.Sid, statement.Effect, statement.Actions, statement.Resources, Principals = statement.Principals?.Values, statement.Principals?.Inverted,
        Conditions = statement.Conditions.OrderBy(condition => condition.Operator.ToString(), StringComparer.Ordinal).ThenBy(condition => condition.Key, StringComparer.Ordinal).Select(condition => new { Operator = condition.Operator.ToString(), condition.Key, condition.Values }),
    });

    private static int Place(int at, string text) => (int)((uint)at % (uint)text.Length);

    private static void Read(string text)
    {
        var parsed = PolicyDocument.TryParse(text, out var document, out var error);
        (error is null).ShouldBe(parsed);
        if (document is not null) Written(document);
        if (document is not null) CompiledPolicy.Compile(document).Failure.ShouldBeNull();
        else CompiledPolicy.Compile(text).Failure.ShouldNotBeNull();
        if (PolicyValidator.Validate(text, PolicyKind.Identity) is null) parsed.ShouldBeTrue();
        foreach (var kind in Enum.GetValues<PolicyKind>()) PolicyValidator.Validate(text, kind);
    }
}
