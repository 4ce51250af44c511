using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace IamEventSourced;

/// <summary>What a signing key is derived for: a day, a region and a service.</summary>
/// <param name="Date">The day, <c>yyyyMMdd</c> in UTC.</param>
/// <param name="Region">The region.</param>
/// <param name="Service">The service.</param>
public sealed record SigningScope(string Date, string Region, string Service)
{
    /// <summary>As it stands in a credential, after the access key id.</summary>
    public override string ToString() => $"{Date}/{Region}/{Service}/{SignatureV4.Terminator}";
}

/// <summary>
/// AWS Signature Version 4, as AWS's general reference describes it: pure functions that the verifier, the client and the
/// signature of messages share. Paths are normalised and encoded once more than they are sent, as all services but S3 have it.
/// </summary>
public static class SignatureV4
{
    /// <summary>The scheme of an Authorization header and the first line of what is signed.</summary>
    public const string Algorithm = "AWS4-HMAC-SHA256";
    /// <summary>The last part of a credential.</summary>
    public const string Terminator = "aws4_request";
    static readonly SearchValues<char> PlainInPath = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/");
    const string DateFormat = "yyyyMMdd'T'HHmmss'Z'";

    /// <summary>A time as <c>X-Amz-Date</c> has it: whole seconds, <c>20261124T050607Z</c>.</summary>
    public static string Date(DateTimeOffset time) => time.UtcDateTime.ToString(DateFormat, CultureInfo.InvariantCulture);

    /// <summary>The time that <see cref="Date"/> wrote; null for anything else.</summary>
    public static DateTimeOffset? ReadDate(string text) =>
        DateTimeOffset.TryParseExact(text, DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>SHA-256 of a body, in lower-case hex.</summary>
    public static string PayloadHash(ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>The request in the one form that both sides sign.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path as sent, percent-encoded.</param>
    /// <param name="query">The query as sent, without its question mark.</param>
    /// <param name="headers">All headers, in the order sent, a repeated one repeatedly; those that are not signed are ignored.</param>
    /// <param name="signedHeaders">The names of the signed ones: lower-case, sorted.</param>
    /// <param name="payloadHash">See <see cref="PayloadHash"/>.</param>
    public static string CanonicalRequest(
        string method, string path, string query, IReadOnlyList<KeyValuePair<string, string>> headers, IReadOnlyList<string> signedHeaders, string payloadHash)
    {
        var text = new DefaultInterpolatedStringHandler(0, 0, null, stackalloc char[1024]);
        text.AppendLiteral(method);
        text.AppendLiteral("\n");
        text.AppendLiteral(CanonicalPath(path));
        text.AppendLiteral("\n");
        text.AppendLiteral(CanonicalQuery(query));
        text.AppendLiteral("\n");
        for (var i = 0; i < signedHeaders.Count; i++)
        {
            text.AppendLiteral(signedHeaders[i]);
            text.AppendLiteral(":");
            text.AppendLiteral(CanonicalHeader(headers, signedHeaders[i]));
            text.AppendLiteral("\n");
        }
        for (var i = 0; i < signedHeaders.Count; i++)
        {
            text.AppendLiteral(i is 0 ? "\n" : ";");
            text.AppendLiteral(signedHeaders[i]);
        }
        text.AppendLiteral("\n");
        text.AppendLiteral(payloadHash);
        return text.ToStringAndClear();
    }

    /// <summary>What the signing key signs.</summary>
    /// <param name="date">As <c>X-Amz-Date</c> has it.</param>
    /// <param name="scope">Day, region, service.</param>
    /// <param name="canonicalRequest">See <see cref="CanonicalRequest"/>.</param>
    public static string StringToSign(string date, SigningScope scope, string canonicalRequest) =>
        $"{Algorithm}\n{date}\n{scope.Date}/{scope.Region}/{scope.Service}/{Terminator}\n{PayloadHash(Encoding.UTF8.GetBytes(canonicalRequest))}";

    /// <summary>The key of a day, a region and a service, 32 bytes. It is a secret too, of that scope only.</summary>
    public static byte[] DeriveKey(Secret secret, SigningScope scope) =>
        Hmac(Hmac(Hmac(Hmac(Encoding.UTF8.GetBytes("AWS4" + secret.Reveal()), scope.Date), scope.Region), scope.Service), Terminator);

    /// <summary>The signature in lower-case hex.</summary>
    public static string Sign(ReadOnlySpan<byte> signingKey, string stringToSign) => Convert.ToHexStringLower(Hmac(signingKey, stringToSign));

    /// <summary>Whether the signing key made the signature; compared in constant time.</summary>
    public static bool IsSigned(ReadOnlySpan<byte> signingKey, string stringToSign, string signature) => CryptographicOperations.FixedTimeEquals(
        MemoryMarshal.AsBytes(Sign(signingKey, stringToSign).AsSpan()), MemoryMarshal.AsBytes(signature.AsSpan()));

    /// <summary>An Authorization header's value.</summary>
    public static string Authorization(AccessKeyId key, SigningScope scope, IReadOnlyList<string> signedHeaders, string signature) =>
        $"{Algorithm} Credential={key}/{scope}, SignedHeaders={string.Join(';', signedHeaders)}, Signature={signature}";

    /// <summary>The path without dot segments and doubled slashes, and all but unreserved characters percent-encoded: also the percent signs that it was sent with.</summary>
    public static string CanonicalPath(string path)
    {
        if (path is "" or "/") return "/";
        var odd = path.AsSpan().ContainsAnyExcept(PlainInPath);
        if (!odd && !path.Contains("/.", StringComparison.Ordinal) && !path.Contains("//", StringComparison.Ordinal)) return path;
        List<string> kept = [];
        foreach (var segment in path.Split('/'))
            if (segment is "..") kept.RemoveRange(Math.Max(0, kept.Count - 1), Math.Min(1, kept.Count));
            else if (segment is not ("" or ".")) kept.Add(odd ? Encode(Encoding.UTF8.GetBytes(segment)) : segment);
        return $"/{string.Join('/', kept)}{(path.EndsWith('/') && kept.Count > 0 ? "/" : "")}";
    }

    /// <summary>Names and values with all but unreserved characters percent-encoded, however they were written; sorted by encoded name, then by value.</summary>
    public static string CanonicalQuery(string query)
    {
        if (query is "") return "";
        var pairs = new List<(string Name, string Value)>();
        foreach (var (name, value) in QueryPairs(query)) pairs.Add((Encode(name), Encode(value)));
        pairs.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name) is not 0 and var order ? order : string.CompareOrdinal(a.Value, b.Value));
        return string.Join('&', pairs.Select(pair => $"{pair.Name}={pair.Value}"));
    }

