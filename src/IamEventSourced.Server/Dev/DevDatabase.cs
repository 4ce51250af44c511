using Npgsql;

namespace IamEventSourced.Server;

using Directory = System.IO.Directory; // not the account's

/// <summary>The PostgreSQL that a development run uses, wherever it comes from; disposal ends what was started, and keeps the data.</summary>
public sealed class DevDatabase : IAsyncDisposable
{
    readonly IAsyncDisposable? started;

    DevDatabase(string connectionString, string description, string data, bool rolesNeedPassword, IAsyncDisposable? started)
    {
        (ConnectionString, Description, Data, RolesNeedPassword) = (connectionString, description, data, rolesNeedPassword);
        this.started = started;
    }

    /// <summary>As superuser, or as the user gave it. May hold a password: never to be printed.</summary>
    public string ConnectionString { get; }

    /// <summary>For the banner: "15.18, private, unix socket".</summary>
    public string Description { get; }

    /// <summary>For the banner: where the data are.</summary>
    public string Data { get; }

    /// <summary>False: other roles connect by name alone (the socket is closed to other users). True: give them a password.</summary>
    public bool RolesNeedPassword { get; }

    /// <summary>
    /// The first that there is: the given server; server programs of the machine; Docker (IAM_POSTGRES=docker: this at once); as root on
    /// Debian and Ubuntu the package, installed.
    /// </summary>
    /// <param name="connectionString">Of a server given by the user, or null.</param>
    /// <param name="home">The folder for data, such as <see cref="DataFolder.Default"/>.</param>
    /// <param name="say">Told, in a sentence, whatever takes long or changes the machine.</param>
    /// <exception cref="PostgresUnavailableException">There is none, or the one chosen does not work; the message says what to do.</exception>
    public static async Task<DevDatabase> OpenAsync(string? connectionString, string home, Action<string> say, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(say);
        if (!string.IsNullOrWhiteSpace(connectionString)) return await GivenAsync(connectionString, cancellation);

        switch (Environment.GetEnvironmentVariable("IAM_POSTGRES"))
        {
            case "docker":
                return await DockerPostgres.WhyNotAsync() is { } reason
                    ? throw new PostgresUnavailableException($"IAM_POSTGRES=docker, but no Docker engine answers: {reason}")
                    : await DockerAsync(home, say, cancellation);
            case null or "":
                break;
            case var other:
                throw new PostgresUnavailableException($"IAM_POSTGRES={other} is not known. \"docker\" forces Docker; unset, PostgreSQL is found by itself.");
        }

        if ((await PostgresBinaries.FindAsync()).Count > 0) return await PrivateAsync(home, cancellation);
        if (await DockerPostgres.WhyNotAsync() is null) return await DockerAsync(home, say, cancellation);
        if (await InstallAsync(say, cancellation)) return await PrivateAsync(home, cancellation);

        throw new PostgresUnavailableException("""
            No PostgreSQL was found: no connection string, no server programs on this machine, no Docker engine.
              macOS    brew install postgresql@17
              Windows  wsl --install, then work in its Ubuntu; or start Docker Desktop
              Linux    sudo apt-get install postgresql  (Fedora: sudo dnf install postgresql-server); or start Docker
            """);
    }

    /// <summary>Empties what earlier runs kept in this home, wherever it lies. A given server is not touched.</summary>
    public static async Task DeleteAsync(string home)
    {
        await PrivatePostgres.DeleteAsync(home);
        await DockerPostgres.DeleteAsync(home);
    }

    public ValueTask DisposeAsync() => started?.DisposeAsync() ?? ValueTask.CompletedTask;

    static async Task<DevDatabase> GivenAsync(string connectionString, CancellationToken cancellation)
    {
        try
        {
            var server = new NpgsqlConnectionStringBuilder(connectionString);
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(cancellation);
            return new(connectionString, $"{connection.PostgreSqlVersion}, given", $"database {server.Database ?? server.Username} on {server.Host}", rolesNeedPassword: true, started: null);
        }
        catch (ArgumentException e) // its message can name a keyword, not a value
        {
            throw new PostgresUnavailableException($"The connection string is not one of Npgsql's (Host=…;Username=…;Database=…): {e.Message}", e);
        }
        catch (NpgsqlException e)
        {
            throw new PostgresUnavailableException($"The given PostgreSQL cannot be used: {e.Message}", e);
        }
    }

    static async Task<DevDatabase> PrivateAsync(string home, CancellationToken cancellation)
    {
        var cluster = await PrivatePostgres.StartAsync(home, cancellation: cancellation);
        return new(cluster.ConnectionString, $"{cluster.Version}, private, unix socket", cluster.ClusterFolder, rolesNeedPassword: false, cluster);
    }

    static async Task<DevDatabase> DockerAsync(string home, Action<string> say, CancellationToken cancellation)
    {
        var container = await DockerPostgres.StartAsync(home, say, cancellation);
        return new(container.ConnectionString, $"{container.Version}, Docker, {DockerPostgres.Image}", $"Docker volume {container.Volume}", rolesNeedPassword: true, container);
    }

    /// <summary>Debian's package would make and start a cluster of its own on port 5432, unless told before that it shall not.</summary>
    static async Task<bool> InstallAsync(Action<string> say, CancellationToken cancellation)
    {
        const string AptGet = "/usr/bin/apt-get", Folder = "/etc/postgresql-common/createcluster.d", NoMain = Folder + "/iam-eventsourced.conf";
        if (!Environment.IsPrivilegedProcess || !File.Exists(AptGet)) return false;

        say("No PostgreSQL and no Docker here; as root, installing the package postgresql (apt-get), without its own cluster …");
        var quiet = new Dictionary<string, string>(StringComparer.Ordinal) { ["DEBIAN_FRONTEND"] = "noninteractive" };
        Directory.CreateDirectory(Folder);
        await File.WriteAllTextAsync(NoMain, "create_main_cluster = false\n", cancellation);
        try
        {
            string[] install = ["install", "-y", "-qq", "--no-install-recommends", "postgresql"];
            var installed = await Tool.RunAsync(AptGet, install, environment: quiet, cancellation: cancellation);
            if (!installed.Succeeded) // on a fresh machine the lists of packages are missing
            {
                await Tool.RunAsync(AptGet, ["update", "-qq"], environment: quiet, cancellation: cancellation);
                installed = await Tool.RunAsync(AptGet, install, environment: quiet, cancellation: cancellation);
            }

            if (!installed.Succeeded) say($"apt-get could not install it:\n{installed.LastWords}");
            return installed.Succeeded && (await PostgresBinaries.FindAsync()).Count > 0;
        }
        finally
        {
            File.Delete(NoMain);
        }
    }
}
