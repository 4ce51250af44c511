using System.Diagnostics;
using System.Globalization;
using System.Text;
using Npgsql;

namespace IamEventSourced.Server;

using Directory = System.IO.Directory; // not the account's

/// <summary>
/// A PostgreSQL cluster of this process alone, from the binaries on the machine, on a unix socket that only its user (and root) can
/// reach. It ends when this process ends, however it ends, and keeps its data.
/// </summary>
/// <remarks>For development and tests: whoever reaches the socket may connect as any role.</remarks>
public sealed class PrivatePostgres : IAsyncDisposable
{
    const int LongestSocketPathBytes = 100; // the system's limit is 104 to 108
    static readonly TimeSpan StartRetries = TimeSpan.FromSeconds(10);
    static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(30);
    static readonly TimeSpan FormerGuardPatience = TimeSpan.FromSeconds(90); // longer than a guard takes at most to stop a cluster

    /// <summary>
    /// Starts the cluster, says "up", and stops it when its input ends: at our disposal, or at our death, since we hold the other
    /// end of the pipe. $1: binaries, $2: the cluster's folder, $3: a folder for the socket to remove, or empty.
    /// It writes its process id first, so that the next run can wait for it. Ctrl-C reaches it with us, hence the traps; the
    /// cluster has a session of its own from pg_ctl. For one that was killed and is not yet reaped pg_ctl would wait in vain.
    /// A cluster that ends before is started again, after pauses that grow while that fails.
    /// </summary>
    const string Guard = """
        trap '' INT HUP TERM PIPE
        echo $$ >"$2/guard.pid"
        alive() { { read -r id <"$1" && if [ -d /proc/self ]; then grep -q . "/proc/$id/cmdline"; else kill -0 "$id"; fi; } 2>/dev/null; }
        keep() {
          over= pause=1
          trap 'over=1' USR1
          while sleep 0.5 & wait $!; [ -z "$over" ] && alive "$2/guard.pid" && [ "$id" = $$ ]; do
            alive "$2/data/postmaster.pid" && continue
            rm -f "$2/data/postmaster.pid" "$2"/.s.PGSQL.5432.lock
            if "$1/pg_ctl" -D "$2/data" -l "$2/log" -w -t 300 start; then pause=1
            else sleep $pause & wait $!; [ $pause -ge 16 ] || pause=$((pause * 2)); fi
          done >"$2/restart" 2>&1 </dev/null
        }
        if "$1/pg_ctl" -D "$2/data" -l "$2/log" -w -t 300 start >"$2/start" 2>&1 </dev/null; then
          echo up
          keep "$1" "$2" &
          read -r _
          kill -USR1 $! 2>/dev/null && wait $!
          if alive "$2/data/postmaster.pid"; then
            { "$1/pg_ctl" -D "$2/data" -m fast -w -t 60 stop || "$1/pg_ctl" -D "$2/data" -m immediate -w -t 20 stop; } >/dev/null 2>&1
          fi
          [ -z "$3" ] || rm -rf "$3"
        elif grep -q 'did not start in time' "$2/start"; then
          "$1/pg_ctl" -D "$2/data" -m immediate -w -t 20 stop >/dev/null 2>&1
        fi
        rm -f "$2/guard.pid"
        """;

    const string GuardName = "iam-postgres-guard";

    readonly DataFolder held;
    readonly Process watching;
    int disposed;

    PrivatePostgres(DataFolder lease, Process guard, string clusterFolder, string connectionString, string version)
    {
        (held, watching, ClusterFolder) = (lease, guard, clusterFolder);
        (ConnectionString, Version) = (connectionString, version);
    }

    /// <summary>As superuser <c>iam</c> to database <c>postgres</c>. Any other role may connect in the same way, without password.</summary>
    public string ConnectionString { get; }

    /// <summary>The running server's, such as 15.18.</summary>
    public string Version { get; }

    /// <summary>Holds <c>data</c> and <c>log</c>. In the home, unless run as root where the cluster's user cannot enter the home.</summary>
    public string ClusterFolder { get; }

