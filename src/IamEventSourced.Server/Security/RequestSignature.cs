using System.Buffers;
using System.Globalization;
using System.Text;

namespace IamEventSourced.Server;

/// <summary>For what requests have to be signed at a door.</summary>
/// <param name="Services">The services; which of them an operation needs, the door knows.</param>
/// <param name="Region">The region; null: any, since clients with an endpoint of their own sign for whatever region their user has set.</param>
public sealed record SigningDoor(IReadOnlySet<string> Services, string? Region = null);

/// <summary>
/// The AWS Signature Version 4 of an HTTP request, in its Authorization header or, for at most <see cref="MaxLife"/>, in its
/// query. <see cref="Read"/> checks all that needs no secret, in a fixed order; the caller looks the key up and asks <c>Matches</c>.
/// </summary>
public sealed class RequestSignature : GivenSignature
{
    /// <summary>How far the signer's clock may be from ours, both ways. AWS: 5 minutes, of some services (STS, S3) 15.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);
    /// <summary>The longest life of a request signed in its query: AWS's seven days. One that is sent again within it is the same command.</summary>
    public static readonly TimeSpan MaxLife = TimeSpan.FromDays(7);

    static readonly SearchValues<char> RegionLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");
    const string SecurityToken = "x-amz-security-token";
    // What changes an operation's meaning and is no part of the path or the body.
    static readonly string[] SignedWhenSent = ["content-type", "idempotency-key", "if-match"];

    readonly string? idempotencyKey;
    readonly string? invocationId;

    RequestSignature(Parts parts, SigningScope scope, AccessKeyId key, string date, string stringToSign, string? idempotencyKey, string? invocationId)
        : base(key, scope, date, stringToSign, parts.Signature, parts.SessionToken)
    {
        this.idempotencyKey = idempotencyKey;
        this.invocationId = invocationId;
    }

    /// <summary>
    /// The command's id: the <c>Idempotency-Key</c>; else the <c>amz-sdk-invocation-id</c>, which SDKs keep when they try again, if
    /// the client signs it (botocore does not: it adds the header after signing); else one of the signature.
    /// </summary>
    public Answer<CommandId> CommandIdOf()
    {
        if (idempotencyKey is not null)
            return CommandId.Violation(idempotencyKey) is { } violation
                ? IamError.ValidationError([$"Value at 'Idempotency-Key' failed to satisfy constraint: {violation}"])
                : new CommandId(idempotencyKey);
        return invocationId is not null && CommandId.Limits.Violation(invocationId) is null ? new CommandId(invocationId) : IdOfSignature();
    }

    /// <summary>Reads the signature and checks all of it that needs no secret.</summary>
    /// <param name="request">The request.</param>
    /// <param name="door">What it has to be signed for.</param>
    /// <param name="now">The time by this node's clock.</param>
    public static Answer<RequestSignature> Read(PlainRequest request, SigningDoor door, DateTimeOffset now)
    {
        // 1, 2: the scheme, and all parts of it, once.
        var read = Parts.Of(request);
        if (read.Value is not { } parts) return read.Refusal!;
        if (parts.Credential.Split('/') is not [{ Length: > 0 } keyId, var day, var region, var service, var terminator])
            return IamError.IncompleteSignature("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term");
        var scope = new SigningScope(day, region, service);
        if (SignedNames(parts.SignedHeaders) is not { } signed)
            return IamError.IncompleteSignature("SignedHeaders must be the names of headers in lower case, sorted, each once, separated by semicolons");

        // 3: the date of the request, and of the scope.
        var dated = DateOf(request, parts);
        if (dated.Value is not { } date) return dated.Refusal!;
        var at = SignatureV4.ReadDate(date)!.Value;
        if (day != date[..8]) return IamError.SignatureDoesNotMatch("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP");

        // 4: for whom it was signed.
        if (terminator is not SignatureV4.Terminator) return IamError.SignatureDoesNotMatch($"Credential should be scoped with a valid terminator: '{SignatureV4.Terminator}'");
        if (!door.Services.Contains(service))
            return IamError.SignatureDoesNotMatch($"Credential should be scoped to correct service: '{string.Join("' or '", door.Services.Order(StringComparer.Ordinal))}'");
        if (region.Length is 0 or > 64 || region.AsSpan().ContainsAnyExcept(RegionLetters) || (door.Region ?? region) != region)
            return IamError.SignatureDoesNotMatch("Credential should be scoped to a valid region");

        // 5: the clock.
        if (parts.Life is { } life && now > at + life) return IamError.RequestExpired("Request has expired.");
        if (IamError.OutsideWindow(date, at, parts.Life ?? Skew, now) is { } outside) return IamError.SignatureDoesNotMatch(outside);

        // 6: what has to be signed is signed, and what is signed was sent.
        if (request.Count("host") is not 1) return IamError.IncompleteSignature("The request must have one Host header");
        if (!signed.Contains("host")) return IamError.SignatureDoesNotMatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
        if (!parts.InQuery && request.First("x-amz-date") is null && !signed.Contains("date")) return Unsigned("date");
        for (var i = 0; i < request.Headers.Count; i++)
            if (request.Headers[i].Key is var name && MustBeSigned(name) && !signed.Contains(name.ToLowerInvariant())) return Unsigned(name.ToLowerInvariant());
        foreach (var name in signed)
            if (request.First(name) is null) return IamError.SignatureDoesNotMatch("A header among the SignedHeaders was not sent");

        // 7–10: the canonical form, over the real body.
        if (!request.Target.StartsWith('/')) return IamError.IncompleteSignature("The request target must be a path");
        var payload = SignatureV4.PayloadHash(request.Body.Span);
        if (request.First("x-amz-content-sha256") is not null && request.Values("x-amz-content-sha256").Any(hash => hash.Trim() != payload))
            return IamError.SignatureDoesNotMatch("X-Amz-Content-Sha256 must be the SHA-256 of the body in lower-case hex; unsigned and streamed payloads are not accepted");
        var query = parts.InQuery ? SignatureV4.WithoutQueryPair(request.Query, Parts.SignatureInQuery) : request.Query;
        var canonical = SignatureV4.CanonicalRequest(request.Method, request.Path, query, request.Headers, signed, payload);

        // 11: a key of ours, as far as its form tells.
        if (AccessKeyId.Limits.Violation(keyId) is not null || parts.InQuery && request.First(SecurityToken) is not null || request.Count(SecurityToken) > 1) return IamError.InvalidClientTokenId;

        return new RequestSignature(parts with { SessionToken = parts.SessionToken ?? request.First(SecurityToken)?.Trim() }, scope, keyId, date, SignatureV4.StringToSign(date, scope, canonical),
            Joined(request, "idempotency-key"), signed.Contains("amz-sdk-invocation-id") ? Joined(request, "amz-sdk-invocation-id") : null);
    }

