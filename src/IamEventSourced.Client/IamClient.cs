using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace IamEventSourced.Client;

/// <summary>What the service said: an answer or a refusal, and the revision it is of.</summary>
/// <param name="Answer">The answer; null for a refusal, and for a command that only says that it is done.</param>
/// <param name="Refusal">The refusal; null: it is done.</param>
/// <param name="Revision">The account's revision; 0 when the service told none.</param>
public readonly record struct IamReply<T>(T? Answer, IamError? Refusal, long Revision);

/// <summary>How new, or of what moment, the answer to a query has to be. None given: what the node has.</summary>
public sealed record ReadAt
{
    ReadAt(string header) => Header = header;

    /// <summary>The value of the header <c>Iam-Consistency</c>.</summary>
    public string Header { get; }

    /// <summary>The revision that is asked about; null: none is named.</summary>
    public long? OfRevision { get; private init; }
    /// <summary>The moment that is asked about; null: none is named.</summary>
    public DateTimeOffset? OfTime { get; private init; }

    /// <summary>The newest revision at this moment, on whatever node it was made.</summary>
    public static ReadAt Newest { get; } = new("newest");
    /// <summary>This revision or a later one: what a command's reply told.</summary>
    public static ReadAt AtLeast(long revision) => new(string.Create(CultureInfo.InvariantCulture, $"at-least={revision}"));
    /// <summary>Exactly this revision.</summary>
    public static ReadAt Revision(long revision) => new(string.Create(CultureInfo.InvariantCulture, $"at={revision}")) { OfRevision = revision };
    /// <summary>The last revision that is not after this time.</summary>
    public static ReadAt Time(DateTimeOffset time) => new($"as-of={Json.Write(time)}") { OfTime = time };
}

/// <summary>The service's JSON door, for one account. Refusals are values; only a service that cannot be reached, or speaks otherwise, throws.</summary>
/// <param name="http">Signs (<see cref="SigningHandler"/>) and has a base address; see <see cref="Create"/>.</param>
/// <param name="account">The account that is asked and changed.</param>
public sealed class IamClient(HttpClient http, AccountId account)
{
    // A credential report of 100,000 users is the longest answer: some 300 bytes a user, in base 64.
    const int MaxAnswerBytes = 64 << 20;
    static readonly TimeSpan BeforeAgain = TimeSpan.FromSeconds(1);

