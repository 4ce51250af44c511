using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using Wolverine;

namespace IamEventSourced.Server;

/// <summary>Puts the parts of a server together.</summary>
static class Hosting
{
    /// <summary>The connection string's name: <c>ConnectionStrings__iam</c> in the environment.</summary>
    public const string ConnectionName = "iam";

    /// <summary>A server, not yet started. The database has to be migrated.</summary>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        configure?.Invoke(builder);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning); // below that it logs whole addresses, signatures among them
        builder.Logging.AddFilter("Wolverine.Postgresql.Transport", LogLevel.None); // at every attempt on a database that is gone, of which we say once that it is
        var outage = new Outage();
        builder.Logging.AddFilter("Wolverine", level => level >= LogLevel.Error && !outage.Lasts); // it warns of every node that was ended before
        foreach (var waiting in (string[])[nameof(RefusedAttempts), nameof(CredentialUses), nameof(AccessUses), nameof(DecisionLog), nameof(UnreadableRows), nameof(Publishing), nameof(AlertNotices)])
            builder.Logging.AddFilter($"{typeof(Hosting).Namespace}.{waiting}", level => level >= LogLevel.Warning && !outage.Lasts);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);

        var options = builder.Configuration.GetSection("Iam").Get<ServerOptions>() ?? new();
        var connection = Connection(builder.Configuration.GetConnectionString(ConnectionName)
            ?? throw new InvalidOperationException($"No database is configured: set ConnectionStrings__{ConnectionName}."));

        Telemetry.Configure(builder, options);

        var services = builder.Services;
        services.AddSingleton(options).AddSingleton(outage).AddSingleton<IIdSource, RandomIds>().TryAddSingleton(TimeProvider.System);
        services.AddSingleton<Secrets>().AddSingleton<ServiceKey>().TryAddSingleton<IKeyManagement>(_ => MasterKeys.Of(builder.Configuration, mayCreate: true));
        // Nothing that works with the events changes its session, so none has to be reset: that throws PostgreSQL's plans away (docs/adr). Who listens and hints does.
        services.AddSingleton(_ => NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection) { NoResetOnClose = true }.ConnectionString));
        services.AddKeyedSingleton(Hints.Channel, (_, _) => NpgsqlDataSource.Create(connection));
        services.AddSingleton<AccountStore>().AddSingleton<Hints>().AddSingleton<Checkpoints>().AddSingleton<RefusedAttempts>().AddSingleton<CredentialUses>().AddSingleton<AccessUses>().AddSingleton<DecisionLog>().AddSingleton<Following>().AddSingleton<Sampler>();
        services.AddSingleton(made => new LiveAccounts(made.GetRequiredService<AccountStore>(), made.GetRequiredService<Secrets>(), made.GetRequiredService<ServiceKey>(), made.GetRequiredService<PasswordHashing>(), made.GetRequiredService<IIdSource>(),
            made.GetRequiredService<TimeProvider>(), made.GetRequiredService<Hints>(), made.GetRequiredService<Checkpoints>(), made.GetRequiredService<SigningKeys>(), made.GetRequiredService<DecisionLog>(), made.GetRequiredService<ServerOptions>(), made.GetRequiredService<ILogger<LiveAccount>>()));
        services.AddSingleton(made => new OperatorKeys(made.GetRequiredService<AccountStore>(), made.GetRequiredService<Secrets>(), made.GetRequiredService<IIdSource>(), made.GetRequiredService<ServiceKey>()));
        if (options.LedgerKeyFile is { Length: > 0 } ledgerKey) services.TryAddSingleton<ILedgerKey>(_ => LedgerKeyFile.Read(ledgerKey));
        services.AddSingleton<TreeHeads>().AddHostedService(made => made.GetRequiredService<TreeHeads>());
        services.AddSingleton<SubscriberQueues>().AddSingleton<Publishing>().AddHostedService(made => made.GetRequiredService<Publishing>());
        services.AddSingleton<AlertNotices>().AddHostedService(made => made.GetRequiredService<AlertNotices>());
        services.AddSingleton<PasswordHashing>().AddSingleton<SignInAttempts>().AddSingleton<ConsoleSessions>().AddSingleton<SignIn>().AddSingleton(_ => new SigningKeys()).AddSingleton<Callers>();
        services.AddSingleton(made => new Dispatcher(made.GetRequiredService<LiveAccounts>(), made.GetRequiredService<AccountStore>(), made.GetRequiredService<Secrets>(), made.GetRequiredService<RefusedAttempts>(), made.GetRequiredService<CredentialUses>(), made.GetRequiredService<AccessUses>(),
            made.GetRequiredService<DecisionLog>(), made.GetRequiredService<IIdSource>(), made.GetRequiredService<TimeProvider>(), made.GetRequiredService<ServerOptions>(), made.GetRequiredService<Nodes>(), made.GetRequiredService<Forwarding>()));
        services.AddSingleton<NodeSeal>().AddSingleton<NodeLink>().AddSingleton<Nodes>().AddSingleton<Forwarding>().AddHostedService(made => made.GetRequiredService<Nodes>());
        // No loop in the background may take the node, which decides from memory, down with it.
        services.Configure<HostOptions>(host => host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore);
        services.AddHostedService(made => made.GetRequiredService<Hints>()).AddHostedService(made => made.GetRequiredService<Checkpoints>()).AddHostedService(made => made.GetRequiredService<RefusedAttempts>()).AddHostedService(made => made.GetRequiredService<CredentialUses>()).AddHostedService(made => made.GetRequiredService<AccessUses>()).AddHostedService(made => made.GetRequiredService<DecisionLog>()).AddHostedService(made => made.GetRequiredService<Following>()).AddHostedService(made => made.GetRequiredService<Sampler>());
        Health.Add(services);
        builder.UseWolverine(wolverine => Messages.Configure(wolverine, connection));

        TrustedProxies.AddTo(services, options.TrustedProxies);

        var app = builder.Build();
        app.UseTrustedProxies();
        app.MapQueryProtocol();
        app.MapJsonApi();
        app.MapHistoryStream();
        app.MapAuthZen();
        app.MapSignIn();
        app.MapOpenApi();
        app.MapHealth();
        Telemetry.Watch(app.Services);
        app.MapNodes();
        return app;
    }

    /// <summary>Checks the database, makes the operator's key at the first start, then listens.</summary>
    /// <exception cref="InvalidOperationException">The database has not been migrated.</exception>
    public static async Task Start(WebApplication app, CancellationToken cancel = default)
    {
        if (await Schema.Missing(app.Services.GetRequiredService<NpgsqlDataSource>(), cancel) is { } missing) throw new InvalidOperationException(missing);
        await app.Services.GetRequiredService<OperatorKeys>().MakeFirst(app.Services.GetRequiredService<ServerOptions>().OperatorKeyFile, cancel);
        await app.StartAsync(cancel);
    }

    /// <summary>
    /// The server's connections: as its restricted role, whoever logs in; a stranded transaction or a lost peer must not hold an account for long;
    /// plans are kept, so none may read a whole table because it is small yet; a scan that can't be avoided then counts as dear, and would be compiled each time.
    /// </summary>
    static string Connection(string given)
    {
        var connection = new NpgsqlConnectionStringBuilder(given) { KeepAlive = 5, TcpKeepAlive = true, Timeout = 3, CommandTimeout = 4, CancellationTimeout = -1, ApplicationName = "iam" };
        connection.Options = $"{connection.Options} -c role={Schema.ServerRole} -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000 -c enable_seqscan=off -c jit=off".TrimStart();
        return connection.ConnectionString;
    }
}

