using System.Collections.Concurrent;
using System.Text.Json;
using IamEventSourced.Client;
using Wolverine;
using Wolverine.Postgresql;
using Wolverine.Runtime;
using Wolverine.Runtime.Handlers;

namespace IamEventSourced.Server;

/// <summary>A service that sends commands over the bus, as another process would: its own inbox and outbox, the queues in common.</summary>
sealed class ScenarioBus : IAsyncDisposable
{
    const string Replies = "scenario_replies";
    static readonly Uri Queue = new($"postgresql://{Messages.CommandQueue}");
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    static readonly ConcurrentDictionary<CommandId, TaskCompletionSource<CommandReply>> Awaited = new();

    readonly IHost _host;
    readonly AccountId _account;
    readonly MessageSigner _signer;

    ScenarioBus(IHost host, AccountId account, MessageSigner signer) => (_host, _account, _signer) = (host, account, signer);

    public static async Task<ScenarioBus> Start(string connection, AccountId account, MessageSigner signer)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.UseWolverine(wolverine =>
        {
            Messages.Speak(wolverine);
            wolverine.ServiceName = "scenario";
            wolverine.Durability.DurabilityMetricsEnabled = false;
            wolverine.UsePostgresqlPersistenceAndTransport(connection, "scenario", Messages.QueueSchema).AutoProvision();
            wolverine.ListenToPostgresqlQueue(Replies).PollingInterval(TimeSpan.FromMilliseconds(50)).UseDurableInbox();
            wolverine.AddMessageHandler(new TakesReply());
        });
        var host = builder.Build();
        await Messages.SetUp(host);
        await host.StartAsync();
        await using (var database = Npgsql.NpgsqlDataSource.Create(connection))
        await using (var grants = database.CreateCommand(Messages.GrantsTo(Schema.ServerRole, Replies)))
            await grants.ExecuteNonQueryAsync(); // the server answers only into queues that it may write to
        return new(host, account, signer);
    }

    /// <summary>Sends a command and waits for its reply.</summary>
    public async Task<CommandReply> Send(ICommand command)
    {
        CommandId id = Guid.CreateVersion7().ToString();
        var body = JsonSerializer.SerializeToUtf8Bytes(command, command.GetType(), Json.Options);
        var options = new DeliveryOptions { ResponseType = typeof(CommandReply) };
        foreach (var (name, value) in _signer.Headers(_account, id, command.GetType().Name, body)) options.Headers[name] = value;
        var done = Awaited[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await new MessageBus(_host.Services.GetRequiredService<IWolverineRuntime>()).EndpointFor(Queue).SendAsync(command, options);
        return await done.Task.WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    sealed class TakesReply : MessageHandler<CommandReply>
    {
        protected override Task HandleAsync(CommandReply message, MessageContext context, CancellationToken cancellation)
        {
            if (message.CommandId is { } id && Awaited.TryRemove(id, out var done)) done.TrySetResult(message);
            return Task.CompletedTask;
        }
    }
}
