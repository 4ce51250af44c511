using System.Text.Json.Nodes;

namespace IamEventSourced.Server;

/// <summary>The console's way in and out, described beside the operations.</summary>
static class OpenApiSessions
{
    /// <summary>Adds both paths.</summary>
    /// <param name="paths">The document's.</param>
    /// <param name="schemas">Where their bodies are described.</param>
    public static void AddTo(JsonObject paths, Schemas schemas)
    {
        paths[SignInDoor.InPath] = Post("SignIn", "Signs in by a password", "Begins a session of 12 hours, in a cookie with which the JSON API needs no signature. Another cookie tells this browser from others, so that nobody else's failures keep it waiting.", new()
        {
            ["required"] = true,
            ["content"] = new JsonObject
            {
                ["application/json"] = new JsonObject
                {
                    ["schema"] = Described(schemas.Of(typeof(SignInRequest)), "Account: its id or its alias. No UserName: root. Email: root's address, in place of both. NewPassword: where the password has to be changed. MFACode: where there is an MFA device."),
                    ["example"] = new JsonObject { ["Account"] = "example-works", ["UserName"] = "alice", ["Password"] = "Correct-Horse-7", ["MFACode"] = "123456" },
                },
            },
        }, "200", new()
        {
            ["description"] = "Who signed in, and until when.",
            ["headers"] = new JsonObject { ["Set-Cookie"] = new JsonObject { ["description"] = $"{SignInDoor.SessionCookie}, and one by which this browser is known.", ["schema"] = new JsonObject { ["type"] = "string" } } },
            ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = schemas.Of(typeof(SignInDoor.Entered)) } },
        }, ["400", "403", "415", "503"]);
        paths[SignInDoor.OutPath] = Post("SignOut", "Signs out", "Ends the session that the cookie shows, on every node at once; without one nothing is to be done.", null, "204", new() { ["description"] = "Done." }, ["403", "503"]);
    }

    /// <summary>By the session's cookie instead of a signature.</summary>
    public static JsonObject SecurityScheme() => new()
    {
        ["type"] = "apiKey", ["in"] = "cookie", ["name"] = SignInDoor.SessionCookie, ["description"] = $"The session that `POST {SignInDoor.InPath}` began.",
    };

    static JsonObject Post(string id, string summary, string description, JsonObject? body, string status, JsonObject done, string[] refusals)
    {
        var responses = new JsonObject { [status] = done };
        foreach (var refusal in refusals) responses[refusal] = new JsonObject { ["$ref"] = "#/components/responses/Refusal" };
        var post = new JsonObject { ["operationId"] = id, ["tags"] = new JsonArray("Sessions"), ["summary"] = summary, ["description"] = description, ["security"] = new JsonArray(), ["responses"] = responses };
        if (body is not null) post["requestBody"] = body;
        return new() { ["post"] = post };
    }

    static JsonObject Described(JsonObject schema, string description)
    {
        schema["description"] = description;
        return schema;
    }
}
