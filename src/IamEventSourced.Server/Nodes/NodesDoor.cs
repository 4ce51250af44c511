using System.Buffers;
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

    /// <summary>For so many messages at once that come in, of up to <see cref="NodeLink.MostBytes"/>, and nobody knows yet from whom.</summary>
    static readonly SemaphoreSlim Room = new(16);

    public static void MapNodes(this IEndpointRouteBuilder routes) => routes.MapPost(Path, (RequestDelegate)Serve);

    /// <summary>A message as it came; null: it is too long, came too slowly, or its head says already that it is of no use here, so that a stranger takes no memory.</summary>
    static async Task<ReadOnlyMemory<byte>?> Read(HttpRequest request, NodeSeal seal, CancellationToken cancel)
    {
        if (request.ContentLength is not (> 0 and <= NodeLink.MostBytes)) return null;
        var head = new byte[NodeSeal.HeadBytes];
        if (await request.Body.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancel) < head.Length || !seal.Expects(head)) return null;

        // Its sender waits no longer.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(NodeLink.Silence);
        try { await Room.WaitAsync(patience.Token); }
        catch (OperationCanceledException) { return null; }
        try
        {
            var message = new ArrayBufferWriter<byte>();
            message.Write(head);
            while (await request.Body.ReadAsync(message.GetMemory(), patience.Token) is > 0 and var count) message.Advance(count);
            return message.WrittenMemory;
        }
        catch (OperationCanceledException) { return null; }
        finally { Room.Release(); }
    }

    static async Task Serve(HttpContext http)
    {
        var (services, cancel) = (http.RequestServices, http.RequestAborted);
        var seal = services.GetRequiredService<NodeSeal>();
        if (await Read(http.Request, seal, cancel) is not { } message || seal.Open(message.Span) is not { } opened) { http.Response.StatusCode = StatusCodes.Status404NotFound; return; }

        // Never sent on, whoever this node takes for the owner. One that has lost its database leaves them to the sender.
        var dispatcher = services.GetRequiredService<Dispatcher>();
        var commands = JsonSerializer.Deserialize<JsonElement[]>(opened.Plain)!;
        var inStep = services.GetRequiredService<Nodes>().InStep;
        var said = Stopwatch.GetTimestamp();
        var replies = Task.WhenAll(commands.Select(async command =>
        {
            if (!inStep || Known(command)?.ToRequest() is not { } request) return null;
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

    /// <summary>A command; null: it is of a version that says more than this one knows.</summary>
    static Forwarded? Known(JsonElement command)
    {
        try { return command.Deserialize<Forwarded>(Json.Options); }
        catch (JsonException) { return null; }
    }
}
