using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IamEventSourced.Server;

/// <summary>
/// A form becomes the JSON that every operation is read from: <c>Tags.member.1.Key=a</c> becomes <c>{"Tags":[{"Key":"a"}]}</c>.
/// The only place where text turns into numbers and booleans, as the parameters' types say.
/// </summary>
static class FormReader
{
    const int MostSteps = 16;

    /// <summary>The operation from its fields, or all that is wrong with them.</summary>
    public static Answer<IOperation> Read(Operation operation, IReadOnlyDictionary<string, string> fields)
    {
        var problems = new List<string>();
        var parameters = Parameters(operation, fields, problems);
        return problems.Count > 0 ? IamError.ValidationError(problems) : operation.Read(JsonSerializer.SerializeToElement(parameters));
    }

    static JsonObject Parameters(Operation operation, IReadOnlyDictionary<string, string> fields, List<string> problems)
    {
        var form = new Field();
        var unknown = new JsonObject();
        foreach (var (name, value) in fields)
        {
            var steps = name.Split('.', MostSteps + 1);
            // A name that is none of the operation's stays as it came: the operation itself says that it is unknown.
            if (steps.Length > MostSteps || !operation.Parameters.Any(parameter => parameter.Name == steps[0])) unknown[name] = value;
            else form.Place(steps).Value = value;
        }
        var parameters = new JsonObject();
        foreach (var parameter in operation.Parameters)
            if (form.Children.TryGetValue(parameter.Name!, out var field)) parameters[parameter.Name!] = Value(field, Shape.Of(parameter.ParameterType), parameter.Name!, problems);
        foreach (var (name, value) in unknown.ToList())
        {
            unknown.Remove(name);
            parameters[name] = value;
        }
        return parameters;
    }

    static JsonNode? Value(Field field, Shape shape, string at, List<string> problems)
    {
        switch (shape.Kind)
        {
            case ShapeKind.List:
                return List(field, shape.Item!, at, problems);
            case ShapeKind.Structure:
                return Structure(field, shape, at, problems);
            default:
                foreach (var child in field.Children.Keys) problems.Add(Problem($"{at}.{child}", "Unknown parameter"));
                return field.Value is { } text ? Scalar(text, shape, at, problems) : null;
        }
    }

    static JsonNode? Scalar(string text, Shape shape, string at, List<string> problems)
    {
        switch (shape.Kind)
        {
            case ShapeKind.Number:
                if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return JsonValue.Create(number);
                if (shape.NumberLimits is not null) return JsonValue.Create(text); // its type says what is wrong, with all else that is
                problems.Add(Problem(at, "Member must be a whole number"));
                return null;
            case ShapeKind.Boolean:
                if (text is "true" or "false") return JsonValue.Create(text is "true");
                problems.Add(Problem(at, "Member must be true or false"));
                return null;
            case ShapeKind.Json:
                var (json, malformed) = StrictJson.Read(Encoding.UTF8.GetBytes(text));
                if (malformed is null) return JsonSerializer.SerializeToNode(json);
                problems.Add(Problem(at, "Member must be JSON"));
                return null;
            default:
                return JsonValue.Create(text);
        }
    }

    // An empty list is written as the list's name without a value.
    static JsonArray? List(Field field, Shape item, string at, List<string> problems)
    {
        var before = problems.Count;
        if (field.Value is { Length: > 0 } || (field.Value is not null && field.Children.Count > 0)) problems.Add(Problem(at, "Member must be a list"));
        foreach (var other in field.Children.Keys.Where(child => child is not "member")) problems.Add(Problem($"{at}.{other}", "Unknown parameter"));
        var items = new SortedList<int, Field>();
        foreach (var (index, child) in field.Children.GetValueOrDefault("member")?.Children ?? [])
            if (index is [>= '1' and <= '9', ..] && int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var place)) items.Add(place, child);
            else problems.Add(Problem($"{at}.member.{index}", "A list's members are numbered from 1"));
        var list = new JsonArray();
        foreach (var (place, child) in items) list.Add(Value(child, item, string.Create(CultureInfo.InvariantCulture, $"{at}.member.{place}"), problems));
        return problems.Count == before ? list : null;
    }

    static JsonObject Structure(Field field, Shape shape, string at, List<string> problems)
    {
        if (field.Value is not null) problems.Add(Problem(at, "Member must be a structure"));
        var structure = new JsonObject();
        foreach (var (name, child) in field.Children)
            if (shape.Find(name) is { } member) structure[name] = Value(child, member, $"{at}.{name}", problems);
            else problems.Add(Problem($"{at}.{name}", "Unknown parameter"));
        return structure;
    }

    static string Problem(string at, string constraint) => $"Value at '{at}' failed to satisfy constraint: {constraint}";

    /// <summary>A field with what stands below it.</summary>
    sealed class Field
    {
        public string? Value { get; set; }
        public Dictionary<string, Field> Children { get; } = new(StringComparer.Ordinal);

        public Field Place(ReadOnlySpan<string> steps)
        {
            var place = this;
            foreach (var step in steps)
            {
                if (!place.Children.TryGetValue(step, out var child)) place.Children[step] = child = new();
                place = child;
            }
            return place;
        }
    }
}