/// <summary>What the configuration section <c>Iam</c> says.</summary>
sealed record ServerOptions
{
    /// <summary>The file with the master keys, one a line, the first of which is current; made at the first start, mode 0600. Without it no secret can be read. Not looked at where <c>Iam__MasterKey</c> holds them.</summary>
    public string MasterKeyFile { get; init; } = "master.key";
    /// <summary>Where the operator's access key is written at the first start, mode 0600.</summary>
    public string OperatorKeyFile { get; init; } = "operator.credentials";
    /// <summary>The operator's key that signs tree heads (ECDSA P-256, PEM, mode 0600); null: none is signed.</summary>
    public string? LedgerKeyFile { get; init; }
    /// <summary>The folder of this node's own, outside the database, that tree heads are written to, a file for each account.</summary>
    public string HeadsFolder { get; init; } = "heads";
    /// <summary>The queue on the bus that tree heads are sent to; null: none.</summary>
    public string? HeadsQueue { get; init; }
    /// <summary>The queue on the bus that alerts are sent to; null: none.</summary>
    public string? AlertsQueue { get; init; }
    /// <summary>After how many days an access key is alerted of as old, 1–365.</summary>
    public int MaxAccessKeyAge { get; init; } = AlertLimits.Default.MaxAccessKeyAge.Value;
    /// <summary>After how many days without use an access key or password is alerted of, 1–365.</summary>
    public int MaxCredentialUsageAge { get; init; } = AlertLimits.Default.MaxCredentialUsageAge.Value;
    /// <summary>After how many days without access a granted service is alerted of, 1–365.</summary>
    public int UnusedAccessAge { get; init; } = AlertLimits.Default.UnusedAccessAge.Value;

