using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using IamEventSourced.Client;
using Npgsql;

namespace IamEventSourced.Server.Tests;

/// <summary>Tests that count seconds or kill things: one at a time, and beside no others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";

    /// <summary>How many times as much as in a short run: IAM_LONG=1 makes it ten.</summary>
    public static int Times => Environment.GetEnvironmentVariable("IAM_LONG") is "1" ? 10 : 1;
}

/// <summary>An operation, when it was sent and answered by this process's clock, and what was answered.</summary>
/// <param name="Node">Which node was asked.</param>
/// <param name="Operation">What.</param>
/// <param name="Id">The command's id; null: a query.</param>
/// <param name="Start">Before it was sent.</param>
/// <param name="End">After it was answered.</param>
/// <param name="Refusal">The refusal, or null.</param>
/// <param name="Revision">The answer's.</param>
/// <param name="Answer">The answer as JSON; null: done.</param>
/// <param name="Newest">Whether a query had to be of the newest revision.</param>
public sealed record Answered(int Node, IOperation Operation, CommandId? Id, long Start, long End, IamError? Refusal, long Revision, string? Answer, bool Newest = false)
{
    public override string ToString() => $"{Operation} {Id} on node {Node}: {Refusal?.ToString() ?? Answer ?? "done"} at {Revision}";
}

/// <summary>All that clients sent and were answered.</summary>
public sealed class History
{
    readonly ConcurrentQueue<Answered> _all = new();

    public IReadOnlyList<Answered> All => [.. _all];
    public int Count => _all.Count;
    public IEnumerable<Answered> Commands => _all.Where(answered => answered.Id is not null);

    /// <summary>Sends a command and keeps what was answered. A node that cannot be reached is null, and kept nowhere.</summary>
    public async Task<Answered?> Send(IamClient client, int node, ICommand command, CommandId id) => await Try(client, node, command, id) is { } answered ? Keep(answered) : null;

    static async Task<Answered?> Try(IamClient client, int node, ICommand command, CommandId id)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            var (refusal, revision, answer) = command switch
            {
                CreateUser create => Of(await client.Send(create, id)),
                CreateGroup create => Of(await client.Send(create, id)),
                _ => Of(await client.Send(command, id)),
            };
            return new(node, command, id, start, Stopwatch.GetTimestamp(), refusal, revision, answer);
        }
        catch (Exception e) when (IsCutOff(e)) { return null; }
    }

    static bool IsCutOff(Exception failure) => failure is HttpRequestException { StatusCode: null } or HttpIOException or TaskCanceledException;

    /// <summary>Sends a command again and again under its id until it is answered otherwise than that this is not known or not possible now.</summary>
    /// <param name="client">The node's client.</param>
    /// <param name="node">Which node.</param>
    /// <param name="command">The command.</param>
    /// <param name="id">Its id.</param>
    /// <param name="deadline">For how long.</param>
    /// <param name="refused">Told of each such answer when it comes.</param>
    /// <returns>The answer, its time that of all the attempts; and what the attempts before were told.</returns>
    public async Task<(Answered Answer, List<Answered> Before)> Insist(IamClient client, int node, ICommand command, CommandId id, TimeSpan deadline, Action<Answered>? refused = null)
    {
        List<Answered> before = [];
        for (var start = Stopwatch.GetTimestamp(); ;)
        {
            var one = await Try(client, node, command, id);
            if (one?.Refusal is not { Status: >= 500 } && one is not null) return (Keep(one with { Start = start }), before);
            one?.Refusal!.Status.ShouldBe(503, one.ToString());
            if (one is not null)
            {
                before.Add(one);
                refused?.Invoke(one);
            }
            Stopwatch.GetElapsedTime(start).ShouldBeLessThan(deadline, $"{id} is not answered");
        }
    }

    /// <summary>Asks and keeps what was answered. A node that cannot be reached is null, and kept nowhere.</summary>
    public async Task<Answered?> Ask<TAnswer>(IamClient client, int node, IQuery<TAnswer> query, ReadAt? at = null) where TAnswer : class
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            var (refusal, revision, answer) = Of(await client.Ask(query, at));
            return Keep(new(node, query, null, start, Stopwatch.GetTimestamp(), refusal, revision, answer, at == ReadAt.Newest));
        }
        catch (Exception e) when (IsCutOff(e)) { return null; }
    }

    static (IamError?, long, string?) Of<T>(IamReply<T> reply) => (reply.Refusal, reply.Revision, reply.Answer is null ? null : JsonSerializer.Serialize(reply.Answer, Json.Options));

    Answered Keep(Answered answered)
    {
        _all.Enqueue(answered);
        return answered;
    }
}

