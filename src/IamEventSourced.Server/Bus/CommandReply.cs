using System.Text.Json;
using Wolverine.Attributes;

namespace IamEventSourced.Server;

/// <summary>What came of a command, sent to whom asked for it; message type <c>iam-reply</c>.</summary>
/// <param name="CommandId">The command's id; absent where the message had no valid one.</param>
/// <param name="Revision">The account's revision that the command led to, or at which it was refused; 0: no account.</param>
/// <param name="Refusal">Why it was refused; absent: it is done.</param>
/// <param name="Answer">What the command answers with, if anything.</param>
[MessageIdentity(Name)]
public sealed record CommandReply(CommandId? CommandId = null, long Revision = 0, IamError? Refusal = null, JsonElement? Answer = null)
{
    /// <summary>The message type.</summary>
    public const string Name = "iam-reply";

    internal static CommandReply Of(CommandId? id, Reply reply) =>
        new(id, reply.Revision, reply.Refusal, reply.Answer is null ? null : JsonSerializer.SerializeToElement(reply.Answer, reply.Answer.GetType(), Json.Options));
}
