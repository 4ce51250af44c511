using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>PostgreSQL in a container of our own: on a port of 127.0.0.1 that Docker chooses, its data in a volume named after the home.</summary>
internal sealed class DockerPostgres : IAsyncDisposable
{
    static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(90);

    /// <summary>Removes the container when its input ends: at our disposal or death. $1: the container, $2: where to write its process id.</summary>
    const string Guard = """
        trap '' INT HUP TERM PIPE
        echo $$ >"$2"
        read -r _
        docker stop -t 60 "$1" >/dev/null 2>&1
        docker rm -f -v "$1" >/dev/null 2>&1
        rm -f "$2"
        """;

    const string GuardName = "iam-docker-guard";

    readonly DataFolder held;
    readonly string container;
    readonly Process? watching;

    DockerPostgres(DataFolder lease, string container, Process? guard, string connectionString, string version)
    {
        (held, this.container, watching) = (lease, container, guard);
        (ConnectionString, Version) = (connectionString, version);
    }

    public string ConnectionString { get; }
    public string Version { get; }
    public string Volume => container;

    public static string Image => Environment.GetEnvironmentVariable("IAM_POSTGRES_IMAGE") is { Length: > 0 } image ? image : "postgres:17";

    /// <summary>Null when an engine answers, else why not.</summary>
    public static async Task<string?> WhyNotAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            var version = await Tool.RunAsync("docker", ["version", "--format", "{{.Server.Version}}"], cancellation: limit.Token);
            return version.Succeeded ? null : version.LastWords;
        }
        catch (OperationCanceledException)
        {
            return "docker did not answer within 10 s";
        }
    }

    public static async Task<DockerPostgres> StartAsync(string home, Action<string> say, CancellationToken cancellation)
    {
        var lease = await DataFolder.TakeAsync(home);
        Process? guard = null;
        try
        {
            var name = NameFor(lease.Path);
            await RemoveFormerAsync(lease.Path, name, cancellation);
            if (!(await DockerAsync(["image", "inspect", Image], cancellation)).Succeeded)
            {
                say($"Docker: getting the image {Image} …");
                Require(await DockerAsync(["pull", "-q", Image], cancellation), $"Docker cannot get the image {Image} (IAM_POSTGRES_IMAGE names another)");
            }

            var password = Password(lease.Path);
            // PGDATA below the volume by our own name: images up to 17 and from 18 on disagree about the usual one.
            Require(await DockerAsync(
                ["create", "--name", name, "-e", "POSTGRES_USER=iam", "-e", "POSTGRES_DB=postgres", "-e", "POSTGRES_PASSWORD", "-e", "PGDATA=/var/lib/postgresql/iam",
                 "-p", "127.0.0.1::5432", "-v", $"{name}:/var/lib/postgresql", Image],
                cancellation, new Dictionary<string, string>(StringComparer.Ordinal) { ["POSTGRES_PASSWORD"] = password }), "Docker cannot make the container");

            // Between create and start: whenever we die, nothing stays running.
            if (!OperatingSystem.IsWindows()) guard = Tool.Start("/bin/sh", ["-c", Guard, GuardName, name, GuardFile(lease.Path)]);
            Require(await DockerAsync(["start", name], cancellation), "Docker cannot start the container");

            var connectionString = new NpgsqlConnectionStringBuilder
            {
                Host = "127.0.0.1", Port = await PortAsync(name, cancellation), Username = "iam", Password = password, Database = "postgres",
            }.ConnectionString;
            return new(lease, name, guard, connectionString, await VersionBehindAsync(name, connectionString, cancellation));
        }
        catch
        {
            await EndAsync(guard);
            lease.Dispose();
            throw;
        }
    }

    /// <summary>Removes container and volume of this home. Nothing happens where there are none.</summary>
    public static async Task DeleteAsync(string home)
    {
        if (!File.Exists(PasswordFile(home))) return; // Docker was never used here

        using var lease = await DataFolder.TakeAsync(home);
        var name = NameFor(lease.Path);
        await RemoveFormerAsync(lease.Path, name, CancellationToken.None);
        var removed = await DockerAsync(["volume", "rm", "-f", name], CancellationToken.None);
        Require(removed, $"Docker cannot remove the volume {name}");
        File.Delete(PasswordFile(home));
    }

    public async ValueTask DisposeAsync()
    {
        if (watching is not null) await EndAsync(watching);
        else
        {
            await DockerAsync(["stop", "-t", "60", container], CancellationToken.None);
            await DockerAsync(["rm", "-f", "-v", container], CancellationToken.None);
        }

        held.Dispose();
    }

    static async Task EndAsync(Process? guard)
    {
        if (guard is null) return;
        try
        {
            guard.StandardInput.Close();
        }
        catch (IOException)
        {
            // the guard has gone already
        }

        await guard.WaitForExitAsync();
        guard.Dispose();
    }

    static string NameFor(string home) => "iam-eventsourced-" + DataFolder.Hash(home);

    static string GuardFile(string home) => Path.Combine(home, "docker-guard.pid");

    static string PasswordFile(string home) => Path.Combine(home, "docker-password");

    /// <summary>Of the volume's superuser: set when the volume is made, so kept beside it.</summary>
    static string Password(string home)
    {
        var file = PasswordFile(home);
        if (File.Exists(file)) return File.ReadAllText(file).Trim();

        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(file, options);
        writer.Write(password);
        return password;
    }

    /// <summary>What a killed run left. Its guard may be stopping it just now.</summary>
    static async Task RemoveFormerAsync(string home, string name, CancellationToken cancellation)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < StartPatience; await Task.Delay(100, cancellation))
        {
            var file = GuardFile(home);
            if (!File.Exists(file) || !int.TryParse((await File.ReadAllTextAsync(file, cancellation)).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var id)) break;
            if (await Tool.CommandLineOf(id) is not { } command || !command.Contains(GuardName, StringComparison.Ordinal)) break;
        }

        await DockerAsync(["stop", "-t", "60", name], cancellation);
        await DockerAsync(["rm", "-f", "-v", name], cancellation);
    }

    static async Task<int> PortAsync(string name, CancellationToken cancellation)
    {
        var said = await DockerAsync(["port", name, "5432/tcp"], cancellation); // 127.0.0.1:32768
        return int.TryParse(said.Output.Split('\n')[0].Trim().Split(':').Last(), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? port
            : throw new PostgresUnavailableException($"PostgreSQL ended in its container. It says:\n{await LogAsync(name)}");
    }

    static async Task<string> VersionBehindAsync(string name, string connectionString, CancellationToken cancellation)
    {
        for (var trying = Stopwatch.StartNew(); ; await Task.Delay(200, cancellation))
        {
            try
            {
                await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false;Timeout=5");
                await connection.OpenAsync(cancellation);
                return connection.PostgreSqlVersion.ToString();
            }
            catch (Exception e) when (e is NpgsqlException or IOException)
            {
                var running = await DockerAsync(["inspect", "-f", "{{.State.Running}}", name], cancellation);
                if (running.Output.Trim() != "true" || trying.Elapsed > StartPatience)
                    throw new PostgresUnavailableException($"PostgreSQL does not answer from its container ({e.Message}). It says:\n{await LogAsync(name)}", e);
            }
        }
    }

    static async Task<string> LogAsync(string name)
    {
        var log = await DockerAsync(["logs", "--tail", "6", name], CancellationToken.None);
        return (log.Output + log.Errors).Trim();
    }

    static Task<Tool.Result> DockerAsync(IEnumerable<string> arguments, CancellationToken cancellation, IReadOnlyDictionary<string, string>? environment = null) =>
        Tool.RunAsync("docker", arguments, environment: environment, cancellation: cancellation);

    static void Require(Tool.Result result, string otherwise)
    {
        if (!result.Succeeded) throw new PostgresUnavailableException($"{otherwise}:\n{result.LastWords}");
    }
}
