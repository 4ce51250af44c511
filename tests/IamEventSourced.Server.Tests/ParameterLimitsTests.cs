using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace IamEventSourced.Server.Tests;

/// <summary>
/// Every parameter of every operation that AWS has, below, at and above its limits and with odd characters, by both doors, judged by
/// AWS's own service model (Data/aws-parameters.tsv, made from botocore by the script beside it).
/// </summary>
public class ParameterLimitsTests
{
    /// <summary>Ours is stricter than AWS's model on purpose.</summary>
    static readonly Dictionary<Type, string> Stricter = new()
    {
        [typeof(UserName)] = "where a user is only named the model has 128 characters, but nobody can have such a name",
        [typeof(Marker)] = "the model allows any text; one that no list gave is refused",
        [typeof(Arn)] = "the model has a length only",
        [typeof(AccessKeyId)] = "the model allows small letters, which no key's id has",
        [typeof(StatusType)] = "the model has Expired, which nobody can set",
        [typeof(ActionName)] = "the model has a length only; an action has its service before it and no wildcards",
        [typeof(ResourceName)] = "the model has a length only; it is an ARN or *",
        [typeof(ResourceOwner)] = "the model has a length only; it is an account",
        [typeof(ResourceHandlingOption)] = "the model has a length only; it is one of four scenarios",
        [typeof(ContextKeyName)] = "the model has a length only; a key has its service before it",
        [typeof(PolicyDescription)] = "the model has a length only; control characters are refused",
    };

    sealed record Rule(string Operation, string Parameter, string Kind, bool Required, long Min, long Max, string Pattern, string[] Values)
    {
        readonly Regex? _whole = Pattern.Length is 0 ? null : new($@"\A(?:{Translated(Pattern)})\z", RegexOptions.CultureInvariant);
        public bool Accepts(string text) => text.Length >= Min && text.Length <= Max && (_whole?.IsMatch(text) ?? true) && (Values.Length is 0 || Values.Contains(text));

        // Java's classes are of ASCII, and its \u has four digits here too: what the model means beyond the first plane are surrogate pairs.
        static string Translated(string pattern) => pattern.Contains(@"\u10000", StringComparison.Ordinal)
            ? $@"(?:{pattern.Replace(@"\u10000-\u10FFFF", "", StringComparison.Ordinal).TrimEnd('+', '*')}|[\uD800-\uDBFF][\uDC00-\uDFFF]){pattern[^1]}"
            : pattern.Replace(@"[\d]", "[0-9]", StringComparison.Ordinal).Replace(@"\d", "[0-9]", StringComparison.Ordinal).Replace(@"\w", "A-Za-z0-9_", StringComparison.Ordinal);
    }

    static readonly ILookup<string, Rule> Rules = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Data", "aws-parameters.tsv")).Where(line => !line.StartsWith('#')).Select(line => line.Split('\t'))
        .Select(part => new Rule(part[0], part[1], part[2], part[3] is "required", Number(part[4], 0), Number(part[5], int.MaxValue), part[6], part[7].Length is 0 ? [] : part[7].Split('|'))).ToLookup(rule => rule.Operation, StringComparer.Ordinal);

    static long Number(string text, long none) => text.Length is 0 ? none : long.Parse(text, CultureInfo.InvariantCulture);

    static readonly Dictionary<string, JsonObject> Samples = CallersTests.All("123456789012").GroupBy(operation => operation.GetType().Name, StringComparer.Ordinal)
        .ToDictionary(same => same.Key, same => JsonSerializer.SerializeToNode(same.First(), same.First().GetType(), Json.Options)!.AsObject(), StringComparer.Ordinal);

    public static TheoryData<string> Modelled => [.. Operation.All.Keys.Where(name => Rules.Contains(name) && Samples.ContainsKey(name)).Order(StringComparer.Ordinal)];

    [Fact]
    public void Most_operations_are_judged() => Modelled.Count.ShouldBeGreaterThan(30);

