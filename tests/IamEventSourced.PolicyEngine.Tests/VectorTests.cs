using System.Globalization;
using System.Text.Json;
using Shouldly;
using Xunit;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>Rows made by other means than this engine: by an oracle, by a regular-expression matcher, and by hand where they disagree with the rules.</summary>
public class VectorTests
{
    public static TheoryData<string, string, bool> Wildcards() =>
        [.. Data.Lines("wildcards.tsv").Where(line => line[0] != '#').Select(line => line.Split('\t')).Select(row => (row[0], row[1], row[2] == "1"))];

    public static TheoryData<int, string> Conditions() => Rows("conditions.jsonl");

    public static TheoryData<int, string> Decisions() => Rows("decisions.jsonl");

    [Theory(DisableDiscoveryEnumeration = true), MemberData(nameof(Wildcards))]
    public void R25_a_pattern_takes_a_text(string pattern, string text, bool expected) => Ask.Holds("StringLike", pattern, text).ShouldBe(expected);

    [Theory(DisableDiscoveryEnumeration = true), MemberData(nameof(Conditions))]
    public void R50_to_R69_a_condition_holds(int id, string row)
    {
        id.ShouldBePositive();
        using var json = JsonDocument.Parse(row);
        string Raw(string name) => json.RootElement.GetProperty(name).GetRawText();
        var condition = "{" + Raw("operator") + ":{" + Raw("key") + ":" + Raw("values") + "}}";
        var statement = $$"""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{Ascii(condition)}}}""";

        Ask.Allows(Ask.Document(statement), context: Context(json.RootElement.GetProperty("context"))).ShouldBe(json.RootElement.GetProperty("spec").GetBoolean());
    }

    [Theory(DisableDiscoveryEnumeration = true), MemberData(nameof(Decisions))]
    public void R80_to_R86_policies_decide(int id, string row)
    {
        id.ShouldBePositive();
        using var json = JsonDocument.Parse(row);
        var root = json.RootElement;
        var policies = Ask.Grants([.. root.GetProperty("policies").EnumerateArray().Select(policy => policy.GetRawText())]);
        var request = new AccessRequest(root.GetProperty("action").GetString()!, root.GetProperty("resource").GetString()!, Context(root.GetProperty("context")));

        Evaluator.Decide(policies, null, request).ToString().ShouldBe(root.GetProperty("spec").GetString(), StringCompareShould.IgnoreCase);
    }

    internal static RequestContext Context(JsonElement entries)
    {
        var builder = new RequestContext.Builder();
        foreach (var entry in entries.EnumerateObject())
            builder.Add(entry.Name, entry.Value.ValueKind == JsonValueKind.Array ? ContextValue.List(entry.Value.EnumerateArray().Select(Scalar)) : Scalar(entry.Value));
        return builder.Build();
    }

    private static string Scalar(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static string Ascii(string json) =>
        string.Concat(json.Select(unit => unit <= 0xFF ? unit.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}")));

    private static TheoryData<int, string> Rows(string name)
    {
        var data = new TheoryData<int, string>();
        foreach (var line in Data.Lines(name))
        {
            using var json = JsonDocument.Parse(line);
            data.Add(json.RootElement.GetProperty("id").GetInt32(), line);
        }
        return data;
    }
}
