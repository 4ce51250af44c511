using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using IamEventSourced.Client;
using JasperFx.CodeGeneration;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Wolverine;
using Wolverine.Postgresql;
using Wolverine.Runtime;
using Wolverine.Runtime.Handlers;
using Wolverine.Runtime.Serialization;

namespace IamEventSourced.Server.Tests;

/// <summary>A server, and one who sends it commands: a host of its own with a message store of its own, sharing only the queues.</summary>
public sealed class BusFixture(PostgresFixture postgres) : IAsyncLifetime
{
    public static readonly Uri Commands = new("postgresql://iam_commands");
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly ConcurrentDictionary<string, ConcurrentQueue<CommandReply>> _replies = new(StringComparer.Ordinal);
    IHost _sender = null!;

    public ServerFixture Server { get; private set; } = null!;
    /// <summary>An empty database, as its superuser; null: one of the fixture's.</summary>
    public string? Database { get; init; }
    /// <summary>How the server's node is set up.</summary>
    public Action<WebApplicationBuilder>? Configure { get; init; }

    public async ValueTask InitializeAsync()
    {
        Server = Database is { } own ? await ServerFixture.Start(own, Configure) : await ServerFixture.Start(postgres, Configure);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.UseWolverine(wolverine =>
        {
            Messages.Speak(wolverine);
            wolverine.CodeGeneration.TypeLoadMode = TypeLoadMode.Auto;
            wolverine.AddMessageHandler(new Keep(_replies));
            wolverine.UsePostgresqlPersistenceAndTransport(Server.Database, "sender", Messages.QueueSchema).AutoProvision();
            wolverine.ListenToPostgresqlQueue("iam_replies").PollingInterval(TimeSpan.FromMilliseconds(100)).MaximumMessagesToReceive(100).UseDurableInbox();
        });
        _sender = builder.Build();
        await _sender.StartAsync();
        await using var database = NpgsqlDataSource.Create(Server.Database);
        await using var grant = database.CreateCommand("grant insert on queues.wolverine_queue_iam_replies to iam_server");
        await grant.ExecuteNonQueryAsync();
    }

    /// <summary>Sends bytes, signed by root's key where no other is given, as any program may; then <paramref name="change"/> spoils what it likes.</summary>
    public async Task Send(string messageType, string body, string id, bool reply = true, Action<Envelope>? change = null, Key? key = null)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        await To().SendRawMessageAsync(bytes, configure: message =>
        {
            message.Destination = Commands;
            message.ContentType = "application/json";
            message.MessageType = messageType;
            foreach (var (name, value) in Signed(messageType, bytes, id, key)) message.Headers[name] = value;
            if (reply) EnvelopeSerializer.ReadDataElement(message, "reply-requested", CommandReply.Name);
            change?.Invoke(message);
        });
    }

    public Task Send(ICommand command, string id, bool reply = true, Action<Envelope>? change = null, Key? key = null) =>
        Send(command.GetType().Name, JsonSerializer.Serialize(command, command.GetType(), Json.Options), id, reply, change, key);

    /// <summary>Puts a command where a node that took it from the queue and was lost leaves it, as the others find it.</summary>
    public async Task Leave(ICommand command, string id)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(command, command.GetType(), Json.Options);
        var message = new Envelope { Data = body, MessageType = command.GetType().Name, ContentType = "application/json", Destination = Commands, ReplyUri = new("postgresql://iam_replies") };
        foreach (var (name, value) in Signed(message.MessageType, body, id)) message.Headers[name] = value;
        EnvelopeSerializer.ReadDataElement(message, "reply-requested", CommandReply.Name);
        await using var database = NpgsqlDataSource.Create(Server.Database);
        await using var insert = database.CreateCommand("insert into bus.wolverine_incoming_envelopes (id, status, owner_id, body, message_type, received_at) values ($1, 'Incoming', 0, $2, $3, 'postgresql://iam_commands/')");
        foreach (var value in (object[])[message.Id, EnvelopeSerializer.Serialize(message), message.MessageType]) insert.Parameters.Add(new() { Value = value });
        await insert.ExecuteNonQueryAsync();
    }

    /// <summary>Asks and waits, as Wolverine's own request and reply.</summary>
    public async Task<CommandReply> Invoke(ICommand command, string id)
    {
        var options = new DeliveryOptions();
        foreach (var (name, value) in Signed(command.GetType().Name, JsonSerializer.SerializeToUtf8Bytes(command, command.GetType(), Json.Options), id)) options.Headers[name] = value;
        return await To().InvokeAsync<CommandReply>(command, options, timeout: Patience);
    }

    /// <summary>The next reply to a command id; null when none comes in that time.</summary>
    public async Task<CommandReply?> ReplyTo(string id, TimeSpan? within = null)
    {
        for (var until = DateTime.UtcNow + (within ?? Patience); DateTime.UtcNow < until; await Task.Delay(20))
            if (_replies.TryGetValue(id, out var replies) && replies.TryDequeue(out var reply)) return reply;
        return null;
    }

    public async Task<CommandReply> Answered(ICommand command, string id, Key? key = null)
    {
        await Send(command, id, key: key);
        return (await ReplyTo(id)).ShouldNotBeNull();
    }

    Dictionary<string, string> Signed(string messageType, byte[] body, string id, Key? key = null) => new MessageSigner((key ?? Server.Root).Id, (key ?? Server.Root).Secret).Headers(Server.Account, id, messageType, body);

    IDestinationEndpoint To() => new MessageBus(_sender.Services.GetRequiredService<IWolverineRuntime>()).EndpointFor(Commands);

    public async ValueTask DisposeAsync()
    {
        await _sender.StopAsync();
        _sender.Dispose();
        await Server.DisposeAsync();
    }

    sealed class Keep(ConcurrentDictionary<string, ConcurrentQueue<CommandReply>> replies) : MessageHandler<CommandReply>
    {
        protected override Task HandleAsync(CommandReply message, MessageContext context, CancellationToken cancellation)
        {
            replies.GetOrAdd(message.CommandId?.Value ?? "", _ => new()).Enqueue(message);
            return Task.CompletedTask;
        }
    }
}
