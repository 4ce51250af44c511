using System.Text.Json;
using System.Text.Json.Nodes;
using Scalar.AspNetCore;

namespace IamEventSourced.Server;

/// <summary>The JSON door, described: an OpenAPI 3.1 document made of the operations' records, and a page to read and try it. Neither needs a signature.</summary>
static class OpenApi
{
    public const string DocumentPath = "/openapi/v1.json";
    public const string PagePath = "/scalar";

    static readonly JsonSerializerOptions Readable = new(Json.Options) { WriteIndented = true };
    static readonly Lazy<byte[]> Written = new(() => JsonSerializer.SerializeToUtf8Bytes(Document(), Readable)); // no node waits for it at its start

    /// <summary>The document at <see cref="DocumentPath"/>, the page at <see cref="PagePath"/>; the page asks no other host for anything.</summary>
    public static void MapOpenApi(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(DocumentPath, (RequestDelegate)(http => Doors.Write(http, StatusCodes.Status200OK, "application/json", Written.Value)));
        routes.MapScalarApiReference(PagePath, page => page.WithOpenApiRoutePattern(DocumentPath).WithTitle("IAM").DisableDefaultFonts().DisableTelemetry().DisableAgent());
    }

    /// <summary>The document.</summary>
    public static JsonObject Document()
    {
        var comments = new DocComments(typeof(Operation).Assembly);
        var schemas = new Schemas(comments);
        var paths = new JsonObject();
        foreach (var operation in Operation.All.Values.OrderBy(operation => operation.Name, StringComparer.Ordinal))
            paths[$"/accounts/{{account}}/{operation.Name}"] = new JsonObject { ["post"] = Path(operation, schemas, comments) };
        OpenApiSessions.AddTo(paths, schemas);
        paths[$"/accounts/{{account}}/{nameof(GetEntityHistory)}"]!["get"] = Following(schemas, comments);
        return new()
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject
            {
                ["title"] = "IAM, event-sourced",
                ["version"] = "v1",
                ["description"] = "Users, groups, policies and the question who may do what, with the operations and error codes of AWS IAM. Every change is an event of the account; "
                    + "every answer names the revision that it is of, and every query can be asked of an earlier one. The same operations are served as AWS's Query protocol at `/`.",
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["security"] = new JsonArray(new JsonObject { ["sigv4"] = new JsonArray() }, new JsonObject { ["session"] = new JsonArray() }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = WithProblem(schemas.Components),
                ["parameters"] = Parameters(schemas),
                ["headers"] = Headers(),
                ["responses"] = new JsonObject { ["Refusal"] = Refusal("Refused; `code` is AWS's error code.") },
                ["securitySchemes"] = new JsonObject
                {
                    ["session"] = OpenApiSessions.SecurityScheme(),
                    ["sigv4"] = new JsonObject
                    {
                        ["type"] = "apiKey", ["in"] = "header", ["name"] = "Authorization", ["x-amazon-apigateway-authtype"] = "awsSigv4",
                        ["description"] = "AWS Signature Version 4 with an access key of the account, for service `iam` and any region. Signed have to be: Host, X-Amz-Date, the body, and of what is sent Content-Type, Idempotency-Key, If-Match and every Iam- and X-Amz- header. `curl --aws-sigv4 aws:amz:us-east-1:iam` does it.",
                    },
                },
            },
        };
    }

