using System.Buffers;
using Microsoft.AspNetCore.Http.Features;

namespace IamEventSourced.Server;

/// <summary>A request as it came over the wire: what a signature is made of.</summary>
/// <param name="Method">The method, in upper case.</param>
/// <param name="Target">Path and query as received, percent-encoded.</param>
/// <param name="Headers">In the order received; a repeated header stands there repeatedly.</param>
/// <param name="Body">The body as received.</param>
public sealed record PlainRequest(string Method, string Target, IReadOnlyList<KeyValuePair<string, string>> Headers, ReadOnlyMemory<byte> Body)
{
    /// <summary>The longest body that is read: 1 MiB, far above AWS's largest policy with all its escapes.</summary>
    public const int MaxBodyBytes = 1 << 20;

    /// <summary>The target up to its question mark.</summary>
    public string Path => Target.IndexOf('?', StringComparison.Ordinal) is >= 0 and var mark ? Target[..mark] : Target;
    /// <summary>The target after its question mark; empty when it has none.</summary>
    public string Query => Target.IndexOf('?', StringComparison.Ordinal) is >= 0 and var mark ? Target[(mark + 1)..] : "";

    /// <summary>The values of a header, in the order received.</summary>
    public IEnumerable<string> Values(string name) => Headers.Where(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value);

    /// <summary>How often a header was sent.</summary>
    public int Count(string name)
    {
        var count = 0;
        for (var i = 0; i < Headers.Count; i++)
            if (Headers[i].Key.Equals(name, StringComparison.OrdinalIgnoreCase)) count++;
        return count;
    }

    /// <summary>The first value of a header; null: it was not sent.</summary>
    public string? First(string name)
    {
        for (var i = 0; i < Headers.Count; i++)
            if (Headers[i].Key.Equals(name, StringComparison.OrdinalIgnoreCase)) return Headers[i].Value;
        return null;
    }

    /// <summary>Without the query, which may hold a signature.</summary>
    public override string ToString() => $"{Method} {Path}";

    /// <summary>Reads a request to its end, or refuses a body of more than <see cref="MaxBodyBytes"/>.</summary>
    public static async ValueTask<Answer<PlainRequest>> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.ContentLength > MaxBodyBytes) return IamError.RequestEntityTooLarge;

        var body = new ArrayBufferWriter<byte>((int)(request.ContentLength ?? 0) + 1);
        while (await request.Body.ReadAsync(body.GetMemory(), cancellation) is > 0 and var count)
        {
            body.Advance(count);
            if (body.WrittenCount > MaxBodyBytes) return IamError.RequestEntityTooLarge;
        }

        var headers = new List<KeyValuePair<string, string>>(request.Headers.Count);
        foreach (var (name, values) in request.Headers)
            foreach (var value in values) headers.Add(new(name, value ?? ""));
        var target = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        return new PlainRequest(request.Method, target, headers, body.WrittenMemory);
    }
}
