using System.CommandLine;
using System.Globalization;

namespace IamEventSourced.Cli;

/// <summary><c>iam send COMMANDS</c>: has commands carried out, one after the other, until one is refused.</summary>
sealed class SendVerb : Verb
{
    readonly Argument<string> _commands = new("commands") { Description = "A file of commands, a line each, as {\"CreateUser\":{\"UserName\":\"alice\"}}, or what undo-plan gives; - reads them from the input", HelpName = "COMMANDS" };
    readonly Option<string?> _id = new("--command-id") { Description = "What their command ids begin with: sent again under the same, each is carried out once", HelpName = "ID" };

    public SendVerb() : base("send", "Has commands carried out, in order, until one is refused")
    {
        Arguments.Add(_commands);
        Options.Add(_id);
    }

    public override async Task<ExitStatus> Run(Invocation asked, CancellationToken cancel)
    {
        var (number, id) = (0, asked.Get(_id) ?? Guid.CreateVersion7().ToString());
        foreach (var input in await InputFile.Commands(asked, asked.Get(_commands)!, cancel))
        {
            number++;
            var (command, invalid) = input.Read();
            if (command is null) return asked.Refuse(invalid! with { Message = $"{input.OperationName}: {invalid.Message}" });
            if (Operation.Of(command).HoldsSecret) throw CannotException.Usage($"{input.OperationName} answers with a secret, which would not be shown here; {number - 1} commands before it were carried out.");
            var reply = await asked.Client.Send(command, string.Create(CultureInfo.InvariantCulture, $"{id}-{number}"), cancellation: cancel);
            if (reply.Refusal is { } refusal) return asked.Refuse(refusal with { Message = string.Create(CultureInfo.InvariantCulture, $"command {number}, {input.OperationName}: {refusal.Message}") });
            asked.Note(string.Create(CultureInfo.InvariantCulture, $"r {reply.Revision,4}  {input.OperationName}"));
        }
        return ExitStatus.Done;
    }
}
