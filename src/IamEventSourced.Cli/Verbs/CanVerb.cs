using System.CommandLine;
using System.Globalization;

namespace IamEventSourced.Cli;

/// <summary><c>iam can PRINCIPAL ACTION [RESOURCE]</c>: exit status 0: it may; 3: it may not.</summary>
sealed class CanVerb : Verb
{
    readonly Argument<string> _principal = new("principal") { Description = "user/NAME, root, or an ARN", HelpName = "PRINCIPAL" };
    readonly Argument<string> _action = new("action") { Description = "As s3:PutObject", HelpName = "ACTION" };
    readonly Argument<string?> _resource = new("resource") { Description = "An ARN, or user/NAME, group/NAME, policy/NAME; none: an action that has no resource", HelpName = "RESOURCE", DefaultValueFactory = _ => null };
    readonly Option<string[]> _context = new("--context") { Description = "What the request brings along, as aws:SourceIp=203.0.113.7; given again, a list", HelpName = "KEY=VALUE" };

    public CanVerb() : base("can", "May this principal do this? Exit status 0: yes; 3: no")
    {
        Arguments.Add(_principal);
        Arguments.Add(_action);
        Arguments.Add(_resource);
        Options.Add(_context);
    }

    public override async Task<ExitStatus> Run(Invocation asked, CancellationToken cancel)
    {
        var reply = await asked.Ask(new Authorize(asked.Get(_action)!, asked.Get(_resource) is { } resource ? new ResourceName(asked.Entity(resource)) : null, asked.Principal(asked.Get(_principal)!), Context(asked.Get(_context) ?? [])));
        if (reply.Answer is not { } answer) return asked.Refuse(reply.Refusal!);
        var may = answer.Decision is "allowed";
        asked.Show(answer, to => to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(may ? "ALLOWED" : "DENIED")} at revision {answer.Revision}: {answer.Reason}")));
        return may ? ExitStatus.Done : ExitStatus.Denied;
    }

    /// <summary>Context entries, as they are given on a command line.</summary>
    public static ContextEntry[]? Context(string[] given) => given.Length is 0 ? null :
        [.. given.Select(one => one.Split('=', 2) is [var key, var value] ? (key, value) : throw CannotException.Usage($"--context: {one} is not KEY=VALUE."))
            .GroupBy(one => one.key, one => one.value, StringComparer.OrdinalIgnoreCase)
            .Select(key => new ContextEntry(key.Key, [.. key], key.Count() > 1 ? new ContextKeyType("stringList") : null))];
}
