using System.Diagnostics;

namespace IamEventSourced.Server;

using Directory = System.IO.Directory; // not the account's

/// <summary>Runs a program of the machine: from <c>/</c>, with an environment that cannot change what it does or says.</summary>
internal static class Tool
{
    internal sealed record Result(int ExitCode, string Output, string Errors)
    {
        public bool Succeeded => ExitCode == 0;

        /// <summary>The last lines of what it said, for a message.</summary>
        public string LastWords => Tail((Errors.Trim().Length > 0 ? Errors : Output).Trim(), 6);
    }

    /// <param name="user">The user to run as; null: ourselves.</param>
    /// <param name="input">What it reads; null: nothing.</param>
    public static async Task<Result> RunAsync(
        string file, IEnumerable<string> arguments, string? user = null, string? input = null,
        IReadOnlyDictionary<string, string>? environment = null, CancellationToken cancellation = default)
    {
        Process? process;
        try
        {
            process = Start(file, arguments, user, environment);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return new(127, "", $"{file}: {e.Message}");
        }

        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            try
            {
                if (input is not null) await process.StandardInput.WriteAsync(input.AsMemory(), cancellation);
                process.StandardInput.Close();
                await process.WaitForExitAsync(cancellation);
                return new(process.ExitCode, await output, await errors);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
            catch (IOException e) // it ended without reading its input
            {
                await process.WaitForExitAsync(cancellation);
                return new(process.ExitCode == 0 ? 1 : process.ExitCode, "", e.Message);
            }
        }
    }

    public static Process Start(string file, IEnumerable<string> arguments, string? user = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = OperatingSystem.IsWindows() ? "" : "/", // ours may be closed to the other user
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (user is not null) start.UserName = user;
        foreach (var name in start.Environment.Keys.Where(IsForeign).ToList()) start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C"; // also: messages in the one language that we read
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Npgsql reads some of PGOPTIONS, PGTZ, PGTARGETSESSIONATTRS … from our own environment; a private cluster wants none.</summary>
    public static void ForgetPostgresVariables()
    {
        foreach (var name in Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(IsPostgres).ToList())
            Environment.SetEnvironmentVariable(name, null);
    }

    public static string Tail(string text, int lines) => string.Join('\n', text.Split('\n').TakeLast(lines));

    /// <summary>
    /// The command line of a process; empty for one that is dead but not yet reaped (where PID 1 reaps nobody it stays so);
    /// null when there is none.
    /// </summary>
    public static async Task<string?> CommandLineOf(int processId)
    {
        if (Directory.Exists("/proc/self"))
        {
            try
            {
                return (await File.ReadAllTextAsync($"/proc/{processId}/cmdline")).Replace('\0', ' ').Trim();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }

        var ps = await RunAsync("ps", ["-o", "stat=,command=", "-p", $"{processId}"]);
        if (!ps.Succeeded || ps.Output.Trim().Length == 0) return null;
        return ps.Output.TrimStart().StartsWith('Z') ? "" : ps.Output.Trim();
    }

    static bool IsPostgres(string name) => name.StartsWith("PG", StringComparison.Ordinal);

    static bool IsForeign(string name) => IsPostgres(name) || name is "LANG" or "LANGUAGE" || name.StartsWith("LC_", StringComparison.Ordinal);
}
