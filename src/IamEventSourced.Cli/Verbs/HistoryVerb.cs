using System.CommandLine;
using System.Globalization;

namespace IamEventSourced.Cli;

/// <summary><c>iam history [ENTITY]</c>: what happened to it, every event with who, when and by which command; on demand what was refused too, and what happens from now on.</summary>
sealed class HistoryVerb : Verb
{
    readonly Argument<string> _entity = new("entity") { Description = "user/NAME, group/NAME, policy/NAME, an ARN, or a unique id, which also finds what was deleted or renamed; none: the whole account", HelpName = "ENTITY", DefaultValueFactory = _ => "root" };
    readonly Option<int?> _from = new("--from") { Description = "The first revision", HelpName = "REVISION" };
    readonly Option<int?> _max = new("--max") { Description = "How many events at most; all where none is given", HelpName = "N" };
    readonly Option<string?> _by = new("--by") { Description = "Only what this principal did: user/NAME, root, operator, an ARN, or a unique id", HelpName = "PRINCIPAL" };
    readonly Option<string?> _type = new("--type") { Description = "Only events of this kind, as user-added-to-group", HelpName = "TYPE" };
    readonly Option<string?> _command = new("--command-id") { Description = "Only what this command did", HelpName = "ID" };
    readonly Option<string?> _correlation = new("--correlation") { Description = "Only what belongs to this conversation", HelpName = "ID" };
    readonly Option<string?> _since = new("--since") { Description = "Only at this time or later", HelpName = "TIME" };
    readonly Option<string?> _until = new("--until") { Description = "Only before this time", HelpName = "TIME" };
    readonly Option<bool> _newest = new("--newest-first") { Description = "Go back in time" };
    readonly Option<bool> _refused = new("--refused") { Description = "Of the whole account: what was refused too, in its place" };
    readonly Option<bool> _follow = new("--follow") { Description = "Go on with each event as it happens, until interrupted" };

    public HistoryVerb() : base("history", "What happened to a user, group, policy or the account, by whom and when")
    {
        Arguments.Add(_entity);
        foreach (var option in (Option[])[_from, _max, _by, _type, _command, _correlation, _since, _until, _newest, _refused, _follow]) Options.Add(option);
        Validators.Add(given =>
        {
            if (given.GetValue(_follow) && (given.GetValue(_newest) || given.GetValue(_refused))) given.AddError("--follow excludes --newest-first and --refused.");
            if (given.GetValue(_refused) && given.GetValue(_entity) is not (null or "root")) given.AddError("--refused: attempts are the account's; leave ENTITY out.");
        });
    }

    public override async Task<ExitStatus> Run(Invocation asked, CancellationToken cancel)
    {
        var (query, refusal) = await Query(asked);
        if (refusal is not null) return asked.Refuse(refusal);
        return asked.Get(_follow) ? await Follow(asked, query!, cancel) : await List(asked, query!, cancel);
    }

    async Task<Answer<GetEntityHistory>> Query(Invocation asked)
    {
        PrincipalId? by = null;
        if (asked.Get(_by) is { } principal)
        {
            var (id, refusal) = await asked.PrincipalId(principal);
            if (refusal is not null) return refusal;
            by = id;
        }
        return new GetEntityHistory(asked.Entity(asked.Get(_entity)!), asked.Get(_from) is { } from ? new(from) : null, PrincipalId: by, NewestFirst: asked.Get(_newest))
        {
            EventType = asked.Get(_type) is { } type ? new(type) : null,
            CommandId = asked.Get(_command) is { } command ? new(command) : null,
            CorrelationId = asked.Get(_correlation) is { } correlation ? new(correlation) : null,
            From = asked.Get(_since) is { } since ? Invocation.Time("--since", since) : null,
            To = asked.Get(_until) is { } until ? Invocation.Time("--until", until) : null,
        };
    }