    /// <summary>The decoded pairs of a raw query in the order sent. A plus sign is a space: so do forms and ASP.NET read it.</summary>
    public static IEnumerable<(byte[] Name, byte[] Value)> QueryPairs(string query)
    {
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var split = pair.IndexOf('=', StringComparison.Ordinal);
            yield return split < 0
                ? (Decode(pair, plusIsSpace: true), [])
                : (Decode(pair[..split], plusIsSpace: true), Decode(pair[(split + 1)..], plusIsSpace: true));
        }
    }

    /// <summary>A raw query without the pairs of this name.</summary>
    public static string WithoutQueryPair(string query, string name) => string.Join('&', query.Split('&').Where(pair =>
        Encoding.UTF8.GetString(Decode(pair.Split('=', 2)[0], plusIsSpace: true)) != name));

    /// <summary>The values of a header, each trimmed, runs of spaces made one, joined by commas in the order sent.</summary>
    static string CanonicalHeader(IReadOnlyList<KeyValuePair<string, string>> headers, string name)
    {
        string? all = null;
        foreach (var header in headers)
            if (header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)) all = all is null ? Fold(header.Value) : $"{all},{Fold(header.Value)}";
        return all ?? "";
    }

    static string Fold(string value)
    {
        var trimmed = value.Trim(' ', '\t');
        if (!trimmed.Contains("  ", StringComparison.Ordinal)) return trimmed;
        var text = new StringBuilder(trimmed.Length);
        foreach (var letter in trimmed)
            if (letter is not ' ' || text[^1] is not ' ') text.Append(letter);
        return text.ToString();
    }

    // A percent sign without two hex digits stands for itself, as ASP.NET reads it: the form that is signed means what is carried out.
    static byte[] Decode(string text, bool plusIsSpace)
    {
        var raw = Encoding.UTF8.GetBytes(text);
        var length = 0;
        for (var i = 0; i < raw.Length; i++)
            if (raw[i] is (byte)'%' && i + 2 < raw.Length && char.IsAsciiHexDigit((char)raw[i + 1]) && char.IsAsciiHexDigit((char)raw[i + 2]))
            {
                raw[length++] = (byte)((Hex(raw[i + 1]) << 4) | Hex(raw[i + 2]));
                i += 2;
            }
            else raw[length++] = plusIsSpace && raw[i] is (byte)'+' ? (byte)' ' : raw[i];
        return raw[..length];
    }

    static int Hex(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    static string Encode(byte[] bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (var value in bytes)
            if (char.IsAsciiLetterOrDigit((char)value) || value is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~') text.Append((char)value);
            else text.Append('%').Append(value.ToString("X2", CultureInfo.InvariantCulture));
        return text.ToString();
    }

    static byte[] Hmac(ReadOnlySpan<byte> key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));
}
