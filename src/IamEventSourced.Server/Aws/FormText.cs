using System.Globalization;
using System.Text;

namespace IamEventSourced.Server;

/// <summary>The fields of an <c>application/x-www-form-urlencoded</c> text, decoded strictly: what is not well-formed is refused, never guessed.</summary>
static class FormText
{
    /// <summary>The most fields of a request; a batch of 1,000 questions takes some thousands.</summary>
    public const int MostFields = 10_000;
    const int LongestName = 256;

    static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Adds the text's fields to those that were read before; the refusal, where something is wrong.</summary>
    public static IamError? AddTo(Dictionary<string, string> fields, ReadOnlySpan<byte> text)
    {
        foreach (var range in text.Split((byte)'&'))
        {
            var field = text[range];
            if (field.IsEmpty) continue;
            var equals = field.IndexOf((byte)'=');
            if (Decode(equals < 0 ? field : field[..equals]) is not { Length: > 0 and <= LongestName } name)
                return IamError.ValidationError([$"Field {fields.Count + 1} of the form has no name, or one that is longer than {LongestName} characters, is not percent-encoded UTF-8, or holds U+0000"]);
            if (Decode(equals < 0 ? [] : field[(equals + 1)..]) is not { } value)
                return IamError.ValidationError([$"Value at '{name}' failed to satisfy constraint: Member must be percent-encoded UTF-8 without U+0000"]);
            if (fields.Count >= MostFields) return IamError.ValidationError([$"The form has more than {MostFields.ToString(CultureInfo.InvariantCulture)} fields"]);
            if (!fields.TryAdd(name, value)) return IamError.ValidationError([$"Value at '{name}' failed to satisfy constraint: Member must not be given twice"]);
        }
        return null;
    }

    static string? Decode(ReadOnlySpan<byte> encoded)
    {
        var bytes = new byte[encoded.Length];
        var length = 0;
        for (var i = 0; i < encoded.Length; i++)
        {
            var plain = encoded[i] is (byte)'+' ? (byte)' ' : encoded[i];
            if (plain is (byte)'%')
            {
                if (i + 2 >= encoded.Length || !byte.TryParse(encoded.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out plain)) return null;
                i += 2;
            }
            if (plain is 0) return null;
            bytes[length++] = plain;
        }
        try { return Strict.GetString(bytes, 0, length); }
        catch (DecoderFallbackException) { return null; }
    }
}
