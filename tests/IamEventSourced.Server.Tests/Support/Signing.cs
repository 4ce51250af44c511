using System.Text;

namespace IamEventSourced.Server.Tests;

/// <summary>A request that is signed truly over whatever it has, so that a test can be wrong in one thing and right in all others.</summary>
sealed record Signing
{
    public static readonly AccessKeyId Key = "AKIAIOSFODNN7EXAMPLE";
    public static readonly Secret Secret = new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    public static readonly DateTimeOffset Now = new(2026, 11, 24, 5, 6, 7, TimeSpan.Zero);
    public static readonly SigningDoor Aws = new(new HashSet<string> { "iam", "sts" });
    public const string Form = "application/x-www-form-urlencoded; charset=utf-8";
    /// <summary>What a client sends that does all right.</summary>
    public static Signing Good { get; } = new();

    public string Method { get; init; } = "POST";
    public string Target { get; init; } = "/";
    public string Body { get; init; } = "Action=CreateUser&Version=2010-05-08&UserName=alice";
    public (string Name, string Value)[] Headers { get; init; } = [("Host", "127.0.0.1:8080"), ("X-Amz-Date", "20261124T050607Z"), ("Content-Type", Form)];
    public string? SignedHeaders { get; init; }
    public string Date { get; init; } = "20261124T050607Z";
    public string Scope { get; init; } = "20261124/eu-central-1/iam/aws4_request";
    public string KeyId { get; init; } = Key.Value;
    public string? PayloadHash { get; init; }
    public Func<string, string> Authorization { get; init; } = text => text;

    public Signing With(string name, string value) => this with { Headers = [.. Headers, (name, value)] };
    public Signing Without(string name) => this with { Headers = [.. Headers.Where(header => header.Name != name)] };

    public PlainRequest Request()
    {
        List<KeyValuePair<string, string>> headers = [.. Headers.Select(header => KeyValuePair.Create(header.Name, header.Value))];
        var names = SignedHeaders?.Split(';') ?? [.. headers.Select(header => header.Key.ToLowerInvariant()).Distinct().Order(StringComparer.Ordinal)];
        var body = Encoding.UTF8.GetBytes(Body);
        var scope = Scope.Split('/');
        var (path, query) = Target.Split('?', 2) is [var p, var q] ? (p, q) : (Target, "");
        var canonical = SignatureV4.CanonicalRequest(Method, path, query, headers, names, PayloadHash ?? SignatureV4.PayloadHash(body));
        var of = new SigningScope(scope[0], scope.ElementAtOrDefault(1) ?? "", scope.ElementAtOrDefault(2) ?? "");
        var signature = SignatureV4.Sign(SignatureV4.DeriveKey(Secret, of), SignatureV4.StringToSign(Date, of, canonical));
        headers.Add(new("Authorization", Authorization($"AWS4-HMAC-SHA256 Credential={KeyId}/{Scope}, SignedHeaders={string.Join(';', names)}, Signature={signature}")));
        return new(Method, Target, headers, body);
    }

    /// <summary>The code and status that the request is refused with; "true" when it is accepted, "false" when the signature is another's.</summary>
    public string Result(SigningDoor? door = null, DateTimeOffset? now = null) => Result(Request(), door, now);

    /// <summary>The same of a request as it came.</summary>
    public static string Result(PlainRequest request, SigningDoor? door = null, DateTimeOffset? now = null) =>
        RequestSignature.Read(request, door ?? Aws, now ?? Now) switch
        {
            { Refusal: { } refusal } => $"{refusal.Code} {refusal.Status}",
            { Value: { } signature } => signature.Matches(Secret) ? "true" : "false",
            _ => "neither",
        };
}