    [Theory, MemberData(nameof(Modelled))]
    public void A_parameter_is_accepted_where_AWS_accepts_it_and_else_refused_by_name(string name)
    {
        var operation = Operation.All[name];
        Problem(operation, Samples[name].DeepClone().AsObject(), "").ShouldBeNull($"the sample of {name}");
        var judged = 0;
        foreach (var rule in Rules[name])
        {
            if (TypeOf(operation, rule.Parameter) is not { } type) continue; // AWS has it, we do not: of AWS's other features
            foreach (var candidate in rule.Kind switch
            {
                "string" => Texts(rule),
                "integer" => [.. ((long[])[rule.Min - 1, rule.Min, rule.Max, rule.Max + 1]).Where(number => number is > int.MinValue and < int.MaxValue).Select(number => JsonValue.Create(number)), "x", "1.5", ""],
                "boolean" => (JsonNode?[])[true, false, "TRUE", "yes", "1", ""],
                "list" when rule.Max < int.MaxValue => [Many(name, rule, (int)rule.Max), Many(name, rule, (int)rule.Max + 1)],
                _ => [],
            })
            {
                var accepted = (rule.Kind, candidate) switch
                {
                    ("string", JsonValue text) => rule.Accepts(text.GetValue<string>()),
                    ("integer", JsonValue number) => number.TryGetValue<long>(out var value) && value >= rule.Min && value <= rule.Max,
                    ("boolean", JsonValue truth) => truth.TryGetValue<bool>(out _),
                    ("list", JsonArray list) => list.Count <= rule.Max,
                    _ => throw new InvalidOperationException(rule.Kind),
                };
                var problem = Problem(operation, With(name, rule.Parameter, candidate), rule.Parameter);
                if (problem is not null && accepted && Stricter.ContainsKey(type)) continue;
                (problem is null).ShouldBe(accepted, $"{name}.{rule.Parameter} = {Short(candidate)}: {problem}");
                judged++;
            }
            if (rule.Required && !rule.Parameter.Contains('[', StringComparison.Ordinal))
                Problem(operation, With(name, rule.Parameter, null), rule.Parameter).ShouldNotBeNull($"{name} without {rule.Parameter}");
        }
        if (Operation.All[name].Parameters.Count > 0) judged.ShouldBeGreaterThan(0);
    }

    /// <summary>What both doors say of the parameter: the same; null: nothing.</summary>
    static string? Problem(Operation operation, JsonObject parameters, string parameter)
    {
        var form = FormReader.Read(operation, Wire.Fields(parameters)).Refusal;
        var json = operation.Read(JsonSerializer.SerializeToElement(parameters)).Refusal;
        if (form is null && json is null) return null;
        // A form has no types: there a text is a number or a boolean when it reads so.
        if (json is not null) Names(json);
        if (form is not null) Names(form);
        return (form ?? json)!.Message;

        void Names(IamError refusal)
        {
            refusal.Code.ShouldBe("ValidationError");
            var first = parameter.Split('[', '.')[0];
            refusal.Message.ShouldContain($"'{first}", customMessage: parameter);
        }
    }

    /// <summary>The operation's sample with this value of the parameter; null: without.</summary>
    static JsonObject With(string name, string parameter, JsonNode? value)
    {
        var whole = Samples[name].DeepClone().AsObject();
        var steps = parameter.Split('.');
        var place = whole;
        for (var i = 0; i < steps.Length; i++)
        {
            var (step, list) = (steps[i].TrimEnd('[', ']'), steps[i].EndsWith("[]", StringComparison.Ordinal));
            if (i == steps.Length - 1)
            {
                place[step] = list ? new JsonArray(value) : value;
                if (!list && value is null) place.Remove(step);
                break;
            }
            var inner = Minimal(name, string.Join('.', steps[..(i + 1)]));
            place[step] = list ? new JsonArray(inner) : inner;
            place = inner;
        }
        return whole;
    }

