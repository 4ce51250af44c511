using System.CommandLine;

namespace IamEventSourced.Cli;

/// <summary>
/// A verb of <c>iam</c>: a class of its own in Verbs/, which is found by its type and needs no other line anywhere. Its constructor adds its arguments and
/// options (fields of the class); <see cref="Run"/> reads them by <see cref="Invocation.Get"/>, asks by <see cref="Invocation.Ask{TAnswer}(IQuery{TAnswer})"/> and shows by
/// <see cref="Invocation.Show"/>. A verb that has verbs of its own is a <see cref="Command"/> with these, nested in it, as subcommands.
/// </summary>
abstract class Verb(string name, string description) : Command(name, description)
{
    /// <summary>Does it.</summary>
    /// <exception cref="CannotException">It can't be done; <see cref="CommandLine"/> says so.</exception>
    public abstract Task<ExitStatus> Run(Invocation asked, CancellationToken cancel);
}
