using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
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
    /// <summary>The message type of that an alert began or ended: an <see cref="AlertNotice"/>.</summary>
    public const string AlertType = "iam-alert";
    /// <summary>The message type of a <see cref="TreeHead"/>.</summary>
    public const string HeadType = "iam-tree-head";

    /// <summary>Sends one. Its id is the same whenever it is sent again, so that Wolverine's inboxes take it once; another when the subscriber was set back, since then it is wanted again.</summary>
    public Task Send(Subscriber subscriber, string type, long revision, byte[] body) => Send(subscriber.Queue, string.Create(CultureInfo.InvariantCulture, $"{subscriber.Id} {type} {revision}"), type, body);

    /// <summary>Sends the one that an account's alert began or ended, into the queue of alerts.</summary>
    public Task Send(string queue, AlertNotice notice) => Send(queue, $"{notice.Account} {notice.NoticeId}", AlertType, JsonSerializer.SerializeToUtf8Bytes(notice, Json.Options));

    /// <summary>Sends a tree head, for whoever keeps them elsewhere.</summary>
    public Task Send(string queue, TreeHead head) => Send(queue, string.Create(CultureInfo.InvariantCulture, $"{head.Account} {head.Size} {head.Root}"), HeadType, JsonSerializer.SerializeToUtf8Bytes(head, Json.Options));

    async Task Send(string name, string key, string type, byte[] body)
    {
        var id = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(..16));
        var queue = (PostgresqlQueue)services.GetRequiredService<IWolverineRuntime>().Endpoints.GetOrBuildSendingAgent(new($"postgresql://{name}")).Endpoint;
        await queue.SendAsync(new Envelope { Id = id, MessageType = type, ContentType = "application/json", Data = body, Destination = queue.Uri });
    }
}
