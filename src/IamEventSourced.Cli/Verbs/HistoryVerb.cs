using System.CommandLine;
using System.Globalization;

namespace IamEventSourced.Cli;

/// <summary><c>iam history [ENTITY]</c>: what happened to it, every event with who, when and by which command.</summary>
sealed class HistoryVerb : Verb
{
    readonly Argument<string> _entity = new("entity") { Description = "user/NAME, group/NAME, policy/NAME, an ARN, or a unique id, which also finds what was deleted or renamed; none: the whole account", HelpName = "ENTITY", DefaultValueFactory = _ => "root" };
    readonly Option<int> _from = new("--from") { Description = "The first revision", HelpName = "REVISION", DefaultValueFactory = _ => 1 };
    readonly Option<int?> _max = new("--max") { Description = "How many events at most; all where none is given", HelpName = "N" };

    public HistoryVerb() : base("history", "What happened to a user, group, policy or the account, by whom and when")
    {
        Arguments.Add(_entity);
        Options.Add(_from);
        Options.Add(_max);
    }

    public override async Task<ExitStatus> Run(Invocation asked, CancellationToken cancel)
    {
        var (entity, from, left) = (asked.Entity(asked.Get(_entity)!), (long?)asked.Get(_from), asked.Get(_max) ?? int.MaxValue);
        List<HistoryEntry> events = [];
        GetEntityHistoryAnswer answer;
        do
        {
            var reply = await asked.Ask(new GetEntityHistory(entity, checked((int)from!.Value), Math.Min(left, MaxItems.Limits.Max)));
            if (reply.Refusal is { } refusal) return asked.Refuse(refusal);
            answer = reply.Answer!;
            events.AddRange(answer.Events);
            // Of one entity, whoever has its name by then.
            (entity, from, left) = (answer.EntityId, answer.NextRevision, left - answer.Events.Count);
        }
        while (answer.IsTruncated && left > 0);

        asked.Show(answer with { Events = events }, to => Output.Table(to, events.Select(Row)), events);
        return ExitStatus.Done;
    }

    static string[] Row(HistoryEntry entry) =>
        [string.Create(CultureInfo.InvariantCulture, $"r {entry.Revision,4}"), Json.Write(entry.At), entry.Type, $"by {Invocation.Short(entry.By.Arn)}", entry.Data.GetRawText()];
}
