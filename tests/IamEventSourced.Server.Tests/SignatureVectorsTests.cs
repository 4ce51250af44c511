using System.Text;
using System.Text.Json;

namespace IamEventSourced.Server.Tests;

/// <summary>The signatures of AWS's published test suite.</summary>
public sealed class SignatureVectorsTests
{
    static readonly string Data = Path.Combine(AppContext.BaseDirectory, "Data");

    public static TheoryData<string> Suite => [.. File.ReadLines(Path.Combine(Data, "sigv4-suite.tsv")).Skip(1)];

    [Theory, MemberData(nameof(Suite))]
    public void A_case_of_AWSs_suite_has_its_signatures(string line)
    {
        var secret = new Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        var (scope, date, empty) = (new SigningScope("20150830", "us-east-1", "service"), "20150830T123600Z", SignatureV4.PayloadHash([]));
        if (line.Split('\t') is not [_, var method, var target, var given, var quoted, var token, var isTokenSigned, var life, var inHeader, var inQuery]) throw new FormatException(line);
        var body = SignatureV4.PayloadHash(JsonSerializer.Deserialize<string>(quoted) is { } text ? Encoding.UTF8.GetBytes(text) : []);
        List<KeyValuePair<string, string>> headers = [.. JsonSerializer.Deserialize<string[][]>(given)!.Select(header => KeyValuePair.Create(header[0], header[1] is "of the body" ? body : header[1]))];
        var (path, query) = target.Split('?', 2) is [var p, var q] ? (p, q) : (target, "");

        List<KeyValuePair<string, string>> dated = [.. headers, new("X-Amz-Date", date)];
        if (token is not "" && isTokenSigned is "yes") dated.Add(new("X-Amz-Security-Token", token));
        Sign(query, dated).ShouldBe(inHeader);

        headers.RemoveAll(header => header.Key is "x-amz-content-sha256"); // only in the other form
        string names = string.Join("%3B", Names(headers)), session = token is not "" && isTokenSigned is "yes" ? $"&X-Amz-Security-Token={Uri.EscapeDataString(token)}" : "";
        Sign($"{query}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2Faws4_request&X-Amz-Date={date}&X-Amz-Expires={life}{session}&X-Amz-SignedHeaders={names}".TrimStart('&'), headers).ShouldBe(inQuery);

        string Sign(string query, IReadOnlyList<KeyValuePair<string, string>> headers) => SignatureV4.Sign(SignatureV4.DeriveKey(secret, scope),
            SignatureV4.StringToSign(date, scope, SignatureV4.CanonicalRequest(method, path, query, headers, Names(headers), quoted is "\"\"" ? empty : body)));

        static string[] Names(IEnumerable<KeyValuePair<string, string>> headers) => [.. headers.Select(header => header.Key.ToLowerInvariant()).Distinct().Order(StringComparer.Ordinal)];
    }
}
