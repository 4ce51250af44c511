using System.CommandLine;
using System.Globalization;

namespace IamEventSourced.Cli;

/// <summary><c>iam undo-plan ENTITY --to REV</c>: the commands that bring it back, a line each; to be read, given to <c>iam try -</c> and to <c>iam send -</c>.</summary>
sealed class UndoPlanVerb : Verb
{
    readonly Argument<string> _entity = new("entity") { Description = "user/NAME, group/NAME, policy/NAME, an ARN or a unique id, also of what was deleted", HelpName = "ENTITY" };
    readonly Option<int> _to = new("--to") { Description = "The revision that it is to be brought back to", HelpName = "REVISION", Required = true };

    public UndoPlanVerb() : base("undo-plan", "The commands that bring a user, group or policy back to what it was")
    {
        Arguments.Add(_entity);
        Options.Add(_to);
    }

    public override async Task<ExitStatus> Run(Invocation asked, CancellationToken cancel)
    {
        var reply = await asked.Ask(new PlanRestoration(asked.Entity(asked.Get(_entity)!), asked.Get(_to)));
        if (reply.Answer is not { } answer) return asked.Refuse(reply.Refusal!);
        asked.Show(answer, to =>
        {
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"# {answer.EntityId}: from revision {answer.Revision} back to {answer.ToRevision}, {answer.Commands.Count} commands"));
            foreach (var command in answer.Commands) to.WriteLine($$"""{"{{command.OperationName}}":{{command.Parameters}}}""");
            foreach (var lost in answer.Lost) to.WriteLine($"# {lost}");
        }, answer.Commands);
        return ExitStatus.Done;
    }
}
