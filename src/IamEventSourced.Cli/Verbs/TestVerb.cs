using System.CommandLine;
using System.Globalization;
using System.Xml.Linq;

namespace IamEventSourced.Cli;

/// <summary><c>iam test EXPECTATIONS</c>: whether decisions are as they are expected, also after commands that are only tried; TAP or JUnit. Exit status 7: one is not.</summary>
sealed class TestVerb : Verb
{
    readonly Argument<string> _expectations = new("expectations") { Description = "A file of expectations, a line each, as {\"Expect\":\"denied\",\"Principal\":\"user/alice\",\"ActionName\":\"s3:GetObject\",\"ResourceArn\":\"…\"}; - reads them from the input", HelpName = "EXPECTATIONS" };
    readonly Option<string?> _after = new("--after") { Description = "A file of commands, as try takes them: what is decided after them, without doing them", HelpName = "COMMANDS" };
    readonly Option<bool> _junit = new("--junit") { Description = "Writes JUnit's XML; else TAP" };

    /// <summary>What is expected of one decision.</summary>
    /// <param name="Expect">allowed or denied.</param>
    /// <param name="ActionName">The action.</param>
    /// <param name="ResourceArn">The resource's ARN; none: *.</param>
    /// <param name="Principal">user/NAME, root or an ARN; none: who asks.</param>
    /// <param name="ContextEntries">What the request brings along.</param>
    /// <param name="Name">What it is about, for people.</param>
    sealed record Expectation(string Expect, ActionName ActionName, ResourceName? ResourceArn = null, string? Principal = null, ContextEntry[]? ContextEntries = null, string? Name = null)
    {
        public string Title => Name ?? $"{Principal ?? "you"} {ActionName} {ResourceArn?.Value ?? "*"} is {Expect}";

        /// <summary>Whether it is met; a question that can't be answered meets none.</summary>
        public bool IsMetBy(AuthorizationResult result) => result.Error is null && Expect == (result.Decision is "allowed" ? "allowed" : "denied");
    }

    public TestVerb() : base("test", "Are decisions as they are expected? Exit status 7: not all")
    {
        Arguments.Add(_expectations);
        Options.Add(_after);
        Options.Add(_junit);
    }

    public override async Task<ExitStatus> Run(Invocation asked, CancellationToken cancel)
    {
        var file = asked.Get(_expectations)!;
        var expected = await InputFile.Many<Expectation>(asked, file, cancel);
        if (expected.FirstOrDefault(one => one.Expect is not ("allowed" or "denied")) is { } unclear) throw CannotException.Usage($"{file}: Expect is allowed or denied, not {unclear.Expect}.");
        var commands = asked.Get(_after) is { } after ? await InputFile.Commands(asked, after, cancel) : null;

        List<AuthorizationResult> results = [];
        long? revision = null;
        foreach (var page in expected.Chunk(AuthorizeBatch.Most))
        {
            AuthorizationRequest[] requests = [.. page.Select(one => new AuthorizationRequest(one.ActionName, one.ResourceArn, one.Principal is { } who ? asked.Principal(who) : null, one.ContextEntries))];
            var reply = await asked.Ask(new AuthorizeBatch(requests), revision);
            if (reply.Answer is not { } batch) return asked.Refuse(reply.Refusal!);
            revision = batch.Revision;
            AuthorizationResult[] decided = [.. batch.Results];
            if (commands is not null)
            {
                var tried = await asked.Ask(new SimulateCommands(commands, null, requests), revision);
                if (tried.Answer is not { } simulated) return asked.Refuse(tried.Refusal!);
                if (simulated.Outcomes.FirstOrDefault(outcome => outcome.Error is not null) is { Error: { } error } refused) return asked.Refuse(error with { Message = $"{refused.OperationName}: {error.Message}" });
                foreach (var changed in simulated.ChangedDecisions!) decided[changed.Number - 1] = changed.After;
            }
            results.AddRange(decided);
        }
        var all = expected.Zip(results).ToList();
        asked.Write(to => { if (asked.Get(_junit)) JUnit(to, all); else Tap(to, all); });
        return all.All(one => one.First.IsMetBy(one.Second)) ? ExitStatus.Done : ExitStatus.NotProven;
    }

    static void Tap(TextWriter to, List<(Expectation Expected, AuthorizationResult Result)> all)
    {
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"TAP version 14\n1..{all.Count}"));
        foreach (var (index, (expected, result)) in all.Index())
        {
            var met = expected.IsMetBy(result);
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(met ? "ok" : "not ok")} {index + 1} - {Line(expected.Title).Replace("#", "\\#", StringComparison.Ordinal)}"));
            if (!met) to.WriteLine($"  ---\n  decision: {result.Decision}\n  reason: {System.Text.Json.JsonSerializer.Serialize(Line(result.Reason), Json.Options)}\n  ...");
        }
    }

    static string Line(string text) => text.ReplaceLineEndings(" ");

    static void JUnit(TextWriter to, List<(Expectation Expected, AuthorizationResult Result)> all) =>
        to.WriteLine(new XElement("testsuite", new XAttribute("name", "iam"), new XAttribute("tests", all.Count), new XAttribute("failures", all.Count(one => !one.Expected.IsMetBy(one.Result))),
            all.Select(one => new XElement("testcase", new XAttribute("name", one.Expected.Title), one.Expected.IsMetBy(one.Result) ? null : new XElement("failure", new XAttribute("message", one.Result.Decision), one.Result.Reason)))));
}
