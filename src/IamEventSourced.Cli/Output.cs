using System.Text.Json;

namespace IamEventSourced.Cli;

/// <summary>How answers are written.</summary>
enum Format
{
    /// <summary>For people.</summary>
    Table,
    /// <summary>The API's shape.</summary>
    Json,
    /// <summary>A line for each row.</summary>
    Jsonl,
    /// <summary>The API's shape.</summary>
    Yaml,
    /// <summary>A row each, RFC 4180; lists and objects as JSON.</summary>
    Csv,
}

/// <summary>Writes answers.</summary>
static class Output
{
    static readonly JsonSerializerOptions Indented = new(IamEventSourced.Json.Options) { WriteIndented = true };

    public static void Json(TextWriter to, object answer) => to.WriteLine(JsonSerializer.Serialize(answer, answer.GetType(), Indented));

    public static void JsonLines(TextWriter to, IEnumerable<object> rows)
    {
        foreach (var row in rows) to.WriteLine(JsonSerializer.Serialize(row, row.GetType(), IamEventSourced.Json.Options));
    }

    /// <summary>Columns as wide as their longest cell, two blanks between.</summary>
    public static void Table(TextWriter to, IEnumerable<string[]> rows)
    {
        var all = rows.ToList();
        var widths = Enumerable.Range(0, all.Max(row => (int?)row.Length) ?? 0).Select(column => all.Max(row => column < row.Length ? row[column].Length : 0)).ToArray();
        foreach (var row in all) to.WriteLine(string.Concat(row.Select((cell, column) => cell.PadRight(widths[column] + 2))).TrimEnd());
    }

    public static void Csv(TextWriter to, IEnumerable<object> rows)
    {
        var all = rows.Select(Element).ToList();
        var columns = all.SelectMany(row => row.EnumerateObject()).Select(member => member.Name).Distinct(StringComparer.Ordinal).ToList();
        to.Write(string.Join(',', columns.Select(Cell)) + "\r\n");
        foreach (var row in all) to.Write(string.Join(',', columns.Select(column => row.TryGetProperty(column, out var value) ? Of(value) : "")) + "\r\n");

        static string Of(JsonElement value) => value.ValueKind is JsonValueKind.String ? Cell(value.GetString()!) : Cell(value.GetRawText());
    }

    // A spreadsheet takes what begins so for a formula.
    static string Cell(string text)
    {
        if (text is ['=' or '+' or '-' or '@' or '\t' or '\r', ..] && !decimal.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out _)) text = "'" + text;
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    public static void Yaml(TextWriter to, object answer) => Yaml(to, Element(answer), "", atStart: true);

    // A JSON string is a YAML string; so are an empty object and list.
    static void Yaml(TextWriter to, JsonElement value, string indent, bool atStart = false)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object when value.GetPropertyCount() > 0:
                foreach (var member in value.EnumerateObject())
                {
                    to.Write($"{(atStart ? "" : indent)}{(member.Name.All(char.IsAsciiLetterOrDigit) ? member.Name : JsonSerializer.Serialize(member.Name, IamEventSourced.Json.Options))}:");
                    Inner(member.Value);
                    atStart = false;
                }
                break;
            case JsonValueKind.Array when value.GetArrayLength() > 0:
                foreach (var item in value.EnumerateArray())
                {
                    to.Write($"{(atStart ? "" : indent)}- ");
                    Yaml(to, item, indent + "  ", atStart: true);
                    atStart = false;
                }
                break;
            default: to.WriteLine(value.GetRawText()); break;
        }

        void Inner(JsonElement inner)
        {
            var nested = inner.ValueKind is JsonValueKind.Object && inner.GetPropertyCount() > 0 || inner.ValueKind is JsonValueKind.Array && inner.GetArrayLength() > 0;
            to.Write(nested ? "\n" : " ");
            Yaml(to, inner, indent + "  ");
        }
    }

    static JsonElement Element(object answer) => JsonSerializer.SerializeToElement(answer, answer.GetType(), IamEventSourced.Json.Options);
}