    async Task<ExitStatus> List(Invocation asked, GetEntityHistory query, CancellationToken cancel)
    {
        var left = asked.Get(_max) ?? int.MaxValue;
        List<HistoryEntry> events = [];
        GetEntityHistoryAnswer answer;
        do
        {
            var reply = await asked.Ask(query with { MaxItems = Math.Min(left, MaxItems.Limits.Max) });
            if (reply.Refusal is { } refusal) return asked.Refuse(refusal);
            answer = reply.Answer!;
            events.AddRange(answer.Events);
            left -= answer.Events.Count;
            // Of one entity, whoever has its name by then.
            if (answer.NextRevision is { } next) query = query with { Entity = answer.EntityId, FromRevision = checked((int)next) };
        }
        while (answer.IsTruncated && left > 0);

        List<RefusedAttemptEntry> refused = [];
        if (asked.Get(_refused) && await Refused(asked, query, refused, cancel) is { } denied) return asked.Refuse(denied);
        (DateTimeOffset At, string[] Cells, object Row)[] rows = [.. events.Select(entry => (entry.At, Cells(entry), (object)entry)), .. refused.Select(attempt => (attempt.At, Cells(attempt), (object)attempt))];
        rows = [.. query.NewestFirst ? rows.OrderByDescending(row => row.At) : rows.OrderBy(row => row.At)];
        asked.Show(asked.Get(_refused) ? rows.Select(row => row.Row).ToList() : answer with { Events = events }, to => Output.Table(to, rows.Select(row => row.Cells)), rows.Select(row => row.Row));
        return ExitStatus.Done;
    }

    /// <summary>What was refused in the time that is asked about; the refusal, where that may not be read.</summary>
    static async Task<IamError?> Refused(Invocation asked, GetEntityHistory query, List<RefusedAttemptEntry> refused, CancellationToken cancel)
    {
        for (ListRefusedAttempts? page = new(query.PrincipalId, From: query.From, To: query.To, MaxItems: MaxItems.Limits.Max); page is not null;)
        {
            var reply = await asked.Client.Ask(page, cancellation: cancel);
            if (reply.Answer is not { } answer) return reply.Refusal;
            refused.AddRange(answer.Attempts);
            page = answer.Marker is { } marker ? page with { Marker = marker } : null;
        }
        return null;
    }

    static async Task<ExitStatus> Follow(Invocation asked, GetEntityHistory query, CancellationToken cancel)
    {
        try
        {
            await foreach (var (entry, refusal, _) in asked.Client.Follow(query, cancel))
                if (refusal is not null) return asked.Refuse(refusal);
                else asked.Show(entry!, to => to.WriteLine(string.Join("  ", Cells(entry!))), [entry!]);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested) { } // interrupted
        return ExitStatus.Done;
    }

    static string[] Cells(HistoryEntry entry) =>
        [string.Create(CultureInfo.InvariantCulture, $"r {entry.Revision,4}"), Json.Write(entry.At), entry.Type, $"by {Invocation.Short(entry.By.Arn)}",
            string.Join(' ', entry.Names.Values.Select(Invocation.Short).Concat(entry.Changes.Select(Words)).Where(word => word.Length > 0))];

    static string[] Cells(RefusedAttemptEntry attempt) => ["-", Json.Write(attempt.At), attempt.Action, $"by {attempt.PrincipalId ?? attempt.AccessKeyId ?? "?"}", $"REFUSED {attempt.Code}: {attempt.Message}"];

    /// <summary>What changed of a fact: <c>tag_value: red → blue</c>. Of long texts, that they did.</summary>
    static string Words(FactChange change) => string.Join(", ",
        from part in (change.Before ?? change.After!).Keys.Union(change.After?.Keys ?? [], StringComparer.Ordinal)
        let before = Word(change.Before?.GetValueOrDefault(part))
        let after = Word(change.After?.GetValueOrDefault(part))
        where change.Before is null || change.After is null || change.Before.GetValueOrDefault(part) != change.After.GetValueOrDefault(part)
        select change.Before is null ? $"{part}: {after}" : change.After is null ? $"no more {part}: {before}" : $"{part}: {before} → {after}");

    const int LongestWord = 40;

    static string Word(string? value) => value is null ? "none" : value.Length <= LongestWord ? value : $"({value.Length} characters)";
}
