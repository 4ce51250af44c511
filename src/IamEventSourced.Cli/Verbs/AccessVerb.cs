using System.CommandLine;
using System.Globalization;

namespace IamEventSourced.Cli;

/// <summary><c>iam access PRINCIPAL</c>: every statement that is in force for it.</summary>
sealed class AccessVerb : Verb
{
    readonly Argument<string> _principal = new("principal") { Description = "user/NAME, root, or an ARN", HelpName = "PRINCIPAL" };

    public AccessVerb() : base("access", "What may this principal do? Every statement in force, and by which way") => Arguments.Add(_principal);

    public override async Task<ExitStatus> Run(Invocation asked, CancellationToken cancel)
    {
        var reply = await asked.Ask(new GetEffectivePermissions(asked.Principal(asked.Get(_principal)!)));
        if (reply.Answer is not { } answer) return asked.Refuse(reply.Refusal!);
        asked.Show(answer, to =>
        {
            if (answer.IsRoot) to.WriteLine("Root may do everything in its account.");
            foreach (var policy in answer.UnreadablePolicies) to.WriteLine($"{policy} can't be read as a policy, so everything is denied.");
            Output.Table(to, answer.Statements.Select(one => Row(one, Invocation.Short(one.Through))).Concat(answer.BoundaryStatements?.Select(one => Row(one, "boundary")) ?? []));
        }, answer.Statements.Concat(answer.BoundaryStatements ?? []));
        return ExitStatus.Done;
    }

    static string[] Row(EffectiveStatement one, string way) =>
        [string.Create(CultureInfo.InvariantCulture, $"since r {one.SinceRevision,4}"), $"{way} > {one.PolicyName}{(one.VersionId is { } version ? $" {version}" : "")}", one.Statement.GetRawText().ReplaceLineEndings(" ")];
}
