using System.Diagnostics;
using System.Text.Json;

namespace IamEventSourced.Server;

/// <summary>Where other nodes send the commands of accounts that this one owns: sealed, so of use to nobody else.</summary>
static class NodesDoor
{
    public const string Path = "/nodes/commands";
    /// <summary>Said again and again while the commands are carried out: this node lives.</summary>
    public const byte StillHere = 0;
    static readonly TimeSpan Saying = NodeLink.Silence / 3;
    /// <summary>How long after the last sign of life the sender is sure to wait still: a node that was suspended begins nothing of what it was sent before.</summary>
    static readonly TimeSpan Lease = NodeLink.Silence * 0.8;

    public static void MapNodes(this IEndpointRouteBuilder routes) => routes.MapPost(Path, (RequestDelegate)Serve);

    static async Task Serve(HttpContext http)
    {
        var (services, cancel) = (http.RequestServices, http.RequestAborted);
        var seal = services.GetRequiredService<NodeSeal>();
        if (http.Request.ContentLength is not (> 0 and <= NodeLink.MostBytes and var length)) { http.Response.StatusCode = StatusCodes.Status404NotFound; return; }
        var message = new byte[length];
        await http.Request.Body.ReadExactlyAsync(message, cancel);
        if (seal.Open(message) is not { } opened) { http.Response.StatusCode = StatusCodes.Status404NotFound; return; }

        // Never sent on, whoever this node takes for the owner. One that has lost its database leaves them to the sender.
        var dispatcher = services.GetRequiredService<Dispatcher>();
        var commands = JsonSerializer.Deserialize<Forwarded[]>(opened.Plain, Json.Options)!;
        var inStep = services.GetRequiredService<Nodes>().InStep;
        var said = Stopwatch.GetTimestamp();
        var replies = Task.WhenAll(commands.Select(async command =>
        {
            if (!inStep || command.ToRequest() is not { } request) return null;
            var reply = await dispatcher.CarryOut(request with { IsWanted = () => Stopwatch.GetElapsedTime(Volatile.Read(ref said)) < Lease });
            return reply is null || reply.Refusal == LiveAccount.NotBegun ? null : new ForwardedReply(reply.Refusal, reply.Revision, reply.Answer);
        }));
        await http.Response.StartAsync(cancel);
        while (await Task.WhenAny(replies, Task.Delay(Saying, cancel)) != replies)
        {
            var now = Stopwatch.GetTimestamp();
            if (Stopwatch.GetElapsedTime(said, now) < Lease) Volatile.Write(ref said, now); // once lost, it is lost
            await http.Response.Body.WriteAsync(new[] { StillHere }, cancel);
            await http.Response.Body.FlushAsync(cancel);
        }
        await http.Response.Body.WriteAsync(seal.CloseAnswer(opened, JsonSerializer.SerializeToUtf8Bytes(await replies, Json.Options)), cancel);
    }
}
