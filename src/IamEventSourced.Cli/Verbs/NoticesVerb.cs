using System.CommandLine;
using System.Globalization;

namespace IamEventSourced.Cli;

/// <summary><c>iam notices</c>: what each event gave and took, of a service or of an export.</summary>
sealed class NoticesVerb : Verb
{
    readonly Option<int?> _from = new("--from") { Description = "The first revision", HelpName = "REVISION" };
    readonly Option<int?> _to = new("--to") { Description = "The last revision", HelpName = "REVISION" };

    public NoticesVerb() : base("notices", "What each change gave and took: who gained and lost which permission by it")
    {
        Options.Add(_from);
        Options.Add(_to);
    }

    public override async Task<ExitStatus> Run(Invocation asked, CancellationToken cancel)
    {
        List<AccessNotice> notices = [];
        var (query, last) = (new ListAccessChanges(asked.Get(_from) is { } from ? new(from) : null), asked.Get(_to) ?? int.MaxValue);
        ListAccessChangesAnswer answer;
        do
        {
            var reply = await asked.Ask(query);
            if (reply.Refusal is { } refusal) return asked.Refuse(refusal);
            answer = reply.Answer!;
            notices.AddRange(answer.Notices.Where(notice => notice.Cause.Revision <= last));
            if (answer.NextRevision is { } next) query = query with { FromRevision = checked((int)next) };
        }
        while (answer.NextRevision <= last);

        asked.Show(answer with { Notices = notices }, to =>
        {
            foreach (var notice in notices)
            {
                to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"r {notice.Cause.Revision,4}  {Json.Write(notice.Cause.At)}  {notice.Cause.Type}  by {Invocation.Short(notice.Cause.By.Arn)}"));
                foreach (var change in notice.Changes) DiffVerb.Write(to, change);
                if (notice.ChangeCount > notice.Changes.Count) to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"and {notice.ChangeCount - notice.Changes.Count} more changes"));
            }
        }, notices);
        return ExitStatus.Done;
    }
}
