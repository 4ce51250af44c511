using System.Globalization;

namespace IamEventSourced.Cli;

/// <summary><c>iam can PRINCIPAL ACTION [RESOURCE]</c>: exit status 0: it may; 3: it may not.</summary>
sealed class CanVerb : Verb
{
    readonly Question _question;

    public CanVerb() : base("can", "May this principal do this? Exit status 0: yes; 3: no") => _question = new(this, ofPrincipal: true);

    public override async Task<ExitStatus> Run(Invocation asked, CancellationToken cancel)
    {
        var reply = await asked.Ask(new Authorize(_question.Action(asked), _question.Resource(asked), _question.Principal(asked), _question.Context(asked)));
        if (reply.Answer is not { } answer) return asked.Refuse(reply.Refusal!);
        var may = answer.Decision is "allowed";
        asked.Show(answer, to => to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(may ? "ALLOWED" : "DENIED")} at revision {answer.Revision}: {answer.Reason}")));
        return may ? ExitStatus.Done : ExitStatus.Denied;
    }
}
