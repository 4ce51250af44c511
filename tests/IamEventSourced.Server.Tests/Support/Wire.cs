using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using IamEventSourced.Client;

namespace IamEventSourced.Server.Tests;

/// <summary>What came back over a door, unread.</summary>
public sealed record WireReply(int Status, string Body, long Revision)
{
    /// <summary>AWS's error code; null: it went well.</summary>
    public string? Code => Status < 400 ? null : Body.StartsWith('<') ? XDocument.Parse(Body).Descendants().First(element => element.Name.LocalName is "Code").Value : Json["code"]!.GetValue<string>();
    public JsonNode Json => JsonNode.Parse(Body)!;
}

/// <summary>The doors as bytes: what a test compares whole, or what the client would never send.</summary>
static class Wire
{
    static readonly HttpClient Http = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    /// <summary>Sends an operation to the JSON door; root's where no key is given.</summary>
    /// <param name="server">The server.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="key">Who signs.</param>
    /// <param name="at">Iam-Consistency.</param>
    /// <param name="account">In the path.</param>
    /// <param name="url">Which node.</param>
    /// <param name="headers">More headers.</param>
    public static Task<WireReply> Post(this ServerFixture server, IOperation operation, Key? key = null, string? at = null, AccountId? account = null, string? url = null, params (string Name, string Value)[] headers)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(operation, operation.GetType(), IamEventSourced.Json.Options));
        content.Headers.ContentType = new("application/json");
        if (at is not null) headers = [.. headers, ("Iam-Consistency", at)];
        if (operation is ICommand && !headers.Any(header => header.Name is "Idempotency-Key")) headers = [.. headers, ("Idempotency-Key", Guid.NewGuid().ToString())];
        return Send(new($"{url ?? server.Url}/accounts/{account ?? server.Account}/{operation.GetType().Name}"), content, key ?? server.Root, "iam", headers);
    }

    /// <summary>Sends a form to AWS's Query door.</summary>
    public static Task<WireReply> Form(this ServerFixture server, string action, Key? key = null, string service = "iam", params (string Name, string Value)[] fields)
    {
        var version = service is "iam" ? "2010-05-08" : "2011-06-15";
        return Send(new(server.Url), new FormUrlEncodedContent([new("Action", action), new("Version", version), .. fields.Select(field => KeyValuePair.Create(field.Name, field.Value))]), key ?? server.Root, service, []);
    }

    /// <summary>Sends an operation to AWS's Query door.</summary>
    public static Task<WireReply> Form(this ServerFixture server, IOperation operation, Key? key = null)
    {
        var parameters = JsonSerializer.SerializeToNode(operation, operation.GetType(), IamEventSourced.Json.Options)!.AsObject();
        return server.Form(operation.GetType().Name, key, Operation.Of(operation).Service, [.. Fields(parameters).Select(field => (field.Key, field.Value))]);
    }

    /// <summary>An operation's parameters as a form has them.</summary>
    public static Dictionary<string, string> Fields(JsonObject parameters)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in parameters) Flatten(name, value);
        return fields;

        void Flatten(string at, JsonNode? value)
        {
            switch (value)
            {
                case JsonArray { Count: 0 }: fields[at] = ""; break;
                case JsonArray list: for (var i = 0; i < list.Count; i++) Flatten(string.Create(CultureInfo.InvariantCulture, $"{at}.member.{i + 1}"), list[i]); break;
                case JsonObject json when at.EndsWith(".Parameters", StringComparison.Ordinal): fields[at] = json.ToJsonString(); break;
                case JsonObject structure: foreach (var (name, member) in structure) Flatten($"{at}.{name}", member); break;
                case not null: fields[at] = value.GetValueKind() is JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString(); break;
            }
        }
    }

    static async Task<WireReply> Send(Uri to, HttpContent content, Key key, string service, (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, to) { Content = content };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        if (key.Token is { } token) request.Headers.Add(RequestSigner.SessionTokenHeader, token.Reveal());
        await RequestSigner.SignAsync(request, key.Id, key.Secret, "us-east-1", service, DateTimeOffset.UtcNow);
        using var response = await Http.SendAsync(request);
        var revision = response.Headers.TryGetValues("Iam-Revision", out var values) ? long.Parse(values.Single(), CultureInfo.InvariantCulture) : 0;
        return new((int)response.StatusCode, await response.Content.ReadAsStringAsync(), revision);
    }
}
