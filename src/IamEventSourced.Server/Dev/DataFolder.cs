using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace IamEventSourced.Server;

using Directory = System.IO.Directory; // not the account's

/// <summary>A folder whose database this process alone may run: made, locked, and freed when the process ends, however it ends.</summary>
public sealed class DataFolder : IDisposable
{
    const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    const UnixFileMode Traversable = Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    readonly FileStream held;

    DataFolder(string path, FileStream mark) => (Path, held) = (path, mark);

    public string Path { get; }

    /// <summary>
    /// Where a clone's data lie unless told otherwise: never in the clone (it may be on a disk of Windows, or in a home that the
    /// cluster's user cannot enter). As root: <c>/var/tmp/iam-eventsourced-HASH</c>; else in <c>$XDG_STATE_HOME</c> or <c>~/.local/state</c>.
    /// </summary>
    /// <param name="clone">The clone's path; null: that of the running program.</param>
    public static string Default(string? clone = null)
    {
        var name = "iam-eventsourced-" + Hash(clone ?? Clone());
        if (OperatingSystem.IsWindows()) return System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), name);
        if (Environment.IsPrivilegedProcess) return "/var/tmp/" + name;

        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        if (state is { Length: > 0 } && System.IO.Path.IsPathRooted(state)) return System.IO.Path.Combine(state, name);

        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return home is { Length: > 1 } ? System.IO.Path.Combine(home, ".local/state", name) : $"/var/tmp/{name}-{Environment.UserName}";
    }

    internal static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..8];

    /// <exception cref="PostgresUnavailableException">Another process has it, or it cannot be made.</exception>
    public static async Task<DataFolder> TakeAsync(string path)
    {
        path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        try
        {
            Make(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PostgresUnavailableException($"The data folder {path} cannot be made: {e.Message}", e);
        }

        if (!await IsOursAsync(path))
            throw new PostgresUnavailableException($"The data folder {path} belongs to another user. Remove it or choose another.");

        var file = System.IO.Path.Combine(path, "postgres.lock");
        try
        {
            // On Unix this is flock(2): it goes with the process, kill -9 included, and no child inherits it.
            var mark = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            mark.SetLength(0);
            mark.Write(Encoding.UTF8.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            mark.Flush();
            return new(path, mark);
        }
        catch (IOException e)
        {
            throw new PostgresUnavailableException($"The data in {path} are in use by {await HolderOf(file)}. Stop it first, or choose another folder.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new PostgresUnavailableException($"The data folder {path} cannot be written: {e.Message}", e);
        }
    }

    public void Dispose()
    {
        if (!held.CanWrite) return;
        held.SetLength(0); // the file stays: removing a lock file lets two processes lock two files of one name
        held.Dispose();
    }

    static void Make(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        if (Directory.Exists(path)) return;
        // As root the cluster runs as another user, whose own closed folder lies inside.
        Directory.CreateDirectory(path, Environment.IsPrivilegedProcess ? Traversable : Private);
    }

    /// <summary>In a folder where all may write, such as /var/tmp, somebody else may have made ours before us.</summary>
    static async Task<bool> IsOursAsync(string path) =>
        OperatingSystem.IsWindows()
        || !File.GetUnixFileMode(System.IO.Path.GetDirectoryName(path) ?? "/").HasFlag(UnixFileMode.StickyBit)
        || (await Tool.RunAsync("/bin/sh", ["-c", "test -O \"$1\"", "sh", path])).Succeeded;

    static async Task<string> HolderOf(string file)
    {
        // Not opened by ourselves: .NET asks for the lock also when it only reads.
        var text = OperatingSystem.IsWindows() ? "" : (await Tool.RunAsync("cat", [file])).Output;
        if (!int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var id)) return "another process";
        if (id == Environment.ProcessId) return $"this same process ({id})";
        var command = await Tool.CommandLineOf(id);
        return string.IsNullOrEmpty(command) ? $"process {id}" : $"process {id} ({(command.Length > 120 ? command[..120] + "…" : command)})";
    }

    static string Clone()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "IamEventSourced.sln"))) return folder.FullName;
        return AppContext.BaseDirectory;
    }
}