    // A newer service may say more than this client knows, and a null is not written.
    static readonly JsonSerializerOptions Answers = new(Json.Options)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip,
        RespectRequiredConstructorParameters = false,
    };

    /// <summary>A client with an HTTP client of its own, to be kept as long as the program runs.</summary>
    /// <param name="service">Where the service is.</param>
    /// <param name="account">The account that is asked and changed.</param>
    /// <param name="key">The access key that signs.</param>
    /// <param name="secret">Its secret.</param>
    /// <param name="region">The region to sign for.</param>
    /// <param name="sessionToken">What goes with temporary credentials; null: the key is a long-term one.</param>
    public static IamClient Create(Uri service, AccountId account, AccessKeyId key, Secret secret, string region = "us-east-1", Secret? sessionToken = null)
    {
        var signing = new SigningHandler(key, secret, region, sessionToken: sessionToken) { InnerHandler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false } };
        return new(new HttpClient(signing) { BaseAddress = service, MaxResponseContentBufferSize = MaxAnswerBytes }, account);
    }

    /// <summary>Has a command carried out. Sent again under the same id it is carried out once and answered as the first time, without secrets.</summary>
    /// <param name="command">The command.</param>
    /// <param name="id">Its id; null: a new one, so that this call alone stands for it.</param>
    /// <param name="ifRevision">The revision the account must have; null: any.</param>
    /// <param name="cancellation">Ends the waiting; the command may be carried out all the same.</param>
    public Task<IamReply<TAnswer>> Send<TAnswer>(ICommand<TAnswer> command, CommandId? id = null, long? ifRevision = null, CancellationToken cancellation = default)
        where TAnswer : class => Post<TAnswer>(command, Command(id, ifRevision), cancellation);

    /// <inheritdoc cref="Send{TAnswer}"/>
    public Task<IamReply<object>> Send(ICommand command, CommandId? id = null, long? ifRevision = null, CancellationToken cancellation = default) =>
        Post<object>(command, Command(id, ifRevision), cancellation);

    /// <summary>Asks.</summary>
    /// <param name="query">The question.</param>
    /// <param name="at">How new, or of what moment; null: what the node has.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public Task<IamReply<TAnswer>> Ask<TAnswer>(IQuery<TAnswer> query, ReadAt? at = null, CancellationToken cancellation = default)
        where TAnswer : class => Post<TAnswer>(query, Query(at), cancellation);

    /// <inheritdoc cref="Ask{TAnswer}(IQuery{TAnswer}, ReadAt?, CancellationToken)"/>
    public Task<IamReply<TAnswer>> Ask<TAnswer>(IHistoryQuery<TAnswer> query, ReadAt? at = null, CancellationToken cancellation = default)
        where TAnswer : class => Post<TAnswer>(query, Query(at), cancellation);

    /// <inheritdoc cref="Ask{TAnswer}(IQuery{TAnswer}, ReadAt?, CancellationToken)"/>
    public Task<IamReply<TAnswer>> Ask<TAnswer>(ISessionQuery<TAnswer> query, CancellationToken cancellation = default)
        where TAnswer : class => Post<TAnswer>(query, Query(null), cancellation);

    /// <summary>
    /// An entity's history: first what there is, then each event as it happens. A connection that breaks, or a service that is away for a while, is tried again, and nothing is
    /// missed or told twice; it stays with the entity that had the name at first. A refusal is the last that is said.
    /// </summary>
    /// <param name="query">Which events; the oldest first.</param>
    /// <param name="cancellation">Ends it.</param>
    public async IAsyncEnumerable<IamReply<HistoryEntry>> Follow(GetEntityHistory query, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        for (var connected = false; ; await Task.Delay(BeforeAgain, cancellation).ConfigureAwait(false))
        {
            HttpResponseMessage response;
            try { response = await Connect(query, cancellation).ConfigureAwait(false); }
            catch (HttpRequestException) when (connected) { continue; }
            using (response)
            {
                if (!response.IsSuccessStatusCode)
                {
                    var refused = Read<HistoryEntry>(query, response, await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false));
                    if (connected && response.StatusCode is HttpStatusCode.ServiceUnavailable) continue;
                    yield return refused;
                    yield break;
                }
                connected = true;
                if (response.Headers.TryGetValues(EntityIdHeader, out var ids)) query = query with { Entity = ids.Single() };

                await using var replies = Replies(response, cancellation).GetAsyncEnumerator(cancellation);
                for (; ; )
                {
                    try
                    {
                        if (!await replies.MoveNextAsync().ConfigureAwait(false)) break;
                    }
                    catch (Exception e) when (e is IOException or HttpRequestException) { break; }
                    yield return replies.Current;
                    if (replies.Current.Refusal is not null) yield break;
                    query = query with { FromRevision = checked((int)(replies.Current.Revision + 1)) };
                }
            }
        }
    }

    const string EntityIdHeader = "Iam-Entity-Id", RefusedEvent = "refused";

    async Task<HttpResponseMessage> Connect(GetEntityHistory query, CancellationToken cancellation)
    {
        var parameters = JsonSerializer.SerializeToElement(query with { MaxItems = null }, Json.Options).EnumerateObject().Where(parameter => parameter.Value.ValueKind is not JsonValueKind.False);
        using var request = new HttpRequestMessage(HttpMethod.Get, AddressOf(query, "?" + string.Join('&', parameters.Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value.ToString())}"))));
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
    }

    static async IAsyncEnumerable<IamReply<HistoryEntry>> Replies(HttpResponseMessage response, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellation).ConfigureAwait(false))
            if (item.EventType is RefusedEvent) yield return new(null, JsonSerializer.Deserialize<Problem>(item.Data, Answers)!.ToError(500), 0);
            else if (JsonSerializer.Deserialize<HistoryEntry>(item.Data, Answers) is { } entry) yield return new(entry, null, entry.Revision);
    }

    static Action<HttpRequestHeaders> Command(CommandId? id, long? ifRevision) => headers =>
    {
        headers.Add("Idempotency-Key", (id ?? new(Guid.CreateVersion7().ToString())).Value);
        if (ifRevision is { } revision) headers.IfMatch.Add(new(string.Create(CultureInfo.InvariantCulture, $"\"{revision}\"")));
    };

    static Action<HttpRequestHeaders> Query(ReadAt? at) => headers =>
    {
        if (at is not null) headers.Add("Iam-Consistency", at.Header);
    };

    async Task<IamReply<TAnswer>> Post<TAnswer>(IOperation operation, Action<HttpRequestHeaders> with, CancellationToken cancellation) where TAnswer : class
    {
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(operation, operation.GetType(), Json.Options));
        content.Headers.ContentType = new("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, AddressOf(operation)) { Content = content };
        with(request.Headers);

        using var response = await http.SendAsync(request, cancellation).ConfigureAwait(false);
        return Read<TAnswer>(operation, response, await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false));
    }

    Uri AddressOf(IOperation operation, string query = "") =>
        new($"{(http.BaseAddress ?? throw new InvalidOperationException("The HTTP client has no base address.")).AbsoluteUri.TrimEnd('/')}/accounts/{account}/{operation.GetType().Name}{query}");

    static IamReply<TAnswer> Read<TAnswer>(IOperation operation, HttpResponseMessage response, byte[] body) where TAnswer : class
    {
        var revision = long.TryParse(response.Headers.ETag?.Tag.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var tag) ? tag : 0;
        try
        {
            if (response.IsSuccessStatusCode) return new(body.Length is 0 || typeof(TAnswer) == typeof(object) ? null : JsonSerializer.Deserialize<TAnswer>(body, Answers), null, revision);
            if (response.Content.Headers.ContentType?.MediaType is "application/problem+json" && JsonSerializer.Deserialize<Problem>(body, Answers) is { code: not null } problem)
                return new(null, problem.ToError((int)response.StatusCode), revision);
        }
        catch (JsonException)
        {
            // Not repeated: an answer may hold a secret.
        }
        throw new HttpRequestException($"{operation.GetType().Name}: the service answered {(int)response.StatusCode} and nothing that this client understands.", null, response.StatusCode);
    }

    // Members as RFC 9457 names them.
    sealed record Problem(string? code, string? detail, int? status)
    {
        public IamError ToError(int otherwise) => new(code!, status ?? otherwise, detail ?? "");
    }
}
