using System.CommandLine;
using System.Globalization;

namespace IamEventSourced.Cli;

/// <summary><c>iam decisions</c>: what was decided, as far as nodes keep a decision log; on demand, whether each comes out the same when it is made again. Exit status 7: one does not.</summary>
sealed class DecisionsVerb : Verb
{
    readonly Option<string?> _of = new("--of") { Description = "Only about this principal: user/NAME, root, an ARN, or a unique id", HelpName = "PRINCIPAL" };
    readonly Option<string?> _action = new("--action") { Description = "Only of this action, as s3:GetObject", HelpName = "ACTION" };
    readonly Option<string?> _decision = new("--decision") { Description = "Only these: allowed, implicitDeny or explicitDeny", HelpName = "DECISION" };
    readonly Option<string?> _since = new("--since") { Description = "Only at this time or later", HelpName = "TIME" };
    readonly Option<string?> _until = new("--until") { Description = "Only before this time", HelpName = "TIME" };
    readonly Option<int?> _max = new("--max") { Description = "How many at most; all where none is given", HelpName = "N" };
    readonly Option<bool> _check = new("--check") { Description = "Make each again, on its revision, and show those that come out otherwise" };

    public DecisionsVerb() : base("decisions", "What was decided, newest first: the decision log")
    {
        foreach (var option in (Option[])[_of, _action, _decision, _since, _until, _max, _check]) Options.Add(option);
    }

    public override async Task<ExitStatus> Run(Invocation asked, CancellationToken cancel)
    {
        PrincipalId? of = null;
        if (asked.Get(_of) is { } principal)
        {
            var (id, unknown) = await asked.PrincipalId(principal);
            if (unknown is not null) return asked.Refuse(unknown);
            of = id;
        }
        var query = new ListDecisions(of, asked.Get(_action) is { } action ? new(action) : null, asked.Get(_decision) is { } decision ? new(decision) : null,
            asked.Get(_since) is { } since ? Invocation.Time("--since", since) : null, asked.Get(_until) is { } until ? Invocation.Time("--until", until) : null);
        var (log, refusal) = await Read(asked, query, asked.Get(_max) ?? int.MaxValue, cancel);
        if (log is null) return asked.Refuse(refusal!);
        foreach (var gap in log.Gaps) asked.Note(string.Create(CultureInfo.InvariantCulture, $"{gap.Decisions} decisions are missing, made from {Json.Write(gap.From)} to {Json.Write(gap.To)}"));
        if (asked.Get(_check)) return await Check(asked, log.Decisions);
        asked.Show(log, to => Output.Table(to, log.Decisions.Select(Cells)), log.Decisions);
        return ExitStatus.Done;
    }

    /// <summary>All pages of the log.</summary>
    internal static async Task<Answer<ListDecisionsAnswer>> Read(Invocation asked, ListDecisions query, int most, CancellationToken cancel)
    {
        List<DecisionEntry> decisions = [];
        ListDecisionsAnswer? first = null;
        for (Marker? marker = null; ;)
        {
            var reply = await asked.Client.Ask(query with { Marker = marker, MaxItems = Math.Clamp(most - decisions.Count, 1, MaxItems.Limits.Max) }, cancellation: cancel);
            if (reply.Answer is not { } page) return reply.Refusal!;
            first ??= page;
            decisions.AddRange(page.Decisions);
            marker = page.Marker;
            if (marker is null || decisions.Count >= most) return first with { Decisions = decisions, IsTruncated = page.IsTruncated, Marker = marker };
        }
    }

    /// <summary>Makes each again, on its revision.</summary>
    static async Task<ExitStatus> Check(Invocation asked, IReadOnlyList<DecisionEntry> decisions)
    {
        List<RepeatedDecision> others = [];
        // Names of another revision than the decision's nobody can ask about.
        var repeatable = decisions.Where(one => one.NamesRevision is null).ToList();
        foreach (var page in repeatable.GroupBy(one => one.Revision).SelectMany(same => same.Chunk(AuthorizeBatch.Most)))
        {
            var reply = await asked.Ask(new AuthorizeBatch([.. page.Select(one => one.Request)]), page[0].Revision);
            if (reply.Answer is not { } answer) return asked.Refuse(reply.Refusal!);
            others.AddRange(page.Zip(answer.Results, (made, again) => new RepeatedDecision(made, again)).Where(one => !one.IsSame));
        }
        asked.Show(new { Repeated = repeatable.Count, Otherwise = others }, to =>
        {
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{repeatable.Count - others.Count} of {repeatable.Count} decisions come out the same."));
            foreach (var (made, again) in others)
                to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {string.Join("  ", Cells(made))} -> {again.Decision} ({again.Reason}){(again.EngineVersion == made.EngineVersion ? "" : $", by version {again.EngineVersion} of the engine, not {made.EngineVersion}")}"));
        }, others);
        if (decisions.Count > repeatable.Count) asked.Note(string.Create(CultureInfo.InvariantCulture, $"{decisions.Count - repeatable.Count} permissions to ask about the past can't be asked again from outside"));
        return others.Count is 0 ? ExitStatus.Done : ExitStatus.NotProven;
    }

    /// <summary>A decision and what it comes to when it is made again.</summary>
    sealed record RepeatedDecision(DecisionEntry Made, AuthorizationResult Again)
    {
        public bool IsSame => Made.Decision == Again.Decision && Made.Reason == Again.Reason && Made.ErrorCode == Again.Error?.Code;
    }

    static string[] Cells(DecisionEntry made) =>
        [Json.Write(made.At), string.Create(CultureInfo.InvariantCulture, $"r {made.Revision,4}"), made.OperationName.Value, Invocation.Short(made.Request.PrincipalArn!), made.Request.ActionName.Value, made.Request.ResourceArn?.Value ?? "*", made.Decision, made.Reason];
}
