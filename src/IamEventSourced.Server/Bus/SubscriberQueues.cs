using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Wolverine;
using Wolverine.Postgresql.Transport;
using Wolverine.Runtime;

namespace IamEventSourced.Server;

/// <summary>
/// Puts what subscribers are told into their queues. Not by Wolverine's outbox, which sends in no order when it sends again: when this returns, the queue has the message. The server has to be granted INSERT on it, and SELECT on its ids.
/// </summary>
sealed class SubscriberQueues(IServiceProvider services)
{
    /// <summary>The message type of an event, as a line of an export has it.</summary>
    public const string EventType = "iam-event";
    /// <summary>The message type of what an event gave and took: an <see cref="AccessNotice"/>.</summary>
    public const string NoticeType = "iam-access-notice";

    /// <summary>Sends one. Its id is the same whenever it is sent again, so that Wolverine's inboxes take it once; another when the subscriber was set back, since then it is wanted again.</summary>
    public async Task Send(Subscriber subscriber, string type, long revision, byte[] body)
    {
        var id = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{subscriber.Id} {type} {revision}"))).AsSpan(..16));
        var queue = (PostgresqlQueue)services.GetRequiredService<IWolverineRuntime>().Endpoints.GetOrBuildSendingAgent(new($"postgresql://{subscriber.Queue}")).Endpoint;
        await queue.SendAsync(new Envelope { Id = id, MessageType = type, ContentType = "application/json", Data = body, Destination = queue.Uri });
    }
}
