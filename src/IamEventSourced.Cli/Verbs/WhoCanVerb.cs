using System.CommandLine;
using System.Globalization;

namespace IamEventSourced.Cli;

/// <summary><c>iam who-can ACTION [RESOURCE]</c>: all that may, of one revision, with the first reason of each.</summary>
sealed class WhoCanVerb : Verb
{
    readonly Question _question;
    readonly Option<int?> _max = new("--max") { Description = "How many principals at most; all where none is given", HelpName = "N" };

    public WhoCanVerb() : base("who-can", "Who may do this? Root, and all users that may")
    {
        _question = new(this);
        Options.Add(_max);
    }

    public override async Task<ExitStatus> Run(Invocation asked, CancellationToken cancel)
    {
        var left = asked.Get(_max) ?? int.MaxValue;
        List<AllowedPrincipal> principals = [];
        ListPrincipalsAllowedAnswer answer;
        Marker? marker = null;
        do
        {
            var reply = await asked.Ask(new ListPrincipalsAllowed(_question.Action(asked), _question.Resource(asked), _question.Context(asked), marker, Math.Min(left, MaxItems.Limits.Max)));
            if (reply.Refusal is { } refusal) return asked.Refuse(refusal);
            answer = reply.Answer!;
            principals.AddRange(answer.Principals);
            (marker, left) = (answer.Marker, left - answer.Principals.Count);
        }
        while (answer.IsTruncated && left > 0);

        asked.Show(answer with { Principals = principals }, to => Output.Table(to, principals.Select(one => (string[])[Invocation.Short(one.PrincipalArn), one.Reason])), principals);
        asked.Note(string.Create(CultureInfo.InvariantCulture, $"{principals.Count}{(answer.IsTruncated ? " or more" : "")} at revision {answer.Revision}"));
        return ExitStatus.Done;
    }
}
