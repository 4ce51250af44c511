using JasperFx;
using JasperFx.CodeGeneration;
using JasperFx.Core;
using JasperFx.Resources;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Wolverine;
using Wolverine.Configuration;
using Wolverine.ErrorHandling;
using Wolverine.Postgresql;
using Wolverine.Postgresql.Transport;
using Wolverine.Runtime;

namespace IamEventSourced.Server;

/// <summary>The bus: commands come from one queue in PostgreSQL, and are answered into the queue that their sender names.</summary>
public static class Messages
{
    /// <summary>The queue that commands are sent to. PostgreSQL's table is <c>queues.wolverine_queue_iam_commands</c>.</summary>
    public const string CommandQueue = "iam_commands";

    /// <summary>The schema of this service's inbox and outbox. A sender has one of its own.</summary>
    public const string StoreSchema = "bus";

    /// <summary>The schema of the queues, which senders and this service share.</summary>
    public const string QueueSchema = "queues";

    const int MaxReceivedAtOnce = 250; // messages; Wolverine pauses after each batch too, so that 100 would be 900 a second at most
    const int MaxHandledAtOnce = 64; // messages; the account's writer gathers what waits into one transaction
    static readonly TimeSpan Polling = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan[] FirstPauses = [TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500)];
    static readonly TimeSpan[] LongPauses = [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5)];

    // The names are the whole process's, and a list that nobody may read while it grows: once, before the first host.
    static Messages() => Wolverine.Util.WolverineMessageNaming.InsertFirst<OperationNaming>();

    /// <summary>Why an operation does not go by the bus, or null: it does.</summary>
    /// <param name="messageType">The message type as it came.</param>
    public static IamError? Refusal(string? messageType) => Operation.All.GetValueOrDefault(messageType ?? "") switch
    {
        null => new("InvalidAction", 400, "The message type is not the name of an operation."),
        { IsCommand: false, Name: var name } => new("InvalidAction", 400, $"{name} is a question: ask it over HTTP."),
        { TakesSecret: true, Name: var name } => new("InvalidAction", 400, $"{name} takes a secret, and queues keep what they carry: send it over HTTP."),
        { HoldsSecret: true, Name: var name } => new("InvalidAction", 400, $"{name} answers with a secret, and queues keep what they carry: ask for it over HTTP."),
        _ => null,
    };

    /// <summary>Makes the server take commands from the queue. Makes no table: see <see cref="MigrateBus"/>.</summary>
    /// <param name="wolverine">The options of <c>UseWolverine</c>.</param>
    /// <param name="connectionString">The database, as the server's restricted role.</param>
    public static void Configure(WolverineOptions wolverine, string connectionString)
    {
        Speak(wolverine);
        wolverine.ServiceName = "iam";
        wolverine.AutoBuildMessageStorageOnStartup = AutoCreate.None;
        wolverine.Durability.DurabilityMetricsEnabled = false;

        foreach (var operation in Operation.All.Values.Where(operation => Refusal(operation.Name) is null))
            wolverine.AddMessageHandler(operation.Type, new CommandHandler(operation.Type));
        wolverine.AddMessageHandler(typeof(UnreadableMessage), new CommandHandler(typeof(UnreadableMessage)));
        wolverine.Services.AddSingleton<IMissingHandler, UnknownMessages>();
        wolverine.Services.AddSingleton(new ReplyQueues(connectionString));
        wolverine.Services.AddHostedService(made => new UnreadableRows(connectionString, made.GetRequiredService<ILogger<UnreadableRows>>()));

        // What a dispatcher could not do now (and a defect, as far as we know) is tried again, then kept as a dead letter.
        wolverine.Policies.OnAnyException().RetryWithCooldown(FirstPauses).Then.ScheduleRetry(LongPauses).Then.MoveToErrorQueue();
        wolverine.Policies.Add(new OnlyOperations());

        wolverine.UsePostgresqlPersistenceAndTransport(connectionString, StoreSchema, QueueSchema);
        wolverine.ListenToPostgresqlQueue(CommandQueue)
            .MaximumMessagesToReceive(MaxReceivedAtOnce)
            .MaximumParallelMessages(MaxHandledAtOnce)
            .PollingInterval(Polling)
            .UseDurableInbox();
    }

    /// <summary>Names and writes messages as the bus has them: the type is the operation's name, the body its JSON. For senders too.</summary>
    public static void Speak(WolverineOptions wolverine)
    {
        wolverine.Discovery.DisableConventionalDiscovery();
        // Nothing is generated: the one handler is plain code, registered for each command (docs/adr).
        wolverine.CodeGeneration.TypeLoadMode = TypeLoadMode.Auto;
        wolverine.Policies.DisableConventionalLocalRouting();
        wolverine.DefaultSerializer = new OperationSerializer(EnvelopeConstants.JsonContentType);
    }

    /// <summary>Makes or changes the tables of inbox, outbox and queues. For the migration verb, as the owner of the schemas; never beside a start.</summary>
    /// <param name="connectionString">The database, as a role that may make schemas and tables.</param>
    /// <param name="replyQueues">Queues to make for senders to be answered in, or for subscribers.</param>
    public static async Task MigrateBus(string connectionString, params string[] replyQueues)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.UseWolverine(wolverine =>
        {
            Configure(wolverine, connectionString);
            wolverine.AutoBuildMessageStorageOnStartup = AutoCreate.CreateOrUpdate;
            foreach (var queue in replyQueues) wolverine.PublishMessage<CommandReply>().ToPostgresqlQueue(queue);
        });
        using var host = builder.Build();
        await SetUp(host);
    }

    /// <summary>Makes the tables of a host's inbox, outbox and queues.</summary>
    internal static async Task SetUp(IHost host)
    {
        // Wolverine's queues print their DDL to the console and take no logger.
        await OneAtATime.WaitAsync();
        var console = Console.Out;
        Console.SetOut(TextWriter.Null);
        try
        {
            await host.SetupResources();
        }
        finally
        {
            Console.SetOut(console);
            OneAtATime.Release();
        }
    }

    static readonly SemaphoreSlim OneAtATime = new(1);

    /// <summary>
    /// What the server's role has to be granted to work with the tables that <see cref="MigrateBus"/> made: no DDL, but temporary tables,
    /// by which Wolverine takes messages from a queue. Whoever makes a reply queue otherwise grants INSERT on it.
    /// </summary>
    public static string GrantsTo(string role, params string[] replyQueues) => $"""
        do $$ begin execute format('grant temporary on database %I to {role}', current_database()); end $$;
        grant usage on schema {StoreSchema}, {QueueSchema} to {role};
        grant select, insert, update, delete on all tables in schema {StoreSchema} to {role};
        grant usage, select on all sequences in schema {StoreSchema} to {role};
        grant select, insert, update, delete on {Table(CommandQueue)}, {Table(CommandQueue)}_scheduled to {role};
        {string.Concat(replyQueues.Select(queue => $"grant insert on {Table(queue)} to {role};\n"))}
        """;

    const int MaxNameLength = 40; // letters of a queue's name; PostgreSQL cuts a table's at 63

    /// <summary>Whether it can be the name of a queue that is not the commands': small letters, digits and _, 1-40, and of none of the tables that a queue has beside its own.</summary>
    internal static bool IsQueueOfOthers(string name) =>
        name is { Length: >= 1 and <= MaxNameLength } && name.All(letter => letter is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_')
        && !name.StartsWith(CommandQueue, StringComparison.Ordinal) && !name.EndsWith("_scheduled", StringComparison.Ordinal);

    /// <summary>The queue that is named, by a setting as <c>Iam__AlertsQueue</c> or on a command line; null: none is.</summary>
    /// <exception cref="InvalidOperationException">It can be the name of none.</exception>
    internal static string? QueueOfOthers(string setting, string? name) => string.IsNullOrEmpty(name) ? null : IsQueueOfOthers(name) ? name
        : throw new InvalidOperationException($"{setting}: {name} is no name of 1-{MaxNameLength} small letters, digits and _, or begins with {CommandQueue}, the queue of commands, or ends in _scheduled.");

    internal static string Table(string queue) => $"{QueueSchema}.wolverine_queue_{queue}";

    // Wolverine's own messages (agents to stop, envelopes to forward anywhere) have no business in a queue that others write to.
    sealed class OnlyOperations : IEndpointPolicy
    {
        static readonly string[] ContentTypes = [EnvelopeConstants.JsonContentType, "binary/wolverine", "binary/envelope"];

        public void Apply(Wolverine.Configuration.Endpoint endpoint, IWolverineRuntime runtime)
        {
            if (endpoint is not PostgresqlQueue { IsListener: true }) return;
            foreach (var contentType in ContentTypes) endpoint.RegisterSerializer(new OperationSerializer(contentType));
        }
    }
}
