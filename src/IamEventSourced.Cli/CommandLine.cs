using System.CommandLine;

namespace IamEventSourced.Cli;

/// <summary>The program: every verb under one root, with the global options.</summary>
static class CommandLine
{
    static readonly RootCommand Root = Make();

    static RootCommand Make()
    {
        var root = new RootCommand("Who may do what, since when and because of whom: asks a service of IamEventSourced, or an export of one of its accounts.");
        foreach (var option in GlobalOptions.All) root.Options.Add(option);
        foreach (var verb in typeof(CommandLine).Assembly.GetTypes().Where(type => type is { IsAbstract: false, IsNested: false } && type.IsAssignableTo(typeof(Command))).Select(type => (Command)Activator.CreateInstance(type)!).OrderBy(verb => verb.Name, StringComparer.Ordinal))
            root.Subcommands.Add(verb);
        return root;
    }

    /// <summary>Does what the arguments say.</summary>
    public static async Task<ExitStatus> Run(string[] args, Surroundings around, CancellationToken cancel = default)
    {
        var parsed = Root.Parse(args);
        if (parsed.Action is not null || parsed.Errors.Count > 0 || parsed.CommandResult.Command is not Verb verb)
        {
            // Help, the version, or what is wrong with the arguments, for which the library would say 1.
            var said = await parsed.InvokeAsync(new() { Output = around.Output, Error = around.Error, EnableDefaultExceptionHandler = false }, cancel);
            return parsed.Errors.Count > 0 ? ExitStatus.Usage : (ExitStatus)said;
        }
        try
        {
            return await verb.Run(new(parsed, around, cancel), cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested) { return ExitStatus.Failed; }
        catch (CannotException e) { return Say(e.Status, e.Message); }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException) { return Say(ExitStatus.Unreachable, $"The service does not answer: {e.Message}"); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return Say(ExitStatus.Failed, e.Message); }
        catch (Exception e) when (e is FormatException or System.Text.Json.JsonException) { return Say(ExitStatus.Usage, e.Message); }

        ExitStatus Say(ExitStatus status, string message)
        {
            around.Error.WriteLine(message);
            return status;
        }
    }
}

/// <summary>What the program finds around it.</summary>
/// <param name="Output">For answers.</param>
/// <param name="Error">For what is said beside them.</param>
/// <param name="Environment">The environment's variables.</param>
sealed record Surroundings(TextWriter Output, TextWriter Error, Func<string, string?> Environment)
{
    /// <summary>Whether people read the output as it is written.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>What is piped in.</summary>
    public TextReader Input { get; init; } = TextReader.Null;
}
