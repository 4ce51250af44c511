using System.Text.Json;

namespace IamEventSourced.Server;

/// <summary>
/// The console's way in and out: POST /sign-in with account, user name and password, or root's e-mail address and password, gives a session in a cookie, with which the JSON API needs no signature;
/// POST /sign-out ends it. The cookies are for this host alone, unreadable to scripts, and not sent by other sites' pages.
/// </summary>
static class SignInDoor
{
    public const string InPath = "/sign-in", OutPath = "/sign-out";
    public const string SessionCookie = "__Host-iam-session";
    const string DeviceCookie = "__Host-iam-device";
    const string JsonType = "application/json", FetchSite = "Sec-Fetch-Site";
    /// <summary>How long a device is known without another sign-in.</summary>
    static readonly TimeSpan DeviceLife = TimeSpan.FromDays(180);

    static readonly IamError CrossSite = new("AccessDenied", StatusCodes.Status403Forbidden, "A page of another site can't use a session here.");

    /// <summary>What is said of who signed in.</summary>
    public sealed record Entered(AccountId Account, Arn Arn, DateTimeOffset Expires);

    public static void MapSignIn(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(InPath, (RequestDelegate)(http => Doors.Serve(http, _ => Enter(http), (error, _) => Refuse(http, error))));
        routes.MapPost(OutPath, (RequestDelegate)(http => Doors.Serve(http, _ => Leave(http), (error, _) => Refuse(http, error))));
    }

    /// <summary>Whether a request shows a session in place of a signature.</summary>
    public static bool IsSignedIn(HttpRequest http) => !http.Headers.ContainsKey("Authorization") && http.Cookies.ContainsKey(SessionCookie);

    /// <summary>Who a request is by whose session it shows, or the refusal.</summary>
    public static async Task<Answer<KnownRequest>> Read(HttpContext http)
    {
        if (IsOfAnotherSite(http.Request)) return CrossSite;
        var services = http.RequestServices;
        var given = http.Request.Headers["Idempotency-Key"].ToString();
        if (given.Length > 0 && CommandId.Violation(given) is { } violation) return IamError.ValidationError([$"Value at 'Idempotency-Key' failed to satisfy constraint: {violation}"]);
        try
        {
            return await services.GetRequiredService<ConsoleSessions>().Find(http.Request.Cookies[SessionCookie]!, http.RequestAborted) is { } caller
                ? new KnownRequest(caller, given.Length > 0 ? given : Guid.NewGuid().ToString(), KnownRequest.OriginOf(http)) : IamError.InvalidClientTokenId;
        }
        catch (Exception e) when (e.IsUnreachable || e is BrokenStreamException) { return IamError.ServiceUnavailable("The session can't be looked up at the moment; try again."); }
    }

    static async Task Enter(HttpContext http)
    {
        var (request, unfit) = await Asked(http);
        if (unfit is not null) { await Refuse(http, unfit); return; }
        Answer<SignedIn> entered;
        try { entered = await http.RequestServices.GetRequiredService<SignIn>().Enter(request!, KnownRequest.OriginOf(http), http.Connection.RemoteIpAddress, http.Request.Cookies[DeviceCookie], http.RequestAborted); }
        catch (Exception e) when (e.IsUnreachable || e is BrokenStreamException) { entered = IamError.ServiceUnavailable("Nobody can sign in at the moment; try again."); }
        if (entered.Value is not var (caller, session, expires, device)) { await Refuse(http, entered.Refusal!); return; }

        http.Response.Cookies.Append(SessionCookie, session.Reveal(), Cookie(ConsoleSessions.Life));
        http.Response.Cookies.Append(DeviceCookie, device.Reveal(), Cookie(DeviceLife));
        var directory = (await http.RequestServices.GetRequiredService<LiveAccounts>().Find(caller.Account, http.RequestAborted))!.Directory;
        await Doors.Write(http, StatusCodes.Status200OK, JsonType, JsonSerializer.SerializeToUtf8Bytes(new Entered(caller.Account, directory.ArnOf(caller), expires), Json.Options));
    }

    static async Task Leave(HttpContext http)
    {
        if (IsOfAnotherSite(http.Request)) { await Refuse(http, CrossSite); return; }
        try { if (http.Request.Cookies[SessionCookie] is { } token) await http.RequestServices.GetRequiredService<ConsoleSessions>().End(token, http.RequestAborted); }
        catch (Exception e) when (e.IsUnreachable) { await Refuse(http, IamError.ServiceUnavailable("The session can't be ended at the moment; try again.")); return; }
        http.Response.Cookies.Delete(SessionCookie, Cookie(TimeSpan.Zero));
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    static async Task<Answer<SignInRequest>> Asked(HttpContext http)
    {
        if (IsOfAnotherSite(http.Request)) return CrossSite;
        if (!Doors.IsOf(http.Request, JsonType)) return new IamError("UnsupportedMediaType", StatusCodes.Status415UnsupportedMediaType, $"The body must be of type {JsonType}, in UTF-8.");
        var (plain, tooLong) = await PlainRequest.ReadAsync(http.Request, http.RequestAborted);
        if (tooLong is not null) return tooLong;
        var (body, noJson) = StrictJson.Read(plain!.Body);
        if (noJson is not null) return noJson;
        SignInRequest request;
        try { request = body.Deserialize<SignInRequest>(Json.Options)!; }
        catch (JsonException e) { return IamError.ValidationError([$"Value at '{e.Path?.TrimStart('$', '.')}' failed to satisfy constraint: {(e.Message.StartsWith("Member ", StringComparison.Ordinal) ? e.Message.Split(" Path: ")[0] : "Member must be as POST /sign-in takes it: Account, UserName, Password, NewPassword, MFACode; or Email in place of the first two")}"]); }
        return request.Unfit is { } unfit ? unfit : request;
    }

    // Browsers say where a request comes from; other clients say nothing, and send no cookie that they were not given.
    static bool IsOfAnotherSite(HttpRequest http) => http.Headers[FetchSite].ToString() is not ("" or "same-origin" or "none");

    static CookieOptions Cookie(TimeSpan life) => new() { HttpOnly = true, Secure = true, SameSite = SameSiteMode.Strict, Path = "/", MaxAge = life };

    static Task Refuse(HttpContext http, IamError error) => Doors.Write(http, error.Status, Problem.ContentType, Problem.Of(error).ToBytes());
}
