using System.CommandLine;
using System.Globalization;

namespace IamEventSourced.Cli;

/// <summary><c>iam alerts</c>: what good practice would have otherwise, with the commands that would change it: <c>iam alerts --type UserPolicy -o jsonl | iam try -</c>.</summary>
sealed class AlertsVerb : Verb
{
    readonly Option<string[]> _types = new("--type") { Description = "Only of these kinds, as UnusedIAMUserAccessKey; none: of all", HelpName = "TYPE", AllowMultipleArgumentsPerToken = true };
    readonly Option<int?> _keyAge = new("--key-age") { Description = "Days after which an access key should be replaced; 90 where none is given", HelpName = "DAYS" };
    readonly Option<int?> _unused = new("--unused") { Description = "Days that an access key or password may go unused; 90 where none is given", HelpName = "DAYS" };
    readonly Option<int?> _unusedAccess = new("--unused-access") { Description = "Days that a granted service may go without access; 90 where none is given", HelpName = "DAYS" };
    readonly Option<bool> _exitCode = new("--exit-code") { Description = "Exit status 7 when there is any" };

    public AlertsVerb() : base("alerts", "Old and unused credentials, missing MFA, policies that allow everything: each with its reason and the commands that change it")
    {
        foreach (var option in (Option[])[_types, _keyAge, _unused, _unusedAccess, _exitCode]) Options.Add(option);
    }

    public override async Task<ExitStatus> Run(Invocation asked, CancellationToken cancel)
    {
        var types = (asked.Get(_types) ?? []).Select(type => AlertType.Limits.Violation(type) is null ? new AlertType(type) : throw CannotException.Usage($"--type: {type} is none of {AlertType.Limits.Pattern.Replace("|", ", ", StringComparison.Ordinal)}.")).ToArray();
        if (asked.IsOfExport) throw CannotException.Usage("--export: this needs a server; an export does not tell when something was used.");
        List<Alert> alerts = [];
        ListAlertsAnswer answer;
        Marker? marker = null;
        do
        {
            var reply = await asked.Ask(new ListAlerts(types, Days(_keyAge), Days(_unused), Days(_unusedAccess), marker, MaxItems.Limits.Max));
            if (reply.Refusal is { } refusal) return asked.Refuse(refusal);
            answer = reply.Answer!;
            alerts.AddRange(answer.Alerts);
            marker = answer.Marker;
        }
        while (answer.IsTruncated);

        asked.Show(answer with { Alerts = alerts }, to =>
        {
            foreach (var alert in alerts)
            {
                to.WriteLine($"{alert.Type}  {Invocation.Short(alert.Arn)}: {alert.Reason}");
                to.WriteLine($"    {alert.Recommendation}");
                foreach (var command in alert.Commands) to.WriteLine($$"""    {"{{command.OperationName}}":{{command.Parameters}}}""");
            }
        }, alerts);
        asked.Note(string.Create(CultureInfo.InvariantCulture, $"{alerts.Count} at revision {answer.Revision}"));
        return asked.Get(_exitCode) && alerts.Count > 0 ? ExitStatus.NotProven : ExitStatus.Done;

        AgeInDays? Days(Option<int?> option) => asked.Get(option) is { } days ? days : null;
    }
}
