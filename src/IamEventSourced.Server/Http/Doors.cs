using System.Globalization;

namespace IamEventSourced.Server;

/// <summary>What both doors share of their way out.</summary>
static partial class Doors
{
    /// <summary>Answers by <paramref name="serve"/>; a defect of ours becomes ServiceFailure, logged under the request's id without what was sent.</summary>
    /// <param name="http">The request and its answer.</param>
    /// <param name="serve">Does the work, given the request's id.</param>
    /// <param name="refuse">Writes a refusal as the door does.</param>
    public static async Task Serve(HttpContext http, Func<string, Task> serve, Func<IamError, string, Task> refuse)
    {
        Span<byte> random = stackalloc byte[16];
        Random.Shared.NextBytes(random); // it tells requests apart, no more
        var requestId = new Guid(random).ToString();
        http.Response.Headers[AskedHeaders.RequestIdName] = requestId;
        http.Response.Headers.CacheControl = "no-store"; // answers are the caller's own, and may hold a secret
        try
        {
            await serve(requestId);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be answered; a command is carried out all the same, or not: its id tells.
        }
        catch (Exception e) when (e is not BadHttpRequestException && !http.Response.HasStarted)
        {
            LogDefect(http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Doors)), e, requestId);
            await refuse(IamError.ServiceFailure with
            {
                Message = "The request processing has failed because of an unknown error. Whether a command was carried out is told when it is sent again under the same id.",
            }, requestId);
        }
    }

    /// <summary>Dispatches what was read and heads the answer with the revision that it is of, and how old the knowledge is.</summary>
    public static async Task<Reply> Dispatch(HttpContext http, Request request)
    {
        var reply = await http.RequestServices.GetRequiredService<Dispatcher>().Dispatch(request, http.RequestAborted);
        var headers = http.Response.Headers;
        if (reply.Revision > 0) headers[AskedHeaders.RevisionName] = reply.Revision.ToString(CultureInfo.InvariantCulture);
        if (reply.Revision > 0) headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{reply.Revision}\"");
        if (AgeOf(http, reply) is { } age) headers[AskedHeaders.AgeName] = age.ToString(CultureInfo.InvariantCulture);
        return reply;
    }

    /// <summary>How many milliseconds ago this node last knew that it had the newest revision; null: the answer is about the past.</summary>
    public static long? AgeOf(HttpContext http, Reply reply) =>
        reply.Confirmed is { } confirmed ? (long)Math.Max(0, (http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow() - confirmed).TotalMilliseconds) : null;

    /// <summary>The beginning of a text, whole characters: half a surrogate pair can be stored nowhere.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">How long it may be, in UTF-16 units.</param>
    public static string Cut(string text, int most) => text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];

    /// <summary>Writes an answer whole.</summary>
    public static Task Write(HttpContext http, int status, string contentType, byte[] body)
    {
        (http.Response.StatusCode, http.Response.ContentType, http.Response.ContentLength) = (status, contentType, body.Length);
        if (status is StatusCodes.Status503ServiceUnavailable) http.Response.Headers.RetryAfter = "1";
        return http.Response.Body.WriteAsync(body, http.RequestAborted).AsTask();
    }

    /// <summary>Whether the body says to be of this type, in UTF-8.</summary>
    public static bool IsOf(HttpRequest request, string mediaType) =>
        mediaType.Equals(request.ContentType, StringComparison.OrdinalIgnoreCase)
        || Microsoft.Net.Http.Headers.MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals(mediaType, StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase));

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId} failed")]
    static partial void LogDefect(ILogger log, Exception failure, string requestId);
}
