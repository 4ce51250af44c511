using IamEventSourced.Cli;

namespace IamEventSourced.Server.Tests;

/// <summary>The command line <c>iam</c>, run in this process with an environment of its own.</summary>
sealed class IamTool(Dictionary<string, string?> environment)
{
    /// <summary>As root of the fixture's account, at its first node.</summary>
    public static IamTool For(ServerFixture server, Key? key = null, string? url = null) => new(new()
    {
        ["AWS_ENDPOINT_URL"] = url ?? server.Url, ["AWS_ACCESS_KEY_ID"] = (key ?? server.Root).Id.Value, ["AWS_SECRET_ACCESS_KEY"] = (key ?? server.Root).Secret.Reveal(), ["HOME"] = "/nonexistent",
    });

    /// <summary>The node that it asks.</summary>
    public string Url => environment["AWS_ENDPOINT_URL"]!;

    /// <summary>Runs it; the exit status, and what it wrote.</summary>
    public Task<(int Status, string Output, string Error)> Run(params string[] args) => RunWith("", args);

    /// <summary>The same with something to read.</summary>
    public Task<(int Status, string Output, string Error)> RunWith(string input, params string[] args) => Run(args, TestContext.Current.CancellationToken, input);

    /// <summary>The same until it is interrupted.</summary>
    public async Task<(int Status, string Output, string Error)> Run(string[] args, CancellationToken interrupted, string input = "")
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var status = await CommandLine.Run(args, new(output, error, name => environment.GetValueOrDefault(name)) { Input = new StringReader(input) }, interrupted);
        return ((int)status, output.ToString().ReplaceLineEndings("\n"), error.ToString().ReplaceLineEndings("\n"));
    }
}
