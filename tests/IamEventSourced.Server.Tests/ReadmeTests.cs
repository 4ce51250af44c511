using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using IamEventSourced.Client;

namespace IamEventSourced.Server.Tests;

/// <summary>What README shows of <c>iam</c>, run on what ./run plays.</summary>
public sealed partial class ReadmeTests(PostgresFixture postgres)
{
    const string Folder = "DIR";

    [Fact] public async Task What_iam_answers_is_what_README_shows()
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("iam-readme-").FullName;
        var (key, heads) = (Path.Combine(System.IO.Directory.CreateDirectory(Path.Combine(folder, "keys")).FullName, "ledger"), Path.Combine(folder, "heads"));
        LedgerKeyFile.CreateIfNone(key);
        try
        {
            await using var server = await ServerFixture.Start(postgres, node => (node.Configuration["Iam:LedgerKeyFile"], node.Configuration["Iam:HeadsFolder"]) = (key, heads));
            await using (var bus = await ScenarioBus.Start(server.Database, server.Account, new(server.Root.Id, server.Root.Secret)))
                await new Scenario(new StringWriter(), server.Url, server.Account, (server.Root.Id, server.Root.Secret), bus).Play();
            var revision = (await server.Client().Ask(new GetAccountSummary(), ReadAt.Newest)).Revision;
            await Until.True(async () => (await server.Client().Ask(new GetTreeHead())).Answer?.Size == revision, TimeSpan.FromSeconds(30), "no head is signed");

            var iam = IamTool.For(server);
            var shown = Shown().ToList();
            shown.ShouldNotBeEmpty();
            foreach (var (line, output) in shown)
                Masked(await Run(iam, line.Replace($"{Folder}/", $"{folder}/", StringComparison.Ordinal).Replace("account.jsonl", Path.Combine(folder, "account.jsonl"), StringComparison.Ordinal)))
                    .ShouldBe(Masked(output), line);
        }
        finally
        {
            System.IO.Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Each line that is typed, with what it answers.</summary>
    static IEnumerable<(string Line, string Output)> Shown() =>
        Blocks().Matches(File.ReadAllText(Path.Combine(Here(), "../../../README.md"))).SelectMany(block => block.Groups["text"].Value.Split("$ ", StringSplitOptions.RemoveEmptyEntries))
            .Select(part => part.Split('\n', 2)).Select(parts => (parts[0], parts[1]));

    /// <summary>A line as a shell takes it: <c>iam …</c>, or <c>echo '…' | iam …</c>; as on a terminal, answers are for people.</summary>
    static async Task<string> Run(IamTool iam, string line)
    {
        var input = Echo().Match(line);
        var (_, output, error) = await iam.RunWith(input.Groups["input"].Value, [.. line[input.Length..].Split(' ').Skip(1), "-o", "table"]);
        return output + error;
    }

    static string Here([CallerFilePath] string file = "") => file;

    // Times, ids and the number of heads are others each time.
    static string Masked(string text) => Others().Replace(text, "…");

    [GeneratedRegex("^```console\n(?<text>.*?)^```", RegexOptions.ExplicitCapture | RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"^echo '(?<input>.*?)' \| ", RegexOptions.ExplicitCapture)]
    private static partial Regex Echo();

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT[\d:.]+Z|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|A(IDA|GPA)[A-Z2-7]{17}|\d+ heads?\b", RegexOptions.ExplicitCapture)]
    private static partial Regex Others();
}
