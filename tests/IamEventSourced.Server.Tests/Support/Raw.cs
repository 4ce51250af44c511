using System.Globalization;
using System.Text;
using IamEventSourced.Client;

namespace IamEventSourced.Server.Tests;

/// <summary>A request of which everything can be chosen, also what no client of ours sends.</summary>
/// <param name="Path">As <c>/</c> or <c>/accounts/…</c>.</param>
/// <param name="ContentType">The body's type.</param>
/// <param name="Body">The body.</param>
sealed record Raw(string Path, string ContentType, string Body)
{
    static readonly HttpClient Http = new(new SocketsHttpHandler { AllowAutoRedirect = false, ActivityHeadersPropagator = null });

    public string Region { get; init; } = "us-east-1";
    public string Service { get; init; } = "iam";
    /// <summary>When it is signed; null: now.</summary>
    public DateTimeOffset? Signed { get; init; }
    public (string Name, string Value)[] Headers { get; init; } = [];
    /// <summary>Spoils what was signed.</summary>
    public Action<HttpRequestMessage>? Then { get; init; }

    /// <summary>A form for AWS's Query door.</summary>
    public static Raw Form(string action, params (string Name, string Value)[] fields) => new("/", "application/x-www-form-urlencoded",
        string.Join('&', fields.Prepend(("Version", "2010-05-08")).Prepend(("Action", action)).Select(field => $"{Uri.EscapeDataString(field.Item1)}={Uri.EscapeDataString(field.Item2)}")));

    /// <summary>An operation for the JSON door, without an Idempotency-Key.</summary>
    public static Raw Of(AccountId account, IOperation operation) => new($"/accounts/{account}/{operation.GetType().Name}", "application/json",
        System.Text.Json.JsonSerializer.Serialize(operation, operation.GetType(), IamEventSourced.Json.Options));

    /// <summary>The request as it would be sent.</summary>
    public async Task<PlainRequest> SignedFor(string url, Key key)
    {
        using var request = await Request(url, key);
        return new(request.Method.Method, Path, [.. request.Headers.NonValidated.Concat(request.Content!.Headers.NonValidated).Where(header => header.Key is not "Content-Length").SelectMany(header => header.Value.Select(value => KeyValuePair.Create(header.Key, value)))], Encoding.UTF8.GetBytes(Body));
    }

    /// <summary>Sends it.</summary>
    /// <param name="url">The node.</param>
    /// <param name="key">Who signs; null: nobody.</param>
    public async Task<WireReply> To(string url, Key? key)
    {
        using var request = await Request(url, key);
        Then?.Invoke(request);
        using var response = await Http.SendAsync(request);
        var revision = response.Headers.TryGetValues("Iam-Revision", out var values) ? long.Parse(values.Single(), CultureInfo.InvariantCulture) : 0;
        return new((int)response.StatusCode, await response.Content.ReadAsStringAsync(), revision);
    }

    async Task<HttpRequestMessage> Request(string url, Key? key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(url + Path)) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Body)) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", ContentType);
        foreach (var (name, value) in Headers) request.Headers.TryAddWithoutValidation(name, value);
        if (key?.Token is { } token) request.Headers.Add(RequestSigner.SessionTokenHeader, token.Reveal());
        if (key is not null) await RequestSigner.SignAsync(request, key.Id, key.Secret, Region, Service, Signed ?? DateTimeOffset.UtcNow);
        return request;
    }
}
