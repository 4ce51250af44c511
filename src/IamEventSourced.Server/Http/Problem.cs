using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace IamEventSourced.Server;

/// <summary>A refusal as RFC 9457 writes it.</summary>
/// <param name="Type">Names the kind of refusal; no address to fetch.</param>
/// <param name="Title">The kind, for people.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What is wrong this time; names the member to blame.</param>
/// <param name="Code">AWS's error code.</param>
sealed record Problem(
    [property: JsonPropertyName("type")] string Type, [property: JsonPropertyName("title")] string Title, [property: JsonPropertyName("status")] int Status,
    [property: JsonPropertyName("detail")] string Detail, [property: JsonPropertyName("code")] string Code)
{
    public const string ContentType = "application/problem+json";

    public static Problem Of(IamError error) => new($"urn:iam:error:{error.Code}", Words(error.Code), error.Status, error.Message, error.Code);

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Json.Options);

    // NoSuchEntity → No such entity
    static string Words(string code)
    {
        var words = new StringBuilder(code.Length + 8);
        foreach (var letter in code)
            if (words.Length > 0 && char.IsAsciiLetterUpper(letter)) words.Append(' ').Append(char.ToLowerInvariant(letter));
            else words.Append(letter);
        return words.ToString();
    }
}
