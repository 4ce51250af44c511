using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace IamEventSourced.Server;

/// <summary>A body as JSON: strictly, so that nothing which PostgreSQL, a signature or another reader would see otherwise comes in.</summary>
static class StrictJson
{
    const int Deepest = 32, FewMembers = 8;

    static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = Deepest };
    static readonly JsonDocumentOptions Plainly = new() { MaxDepth = Deepest };
    static readonly JsonElement Empty = JsonElement.Parse("{}");

    /// <summary>The body's object ({} where there is no body), or what is wrong with it.</summary>
    public static Answer<JsonElement> Read(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty) return Empty;
        try
        {
            if (IsPlain(body.Span) && JsonElement.Parse(body.Span, Plainly) is var plain && !HasDoubles(plain)) return plain;
            var root = JsonElement.Parse(body.Span, Options);
            return Unsound(root, "") is { } problem ? IamError.ValidationError([problem]) : root;
        }
        catch (InvalidOperationException)
        {
            return IamError.ValidationError(["The name of a member is not well-formed Unicode"]); // found while looking for doubles
        }
        catch (JsonException e)
        {
            return IamError.ValidationError([$"The body is not the JSON that is expected: {Plain(e.Message)}"]);
        }
    }

    // Without escapes, without bytes that are no UTF-8 and without a null there is nothing in it that could be unsound, and names are equal as they stand.
    static bool IsPlain(ReadOnlySpan<byte> body) => !body.Contains((byte)'\\') && body.IndexOf("null"u8) < 0 && Utf8.IsValid(body);

    /// <summary>Whether an object of a plain body has a member twice, or so many that the parser had better tell.</summary>
    static bool HasDoubles(JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.Array)
            foreach (var item in value.EnumerateArray())
                if (item.ValueKind is JsonValueKind.Object or JsonValueKind.Array && HasDoubles(item)) return true;
        if (value.ValueKind is not JsonValueKind.Object) return false;
        if (value.GetPropertyCount() > FewMembers) return true;
        var index = 0;
        foreach (var member in value.EnumerateObject())
        {
            var before = index++;
            foreach (var other in value.EnumerateObject())
                if (before-- is 0) break;
                else if (JsonMarshal.GetRawUtf8PropertyName(other).SequenceEqual(JsonMarshal.GetRawUtf8PropertyName(member))) return true;
            if (member.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array && HasDoubles(member.Value)) return true;
        }
        return false;
    }

    // Strings are checked only when they are read: bytes that are no UTF-8, escapes that are half a character.
    static string? Unsound(JsonElement value, string at)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                {
                    string name;
                    try { name = member.Name; }
                    catch (InvalidOperationException) { return $"The name of a member{Of(at)} is not well-formed Unicode"; }
                    if (name.Contains('\0', StringComparison.Ordinal)) return $"The name of a member{Of(at)} holds U+0000";
                    if (Unsound(member.Value, at.Length is 0 ? name : $"{at}.{name}") is { } problem) return problem;
                }
                return null;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in value.EnumerateArray())
                {
                    var place = $"{at}[{index++}]";
                    // Absent is what a member can be; the serializer lets a list hold it too, and no operation expects that.
                    if (item.ValueKind is JsonValueKind.Null) return $"Value null at '{place}' failed to satisfy constraint: Member must not be null";
                    if (Unsound(item, place) is { } problem) return problem;
                }
                return null;
            case JsonValueKind.String:
                string text;
                try { text = value.GetString()!; }
                catch (InvalidOperationException) { return $"Value at '{at}' failed to satisfy constraint: Member must be well-formed Unicode"; }
                return text.Contains('\0', StringComparison.Ordinal) ? $"Value at '{at}' failed to satisfy constraint: Member must not hold U+0000" : null;
            default:
                return null;
        }
    }

    static string Of(string at) => at.Length is 0 ? "" : $" of '{at}'";

    // The serializer speaks of its own options too; what stands before is meant for the sender.
    static string Plain(string message) => message.Split(" Change the reader options", 2)[0].Split(" Path: ", 2)[0];
}
