using System.Globalization;
using IamEventSourced.Server.Tests;
using Npgsql;
using Testcontainers.PostgreSql;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace IamEventSourced.Server.Tests;

using Directory = System.IO.Directory; // not the account's

/// <summary>
/// One PostgreSQL for all tests of this assembly, with a database for each who asks: a private cluster where the machine has the
/// programs, else (or when IAM_POSTGRES=docker) a container. Neither needs a setting; both are gone afterwards. Vacuuming would go through hundreds of databases
/// again and again; and as no test cuts the machine's power, what PostgreSQL wrote before it is killed is there without fsync, too.
/// </summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    const string MaxConnections = "300"; // many tests at a time, each with nodes of their own

    string? home;
    PrivatePostgres? cluster;
    PostgreSqlContainer? container;
    string? superuser;
    int databases;
    readonly Lazy<Task<string>> migrated;

    public PostgresFixture() => migrated = new(Migrate);

    /// <summary>For a failing test's words: what it ran on.</summary>
    public string Description { get; private set; } = "not started";

    /// <summary>False: other roles connect by name alone. True (in a container): give them a password.</summary>
    public bool RolesNeedPassword => container is not null;

    public async ValueTask InitializeAsync()
    {
        var forced = Environment.GetEnvironmentVariable("IAM_POSTGRES") == "docker";
        if (!forced && (await PostgresBinaries.FindAsync()).Count > 0)
        {
            home = Directory.CreateTempSubdirectory("iam-tests-").FullName;
            cluster = await PrivatePostgres.StartAsync(home, new Dictionary<string, string> { ["max_connections"] = MaxConnections, ["autovacuum"] = "off", ["fsync"] = "off" });
            superuser = cluster.ConnectionString;
            Description = $"PostgreSQL {cluster.Version}, private, in {home}";
            return;
        }

        try
        {
            var image = Environment.GetEnvironmentVariable("IAM_POSTGRES_IMAGE") is { Length: > 0 } given ? given : "postgres:17";
            // Testcontainers turns all durability off; what is tested here is that of commits.
            container = new PostgreSqlBuilder(image).WithUsername("iam")
                .WithCommand("-c", $"max_connections={MaxConnections}", "-c", "autovacuum=off", "-c", "fsync=off", "-c", "full_page_writes=on", "-c", "synchronous_commit=on").Build();
            await container.StartAsync();
            superuser = container.GetConnectionString();
            Description = $"PostgreSQL in a container of {image}";
        }
        catch (Exception e) when (!forced)
        {
            throw new PostgresUnavailableException("The tests need PostgreSQL's server programs (Debian: apt-get install postgresql; macOS: brew install postgresql@17) or a Docker engine; ./test helps.", e);
        }
    }

    /// <summary>Makes an empty database and returns its superuser's connection string.</summary>
    public Task<string> NewDatabase() => Create("template1");

    /// <summary>Makes a migrated database: a copy of one that was migrated once, since a migration takes longer than most tests.</summary>
    public async Task<string> MigratedDatabase()
    {
        var made = await Create(await migrated.Value);
        await using var connection = new NpgsqlConnection(made + ";Pooling=false");
        await connection.OpenAsync();
        await using var rights = new NpgsqlCommand(Messages.GrantsTo(Schema.ServerRole), connection); // those on the database itself are not copied
        await rights.ExecuteNonQueryAsync();
        return made;
    }

    async Task<string> Migrate()
    {
        var made = await NewDatabase();
        await Schema.Migrate(made);
        NpgsqlConnection.ClearAllPools(); // who is copied must have no guests
        return new NpgsqlConnectionStringBuilder(made).Database!;
    }

    async Task<string> Create(string template)
    {
        var name = "test_" + Interlocked.Increment(ref databases).ToString(CultureInfo.InvariantCulture);
        await using var connection = new NpgsqlConnection(superuser + ";Pooling=false");
        await connection.OpenAsync();
        await using var create = connection.CreateCommand();
        create.CommandText = $"create database {name} template {template}"; // our own letters and digits
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(superuser) { Database = name, MaxPoolSize = 20, IncludeErrorDetail = false }.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (container is not null) await container.DisposeAsync();
        if (cluster is not null) await cluster.DisposeAsync();
        if (home is null) return;

        await PrivatePostgres.DeleteAsync(home);
        Directory.Delete(home, recursive: true);
    }
}
