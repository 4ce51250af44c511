using System.Text.Json;

namespace IamEventSourced.Server;

/// <summary>JSON over HTTP: POST /accounts/{account}/{Operation}, signed or in a console session, the parameters as the body. The account's revision is the ETag.</summary>
static class JsonApi
{
    const string JsonType = "application/json";

    static readonly SigningDoor Iam = new(new HashSet<string>(StringComparer.Ordinal) { "iam" });
    static readonly SigningDoor Any = new(AwsService.All.Select(service => service.Name).ToHashSet(StringComparer.Ordinal));

    /// <summary>Every operation at its path.</summary>
    public static void MapJsonApi(this IEndpointRouteBuilder routes) => routes.MapPost("/accounts/{account}/{operation}", (RequestDelegate)Serve);

    static Task Serve(HttpContext http) => Doors.Serve(http, _ => ServeOne(http), (error, _) => Refuse(http, error));

    static async Task ServeOne(HttpContext http)
    {
        var (request, refusal) = await Read(http);
        if (refusal is not null) { await Refuse(http, refusal); return; }

        var reply = await Doors.Dispatch(http, request!);
        if (reply.Refusal is { } refused) await Refuse(http, refused);
        else if (reply.Answer is { } answer) await Doors.Write(http, StatusCodes.Status200OK, JsonType, JsonSerializer.SerializeToUtf8Bytes(answer, answer.GetType(), Json.Options));
        else http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    static async Task<Answer<Request>> Read(HttpContext http)
    {
        // Routes match without case; operations' names do not.
        if (http.GetRouteValue("operation") is not string name || !Operation.All.TryGetValue(name, out var operation))
            return new IamError("InvalidAction", StatusCodes.Status404NotFound, $"There is no such operation; {OpenApi.DocumentPath} describes those that there are.");
        var account = (string)http.GetRouteValue("account")!;
        if (AccountId.Limits.Violation(account) is { } violation) return IamError.ValidationError([$"Value at 'account' failed to satisfy constraint: {violation}"]);

        var (plain, tooLong) = await PlainRequest.ReadAsync(http.Request, http.RequestAborted);
        if (tooLong is not null) return tooLong;
        KnownRequest? known;
        IamError? unknown;
        if (SignInDoor.IsSignedIn(http.Request)) (known, unknown) = await SignInDoor.Read(http);
        else (known, unknown) = await SignedRequest.Read(http, plain!, operation.Service is "iam" ? Iam : Any, operation.Action);
        if (unknown is not null) return unknown;

        if (!plain!.Body.IsEmpty && !Doors.IsOf(http.Request, JsonType))
            return new IamError("UnsupportedMediaType", StatusCodes.Status415UnsupportedMediaType, $"The body must be of type {JsonType}, in UTF-8.");
        var (asked, wrongHeaders) = AskedHeaders.Read(http.Request.Headers, operation);
        if (wrongHeaders is not null) return wrongHeaders;
        var (parameters, noJson) = StrictJson.Read(plain.Body);
        if (noJson is not null) return noJson;
        var (read, invalid) = operation.Read(parameters);
        if (invalid is not null) return invalid;
        return new Request(account, read!, known!.Caller, known.Id)
        {
            Origin = known.Origin, Consistency = asked!.Consistency, Expected = asked.Expected, Correlation = asked.Correlation, Causation = asked.Causation,
        };
    }

    static Task Refuse(HttpContext http, IamError error) => Doors.Write(http, error.Status, Problem.ContentType, Problem.Of(error).ToBytes());
}
