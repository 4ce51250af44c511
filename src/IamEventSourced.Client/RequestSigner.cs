using System.Net.Http.Headers;

namespace IamEventSourced.Client;

/// <summary>Signs HTTP requests with an access key, by AWS Signature Version 4.</summary>
public static class RequestSigner
{
    /// <summary>Header: the session token of temporary credentials, which is set before the request is signed.</summary>
    public const string SessionTokenHeader = "X-Amz-Security-Token";

    static readonly string[] SignedWhenSent = ["content-type", "idempotency-key", "if-match", "amz-sdk-invocation-id"];

    /// <summary>
    /// Signs the request as it stands; a signature it already has is replaced, so a repeat is signed anew. Signed are host,
    /// date, what changes the operation's meaning (content-type, idempotency-key, if-match, x-amz-*, iam-*), path, query and body.
    /// </summary>
    /// <param name="request">With an absolute address; its content is buffered.</param>
    /// <param name="key">The access key.</param>
    /// <param name="secret">Its secret.</param>
    /// <param name="region">Any, unless the service is told to accept one only.</param>
    /// <param name="service"><c>iam</c>, or <c>sts</c>.</param>
    /// <param name="now">The time by this machine's clock; more than 5 minutes off is refused.</param>
    /// <param name="cancellation">Ends the reading of the content.</param>
    public static async Task SignAsync(
        HttpRequestMessage request, AccessKeyId key, Secret secret, string region, string service, DateTimeOffset now, CancellationToken cancellation = default)
    {
        if (request.RequestUri is not { IsAbsoluteUri: true } uri) throw new InvalidOperationException("Only a request with an absolute address can be signed.");

        var date = SignatureV4.Date(now);
        request.Headers.Remove("Authorization");
        request.Headers.Remove("X-Amz-Date");
        request.Headers.Add("X-Amz-Date", date);
        request.Headers.Host ??= HostOf(uri);

        var headers = Signed(request.Headers.NonValidated).Concat(Signed(request.Content?.Headers.NonValidated ?? default))
            .OrderBy(header => header.Key, StringComparer.Ordinal).ToList();
        string[] names = [.. headers.Select(header => header.Key)];
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
        var scope = new SigningScope(date[..8], region, service);
        var canonical = SignatureV4.CanonicalRequest(
            request.Method.Method, uri.AbsolutePath, uri.Query.TrimStart('?'), headers, names, SignatureV4.PayloadHash(body));
        var signature = SignatureV4.Sign(SignatureV4.DeriveKey(secret, scope), SignatureV4.StringToSign(date, scope, canonical));
        request.Headers.TryAddWithoutValidation("Authorization", SignatureV4.Authorization(key, scope, names, signature));
    }

    static IEnumerable<KeyValuePair<string, string>> Signed(HttpHeadersNonValidated headers)
    {
        foreach (var (name, values) in headers)
        {
            var lower = name.ToLowerInvariant();
            if (lower is "host" || SignedWhenSent.Contains(lower) || lower.StartsWith("x-amz-", StringComparison.Ordinal) || lower.StartsWith("iam-", StringComparison.Ordinal))
                yield return KeyValuePair.Create(lower, values.ToString()); // as they go over the wire: on one line
        }
    }

    // Without the scheme's own port, which HttpClient leaves out too.
    static string HostOf(Uri uri)
    {
        var name = uri.HostNameType is UriHostNameType.IPv6 ? uri.Host : uri.IdnHost;
        return uri.IsDefaultPort ? name : FormattableString.Invariant($"{name}:{uri.Port}");
    }
}

/// <summary>Signs every request that passes; one that is sent again is signed anew.</summary>
/// <param name="key">The access key.</param>
/// <param name="secret">Its secret.</param>
/// <param name="region">See <see cref="RequestSigner"/>.</param>
/// <param name="service">See <see cref="RequestSigner"/>.</param>
/// <param name="clock">The clock.</param>
/// <param name="sessionToken">What goes with temporary credentials; null: the key is a long-term one.</param>
public sealed class SigningHandler(AccessKeyId key, Secret secret, string region = "us-east-1", string service = "iam", TimeProvider? clock = null, Secret? sessionToken = null) : DelegatingHandler
{
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Remove(RequestSigner.SessionTokenHeader);
        if (sessionToken is not null) request.Headers.Add(RequestSigner.SessionTokenHeader, sessionToken.Reveal());
        await RequestSigner.SignAsync(request, key, secret, region, service, (clock ?? TimeProvider.System).GetUtcNow(), cancellationToken).ConfigureAwait(false);
        return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }
}