    static JsonObject Path(Operation operation, Schemas schemas, DocComments comments)
    {
        var example = OpenApiExamples.Of(operation.Parameters.Select(parameter => new ShapeMember(parameter)));
        string[] headers = operation.IsCommand ? ["IdempotencyKey", "IfMatch", "CorrelationId", "CausationId"] : ["Consistency", "CorrelationId", "CausationId"];
        var path = new JsonObject
        {
            ["operationId"] = operation.Name,
            ["tags"] = new JsonArray(operation.IsCommand ? "Commands" : "Queries"),
            ["parameters"] = new JsonArray([.. headers.Prepend("Account").Select(name => Ref("parameters", name))]),
            ["requestBody"] = new JsonObject
            {
                ["required"] = operation.Parameters.Any(Operation.IsRequired),
                ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = schemas.Of(operation), ["example"] = example } },
            },
        };
        if (comments.Of(operation.Type) is { } summary) (path["summary"], path["description"]) = (summary.Split([". ", "; "], 2, StringSplitOptions.None)[0].TrimEnd('.'), $"{summary} The action in policies: `{operation.Action}`.");

        var said = new JsonObject { ["ETag"] = Ref("headers", "ETag"), ["Iam-Age"] = Ref("headers", "Age"), ["x-amzn-RequestId"] = Ref("headers", "RequestId") };
        var responses = new JsonObject();
        if (operation.Answer is { } answer)
            responses["200"] = new JsonObject
            {
                ["description"] = comments.Of(answer) ?? "The answer.", ["headers"] = said,
                ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = schemas.Of(answer) } },
            };
        else responses["204"] = new JsonObject { ["description"] = "Done.", ["headers"] = said };
        foreach (var status in operation.IsCommand ? (string[])["400", "403", "404", "409", "412", "503"] : ["400", "403", "404", "503"]) responses[status] = Ref("responses", "Refusal");
        path["responses"] = responses;
        return path;
    }

    static JsonObject Following(Schemas schemas, DocComments comments)
    {
        var operation = Operation.All[nameof(GetEntityHistory)];
        var parameters = new JsonArray(Ref("parameters", "Account"));
        foreach (var member in operation.Parameters.Where(parameter => parameter.Name is not nameof(GetEntityHistory.NewestFirst)).Select(parameter => new ShapeMember(parameter)))
            parameters.Add(new JsonObject { ["name"] = member.Name, ["in"] = "query", ["required"] = member.IsRequired, ["description"] = comments.Of(operation.Type, member.Name), ["schema"] = schemas.Of(member.Shape.Type) });
        return new()
        {
            ["operationId"] = $"Follow{nameof(GetEntityHistory)}", ["tags"] = new JsonArray("Queries"), ["summary"] = "An entity's history, followed live",
            ["description"] = "Server-sent events: first what there is, then each event as it happens. `id` is the revision, `event` the kind, `data` a HistoryEntry; Last-Event-ID goes on after it. The action in policies: `iam:GetEntityHistory`.",
            ["parameters"] = parameters,
            ["responses"] = new JsonObject
            {
                ["200"] = new JsonObject { ["description"] = "The events.", ["content"] = new JsonObject { ["text/event-stream"] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string" } } } },
                ["400"] = Ref("responses", "Refusal"), ["403"] = Ref("responses", "Refusal"), ["404"] = Ref("responses", "Refusal"), ["503"] = Ref("responses", "Refusal"),
            },
        };
    }

    static JsonObject Parameters(Schemas schemas)
    {
        var account = Parameter("path", "account", "The account.", schemas.Of(typeof(AccountId)), "123456789012");
        account["required"] = true;
        return new()
        {
            ["Account"] = account,
            ["IdempotencyKey"] = Parameter("header", "Idempotency-Key", "The command's id: sent again under the same id it is carried out once, and answered as the first time, without secrets. None: an id of the signature.", schemas.Of(typeof(CommandId)), "3f1c6a52-7f0d-4a86-9a5e-3b6b5f1e0c11"),
            ["IfMatch"] = Parameter("header", AskedHeaders.IfMatchName, "Carried out only when the account is at this revision; else 412.", new() { ["type"] = "string", ["pattern"] = "^\"[1-9][0-9]*\"$" }, "\"123\""),
            ["Consistency"] = Parameter("header", AskedHeaders.ConsistencyName, "Of what moment the answer has to be: `at-least=123` (waits briefly, else 503), `at=123`, `as-of=2026-11-24T05:06:07Z`, `newest`. None: what this node has; Iam-Age says how old that may be.",
                new() { ["type"] = "string", ["pattern"] = "^(?:newest|at(?:-least)?=[1-9][0-9]*|as-of=.+)$" }, "newest"),
            ["CorrelationId"] = Parameter("header", AskedHeaders.CorrelationName, "The conversation this belongs to; kept with the events.", Printable(), "onboarding-4711"),
            ["CausationId"] = Parameter("header", AskedHeaders.CausationName, "The message that caused this; kept with the events.", Printable(), "hr-message-42"),
        };
    }

    static JsonObject Parameter(string place, string name, string description, JsonObject schema, string example) =>
        new() { ["name"] = name, ["in"] = place, ["description"] = description, ["schema"] = schema, ["example"] = example };

    static JsonObject Printable() => new() { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = 128, ["pattern"] = "^[\\u0020-\\u007E]+$" };

    static JsonObject Headers() => new()
    {
        ["ETag"] = new JsonObject { ["description"] = "The account's revision that this is of, in quotation marks.", ["schema"] = new JsonObject { ["type"] = "string" } },
        ["Age"] = new JsonObject { ["description"] = "Milliseconds since this node last knew that it had the newest revision.", ["schema"] = new JsonObject { ["type"] = "integer", ["minimum"] = 0 } },
        ["RequestId"] = new JsonObject { ["description"] = "Under which the service logged the request, where it failed.", ["schema"] = new JsonObject { ["type"] = "string" } },
    };

    static JsonObject WithProblem(JsonObject schemas)
    {
        schemas["Problem"] = new JsonObject
        {
            ["type"] = "object", ["description"] = "RFC 9457.",
            ["required"] = new JsonArray("type", "title", "status", "detail", "code"),
            ["properties"] = new JsonObject
            {
                ["type"] = new JsonObject { ["type"] = "string", ["format"] = "uri" },
                ["title"] = new JsonObject { ["type"] = "string" },
                ["status"] = new JsonObject { ["type"] = "integer" },
                ["detail"] = new JsonObject { ["type"] = "string", ["description"] = "What is wrong, with the names of the members to blame." },
                ["code"] = new JsonObject { ["type"] = "string", ["description"] = "AWS's error code." },
            },
        };
        return schemas;
    }

    static JsonObject Refusal(string description) => new()
    {
        ["description"] = description,
        ["content"] = new JsonObject
        {
            [Problem.ContentType] = new JsonObject
            {
                ["schema"] = Ref("schemas", "Problem"),
                ["example"] = JsonSerializer.SerializeToNode(Problem.Of(IamError.NoSuchEntity("user", "alice")), Json.Options),
            },
        },
    };

    static JsonObject Ref(string kind, string name) => new() { ["$ref"] = $"#/components/{kind}/{name}" };
}
