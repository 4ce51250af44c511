using System.Text;
using System.Text.Json.Nodes;

namespace IamEventSourced.Server.Tests;

public class JsonApiOddInputTests
{
    static readonly string[] Odd =
    [
        "null", "true", "0", "-1", "1.5", "1e400", "99999999999999999999", "\"\"", "\"a\"", "\"\\u0001\"", "\"\\ud83d\\ude42\"", "[]", "[null]", "[[]]", "[0]", "[\"a\",null]", "[{}]", "{}", "{\"a\":1}", "{\"\":null}",
    ];

    public static TheoryData<string> Operations => [.. Operation.All.Keys];

    /// <summary>Whatever stands in the place of any part of a good request: a refusal, or an operation that can be asked what it needs.</summary>
    [Theory, MemberData(nameof(Operations))]
    public void No_shape_of_a_body_is_a_defect(string name)
    {
        var operation = Operation.All[name];
        var example = OpenApiExamples.Of(operation.Parameters.Select(parameter => new ShapeMember(parameter)));
        foreach (var body in Odd.Concat(Replaced(example)))
        {
            var (parameters, refusal) = StrictJson.Read(Encoding.UTF8.GetBytes(body));
            if (refusal is null) Use(operation.Read(parameters), body);
        }
    }

    /// <summary>The same of a form, every field of a good one with odd names and values.</summary>
    [Theory, MemberData(nameof(Operations))]
    public void No_shape_of_a_form_is_a_defect(string name)
    {
        var operation = Operation.All[name];
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        Flatten(OpenApiExamples.Of(operation.Parameters.Select(parameter => new ShapeMember(parameter))), "", fields);
        FormReader.Read(operation, fields).Refusal.ShouldBeNull();
        foreach (var field in fields.Keys)
            foreach (var odd in (string[])["", "a", "-1", "true", "\u0001", "{}", "🙂"])
                foreach (var other in (string[])[field, $"{field}.member.1", $"{field}.member.2.a", $"{field}.", $".{field}", $"{field}.member", field.Split('.')[0], "a.b.c"])
                {
                    Use(FormReader.Read(operation, new Dictionary<string, string>(fields, StringComparer.Ordinal) { [other] = odd }), $"{other}={odd}");
                    Use(FormReader.Read(operation, new Dictionary<string, string>(StringComparer.Ordinal) { [other] = odd }), $"{other}={odd}");
                }
    }

    static void Use(Answer<IOperation> read, string input)
    {
        if (read.Refusal is { } refusal)
        {
            refusal.Code.ShouldBe("ValidationError", input);
            return;
        }
        var directory = new Directory("123456789012");
        var call = new Call(new RootCaller("123456789012", "AKIAIOSFODNN7EXAMPLE"), "id", DateTimeOffset.UnixEpoch, new RandomIds());
        Should.NotThrow(() => read.Value!.Requires(directory, call), input);
        if (read.Value is ICommand command) Should.NotThrow(() => command.Decide(directory, call), input);
        if (read.Value is IQuery query and not GetUser) Should.NotThrow(() => query.AnswerOn(directory, call), input);
    }

    static IEnumerable<string> Replaced(JsonNode node)
    {
        var whole = node.Root;
        foreach (var place in Places(node).ToList())
            foreach (var odd in Odd)
            {
                var copy = whole.DeepClone();
                Put(copy, place, JsonNode.Parse(odd));
                yield return copy.ToJsonString();
            }
    }

    static IEnumerable<object[]> Places(JsonNode? node) => node switch
    {
        JsonObject some => some.SelectMany(member => Places(member.Value).Prepend([]).Select(rest => (object[])[member.Key, .. rest])),
        JsonArray list => list.SelectMany((item, index) => Places(item).Prepend([]).Select(rest => (object[])[index, .. rest])),
        _ => [],
    };

    static void Put(JsonNode node, object[] place, JsonNode? odd)
    {
        var parent = place[..^1].Aggregate(node, (at, step) => step is int index ? at[index]! : at[(string)step]!);
        if (place[^1] is int last) parent[last] = odd;
        else parent[(string)place[^1]] = odd;
    }

    static void Flatten(JsonNode? node, string at, Dictionary<string, string> fields)
    {
        switch (node)
        {
            case JsonObject some when at.EndsWith(".Parameters", StringComparison.Ordinal): fields[at] = some.ToJsonString(); break; // JSON as it is written
            case JsonObject some:
                foreach (var (name, value) in some) Flatten(value, at.Length is 0 ? name : $"{at}.{name}", fields);
                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++) Flatten(list[i], $"{at}.member.{i + 1}", fields);
                break;
            default:
                fields[at] = node is JsonValue flag && flag.TryGetValue<bool>(out var yes) ? (yes ? "true" : "false") : node!.ToString();
                break;
        }
    }
}
