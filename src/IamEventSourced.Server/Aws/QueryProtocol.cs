using System.Text;

namespace IamEventSourced.Server;

/// <summary>AWS's Query protocol: a signed form in, XML out, as AWS's own tools and SDKs speak it to IAM and STS.</summary>
static class QueryProtocol
{
    const string FormType = "application/x-www-form-urlencoded";
    const string AccountField = "AccountId";
    const int LongestEcho = 128;

    static readonly SigningDoor Door = new(AwsService.All.Select(service => service.Name).ToHashSet(StringComparer.Ordinal));

    /// <summary>POST / with a form, or GET / with the same in its query. A visit without either is shown the API's page.</summary>
    public static void MapQueryProtocol(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/", (RequestDelegate)Serve);
        routes.MapGet("/", (RequestDelegate)(http =>
        {
            if (http.Request.QueryString.HasValue || http.Request.Headers.ContainsKey("Authorization")) return Serve(http);
            http.Response.Redirect(OpenApi.PagePath);
            return Task.CompletedTask;
        }));
    }

    static Task Serve(HttpContext http) => Doors.Serve(http, requestId => Serve(http, requestId), (error, requestId) => Refuse(http, error, "iam", requestId));

    static async Task Serve(HttpContext http, string requestId)
    {
        var (plain, tooLong) = await PlainRequest.ReadAsync(http.Request, http.RequestAborted);
        if (tooLong is not null) { await Refuse(http, tooLong, "iam", requestId); return; }

        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var malformed = Fields(http.Request, plain!, fields);
        var action = fields.GetValueOrDefault("Action") ?? "";
        var service = AwsService.All.FirstOrDefault(service => service.Version == fields.GetValueOrDefault("Version"))?.Name ?? "iam";

        var (signed, unknown) = await SignedRequest.Read(http, plain!, Door, Operation.All.TryGetValue(action, out var named) ? named.Action : Echo(action));
        if ((unknown ?? malformed) is { } refusal) { await Refuse(http, refusal, service, requestId); return; }

        var (request, wrong) = Read(signed!, fields, http.Request.Headers);
        if (wrong is not null) { await Refuse(http, wrong, service, requestId); return; }

        var reply = await Doors.Dispatch(http, request!);
        if (reply.Refusal is { } refused) await Refuse(http, refused, service, requestId);
        else await Write(http, StatusCodes.Status200OK, XmlAnswer.Of(Operation.Of(request!.Operation), reply.Answer, requestId));
    }

    /// <summary>The fields of query and body, without those of a signature in the query; the refusal, where they are malformed.</summary>
    static IamError? Fields(HttpRequest http, PlainRequest plain, Dictionary<string, string> fields)
    {
        if (FormText.AddTo(fields, Encoding.UTF8.GetBytes(plain.Query)) is { } inQuery) return inQuery;
        foreach (var name in fields.Keys.Where(name => name.StartsWith("X-Amz-", StringComparison.OrdinalIgnoreCase)).ToList()) fields.Remove(name);
        if (plain.Body.IsEmpty) return null;
        return Doors.IsOf(http, FormType) ? FormText.AddTo(fields, plain.Body.Span) : new("UnsupportedMediaType", StatusCodes.Status415UnsupportedMediaType, $"The body must be of type {FormType}, in UTF-8.");
    }

    /// <summary>What is asked for, and of which account.</summary>
    internal static Answer<Request> Read(SignedRequest signed, Dictionary<string, string> fields, IHeaderDictionary headers)
    {
        var (operation, noSuch) = OperationOf(fields, signed.Signature.Scope.Service);
        if (noSuch is not null) return noSuch;
        fields.Remove("Action");
        fields.Remove("Version");

        // A key's account is the account; only the operator, who has none, names one.
        var account = signed.Caller.Account;
        if (account == AccountId.Operator && fields.Remove(AccountField, out var named))
        {
            if (AccountId.Limits.Violation(named) is { } violation) return IamError.ValidationError([$"Value at '{AccountField}' failed to satisfy constraint: {violation}"]);
            account = named;
        }

        var (asked, wrongHeaders) = AskedHeaders.Read(headers, operation!);
        if (wrongHeaders is not null) return wrongHeaders;
        var (read, invalid) = FormReader.Read(operation!, fields);
        if (invalid is not null) return invalid;
        return new Request(account, read!, signed.Caller, signed.Id)
        {
            Origin = signed.Origin, Consistency = asked!.Consistency, Expected = asked.Expected, Correlation = asked.Correlation, Causation = asked.Causation,
        };
    }

    /// <summary>The operation that the form names, signed for its own service; AWS's refusals else.</summary>
    /// <param name="fields">The form.</param>
    /// <param name="scope">The service that the request was signed for.</param>
    internal static Answer<Operation> OperationOf(IReadOnlyDictionary<string, string> fields, string scope)
    {
        var (action, version) = (fields.GetValueOrDefault("Action") ?? "", fields.GetValueOrDefault("Version") ?? "");
        if (action.Length is 0) return new IamError("MissingAction", StatusCodes.Status400BadRequest, "The request must contain the parameter Action.");
        if (AwsService.All.FirstOrDefault(service => service.Version == version) is not { } service)
            return new IamError("NoSuchVersion", StatusCodes.Status400BadRequest, $"The requested version ({Echo(version)}) is not valid; it is one of {string.Join(", ", AwsService.All.Select(known => known.Version))}.");
        if (!Operation.All.TryGetValue(action, out var operation) || operation.Service != service.Name)
            return new IamError("InvalidAction", StatusCodes.Status400BadRequest, $"Could not find operation {Echo(action)} for version {version}");
        return scope == operation.Service ? operation : IamError.SignatureDoesNotMatch($"Credential should be scoped to correct service: '{operation.Service}'.");
    }

    static Task Refuse(HttpContext http, IamError error, string service, string requestId) => Write(http, error.Status, XmlAnswer.Of(error, service, requestId));

    static Task Write(HttpContext http, int status, byte[] xml) => Doors.Write(http, status, "text/xml", xml);

    // What a stranger wrote comes back in messages, and into records, only so long.
    static string Echo(string text) => Doors.Cut(text, LongestEcho);
}
