using System.CommandLine;
using System.Globalization;

namespace IamEventSourced.Cli;

/// <summary><c>iam when PRINCIPAL ACTION [RESOURCE]</c>: since when it may, and when it could before, and what began and ended each time.</summary>
sealed class WhenVerb : Verb
{
    readonly Argument<string> _principal = new("principal") { Description = "user/NAME, root, an ARN, or a unique id, which also finds who was deleted or renamed", HelpName = "PRINCIPAL" };
    readonly Question _question;
    readonly Option<int?> _max = new("--max") { Description = "How many intervals at most, the newest; 100 where none is given", HelpName = "N" };

    public WhenVerb() : base("when", "Since when may this principal do this, and when could it before? Exit status 0: it may now; 3: it may not")
    {
        Arguments.Add(_principal);
        _question = new(this);
        Options.Add(_max);
    }

    public override async Task<ExitStatus> Run(Invocation asked, CancellationToken cancel)
    {
        var reply = await asked.Ask(new ListAuthorizationIntervals(asked.Entity(asked.Get(_principal)!), _question.Action(asked), _question.Resource(asked), _question.Context(asked), asked.Get(_max) is { } max ? new MaxItems(max) : null));
        if (reply.Answer is not { } answer) return asked.Refuse(reply.Refusal!);
        asked.Show(answer, to =>
        {
            if (answer.Intervals.Count is 0) to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Never, until revision {answer.Revision}."));
            Output.Table(to, answer.Intervals.SelectMany(interval => (string[][])[["from", .. Row(interval.From)], interval.To is { } end ? ["to", .. Row(end)] : ["to", "", "", "it still may"]]));
        }, answer.Intervals);
        return answer.Intervals is [.., { To: null }] ? ExitStatus.Done : ExitStatus.Denied;
    }

    static string[] Row(AuthorizationEdge edge) =>
        [string.Create(CultureInfo.InvariantCulture, $"r {edge.Revision,4}"), Json.Write(edge.At), edge.Event?.Type ?? "the clock", edge.Event is { } cause ? $"by {Invocation.Short(cause.By.Arn)}" : "", edge.Event is { } one ? $"command {one.Command}" : ""];
}
