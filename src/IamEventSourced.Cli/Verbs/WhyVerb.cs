using System.Globalization;

namespace IamEventSourced.Cli;

/// <summary><c>iam why PRINCIPAL ACTION [RESOURCE]</c>: the statements that decided, and who made them be in force.</summary>
sealed class WhyVerb : Verb
{
    readonly Question _question;

    public WhyVerb() : base("why", "Why may this principal do this, or why not, and by whose doing? Exit status 0: it may; 3: it may not") => _question = new(this, ofPrincipal: true);

    public override async Task<ExitStatus> Run(Invocation asked, CancellationToken cancel)
    {
        var reply = await asked.Ask(new ExplainAuthorization(_question.Action(asked), _question.Resource(asked), _question.Principal(asked), _question.Context(asked)));
        if (reply.Answer is not { } answer) return asked.Refuse(reply.Refusal!);
        var may = answer.Decision is "allowed";
        asked.Show(answer, to =>
        {
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(may ? "ALLOWED" : "DENIED")} at revision {answer.Revision}: {answer.Reason}"));
            foreach (var statement in answer.MatchedStatements) Write(to, statement);
            foreach (var policy in answer.UnreadablePolicies) Write(to, $"{Invocation.Short(policy.Through)} > {policy.PolicyName}: {policy.Problem}", policy.Links);
            if (answer.Missing is { } missing) to.WriteLine($"It lacks {missing}.");
            foreach (var statement in answer.NearestStatements) Write(to, statement);
        });
        return may ? ExitStatus.Done : ExitStatus.Denied;
    }

    static void Write(TextWriter to, ExplainedStatement statement)
    {
        var way = statement.Way is "PermissionsBoundary" ? "boundary" : Invocation.Short(statement.Through);
        var sid = statement.Sid is { Length: > 0 } given ? $"\"{given}\"" : string.Create(CultureInfo.InvariantCulture, $"statement {statement.Statement}");
        Write(to, string.Create(CultureInfo.InvariantCulture, $"{way} > {statement.PolicyName}{(statement.VersionId is { } version ? $" {version}" : "")} > {sid} (line {statement.StartPosition.Line}) {statement.Effect}{Failure(statement)}"), statement.Links);
    }

    static string Failure(ExplainedStatement statement) => statement switch
    {
        { FailedPart: null } => "",
        { FailedConditions: { Count: > 0 } conditions } => $", but for its condition: {string.Join("; ", conditions.Select(condition => $"{condition.Operator} {condition.Key} {string.Join(" or ", condition.Values)}, {(condition.Given is { } given ? $"not {string.Join(", ", given)}" : "of which the request tells nothing")}"))}",
        _ => $", but for its {statement.FailedPart.ToLowerInvariant()}",
    };

    static void Write(TextWriter to, string head, IEnumerable<AccessLink> links)
    {
        to.WriteLine($"  {head}");
        Output.Table(to, links.OrderBy(link => link.Event.Revision).Select(link =>
            (string[])[string.Create(CultureInfo.InvariantCulture, $"    r {link.Event.Revision,4}"), Json.Write(link.Event.At), link.Link, link.Event.Type, $"by {Invocation.Short(link.Event.By.Arn)}", $"command {link.Event.Command}"]));
    }
}
