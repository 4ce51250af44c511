using IamEventSourced.Client;
using Microsoft.Extensions.DependencyInjection;
using Wolverine;
using Wolverine.Runtime;
using Wolverine.Runtime.Handlers;

namespace IamEventSourced.Server;

/// <summary>Every command that comes by message. Whatever is refused completes the message; what cannot be done now is tried again.</summary>
/// <param name="messageType">The command's type, or <see cref="UnreadableMessage"/>.</param>
public sealed class CommandHandler(Type messageType) : MessageHandler
{
    /// <inheritdoc/>
    public override Type MessageType => messageType;

    /// <inheritdoc/>
    public override async Task HandleAsync(MessageContext context, CancellationToken cancellation)
    {
        var message = context.Envelope!;
        var services = context.Runtime.Services;
        // Wolverine has named the message after its class by now, but a retry is to find, and the signature is of, what came.
        if (message.Message is UnreadableMessage { Name: var name }) message.MessageType = name;

        await services.GetRequiredService<ReplyQueues>().Check(message, cancellation);
        var reply = await Dispatch(message, services, cancellation);
        if (reply.Refusal is { Status: 503 } refusal) throw new CannotNowException(refusal);

        if (message.ReplyRequested == CommandReply.Name && message.ReplyUri is not null)
            await context.EnqueueCascadingAsync(CommandReply.Of(IdOf(message), reply));
    }

    static async Task<Reply> Dispatch(Envelope message, IServiceProvider services, CancellationToken cancellation)
    {
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var read = SignedMessage.Read(message.Headers, message.MessageType ?? "", message.Data, now);
        var action = Operation.All.TryGetValue(message.MessageType ?? "", out var named) ? named.Action : message.MessageType ?? "";
        if (read is not { Refusal: null, Value: { } signed })
        {
            var claimed = SignedMessage.ClaimedKey(message.Headers);
            if (read.Refusal is { } refusal && refusal != IamError.MissingAuthenticationToken)
                services.GetRequiredService<RefusedAttempts>().Record(new(claimed?.Account, null, claimed, action, refusal.Code, refusal.Message, null, IdOf(message)));
            return new(read.Refusal, 0);
        }
        var caller = await services.GetRequiredService<Callers>().Find(signed, action, null, signed.Id, cancellation);
        if (caller is not { Refusal: null, Value: { } known }) return new(caller.Refusal, 0);
        if (message.Message is UnreadableMessage unreadable) return new(unreadable.Refusal, 0);

        var request = new Request(signed.Account, (IOperation)message.Message!, known, signed.Id)
        {
            Correlation = Clean(message.CorrelationId),
            Causation = message.Id.ToString(),
        };
        return await services.GetRequiredService<Dispatcher>().Dispatch(request, cancellation);
    }

    // Not signed, and stored with the events: whatever else it may be, it is short and plain.
    static string? Clean(string? correlation) => correlation is not null && CommandId.Limits.Violation(correlation) is null ? correlation : null;

    internal static CommandId? IdOf(Envelope message) =>
        message.TryGetHeader(MessageSignature.CommandIdHeader, out var id) && id is not null && CommandId.Limits.Violation(id) is null ? new(id) : null;
}

/// <summary>The service could not carry a command out now; the bus tries again.</summary>
public sealed class CannotNowException(IamError refusal) : Exception(refusal.Message);

/// <summary>Answers a message whose type is nothing that goes by the bus, as far as it asks for an answer.</summary>
public sealed class UnknownMessages(ReplyQueues replyQueues) : IMissingHandler
{
    /// <inheritdoc/>
    public async ValueTask HandleAsync(IEnvelopeLifecycle context, IWolverineRuntime root)
    {
        var message = context.Envelope!;
        await replyQueues.Check(message, root.Cancellation);
        if (message.ReplyRequested == CommandReply.Name && message.ReplyUri is not null)
        {
            await ((MessageContext)context).EnqueueCascadingAsync(new CommandReply(CommandHandler.IdOf(message), Refusal: Messages.Refusal(message.MessageType)));
            await context.FlushOutgoingMessagesAsync();
        }
        message.ReplyUri = null; // else Wolverine adds a failure of its own
    }
}
