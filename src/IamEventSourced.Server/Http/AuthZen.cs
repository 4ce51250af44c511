using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace IamEventSourced.Server;

/// <summary>
/// The OpenID Authorization API 1.0 (AuthZEN): its evaluations as an <see cref="AuthorizeBatch"/> of the account whose key signed, for gateways
/// and frameworks that speak it. The search endpoints are not there, and not announced.
/// </summary>
static class AuthZen
{
    public const string EvaluationPath = "/access/v1/evaluation";
    public const string EvaluationsPath = "/access/v1/evaluations";
    public const string ConfigurationPath = "/.well-known/authzen-configuration";
    const string RequestIdName = "X-Request-ID";
    const string JsonType = "application/json";
    const int LongestRequestId = 256;

    static readonly SigningDoor Door = new(new HashSet<string>(StringComparer.Ordinal) { "iam" });
    static readonly Operation Operation = Operation.All[nameof(AuthorizeBatch)];
    static readonly JsonSerializerOptions Options = new(Json.Options) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>A decision as the standard writes it.</summary>
    sealed record Decision([property: JsonPropertyName("decision")] bool Allowed, DecisionContext Context);

    /// <summary>What we say beside a decision.</summary>
    /// <param name="Outcome">allowed, implicitDeny or explicitDeny.</param>
    /// <param name="Reason">One sentence for people.</param>
    /// <param name="Revision">The account's revision that this was decided on.</param>
    /// <param name="AgeMs">How many milliseconds ago this node last knew that revision to be the newest; absent of the past.</param>
    /// <param name="EngineVersion">The policy engine's version.</param>
    /// <param name="MatchedStatements">The statements that decided, as in Authorize.</param>
    /// <param name="AllowedByPermissionsBoundary">As in Authorize.</param>
    /// <param name="Error">Why the question could not be answered; the decision is false then.</param>
    sealed record DecisionContext(string Outcome, string Reason, long Revision, long? AgeMs, string EngineVersion, IReadOnlyList<DecidingStatement> MatchedStatements, bool? AllowedByPermissionsBoundary, IamError? Error);

    sealed record Decisions(IEnumerable<Decision> Evaluations);

    sealed record Configuration(string PolicyDecisionPoint, string AccessEvaluationEndpoint, string AccessEvaluationsEndpoint);

    public static void MapAuthZen(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(EvaluationPath, (RequestDelegate)(http => Serve(http, many: false)));
        routes.MapPost(EvaluationsPath, (RequestDelegate)(http => Serve(http, many: true)));
        routes.MapGet(ConfigurationPath, (RequestDelegate)Configure);
    }

    static Task Configure(HttpContext http)
    {
        var self = http.RequestServices.GetRequiredService<ServerOptions>().PublicUrl?.AbsoluteUri.TrimEnd('/') ?? $"{http.Request.Scheme}://{http.Request.Host}";
        http.Response.Headers.CacheControl = "max-age=300";
        return Doors.Write(http, StatusCodes.Status200OK, JsonType, JsonSerializer.SerializeToUtf8Bytes(new Configuration(self, self + EvaluationPath, self + EvaluationsPath), Options));
    }

    static Task Serve(HttpContext http, bool many) => Doors.Serve(http, _ => ServeOne(http, many), (error, _) => Refuse(http, error));

    static async Task ServeOne(HttpContext http, bool many)
    {
        if (http.Request.Headers.TryGetValue(RequestIdName, out var given))
        {
            if (given is not [{ Length: > 0 and <= LongestRequestId } id] || id.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                await Refuse(http, IamError.ValidationError([$"Value at '{RequestIdName}' failed to satisfy constraint: Member must be 1 to {LongestRequestId} printable ASCII characters, once"]));
                return;
            }
            http.Response.Headers[RequestIdName] = id;
        }
        var (plain, tooLong) = await PlainRequest.ReadAsync(http.Request, http.RequestAborted);
        if (tooLong is not null) { await Refuse(http, tooLong); return; }
        var (signed, unknown) = await SignedRequest.Read(http, plain!, Door, Operation.Action);
        if (unknown is not null) { await Refuse(http, Unauthorized(http, unknown)); return; }
        var (asked, malformed) = Read(http, plain!.Body, many);
        if (malformed is not null) { await Refuse(http, malformed); return; }
        var (headers, wrong) = AskedHeaders.Read(http.Request.Headers, Operation);
        if (wrong is not null) { await Refuse(http, wrong); return; }

        var reply = await Doors.Dispatch(http, new(signed!.Caller.Account, new AuthorizeBatch(asked!.Questions), signed.Caller, signed.Id)
        {
            Origin = signed.Origin, Consistency = headers!.Consistency, Correlation = headers.Correlation, Causation = headers.Causation,
        });
        if (reply.Refusal is { } refusal) { await Refuse(http, refusal); return; }
        var age = Doors.AgeOf(http, reply);
        var decisions = ((AuthorizeBatchAnswer)reply.Answer!).Results.Select(result => new Decision(result.Decision is "allowed",
            new(result.Decision, result.Reason, result.Revision, age, result.EngineVersion, result.MatchedStatements, result.AllowedByPermissionsBoundary, result.Error))).ToList();
        // A decision changes nothing, so those after the one at which to stop need not be kept from being made, only from being told.
        if (asked.Stop is { } stop && decisions.FindIndex(decision => decision.Allowed == stop) is >= 0 and var last) decisions.RemoveRange(last + 1, decisions.Count - last - 1);
        await Doors.Write(http, StatusCodes.Status200OK, JsonType, asked.Many ? JsonSerializer.SerializeToUtf8Bytes(new Decisions(decisions), Options) : JsonSerializer.SerializeToUtf8Bytes(decisions[0], Options));
    }

    static Answer<Evaluations> Read(HttpContext http, ReadOnlyMemory<byte> body, bool many)
    {
        if (!Doors.IsOf(http.Request, JsonType)) return new IamError("UnsupportedMediaType", StatusCodes.Status415UnsupportedMediaType, $"The body must be of type {JsonType}, in UTF-8.");
        var (root, noJson) = StrictJson.Read(body);
        return noJson is not null ? noJson : Evaluations.Read(root, many);
    }

    // The standard wants 401 of a sender that is not known, whatever AWS's status.
    static IamError Unauthorized(HttpContext http, IamError unknown)
    {
        if (unknown.Status >= 500) return unknown;
        http.Response.Headers.WWWAuthenticate = $"{SignatureV4.Algorithm} realm=\"iam\"";
        return unknown with { Status = StatusCodes.Status401Unauthorized };
    }

    // The standard's errors have a text for a body.
    static Task Refuse(HttpContext http, IamError error) => Doors.Write(http, error.Status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes($"{error.Code}: {error.Message}"));
}