    /// <summary>The access key that a request says to be signed with, whatever else is wrong with it; null: none can be read.</summary>
    public static AccessKeyId? ClaimedKey(PlainRequest request)
    {
        const string credential = "Credential=";
        var header = request.Values("authorization").FirstOrDefault() ?? "";
        var given = header.IndexOf(credential, StringComparison.Ordinal) is >= 0 and var at
            ? header[(at + credential.Length)..]
            : SignatureV4.QueryPairs(request.Query).Where(pair => pair.Name.AsSpan().SequenceEqual("X-Amz-Credential"u8)).Select(pair => Encoding.UTF8.GetString(pair.Value)).FirstOrDefault();
        return given?.Split('/', 2)[0] is { } key && AccessKeyId.Limits.Violation(key) is null ? new AccessKeyId(key) : null;
    }

    static IamError Unsigned(string name) => IamError.SignatureDoesNotMatch($"The header '{Printable(name)}' was sent and must be among the SignedHeaders");

    static string Printable(string name) => name.Length <= 64 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-') ? name : "…";

    static bool MustBeSigned(string name)
    {
        // The token need not be: what has to have signed is the secret that comes from it.
        if (name.Equals(SecurityToken, StringComparison.OrdinalIgnoreCase)) return false;
        if (name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase) || name.StartsWith("iam-", StringComparison.OrdinalIgnoreCase)) return true;
        foreach (var one in SignedWhenSent)
            if (name.Equals(one, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    static string? Joined(PlainRequest request, string name) => request.First(name) is null ? null : string.Join(',', request.Values(name).Select(value => value.Trim())) is { Length: > 0 } value ? value : null;

    static string[]? SignedNames(string text)
    {
        var names = text.Split(';');
        for (var i = 0; i < names.Length; i++)
            if (names[i] is "" || names[i].AsSpan().ContainsAnyInRange('A', 'Z') || (i > 0 && string.CompareOrdinal(names[i - 1], names[i]) >= 0)) return null;
        return names;
    }

    /// <summary>When the request was signed: X-Amz-Date, or else Date.</summary>
    static Answer<string> DateOf(PlainRequest request, Parts parts)
    {
        var header = request.First("x-amz-date") is null ? "date" : "x-amz-date";
        if ((parts.Date ?? (request.Count(header) is 1 ? request.First(header) : null)) is not { } given) return IamError.IncompleteSignature("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header, once.");
        var date = given.Trim();
        if (SignatureV4.ReadDate(date) is not null) return date;
        // RFC 9110's form, which only Date has.
        return parts.Date is null && header is "date"
            && DateTimeOffset.TryParseExact(date, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
                ? SignatureV4.Date(time)
                : IamError.IncompleteSignature("Date must be in ISO-8601 'basic format', as 20261124T050607Z");
    }

    /// <summary>The parts of a signature, wherever they stand.</summary>
    sealed record Parts(string Credential, string SignedHeaders, string Signature)
    {
        public const string SignatureInQuery = "X-Amz-Signature";
        static readonly string[] InHeader = ["Credential", "SignedHeaders", "Signature"];

        public string? Date { get; init; }
        /// <summary>How long it is valid; null: the clock's skew.</summary>
        public TimeSpan? Life { get; init; }
        public string? SessionToken { get; init; }
        public bool InQuery => Life is not null;

        public static Answer<Parts> Of(PlainRequest request)
        {
            List<KeyValuePair<string, string>> query = request.Query is "" ? [] : SignatureV4.QueryPairs(request.Query)
                .Select(pair => KeyValuePair.Create(Encoding.UTF8.GetString(pair.Name), Encoding.UTF8.GetString(pair.Value)))
                .Where(pair => pair.Key.StartsWith("X-Amz-", StringComparison.OrdinalIgnoreCase)).ToList();
            return (request.Count("authorization"), request.First("authorization"), query.Count) switch
            {
                (0, _, 0) or (1, "", 0) => IamError.MissingAuthenticationToken,
                (1, { } header, 0) => OfHeader(header),
                (0, _, _) => OfQuery(query),
                (1, _, _) => IamError.IncompleteSignature("A request is signed in its Authorization header or in its query, not in both"),
                _ => IamError.IncompleteSignature("The request must have one Authorization header"),
            };
        }

        static Answer<Parts> OfHeader(string header)
        {
            var text = header.AsSpan().Trim();
            var space = text.IndexOf(' ');
            if (text[..(space < 0 ? text.Length : space)] is not SignatureV4.Algorithm) return IamError.IncompleteSignature($"Authorization header must be of the scheme {SignatureV4.Algorithm}");
            text = space < 0 ? [] : text[space..];
            List<KeyValuePair<string, string>> parts = new(3);
            foreach (var range in text.Split(','))
            {
                var part = text[range].Trim();
                var split = part.IndexOf('=');
                if (split >= 0) parts.Add(new(part[..split].ToString(), part[(split + 1)..].ToString()));
                else if (part is not "") parts.Add(new(part.ToString(), ""));
            }
            return Once(parts, InHeader, "Authorization header") is { } problem
                ? IamError.IncompleteSignature(problem)
                : new Parts(Value(parts, "Credential")!, Value(parts, "SignedHeaders")!, Value(parts, "Signature")!);
        }

        static Answer<Parts> OfQuery(List<KeyValuePair<string, string>> query)
        {
            var tokens = query.Where(pair => pair.Key is "X-Amz-Security-Token").ToList();
            if (tokens.Count > 1) return IamError.IncompleteSignature("AWS query-string must have 'X-Amz-Security-Token' once.");
            query.RemoveAll(pair => pair.Key is "X-Amz-Security-Token");
            if (Once(query, ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", SignatureInQuery], "AWS query-string") is { } problem)
                return IamError.IncompleteSignature(problem);
            if (Value(query, "X-Amz-Algorithm") is not SignatureV4.Algorithm) return IamError.IncompleteSignature($"X-Amz-Algorithm must be {SignatureV4.Algorithm}");
            if (!int.TryParse(Value(query, "X-Amz-Expires"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds is 0 || seconds > MaxLife.TotalSeconds)
                return IamError.IncompleteSignature($"X-Amz-Expires must be from 1 to {MaxLife.TotalSeconds} seconds");
            return new Parts(Value(query, "X-Amz-Credential")!, Value(query, "X-Amz-SignedHeaders")!, Value(query, SignatureInQuery)!)
            {
                Date = Value(query, "X-Amz-Date"), Life = TimeSpan.FromSeconds(seconds), SessionToken = tokens is [{ Value: var token }] ? token : null,
            };
        }

        /// <summary>What is wrong with the parts: one is missing, doubled, or unknown; null: nothing.</summary>
        static string? Once(List<KeyValuePair<string, string>> parts, string[] names, string where)
        {
            string? problems = null;
            foreach (var name in names)
                if (Value(parts, name) is null) problems = $"{(problems is null ? "" : $"{problems} ")}{where} requires '{name}' parameter.";
            return problems ?? (parts.Count == names.Length ? null : $"{where} must have each of '{string.Join("', '", names)}' once and nothing else.");
        }

        static string? Value(List<KeyValuePair<string, string>> parts, string name)
        {
            foreach (var part in parts)
                if (part.Key == name && part.Value is not "") return part.Value;
            return null;
        }
    }
}