/// <summary>An account as the database holds it: its stream, the directory of each revision, and the commands that were carried out.</summary>
public sealed class Recorded
{
    Recorded(List<RecordedEvent> events, Directory[] directories, Dictionary<string, (long Revision, string? Answer)> commands) => (Events, Directories, Commands) = (events, directories, commands);

    public IReadOnlyList<RecordedEvent> Events { get; }
    /// <summary>By revision; the first is that of no account.</summary>
    public IReadOnlyList<Directory> Directories { get; }
    /// <summary>By id; those that came to nothing are there too.</summary>
    public IReadOnlyDictionary<string, (long Revision, string? Answer)> Commands { get; }
    public Directory Newest => Directories[^1];

    /// <summary>Reads it by SQL; a gap in the stream throws.</summary>
    public static async Task<Recorded> Read(ServerFixture server)
    {
        await using var database = NpgsqlDataSource.Create(server.Database);
        await using var connection = await database.OpenConnectionAsync();
        List<RecordedEvent> events = [];
        await foreach (var recorded in RecordedEvents.Read(connection, server.Account, 0)) events.Add(recorded);
        var directories = new Directory[events.Count + 1];
        directories[0] = new(server.Account);
        for (var i = 0; i < events.Count; i++) directories[i + 1] = directories[i].Apply(events[i].Event, events[i].At);
        var commands = (await server.Query($"select command_id, revision, answer::text from iam.commands where account = '{server.Account}'")).ToDictionary(row => (string)row[0]!, row => ((long)row[1]!, (string?)row[2]));
        ((long)(await server.Query($"select version from iam.mt_streams where id = '{server.Account}'")).Single()[0]!).ShouldBe(events.Count);
        return new(events, directories, commands);
    }

    /// <summary>Each event's command is in the table with the revision it led to, and each membership has both its ends.</summary>
    public void ShouldBeWhole()
    {
        foreach (var command in Events.GroupBy(recorded => recorded.Command.Value))
        {
            command.Select(recorded => recorded.Index).ShouldBe(Enumerable.Range(0, command.Count()), $"the events of {command.Key}");
            Commands.ShouldContainKey(command.Key);
            Commands[command.Key].Revision.ShouldBe(command.Max(recorded => recorded.Revision), command.Key);
        }
        foreach (var user in Newest.Users.After(null))
            foreach (var (group, _) in user.Groups) Newest.Groups[group].Members.Contains(user.Id).ShouldBeTrue();
        foreach (var group in Newest.Groups.After(null))
            foreach (var (user, _) in group.Members) Newest.Users[user].Groups.Contains(group.Id).ShouldBeTrue();
    }

    /// <summary>The open rows of memberships are those of the newest directory, and each has a user and a group.</summary>
    public async Task ShouldHaveItsRows(ServerFixture server)
    {
        var rows = await server.Query($"""
            select m.group_id || ' ' || m.user_id, u.user_id is not null and g.group_id is not null from iam.memberships m
            left join iam.users u on u.account = m.account and u.user_id = m.user_id and u.to_revision is null
            left join iam.groups g on g.account = m.account and g.group_id = m.group_id and g.to_revision is null
            where m.account = '{server.Account}' and m.to_revision is null
            """);
        rows.ShouldAllBe(row => (bool)row[1]!);
        rows.Select(row => (string)row[0]!).ShouldBe(Newest.Groups.After(null).SelectMany(group => group.Members.Select(member => $"{group.Id} {member.Key}")), ignoreOrder: true);
    }

    /// <summary>
    /// The stream's rows, by no code of the server's: one for each revision, in the order of time, and of each the leaf that the server tells of it.
    /// </summary>
    public async Task ShouldHaveItsLeaves(ServerFixture server, IamClient? client = null)
    {
        var rows = await StoredRow.Read(server, server.Account);
        rows.Select(row => row.Version).ShouldBe(Enumerable.Range(1, Events.Count).Select(revision => (long)revision));
        rows.ShouldAllBe(row => row.Stream == row.Tenant);
        rows.Zip(rows.Skip(1)).ShouldAllBe(pair => string.CompareOrdinal(pair.First.At, pair.Second.At) <= 0);
        List<string> told = [];
        for (GetEntityHistory? page = new(server.Account.Value, MaxItems: 1000); page is not null;)
        {
            var reply = await (client ?? server.Client()).Ask(page, ReadAt.AtLeast(Events.Count));
            reply.Refusal.ShouldBeNull();
            told.AddRange(reply.Answer!.Events.Select(entry => entry.Leaf));
            page = reply.Answer.NextRevision is { } next ? page with { FromRevision = new((int)next) } : null;
        }
        told.ShouldBe(rows.Select(row => row.Leaf()));
    }