    static JsonObject Minimal(string name, string structure)
    {
        if (structure is "ContextEntries[]") return new() { ["ContextKeyName"] = "aws:SourceIp", ["ContextKeyValues"] = new JsonArray("10.0.0.1") }; // to the model both are optional
        JsonObject made = [];
        foreach (var member in Rules[name].Where(rule => rule.Required && rule.Parameter.StartsWith(structure + ".", StringComparison.Ordinal) && !rule.Parameter[(structure.Length + 1)..].Contains('.', StringComparison.Ordinal)))
            made[member.Parameter[(structure.Length + 1)..]] = "a";
        return made;
    }

    static JsonArray Many(string name, Rule rule, int count)
    {
        var texts = Rules[name].Single(other => other.Parameter == rule.Parameter + "[]").Kind is "string";
        return new([.. Enumerable.Range(0, count).Select(i => texts ? (JsonNode)$"k{i}" : Numbered(Minimal(name, rule.Parameter + "[]"), i))]);

        static JsonObject Numbered(JsonObject one, int i)
        {
            foreach (var member in one.Select(member => member.Key).ToList()) one[member] = $"k{i}";
            return one;
        }
    }

    static IEnumerable<JsonNode?> Texts(Rule rule)
    {
        var lengths = ((long[])[0, 1, rule.Min - 1, rule.Min, rule.Min + 1, rule.Max - 1, rule.Max, rule.Max + 1]).Where(length => length is >= 0 and < 200_000).Distinct().Select(length => (int)length);
        List<string> texts = [.. rule.Values, .. rule.Values.Select(value => value.ToLowerInvariant()), "v1", "v0", "v10", "111122223333", "//", "/a/b/", "/a//b/", "a-b", "a--b", "-a-", "Upper", "аdmin", "e\u0301"];
        foreach (var length in lengths) texts.AddRange([Letters(length), length < 2 ? "/"[..length] : $"/{Letters(length - 2)}/", length is 0 ? "" : "/" + Letters(length - 1), length < 14 ? "" : "arn:aws:iam::" + Letters(length - 13), length is 0 ? "" : "v" + new string('1', length - 1)]);
        foreach (var odd in " \n\t\r\0\u001f\u007f\u0085\u00a0äÿĀ\u2028\ufeff*?/\\:=+\"'<>&%,.@-_~!|;#${}()[]^`")
            foreach (var whole in (string[])["aaaaaaaaaaaaaaaaaaaa", "/aaaaaaaaaaaaaaaaaaa/"]) texts.AddRange([whole.Insert(4, odd.ToString()), odd + whole, whole + odd]);
        return texts.Distinct(StringComparer.Ordinal).Select(text => (JsonNode?)JsonValue.Create(text));
    }

    static string Letters(int length) => new('a', length);

    /// <summary>Our type of the parameter; null: we have none.</summary>
    static Type? TypeOf(Operation operation, string parameter)
    {
        var steps = parameter.Split('.');
        var shape = operation.Parameters.FirstOrDefault(known => known.Name == steps[0].TrimEnd('[', ']')) is { } found ? Shape.Of(found.ParameterType) : null;
        for (var i = 0; shape is not null; i++)
        {
            if (steps[i].EndsWith("[]", StringComparison.Ordinal)) shape = shape.Item;
            if (i == steps.Length - 1) break;
            shape = shape?.Find(steps[i + 1].TrimEnd('[', ']'));
        }
        return shape?.Type;
    }

    static string Short(JsonNode? value)
    {
        var text = new StringBuilder();
        foreach (var letter in value is JsonValue one && one.TryGetValue<string>(out var raw) ? raw : value?.ToJsonString() ?? "null") text.Append(letter is > ' ' and < '\u007f' ? letter.ToString() : $"\\u{(int)letter:x4}");
        return text.Length > 60 ? $"{text.ToString(0, 40)}… ({text.Length})" : text.ToString();
    }
}
