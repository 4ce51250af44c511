using IamEventSourced.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace IamEventSourced.Server.Tests;

/// <summary>An access key with its secret, and the session token of a temporary one.</summary>
public sealed record Key(AccessKeyId Id, Secret Secret)
{
    public Key(AccessKeyId id, Secret secret, Secret token) : this(id, secret) => Token = token;
    public Secret? Token { get; init; }
}

/// <summary>A real server in this process, on a real database and a real port; more nodes can be started beside it.</summary>
public sealed class ServerFixture : IAsyncDisposable
{
    readonly List<WebApplication> _nodes = [];
    readonly string _keys = System.IO.Directory.CreateTempSubdirectory("iam-keys-").FullName;

    ServerFixture(string database) => Database = database;

    /// <summary>The superuser's connection string.</summary>
    public string Database { get; }
    public string Url { get; private set; } = "";
    public AccountId Account { get; private set; } = "123456789012";
    public Key Root { get; private set; } = null!;
    public Key Operator { get; private set; } = null!;

    /// <summary>A migrated database, one node, the account and its root's key.</summary>
    public static async Task<ServerFixture> Start(PostgresFixture postgres, Action<WebApplicationBuilder>? configure = null) => await StartOn(await postgres.MigratedDatabase(), configure);

    /// <summary>The same in an empty database.</summary>
    /// <param name="database">As its superuser.</param>
    /// <param name="configure">More of the node's configuration.</param>
    public static async Task<ServerFixture> Start(string database, Action<WebApplicationBuilder>? configure = null)
    {
        await Schema.Migrate(database);
        return await StartOn(database, configure);
    }

    static async Task<ServerFixture> StartOn(string database, Action<WebApplicationBuilder>? configure)
    {
        var fixture = new ServerFixture(database);
        fixture.Url = await fixture.StartNode(configure);
        var lines = await File.ReadAllLinesAsync(Path.Combine(fixture._keys, "operator"));
        fixture.Operator = new(lines[1].Split(" = ")[1], new(lines[2].Split(" = ")[1]));
        fixture.Root = await fixture.CreateAccount(fixture.Account);
        return fixture;
    }

    /// <summary>Makes an account; its root's key.</summary>
    public async Task<Key> CreateAccount(AccountId account)
    {
        var created = await Client(Operator, account).Send(new CreateAccount());
        created.Refusal.ShouldBeNull();
        return new(created.Answer!.AccessKey.AccessKeyId, created.Answer.AccessKey.SecretAccessKey!);
    }

    /// <summary>Makes an account that is the one spoken of from now on.</summary>
    public async Task MoveTo(AccountId account) => (Root, Account) = (await CreateAccount(account), account);

    /// <summary>Makes a user with a key.</summary>
    public async Task<Key> CreateUser(UserName name)
    {
        (await Client().Send(new CreateUser(name))).Refusal.ShouldBeNull();
        var key = (await Client().Send(new CreateAccessKey(name))).Answer!.AccessKey;
        return new(key.AccessKeyId, key.SecretAccessKey!);
    }

    /// <summary>One more node on the same database; its address.</summary>
    public async Task<string> StartNode(Action<WebApplicationBuilder>? configure = null, string? database = null)
    {
        var node = Build(configure, database);
        await Hosting.Start(node);
        return node.Urls.Single();
    }

    /// <summary>Stops a node in order.</summary>
    public Task StopNode(int index) => _nodes[index].StopAsync();

    /// <summary>Lets a node announce itself to the others, send them their accounts' commands, and take its own from them.</summary>
    public static void Announced(WebApplicationBuilder node) => node.Configuration["Iam:NodeAddress"] = "";

    public IServiceProvider Node(int index) => _nodes[index].Services;

    WebApplication Build(Action<WebApplicationBuilder>? configure, string? database)
    {
        var node = Hosting.Build([], builder =>
        {
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.SetMinimumLevel(LogLevel.Warning);
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["ConnectionStrings:iam"] = database ?? Database, ["Iam:MasterKeyFile"] = Path.Combine(_keys, "master"), ["Iam:OperatorKeyFile"] = Path.Combine(_keys, "operator"),
                ["Iam:NodeAddress"] = "none", // each writes by itself, which has to be right too
            });
            configure?.Invoke(builder);
        });
        _nodes.Add(node);
        return node;
    }

    /// <summary>A client of the JSON door; root's where no key is given.</summary>
    public IamClient Client(Key? key = null, AccountId? account = null, string? url = null) =>
        IamClient.Create(new(url ?? Url), account ?? Account, (key ?? Root).Id, (key ?? Root).Secret, sessionToken: (key ?? Root).Token);

    /// <summary>Asks the database as its superuser.</summary>
    public async Task<List<object?[]>> Query(string sql)
    {
        var builder = new NpgsqlDataSourceBuilder(Database);
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false)); // to look at the database's own types takes longer than most of what is asked
        await using var database = builder.Build();
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 300; // seconds: a checkpoint writes what all tests beside this one made
        await using var rows = await command.ExecuteReaderAsync();
        List<object?[]> all = [];
        while (await rows.ReadAsync())
        {
            var row = new object?[rows.FieldCount];
            for (var i = 0; i < row.Length; i++) row[i] = rows.IsDBNull(i) ? null : rows.GetValue(i);
            all.Add(row);
        }
        return all;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.StopAsync();
            await node.DisposeAsync();
        }
        System.IO.Directory.Delete(_keys, recursive: true);
    }
}
