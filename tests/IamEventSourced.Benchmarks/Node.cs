using IamEventSourced.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace IamEventSourced.Benchmarks;

/// <summary>A PostgreSQL and a server for one run; both are gone afterwards.</summary>
sealed class Node : IAsyncDisposable
{
    readonly string _home;
    readonly WebApplication _app;

    Node(string home, PrivatePostgres postgres, WebApplication app, string owner) => (_home, Postgres, _app, Owner) = (home, postgres, app, owner);

    public PrivatePostgres Postgres { get; }
    /// <summary>The connection string of the database's owner.</summary>
    public string Owner { get; }
    public IServiceProvider Services => _app.Services;
    public Uri Url => new(_app.Urls.Single());
    public Dispatcher Dispatcher => Services.GetRequiredService<Dispatcher>();

    /// <summary>A migrated database and a started server.</summary>
    /// <param name="connection">More of the server's connection string.</param>
    /// <param name="statements">Whether PostgreSQL counts its statements (pg_stat_statements).</param>
    /// <param name="map">More endpoints.</param>
    /// <param name="configure">Other services.</param>
    public static async Task<Node> Start(string connection = "", bool statements = false, Action<WebApplication>? map = null, Action<IServiceCollection>? configure = null)
    {
        var home = System.IO.Directory.CreateTempSubdirectory("iam-benchmarks-").FullName;
        // Long between checkpoints, so that none falls into one variant and not into the other.
        var settings = new Dictionary<string, string> { ["max_connections"] = "700", ["max_wal_size"] = "8GB", ["checkpoint_timeout"] = "1h" };
        if (statements) (settings["shared_preload_libraries"], settings["pg_stat_statements.track_planning"]) = ("pg_stat_statements", "on");
        var postgres = await PrivatePostgres.StartAsync(home, settings);
        await Schema.Migrate(postgres.ConnectionString);
        var app = await StartServer(home, new NpgsqlConnectionStringBuilder($"{postgres.ConnectionString};{connection}").ConnectionString, announced: false, map, configure);
        return new(home, postgres, app, postgres.ConnectionString);
    }

    /// <summary>One more server on the database, in this process too.</summary>
    /// <param name="announced">Whether nodes know each other, so that an account's commands go to one of them.</param>
    /// <param name="settings">More of its configuration.</param>
    public Task<WebApplication> StartServer(bool announced, params (string Name, string Value)[] settings) => StartServer(_home, Owner, announced, settings: settings);

    static async Task<WebApplication> StartServer(string home, string database, bool announced, Action<WebApplication>? map = null, Action<IServiceCollection>? configure = null, params (string Name, string Value)[] settings)
    {
        var app = Hosting.Build([], builder =>
        {
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.SetMinimumLevel(LogLevel.Warning);
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["ConnectionStrings:iam"] = database, ["Iam:NodeAddress"] = announced ? null : "none",
                ["Iam:MasterKeyFile"] = Path.Combine(home, "master"), ["Iam:OperatorKeyFile"] = Path.Combine(home, "operator"),
            });
            foreach (var (name, value) in settings) builder.Configuration[name] = value;
            configure?.Invoke(builder.Services);
        });
        map?.Invoke(app);
        await Hosting.Start(app);
        return app;
    }

    /// <summary>An account; its root, with the secret.</summary>
    public async Task<(RootCaller Root, Secret Secret)> CreateAccount(AccountId account)
    {
        var key = ((CreateAccountAnswer)await Carry(account, new CreateAccount(), new OperatorCaller("AKIAIOSFODNN7EXAMPLE"))).AccessKey;
        return (new(account, key.AccessKeyId), key.SecretAccessKey!);
    }

    /// <summary>Has a command carried out, which is not refused; its answer.</summary>
    public async Task<object> Carry(AccountId account, ICommand command, Caller caller)
    {
        var reply = await Dispatcher.Dispatch(new(account, command, caller, Guid.CreateVersion7().ToString()), default);
        return reply.Refusal is { } refusal ? throw new InvalidOperationException($"{command}: {refusal.Code} {refusal.Message}") : reply.Answer ?? true;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        await Postgres.DisposeAsync();
        await PrivatePostgres.DeleteAsync(_home);
        System.IO.Directory.Delete(_home, recursive: true);
    }
}
