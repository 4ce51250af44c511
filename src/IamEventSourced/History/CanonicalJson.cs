using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace IamEventSourced;

/// <summary>
/// JSON in the canonical form of RFC 8785, for what our events hold: strings, whole numbers within 2^53, booleans, arrays, objects.
/// The same bytes come from the text that was written and from what a jsonb column made of it.
/// </summary>
public static class CanonicalJson
{
    const long MaxWhole = 1L << 53;

    /// <summary>Appends the canonical form.</summary>
    /// <exception cref="FormatException">The value holds a fraction, a number beyond 2^53 or a null.</exception>
    public static void Write(JsonElement value, IBufferWriter<byte> to)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                // Members in the order of their UTF-16 code units, as ordinal comparison orders them.
                var members = value.EnumerateObject().ToArray();
                Array.Sort(members, static (one, other) => string.CompareOrdinal(one.Name, other.Name));
                Ascii("{", to);
                for (var i = 0; i < members.Length; i++)
                {
                    if (i > 0) Ascii(",", to);
                    String(members[i].Name, to);
                    Ascii(":", to);
                    Write(members[i].Value, to);
                }
                Ascii("}", to);
                break;
            case JsonValueKind.Array:
                Ascii("[", to);
                var first = true;
                foreach (var item in value.EnumerateArray())
                {
                    if (!first) Ascii(",", to);
                    first = false;
                    Write(item, to);
                }
                Ascii("]", to);
                break;
            case JsonValueKind.String: String(value.GetString()!, to); break;
            case JsonValueKind.Number when value.TryGetInt64(out var whole) && whole is >= -MaxWhole and <= MaxWhole:
                Ascii(whole.ToString(CultureInfo.InvariantCulture), to);
                break;
            case JsonValueKind.True: Ascii("true", to); break;
            case JsonValueKind.False: Ascii("false", to); break;
            default: throw new FormatException($"{value.ValueKind} {value.GetRawText()} has no place in an event.");
        }
    }

    static void String(string text, IBufferWriter<byte> to)
    {
        Ascii("\"", to);
        var plain = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var escape = text[i] switch
            {
                '"' => "\\\"", '\\' => "\\\\", '\b' => "\\b", '\t' => "\\t", '\n' => "\\n", '\f' => "\\f", '\r' => "\\r",
                < ' ' and var control => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)control:x4}"),
                _ => null,
            };
            if (escape is null) continue;
            Encoding.UTF8.GetBytes(text.AsSpan(plain, i - plain), to);
            Ascii(escape, to);
            plain = i + 1;
        }
        Encoding.UTF8.GetBytes(text.AsSpan(plain), to);
        Ascii("\"", to);
    }

    static void Ascii(string text, IBufferWriter<byte> to) => Encoding.ASCII.GetBytes(text, to);
}