    /// <summary>Starts the cluster of this home, made first if there is none.</summary>
    /// <param name="home">A folder; this process alone has it until disposal.</param>
    /// <param name="settings">More of postgresql.conf, in force for this run.</param>
    /// <exception cref="PostgresUnavailableException">With the reason for a person to read.</exception>
    public static async Task<PrivatePostgres> StartAsync(string home, IReadOnlyDictionary<string, string>? settings = null, CancellationToken cancellation = default)
    {
        if (OperatingSystem.IsWindows()) throw new PostgresUnavailableException("A private PostgreSQL cluster needs Linux (WSL is good) or macOS.");

        var found = await PostgresBinaries.FindAsync();
        if (found.Count == 0) throw new PostgresUnavailableException("No PostgreSQL server programs (initdb, pg_ctl, postgres) were found on this machine.");

        Tool.ForgetPostgresVariables();
        var lease = await DataFolder.TakeAsync(home);
        try
        {
            var owner = Owner();
            var folder = await ClusterFolderAsync(lease.Path, owner, cancellation);
            await FormerGuardEndedAsync(folder, cancellation);

            var data = Path.Combine(folder, "data");
            var binaries = Fitting(found, data);
            await StopOrphanAsync(binaries, folder, owner, cancellation);
            if (!Directory.Exists(data)) await InitializeAsync(binaries, folder, owner, cancellation);

            var socket = await SocketFolderAsync(folder, owner, cancellation);
            await WriteAsync(Path.Combine(data, "iam.conf"), Configuration(socket, settings), owner, cancellation);

            var guard = await StartGuardAsync(binaries, folder, socket == folder ? "" : socket, owner, cancellation);
            try
            {
                var connectionString = new NpgsqlConnectionStringBuilder { Host = socket, Username = "iam", Database = "postgres" }.ConnectionString;
                return new(lease, guard, folder, connectionString, await VersionBehindAsync(connectionString, cancellation));
            }
            catch
            {
                await EndAsync(guard);
                throw;
            }
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>Removes the cluster of this home with all its data. Nothing happens where there is none.</summary>
    /// <exception cref="PostgresUnavailableException">It is in use.</exception>
    public static async Task DeleteAsync(string home)
    {
        if (!Directory.Exists(home)) return;

        using var lease = await DataFolder.TakeAsync(home);
        var folder = Path.Combine(lease.Path, "postgres");
        var link = new DirectoryInfo(folder).LinkTarget;
        var target = link ?? folder;
        await FormerGuardEndedAsync(target, CancellationToken.None);
        if (Directory.Exists(target))
        {
            var data = Path.Combine(target, "data");
            if (Directory.Exists(data) && await PostmasterAsync(data) is { } postmaster)
                throw new PostgresUnavailableException($"The cluster in {target} is running still (process {postmaster}). Stop it first.");
            Directory.Delete(target, recursive: true);
        }

        if (link is not null) File.Delete(folder);
    }

    /// <summary>Stops the cluster. Close the application's connections before.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0) return;
        await EndAsync(watching);
        held.Dispose();
    }

    static async Task EndAsync(Process guard)
    {
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

    /// <summary>PostgreSQL refuses to run as root. Null: ourselves.</summary>
    static string? Owner()
    {
        if (!Environment.IsPrivilegedProcess) return null;
        return File.Exists("/etc/passwd") && File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";
    }

    /// <summary>
    /// <c>HOME/postgres</c>, which the owner can enter. Where the home is closed to the owner (ours is root, the home in /root), a link
    /// of that name leads to a folder outside, so that one who removes or keeps the home finds the data.
    /// </summary>
    static async Task<string> ClusterFolderAsync(string home, string? owner, CancellationToken cancellation)
    {
        var folder = Path.Combine(home, "postgres");
        if (folder.AsSpan().IndexOfAny("\"$`\\\n") >= 0)
            throw new PostgresUnavailableException($"The folder {home} has a character in its name that PostgreSQL's tools do not take. Choose another.");

        if (new DirectoryInfo(folder).LinkTarget is { } target)
        {
            if (Directory.Exists(target)) return target;
            File.Delete(folder);
        }

        if (!Directory.Exists(folder))
        {
            if (owner is not null && !(await Tool.RunAsync("/bin/sh", ["-c", "cd \"$1\"", "sh", home], owner, cancellation: cancellation)).Succeeded)
            {
                var outside = await TemporaryFolderAsync("/var/tmp/iam-eventsourced-XXXXXX", owner, cancellation);
                File.CreateSymbolicLink(folder, outside);
                return outside;
            }

            if (!OperatingSystem.IsWindows()) Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        // Also when it exists: it may have been made as another user, or we were killed in between.
        if (owner is not null) Require(await Tool.RunAsync("chown", [owner, folder], cancellation: cancellation), $"The folder {folder} cannot be given to the user {owner}");
        return folder;
    }

    static async Task<string> TemporaryFolderAsync(string template, string? owner, CancellationToken cancellation)
    {
        var made = await Tool.RunAsync("mktemp", ["-d", template], owner, cancellation: cancellation); // 0700, the owner's
        Require(made, $"No folder {template} can be made");
        return made.Output.Trim();
    }

    /// <summary>A run that was killed has left its guard, which is stopping the cluster just now.</summary>
    static async Task FormerGuardEndedAsync(string folder, CancellationToken cancellation)
    {
        var waited = Stopwatch.StartNew();
        while (await NumberInAsync(Path.Combine(folder, "guard.pid")) is { } id
            && await Tool.CommandLineOf(id) is { } command && command.Contains(GuardName, StringComparison.Ordinal))
        {
            if (waited.Elapsed > FormerGuardPatience)
                throw new PostgresUnavailableException($"A former run's cluster in {folder} is stopping still (process {id}). Try again later.");
            await Task.Delay(50, cancellation);
        }
    }

    /// <summary>The newest for a new cluster, and for one that exists those of its own major version: others refuse its files.</summary>
    static PostgresBinaries Fitting(IReadOnlyList<PostgresBinaries> found, string data)
    {
        if (!Directory.Exists(data)) return found[0];

        var file = Path.Combine(data, "PG_VERSION");
        var version = File.Exists(file) ? File.ReadAllText(file).Trim() : "";
        return found.FirstOrDefault(each => each.Major.ToString(CultureInfo.InvariantCulture) == version)
            ?? throw new PostgresUnavailableException(
                version.Length == 0
                    ? $"{data} is not a PostgreSQL data folder: it has no PG_VERSION. Remove it or choose another."
                    : $"The data in {data} were made by PostgreSQL {version}, but this machine has {string.Join(", ", found.Select(each => each.Version).Distinct(StringComparer.Ordinal))}. "
                      + $"Install PostgreSQL {version} (or name its programs in IAM_PG_BIN), choose another data folder, or remove this one.");
    }

    /// <summary>We hold the lock, so a cluster that runs here has lost its process and its guard.</summary>
    static async Task StopOrphanAsync(PostgresBinaries binaries, string folder, string? owner, CancellationToken cancellation)
    {
        var data = Path.Combine(folder, "data");
        if (Directory.Exists(data) && await PostmasterAsync(data) is not null)
            await Tool.RunAsync(Path.Combine(binaries.Folder, "pg_ctl"), ["-D", data, "-m", "fast", "-w", "-t", "60", "stop"], owner, cancellation: cancellation);
    }

    /// <summary>Under another name first: one that was killed half-way is never taken for a cluster.</summary>
    static async Task InitializeAsync(PostgresBinaries binaries, string folder, string? owner, CancellationToken cancellation)
    {
        foreach (var left in Directory.EnumerateDirectories(folder, "new.*")) Directory.Delete(left, recursive: true);

        var fresh = Path.Combine(folder, $"new.{Environment.ProcessId}");
        var made = await Tool.RunAsync(
            Path.Combine(binaries.Folder, "initdb"),
            ["-D", fresh, "-U", "iam", "-E", "UTF8", "--no-locale", "-A", "trust", "--no-sync"], owner, cancellation: cancellation);
        Require(made, $"PostgreSQL {binaries.Version} cannot make a database in {folder}");

        // Settings go into the file and never to `pg_ctl -o`, which splits at spaces.
        var included = await Tool.RunAsync("/bin/sh", ["-c", "cat >>\"$1\"", "sh", Path.Combine(fresh, "postgresql.conf")], owner, "\ninclude = 'iam.conf'\n", cancellation: cancellation);
        Require(included, $"The settings in {fresh} cannot be written");
        Directory.Move(fresh, Path.Combine(folder, "data"));
    }

    /// <summary>The cluster's folder; where that is too long for a socket's address, or has signs that mean something in it, a short one.</summary>
    static async Task<string> SocketFolderAsync(string folder, string? owner, CancellationToken cancellation)
    {
        var plain = folder.All(sign => char.IsAsciiLetterOrDigit(sign) || sign is '/' or '.' or '-' or '_' or ' ' or '~' or '+' or '@');
        return plain && Encoding.UTF8.GetByteCount(folder) + "/.s.PGSQL.5432".Length <= LongestSocketPathBytes
            ? folder
            : await TemporaryFolderAsync("/tmp/iam-postgres-XXXXXX", owner, cancellation);
    }

    static string Configuration(string socket, IReadOnlyDictionary<string, string>? settings)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["timezone"] = "UTC",
            ["log_timezone"] = "UTC",
            ["lc_messages"] = "C",
        };
        foreach (var (name, value) in settings ?? new Dictionary<string, string>()) all[name] = value;
        all["listen_addresses"] = "";
        all["port"] = "5432";
        all["unix_socket_directories"] = $"\"{socket}\"";
        all["unix_socket_permissions"] = "0700";
        return "# Written at every start.\n" + string.Concat(all.Select(each =>
            $"{each.Key} = '{each.Value.Replace("\\", @"\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'\n"));
    }

    /// <summary>As the owner, in a folder of the owner's: root would follow whatever link lies there.</summary>
    static async Task WriteAsync(string file, string text, string? owner, CancellationToken cancellation) =>
        Require(await Tool.RunAsync("/bin/sh", ["-c", "cat >\"$1\"", "sh", file], owner, text, cancellation: cancellation), $"The file {file} cannot be written");

    static async Task<Process> StartGuardAsync(PostgresBinaries binaries, string folder, string temporary, string? owner, CancellationToken cancellation)
    {
        var log = Path.Combine(folder, "log");
        if (File.Exists(log)) File.Move(log, log + ".1", overwrite: true);

        for (var trying = Stopwatch.StartNew(); ; await Task.Delay(250, cancellation))
        {
            await ForgetDeadPostmasterAsync(folder);
            var guard = Tool.Start("/bin/sh", ["-c", Guard, GuardName, binaries.Folder, folder, temporary], owner);
            try
            {
                if (await guard.StandardOutput.ReadLineAsync(cancellation) == "up") return guard;
            }
            catch
            {
                await EndAsync(guard);
                throw;
            }

            await EndAsync(guard);
            var said = await ReadAsync(log) is { Length: > 0 } lines ? lines : await ReadAsync(Path.Combine(folder, "start"));
            // Two seconds or so after a postmaster was killed its children are still leaving.
            var passes = said.Contains("already exists", StringComparison.Ordinal) || said.Contains("still in use", StringComparison.Ordinal);
            if (passes && trying.Elapsed < StartRetries) continue;

            if (temporary.Length > 0) Directory.Delete(temporary, recursive: true);
            throw new PostgresUnavailableException($"PostgreSQL {binaries.Version} does not start on {folder}. It says:\n{Tool.Tail(said.Trim(), 6)}");
        }
    }

    /// <summary>
    /// The files of a killed postmaster stop the next one as long as a process of that number exists: not yet reaped (for ever, where
    /// PID 1 reaps nobody), or of another program since. Where there is none PostgreSQL sees to it. Children that live still are found by
    /// PostgreSQL through the key of its shared memory, also without the file.
    /// </summary>
    static async Task ForgetDeadPostmasterAsync(string folder)
    {
        var data = Path.Combine(folder, "data");
        foreach (var file in new[] { Path.Combine(data, "postmaster.pid"), Path.Combine(folder, ".s.PGSQL.5432.lock") })
            if (await NumberInAsync(file) is { } id && await Tool.CommandLineOf(id) is { } command && !command.Contains(data, StringComparison.Ordinal)) File.Delete(file);
    }

    /// <summary>The living postmaster of this very folder, or null.</summary>
    static async Task<int?> PostmasterAsync(string data) =>
        await NumberInAsync(Path.Combine(data, "postmaster.pid")) is { } id && await IsPostmasterAsync(id, data) ? id : null;

    static async Task<bool> IsPostmasterAsync(int id, string data) =>
        await Tool.CommandLineOf(id) is { } command && command.Contains(data, StringComparison.Ordinal);

    static async Task<int?> NumberInAsync(string file) =>
        int.TryParse((await ReadAsync(file)).Split('\n')[0].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    static async Task<string> ReadAsync(string file)
    {
        try
        {
            return await File.ReadAllTextAsync(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return "";
        }
    }

    /// <summary>`pg_ctl status` has been seen to say "running" of a dead server: only an answer counts.</summary>
    static async Task<string> VersionBehindAsync(string connectionString, CancellationToken cancellation)
    {
        for (var trying = Stopwatch.StartNew(); ; await Task.Delay(100, cancellation))
        {
            try
            {
                await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false;Timeout=15");
                await connection.OpenAsync(cancellation);
                return connection.PostgreSqlVersion.ToString();
            }
            catch (NpgsqlException e)
            {
                if (trying.Elapsed > AnswerPatience) throw new PostgresUnavailableException($"PostgreSQL was started but does not answer: {e.Message}", e);
            }
        }
    }

    static void Require(Tool.Result result, string otherwise)
    {
        if (!result.Succeeded) throw new PostgresUnavailableException($"{otherwise}:\n{result.LastWords}");
    }
}
