using System.CommandLine;
using System.Globalization;

namespace IamEventSourced.Cli;

/// <summary><c>iam diff FROM [TO]</c>: what somebody, or everybody, gained and lost between two moments, and by which events.</summary>
sealed class DiffVerb : Verb
{
    readonly Argument<string> _from = new("from") { Description = "The earlier revision or time", HelpName = "FROM" };
    readonly Argument<string?> _to = new("to") { Description = "The later revision or time; none: now", HelpName = "TO", DefaultValueFactory = _ => null };
    readonly Option<string?> _entity = new("--of") { Description = "Only of user/NAME, group/NAME, policy/NAME, an ARN or a unique id; none: of all users", HelpName = "ENTITY" };
    readonly Option<bool> _exitCode = new("--exit-code") { Description = "Exit status 7 when something was gained or lost" };

    public DiffVerb() : base("diff", "What was gained and lost between two moments, and because of which changes")
    {
        Arguments.Add(_from);
        Arguments.Add(_to);
        Options.Add(_entity);
        Options.Add(_exitCode);
    }

    public override async Task<ExitStatus> Run(Invocation asked, CancellationToken cancel)
    {
        var (from, entity) = (asked.Get(_from)!, asked.Get(_entity) is { } given ? new EntityReference(asked.Entity(given)) : null);
        var compare = int.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? new CompareAccess(revision, null, entity) : new CompareAccess(null, Invocation.Time("FROM", from), entity);
        CompareAccessAnswer? answer = null;
        do
        {
            var reply = await asked.Ask(compare with { Marker = answer?.Marker, MaxItems = MaxItems.Limits.Max }, asked.Get(_to));
            if (reply.Answer is not { } page) return asked.Refuse(reply.Refusal!);
            answer = page with { Changes = [.. answer?.Changes ?? [], .. page.Changes] };
        }
        while (answer.Marker is not null);
        asked.Show(answer, to =>
        {
            if (answer.Changes.Count is 0) to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Nobody gained or lost anything from revision {answer.FromRevision} to {answer.Revision}."));
            foreach (var change in answer.Changes) Write(to, change);
        }, answer.Changes);
        return asked.Get(_exitCode) && answer.Changes.Count > 0 ? ExitStatus.NotProven : ExitStatus.Done;
    }

    /// <summary>A change for people.</summary>
    public static void Write(TextWriter to, AccessChange change)
    {
        var who = string.Join(", ", change.Principals.Take(3).Select(Invocation.Short));
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(change.Change is "gained" ? '+' : '-')} {who}{(change.PrincipalCount > 3 ? $" and {change.PrincipalCount - 3} more" : "")}: {change.Access}{(change.Statement is null || change.InForce == (change.Change is "gained") ? "" : change.InForce ? " (in force)" : " (in force no more)")}"));
        foreach (var way in change.Ways) to.WriteLine($"    {Invocation.Short(way.Through)} > {way.PolicyName}{(way.VersionId is { } version ? $" {version}" : "")}{(way.Way is "PermissionsBoundary" ? " (permissions boundary)" : "")}");
        foreach (var cause in change.Causes) to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    r {cause.Revision,4}  {Json.Write(cause.At)}  {cause.Type}  by {Invocation.Short(cause.By.Arn)}"));
    }
}
