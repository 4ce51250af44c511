using System.ComponentModel;
using System.Diagnostics;

namespace IamEventSourced.Server.Tests;

/// <summary>A server in a process of its own, as its users start it; ended as nobody wishes: by SIGKILL.</summary>
sealed class ServerProcess : IDisposable
{
    const string Said = "Now listening on: ";
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly Process _process;

    ServerProcess(Process process, string url) => (_process, Url) = (process, url);

    public string Url { get; }

    /// <summary>Starts the serve verb and waits until it listens.</summary>
    /// <param name="database">The database, migrated.</param>
    /// <param name="keys">The folder with the files <c>master</c> and <c>operator</c>.</param>
    /// <param name="settings">More of its environment.</param>
    public static async Task<ServerProcess> Start(string database, string keys, params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) is "dotnet" ? own : "dotnet", [typeof(Dispatcher).Assembly.Location, "serve"])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
            Environment =
            {
                ["ConnectionStrings__iam"] = database, ["Iam__MasterKeyFile"] = Path.Combine(keys, "master"), ["Iam__OperatorKeyFile"] = Path.Combine(keys, "operator"),
                ["Urls"] = "http://127.0.0.1:0", ["Logging__LogLevel__Default"] = "Warning", ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information",
            },
        };
        foreach (var (name, value) in settings) start.Environment[name] = value;
        var process = Process.Start(start) ?? throw new Win32Exception();
        var listening = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null) listening.TrySetException(new InvalidOperationException("The server ended before it listened."));
            else if (line.Data.IndexOf(Said, StringComparison.Ordinal) is >= 0 and var at) listening.TrySetResult(line.Data[(at + Said.Length)..].Trim());
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try { return new(process, await listening.Task.WaitAsync(Patience)); }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <summary>SIGKILL: nothing of it runs any more when this is done.</summary>
    public async Task Kill()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGSTOP: it stays, and does nothing, until <see cref="Continue"/>.</summary>
    public Task Suspend() => Signal("STOP");

    /// <summary>SIGCONT.</summary>
    public Task Continue() => Signal("CONT");

    async Task Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        kill.ExitCode.ShouldBe(0);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
