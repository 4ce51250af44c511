using System.CommandLine;

namespace IamEventSourced.Cli;

/// <summary>What verbs about a decision are asked with: who where one is asked about, an action, a resource, and what the request brings along.</summary>
sealed class Question
{
    readonly Argument<string> _principal = new("principal") { Description = "user/NAME, root, or an ARN", HelpName = "PRINCIPAL" };
    readonly Argument<string> _action = new("action") { Description = "As s3:PutObject", HelpName = "ACTION" };
    readonly Argument<string?> _resource = new("resource") { Description = "An ARN, or user/NAME, group/NAME, policy/NAME; none: an action that has no resource", HelpName = "RESOURCE", DefaultValueFactory = _ => null };
    readonly Option<string[]> _context = new("--context") { Description = "What the request brings along, as aws:SourceIp=203.0.113.7; given again, a list", HelpName = "KEY=VALUE" };

    /// <summary>Adds its arguments to the verb's.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="ofPrincipal">Whether it is about one principal.</param>
    public Question(Verb verb, bool ofPrincipal = false)
    {
        if (ofPrincipal) verb.Arguments.Add(_principal);
        verb.Arguments.Add(_action);
        verb.Arguments.Add(_resource);
        verb.Options.Add(_context);
    }

    public Arn Principal(Invocation asked) => asked.Principal(asked.Get(_principal)!);

    public string Action(Invocation asked) => asked.Get(_action)!;

    public ResourceName? Resource(Invocation asked) => asked.Get(_resource) is { } resource ? new(asked.Entity(resource)) : null;

    public ContextEntry[]? Context(Invocation asked) => asked.Get(_context) is not { Length: > 0 } given ? null :
        [.. given.Select(one => one.Split('=', 2) is [var key, var value] ? (key, value) : throw CannotException.Usage($"--context: {one} is not KEY=VALUE."))
            .GroupBy(one => one.key, one => one.value, StringComparer.OrdinalIgnoreCase)
            .Select(key => new ContextEntry(key.Key, [.. key], key.Count() > 1 ? new ContextKeyType("stringList") : null))];
}