    /// <summary>
    /// What was answered is what is recorded: an answer has its row; one with events has them, once, and they are what the command decides
    /// on the directory before them; where nothing changed, or was refused, that is what it decides on the directory of the answer's revision.
    /// </summary>
    public void ShouldExplain(IEnumerable<Answered> answers, Caller caller)
    {
        var byCommand = Events.ToLookup(recorded => recorded.Command.Value);
        foreach (var answered in answers)
        {
            var told = answered.ToString();
            answered.Revision.ShouldBeInRange(1, Events.Count, told);
            var directory = Directories[(int)answered.Revision];
            if (answered.Operation is IQuery query)
            {
                var (answer, refusal) = query.AnswerOn(directory, new(caller, "any", directory.At, new GivenIds()));
                (refusal, answer is null ? null : JsonSerializer.Serialize(answer, answer.GetType(), Json.Options)).ShouldBe((answered.Refusal, answered.Answer), told);
                continue;
            }
            var command = (ICommand)answered.Operation;
            RecordedEvent[] events = [.. byCommand[answered.Id!.Value]];
            if (answered.Refusal is not null)
            {
                events.ShouldBeEmpty(told);
                directory.Decide(command, new(caller, answered.Id, directory.At, new GivenIds())).Refusal.ShouldBe(answered.Refusal, told);
                Commands.ShouldNotContainKey(answered.Id.Value);
                continue;
            }
            Commands.ShouldContainKey(answered.Id.Value, told);
            Commands[answered.Id.Value].Revision.ShouldBe(answered.Revision, told);
            var before = Directories[(int)answered.Revision - events.Length];
            var decided = before.Decide(command, new(caller, answered.Id, events.Length is 0 ? before.At : events[0].At, new GivenIds(events)));
            decided.Refusal.ShouldBeNull(told);
            decided.Events.Select(Text).ShouldBe(events.Select(recorded => Text(recorded.Event)), told);
            if (events.Length > 0) events[^1].Revision.ShouldBe(answered.Revision, told);
            var says = command.AnswerOn(directory, decided);
            (says is null ? null : JsonSerializer.Serialize(says, says.GetType(), Json.Options)).ShouldBe(answered.Answer, told);
        }

        static string Text(AccountEvent happened) => happened.StoredName() + JsonSerializer.Serialize(happened, happened.GetType(), Json.Options);
    }

    /// <summary>
    /// The order of the revisions is one that the clients can have seen: what began after another had ended has no lower revision, and a
    /// higher one where it changed something; and a node does not go back. Queries that may be older are held to the latter only.
    /// </summary>
    public void ShouldKeepRealTime(IReadOnlyList<Answered> answers)
    {
        var changed = Events.Select(recorded => recorded.Command.Value).ToHashSet(StringComparer.Ordinal);
        var events = answers.Where(Changes).ToList();
        events.Select(answered => answered.Revision).Distinct().Count().ShouldBe(events.Count, "no two answers with events have one revision");
        Check(answers, answered => answered.Id is not null || answered.Newest);
        foreach (var node in answers.GroupBy(answered => answered.Node)) Check([.. node], _ => true);

        bool Changes(Answered answered) => answered.Refusal is null && answered.Id is { } id && changed.Contains(id.Value);

        void Check(IReadOnlyList<Answered> seen, Func<Answered, bool> held)
        {
            var ended = seen.OrderBy(answered => answered.End).ToList();
            var highest = 0L;
            var next = 0;
            foreach (var answered in seen.OrderBy(answered => answered.Start))
            {
                for (; next < ended.Count && ended[next].End < answered.Start; next++) highest = Math.Max(highest, ended[next].Revision);
                if (!held(answered)) continue;
                if (Changes(answered)) answered.Revision.ShouldBeGreaterThan(highest, answered.ToString());
                else answered.Revision.ShouldBeGreaterThanOrEqualTo(highest, answered.ToString());
            }
        }
    }
}
