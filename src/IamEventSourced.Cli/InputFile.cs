using System.Text;
using System.Text.Json;

namespace IamEventSourced.Cli;

/// <summary>A file of JSON that a verb reads; - is the standard input.</summary>
static class InputFile
{
    static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>
    /// Commands: lines as <c>{"CreateUser":{"UserName":"alice"}}</c>, as <c>iam-server send</c> takes them, or what an operation answers with under <c>Commands</c>.
    /// </summary>
    /// <exception cref="CannotException">It holds something else.</exception>
    public static async Task<CommandInput[]> Commands(Invocation asked, string file, CancellationToken cancel)
    {
        List<CommandInput> commands = [];
        foreach (var value in Values(file, await asked.Read(file, cancel)))
            if (value.ValueKind is JsonValueKind.Object && value.TryGetProperty("Commands", out var many)) commands.AddRange(many.EnumerateArray().Select(one => Read<CommandInput>(file, one)));
            else if (value.ValueKind is JsonValueKind.Object && value.TryGetProperty("OperationName", out _)) commands.Add(Read<CommandInput>(file, value));
            else if (value.ValueKind is JsonValueKind.Object && value.EnumerateObject().ToList() is [var only]) commands.Add(new(OperationName(file, only.Name), only.Value));
            else throw CannotException.Usage($"""{file}: a command is an object with one member, as {"{"}"CreateUser":{"{"}"UserName":"alice"{"}}"}.""");
        return commands.Count > 0 ? [.. commands] : throw CannotException.Usage($"{file}: there is no command in it.");
    }

    /// <summary>Values of a type, one JSON after the other, at least one.</summary>
    /// <exception cref="CannotException">It holds something else, or nothing.</exception>
    public static async Task<T[]> Many<T>(Invocation asked, string file, CancellationToken cancel) =>
        Values(file, await asked.Read(file, cancel)) is { Count: > 0 } values ? [.. values.Select(value => Read<T>(file, value))] : throw CannotException.Usage($"{file}: there is nothing in it.");

    static string OperationName(string file, string name) => IamEventSourced.OperationName.Limits.Violation(name) is null ? name : throw CannotException.Usage($"{file}: {name} is no command.");

    static T Read<T>(string file, JsonElement value)
    {
        try { return value.Deserialize<T>(IamEventSourced.Json.Options)!; }
        catch (JsonException e) { throw CannotException.Usage($"{file}: {e.Message}"); }
    }

    static List<JsonElement> Values(string file, string text)
    {
        List<JsonElement> values = [];
        var bytes = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { AllowMultipleValues = true });
        try
        {
            while (reader.Read())
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                values.Add(JsonElement.Parse(bytes.AsSpan()[start..(int)reader.BytesConsumed], Strict));
            }
        }
        catch (JsonException e) { throw CannotException.Usage($"{file}: {e.Message}"); }
        return values;
    }
}
