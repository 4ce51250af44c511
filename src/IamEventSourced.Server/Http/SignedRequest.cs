namespace IamEventSourced.Server;

/// <summary>A request whose caller is known.</summary>
/// <param name="Caller">Who.</param>
/// <param name="Id">The command's id: Idempotency-Key, or what stands for it.</param>
/// <param name="Origin">What the connection tells.</param>
record KnownRequest(Caller Caller, CommandId Id, Origin Origin)
{
    const int LongestUserAgent = 512;

    /// <summary>What the connection tells of a request.</summary>
    public static Origin OriginOf(HttpContext http)
    {
        var address = http.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : http.Connection.RemoteIpAddress;
        var agent = http.Request.Headers.UserAgent.ToString();
        return new(address?.ToString(), agent.Length is 0 ? null : Doors.Cut(agent, LongestUserAgent), http.Request.IsHttps);
    }
}

/// <summary>A request that was signed: what the doors for programs begin with.</summary>
/// <param name="Signature">What was signed.</param>
/// <param name="Caller">Who signed it.</param>
/// <param name="Id">The command's id: Idempotency-Key, or what stands for it.</param>
/// <param name="Origin">What the connection tells.</param>
sealed record SignedRequest(RequestSignature Signature, Caller Caller, CommandId Id, Origin Origin) : KnownRequest(Caller, Id, Origin)
{
    /// <summary>Who signed this, or the refusal.</summary>
    /// <param name="http">The request's connection.</param>
    /// <param name="plain">The request as it came.</param>
    /// <param name="door">The services it may be signed for; the region is the configured one.</param>
    /// <param name="operation">The action that it asks for, as far as known: for the record of refused attempts.</param>
    public static async Task<Answer<SignedRequest>> Read(HttpContext http, PlainRequest plain, SigningDoor door, string operation)
    {
        var services = http.RequestServices;
        var (signature, unreadable) = RequestSignature.Read(plain, door with { Region = services.GetRequiredService<ServerOptions>().SigningRegion }, services.GetRequiredService<TimeProvider>().GetUtcNow());
        var origin = OriginOf(http);
        if (unreadable is not null)
        {
            // What is not signed at all claims to be nobody: no attempt to be somebody.
            var claimed = RequestSignature.ClaimedKey(plain);
            if (unreadable != IamError.MissingAuthenticationToken)
                services.GetRequiredService<RefusedAttempts>().Record(new(claimed?.Account, null, claimed, operation, unreadable.Code, unreadable.Message, origin.SourceIp, null));
            return unreadable;
        }

        var (id, wrongId) = signature!.CommandIdOf();
        var (caller, unknown) = await services.GetRequiredService<Callers>().Find(signature, operation, origin.SourceIp, id, http.RequestAborted);
        if (unknown is not null) return unknown;
        if (wrongId is not null) return wrongId;

        return new SignedRequest(signature, caller!, id!, origin);
    }
}
