using System.Text.Json;
using Wolverine;
using Wolverine.Runtime.Serialization;
using Wolverine.Util;

namespace IamEventSourced.Server;

/// <summary>Messages as the bus has them: an operation or a reply, in our one strict JSON. Wolverine's own messages go by Wolverine's own JSON.</summary>
/// <param name="contentType">The content type that is read; written is JSON.</param>
public sealed class OperationSerializer(string contentType) : IMessageSerializer
{
    static readonly SystemTextJsonSerializer Wolverines = new(SystemTextJsonSerializer.DefaultOptions());

    /// <inheritdoc/>
    public string ContentType => contentType;

    /// <inheritdoc/>
    public byte[] Write(Envelope envelope) => WriteMessage(envelope.Message!);

    /// <inheritdoc/>
    public byte[] WriteMessage(object message) => message is IOperation or CommandReply
        ? JsonSerializer.SerializeToUtf8Bytes(message, message.GetType(), Json.Options)
        : Wolverines.WriteMessage(message);

    /// <summary>The operation, or why it cannot be read: as a message too, so that it is answered and not tried again.</summary>
    public object ReadFromData(Type messageType, Envelope envelope)
    {
        if (messageType == typeof(CommandReply)) return JsonSerializer.Deserialize<CommandReply>(envelope.Data, Json.Options)!;
        if (messageType.IsAssignableTo(typeof(IOperation))) return Read(messageType.Name, envelope.Data);
        return envelope.Destination?.Host == Messages.CommandQueue ? new UnreadableMessage(envelope.MessageType ?? "", Messages.Refusal(envelope.MessageType)!) : Wolverines.ReadFromData(messageType, envelope);
    }

    /// <summary>Bytes without a message type, which nothing on the bus is: Wolverine's own JSON says so.</summary>
    public object ReadFromData(byte[] data) => Wolverines.ReadFromData(data);

    static object Read(string name, byte[]? body)
    {
        var (parameters, noJson) = StrictJson.Read(body);
        if (noJson is not null) return new UnreadableMessage(name, noJson);
        var (operation, refusal) = Operation.All[name].Read(parameters);
        return refusal is null ? operation! : new UnreadableMessage(name, refusal);
    }
}

/// <summary>A message whose body is no operation: to be refused in words.</summary>
/// <param name="Name">The message type as it came.</param>
/// <param name="Refusal">What is wrong.</param>
public sealed record UnreadableMessage(string Name, IamError Refusal);

/// <summary>An operation's message type is its name.</summary>
public sealed class OperationNaming : IMessageTypeNaming
{
    /// <inheritdoc/>
    public bool TryDetermineName(Type messageType, out string messageTypeName)
    {
        messageTypeName = messageType.Name;
        return messageType.IsAssignableTo(typeof(IOperation));
    }
}