    /// <summary>From when on the bus is told of things.</summary>
    /// <exception cref="InvalidOperationException">A setting is outside its limits.</exception>
    internal AlertLimits AlertLimits => new(Age(nameof(MaxAccessKeyAge), MaxAccessKeyAge), Age(nameof(MaxCredentialUsageAge), MaxCredentialUsageAge), Age(nameof(UnusedAccessAge), UnusedAccessAge));

    static AgeInDays Age(string setting, int days) => days >= AgeInDays.Limits.Min && days <= AgeInDays.Limits.Max ? days : throw new InvalidOperationException($"Iam__{setting}: {AgeInDays.Limits.Min} to {AgeInDays.Limits.Max} days can be said.");

    /// <summary>The only region that requests may be signed for; null: any, since clients with an endpoint of their own sign for whatever their user has set.</summary>
    public string? SigningRegion { get; init; }
    /// <summary>
    /// Where the other nodes on the database reach this one, as <c>http://10.0.0.7:8080</c>; null: as it listens, by the machine's name where it
    /// listens everywhere; <c>none</c>: it keeps to itself. Commands of an account go to one node; unreached, each node writes by itself, only slower.
    /// </summary>
    public string? NodeAddress { get; init; }
    /// <summary>
    /// The proxies in front of this service: their addresses and networks, as <c>10.0.0.0/8, 192.0.2.7</c>. What comes over one of them is from the last address in <c>X-Forwarded-For</c> that is none
    /// of theirs, and encrypted if <c>X-Forwarded-Proto</c> says so; null or empty: these headers are not looked at. They have to leave the Host header as it is, which is signed.
    /// </summary>
    public string? TrustedProxies { get; init; }
    /// <summary>How old a node's knowledge may be when a query says nothing about it; then the database is asked first, and without it the query refused. Decisions have a bound of their own.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromSeconds(30);
    /// <summary>The same for Authorize, AuthorizeBatch and GetCallerIdentity; null: none, so that decisions go on for as long as the database is gone, saying how old the knowledge is.</summary>
    public TimeSpan? MaxDecisionAge { get; init; }
    /// <summary>How many questions a second a node answers from its directory and from the rows, to see that they agree; 0: none.</summary>
    public double SamplesPerSecond { get; init; } = 1;
    /// <summary>Of how many decisions one goes into the decision log, by chance: 1: all; 0: none. Where it is all, requests wait for room in it, up to a second, while the database takes them.</summary>
    public int LogOneDecisionIn { get; init; }
    /// <summary>Where Prometheus reads metrics, at <c>/metrics</c> of an address and port of its own, as <c>http://127.0.0.1:9464</c>; null: nowhere.</summary>
    public Uri? MetricsUrl { get; init; }
    /// <summary>Where clients reach this service, as <c>https://iam.example.com</c>: how the AuthZEN configuration names it; null: as each request does.</summary>
    public Uri? PublicUrl { get; init; }
    /// <summary>After how many events an account gets a checkpoint anew; for large accounts, after a tenth of its events.</summary>
    public int CheckpointAfter { get; init; } = 10_000;
    /// <summary>How many accounts a node holds in memory; beyond, the least used leave.</summary>
    public int MostLiveAccounts { get; init; } = 10_000;
    /// <summary>How many users, groups and policies the accounts have together that a node holds in memory, at up to 1 KB each; beyond, the least used leave. For subscribers who are behind it may hold as many again.</summary>
    public int MostLiveUsers { get; init; } = 2_000_000;
}
