using System.CommandLine;
using System.Globalization;

namespace IamEventSourced.Cli;

/// <summary><c>iam try COMMANDS.json</c>: what commands would come to, without doing them; and what they would change of past decisions.</summary>
sealed class TryVerb : Verb
{
    readonly Argument<string> _commands = new("commands") { Description = "A file of commands, a line each, as {\"CreateUser\":{\"UserName\":\"alice\"}}; - reads them from the input", HelpName = "COMMANDS" };
    readonly Option<string?> _by = new("--by") { Description = "By whose permissions: user/NAME, root, or an ARN; none: your own", HelpName = "PRINCIPAL" };
    readonly Option<string?> _replay = new("--replay") { Description = "A file of past requests, a line each, as {\"ActionName\":\"s3:GetObject\",\"ResourceArn\":\"…\",\"PrincipalArn\":\"…\"}: those that would be answered otherwise are shown", HelpName = "REQUESTS" };
    readonly Option<string?> _log = new("--log") { Description = "The same with the requests in the decision log since this time, with all that came with them", HelpName = "TIME" };
    readonly Option<bool> _exitCode = new("--exit-code") { Description = "Exit status 7 when a command would be refused or a request answered otherwise" };

    public TryVerb() : base("try", "What would these commands come to? Nothing is done")
    {
        Arguments.Add(_commands);
        Options.Add(_by);
        Options.Add(_replay);
        Options.Add(_log);
        Options.Add(_exitCode);
    }

    public override async Task<ExitStatus> Run(Invocation asked, CancellationToken cancel)
    {
        var simulate = new SimulateCommands(await InputFile.Commands(asked, asked.Get(_commands)!, cancel), asked.Get(_by) is { } by ? asked.Principal(by) : null);
        List<AuthorizationRequest> requests = asked.Get(_replay) is { } file ? [.. await InputFile.Many<AuthorizationRequest>(asked, file, cancel)] : [];
        if (asked.Get(_log) is { } since)
        {
            var (log, refusal) = await DecisionsVerb.Read(asked, new(From: Invocation.Time("--log", since)), int.MaxValue, cancel);
            if (log is null) return asked.Refuse(refusal!);
            requests.AddRange(log.Decisions.Select(made => made.Request));
        }

        // All pages of requests on one revision.
        SimulateCommandsAnswer? whole = null;
        foreach (var (index, page) in requests.Count is 0 ? [(0, null)] : requests.Chunk(AuthorizeBatch.Most).Index().Select(chunk => (chunk.Index, (AuthorizationRequest[]?)chunk.Item)))
        {
            var reply = await asked.Ask(simulate with { Requests = page }, whole?.Revision);
            if (reply.Answer is not { } answer) return asked.Refuse(reply.Refusal!);
            var changed = answer.ChangedDecisions?.Select(one => one with { Number = one.Number + index * AuthorizeBatch.Most });
            whole = answer with { ChangedDecisions = changed is null ? null : [.. whole?.ChangedDecisions ?? [], .. changed] };
        }

        asked.Show(whole!, to =>
        {
            Output.Table(to, whole!.Outcomes.SelectMany(Rows));
            foreach (var change in whole.AccessChanges ?? []) DiffVerb.Write(to, change);
            if (requests.Count > 0) to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{whole.ChangedDecisions!.Count} of {requests.Count} requests would be answered otherwise."));
            foreach (var changed in whole.ChangedDecisions ?? []) to.WriteLine(Line(changed));
        }, whole!.Outcomes);
        return asked.Get(_exitCode) && (whole.ChangedDecisions is { Count: > 0 } || whole.Outcomes.Any(outcome => outcome.Error is not null)) ? ExitStatus.NotProven : ExitStatus.Done;
    }

    static IEnumerable<string[]> Rows(CommandOutcome outcome)
    {
        if (outcome.Error is { } error) return [["refused", outcome.OperationName.Value, $"{error.Code}: {error.Message}"]];
        if (outcome.Events.Count is 0) return [["", outcome.OperationName.Value, "nothing: it is so already"]];
        return outcome.Events.Select((happening, index) => (string[])[string.Create(CultureInfo.InvariantCulture, $"r {happening.Revision,4}"), index is 0 ? outcome.OperationName.Value : "", $"{happening.Type} {happening.Data.GetRawText()}"])
            .Concat(outcome.Assuming is { } assuming ? [["", "", $"assuming: {assuming}"]] : []);
    }

    static string Line(ChangedDecision changed) =>
        string.Create(CultureInfo.InvariantCulture, $"  {changed.Number}: {(changed.Request.PrincipalArn is { } who ? Invocation.Short(who) : "you")} {changed.Request.ActionName} {changed.Request.ResourceArn?.Value ?? "*"}: {changed.Before.Decision} ({changed.Before.Reason}) -> {changed.After.Decision} ({changed.After.Reason})");
}
