using System.Globalization;
using System.Text;
using System.Text.Json;

namespace IamEventSourced.Server;

/// <summary>
/// GET /accounts/{account}/GetEntityHistory: the history of an entity as server-sent events, first what there is and then each event as it happens, until the
/// client goes. Parameters stand in the query, as AWS's Query protocol writes them. An event's id is its revision, and the header Iam-Entity-Id tells whose history it is:
/// who comes again with that id and Last-Event-ID misses none, whoever has the name by then. Whether the caller may is asked again for each page, so that who is
/// dismissed, or whose session is over, hears no more; an event <c>refused</c> says why, and is the last.
/// </summary>
static class HistoryStream
{
    public const string EntityIdName = "Iam-Entity-Id";
    const string LastEventId = "Last-Event-ID", EventStreamType = "text/event-stream", Action = $"iam:{nameof(GetEntityHistory)}";
    /// <summary>How many may follow on one node at once.</summary>
    const int MostFollowers = 1_000;
    /// <summary>How many of them one principal may have, so that it leaves room for others.</summary>
    const int MostOfOne = 50;
    /// <summary>After how long without an event a line is sent, by which either side finds that the other is gone.</summary>
    static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);
    /// <summary>How long events of others gather before it is looked again.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    static readonly SigningDoor Door = new(new HashSet<string>(StringComparer.Ordinal) { "iam" });
    static readonly Dictionary<(AccountId, string), int> Followers = [];
    static int _followers;

    public static void MapHistoryStream(this IEndpointRouteBuilder routes) =>
        routes.MapGet($"/accounts/{{account}}/{nameof(GetEntityHistory)}", (RequestDelegate)(http => Doors.Serve(http, _ => Serve(http), (error, _) => Refuse(http, error))));

    static async Task Serve(HttpContext http)
    {
        var (request, refusal) = await Read(http);
        if (refusal is not null) { await Refuse(http, refusal); return; }

        var follower = (request!.Caller.Account, request.Caller.PrincipalId);
        if (!TryBegin(follower)) { await Refuse(http, IamError.ServiceUnavailable("Too many follow histories on this node.")); return; }
        try { await Follow(http, request); }
        finally { End(follower); }
    }

    static bool TryBegin((AccountId, string) follower)
    {
        lock (Followers)
        {
            var his = Followers.GetValueOrDefault(follower);
            if (_followers >= MostFollowers || his >= MostOfOne) return false;
            (_followers, Followers[follower]) = (_followers + 1, his + 1);
            return true;
        }
    }

    static void End((AccountId, string) follower)
    {
        lock (Followers)
        {
            _followers--;
            if (--Followers[follower] is 0) Followers.Remove(follower);
        }
    }

    static async Task<Answer<Request>> Read(HttpContext http)
    {
        var account = (string)http.GetRouteValue("account")!;
        if (AccountId.Limits.Violation(account) is { } violation) return IamError.ValidationError([$"Value at 'account' failed to satisfy constraint: {violation}"]);
        var (plain, tooLong) = await PlainRequest.ReadAsync(http.Request, http.RequestAborted);
        if (tooLong is not null) return tooLong;
        var (known, unknown) = await SignedRequest.Read(http, plain!, Door, Action);
        if (unknown is not null) return unknown;

        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        if (FormText.AddTo(fields, Encoding.UTF8.GetBytes(plain!.Query)) is { } malformed) return malformed;
        foreach (var name in fields.Keys.Where(name => name.StartsWith("X-Amz-", StringComparison.OrdinalIgnoreCase)).ToList()) fields.Remove(name);
        if (http.Request.Headers[LastEventId] is [{ } last]) fields[nameof(GetEntityHistory.FromRevision)] = int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var heard) && heard < int.MaxValue ? (heard + 1).ToString(CultureInfo.InvariantCulture) : last;
        var (read, invalid) = FormReader.Read(Operation.All[nameof(GetEntityHistory)], fields);
        if (invalid is not null) return invalid;
        var query = (GetEntityHistory)read!;
        if (query.NewestFirst) return IamError.ValidationError([$"Value at '{nameof(query.NewestFirst)}' failed to satisfy constraint: Member must be false where a history is followed"]);
        return new Request(account, query, known!.Caller, known.Id) { Origin = known.Origin };
    }

    static async Task Follow(HttpContext http, Request request)
    {
        var services = http.RequestServices;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        var (accounts, dispatcher, cancel) = (services.GetRequiredService<LiveAccounts>(), services.GetRequiredService<Dispatcher>(), ending.Token);
        var (query, time) = ((GetEntityHistory)request.Operation, services.GetRequiredService<TimeProvider>());
        try
        {
            for (; ; )
            {
                var live = await accounts.Find(request.Account, cancel);
                var advanced = live?.Advanced ?? Task.CompletedTask;
                // That a session's time is over, its signature told at the door alone.
                var reply = request.Caller.Session?.Expires <= time.GetUtcNow() ? new(IamError.ExpiredToken, 0) : await dispatcher.Dispatch(request with { Operation = query }, cancel);
                if (reply.Refusal is { } refusal)
                {
                    if (http.Response.HasStarted) await Write(http, $"event: refused\ndata: {JsonSerializer.Serialize(Problem.Of(refusal), Json.Options)}\n\n", cancel);
                    else await Refuse(http, refusal);
                    return;
                }

                var page = (GetEntityHistoryAnswer)reply.Answer!;
                if (!http.Response.HasStarted) (http.Response.ContentType, http.Response.Headers[EntityIdName]) = (EventStreamType, page.EntityId);
                foreach (var entry in page.Events) await Write(http, $"id: {entry.Revision}\nevent: {entry.Type}\ndata: {JsonSerializer.Serialize(entry, Json.Options)}\n\n", cancel);
                // Of the one that had the name when it began; and never back, also where another node had more.
                query = query with { Entity = page.EntityId, FromRevision = checked((int)Math.Max(page.NextRevision ?? reply.Revision + 1, query.FromRevision?.Value ?? 1)) };
                if (page.IsTruncated) continue;
                if (query.To <= time.GetUtcNow()) return;

                await http.Response.Body.FlushAsync(cancel);
                if (await Task.WhenAny(advanced, Task.Delay(Silence, cancel)) == advanced) await Task.Delay(Pause, cancel);
                else await Write(http, ":\n\n", cancel);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested) { } // the client, or the server, goes
    }

    static Task Write(HttpContext http, string text, CancellationToken cancel) => http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), cancel).AsTask();

    static Task Refuse(HttpContext http, IamError error) => Doors.Write(http, error.Status, Problem.ContentType, Problem.Of(error).ToBytes());
}
