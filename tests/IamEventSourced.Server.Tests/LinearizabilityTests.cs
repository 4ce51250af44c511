using IamEventSourced.Client;

namespace IamEventSourced.Server.Tests;

[Collection(Alone.Name)]
public class LinearizabilityTests(PostgresFixture postgres, ITestOutputHelper output)
{
    const int Clients = 8;
    static readonly UserName[] Users = ["ada", "bob", "cyd", "dan", "eve", "fay"];
    static readonly GroupName[] Groups = ["readers", "writers", "keepers"];

    [Fact]
    public async Task Every_answer_of_two_nodes_with_eight_racing_clients_is_explained_by_one_order_that_they_can_have_seen()
    {
        await using var server = await ServerFixture.Start(postgres);
        await Race(server, 5000 * Alone.Times, server.Url, await server.StartNode());
    }

    [Fact]
    public async Task So_it_is_when_the_connections_of_both_nodes_are_cut_again_and_again()
    {
        await using var server = await ServerFixture.Start(postgres);
        await using var first = new FaultProxy(server.Database);
        await using var second = new FaultProxy(server.Database);
        var (one, other) = (await server.StartNode(database: first.Database), await server.StartNode(database: second.Database));
        foreach (var proxy in (FaultProxy[])[first, second])
            proxy.AtCommit = commit =>
            {
                if (commit % 40 is 39) proxy.CutAll();
                return (commit % 24) switch { 5 => Cut.Before, 11 => Cut.After, 17 => Cut.Late, _ => Cut.None };
            };
        await Race(server, 600 * Alone.Times, one, other);
        output.WriteLine($"{first.Cuts + second.Cuts} cuts at COMMIT");
        (first.Cuts + second.Cuts).ShouldBeGreaterThan(20);
    }

    [Fact]
    public async Task So_it_is_when_one_node_owns_the_account_and_again_and_again_they_do_not_agree_which()
    {
        await using var server = await ServerFixture.Start(postgres, ServerFixture.Announced);
        var other = await server.StartNode(ServerFixture.Announced);
        await OwnerTests.Acquainted(server);
        using var end = new CancellationTokenSource();
        var (disputes, sent) = (Task.Run(Dispute), OwnerTests.Forwarding(server, 0).Answered + OwnerTests.Forwarding(server, 1).Answered);
        await Race(server, 4000 * Alone.Times, server.Url, other);
        await end.CancelAsync();
        var forwarded = OwnerTests.Forwarding(server, 0).Answered + OwnerTests.Forwarding(server, 1).Answered - sent;
        output.WriteLine($"{await disputes} disputes, {forwarded} commands forwarded");
        forwarded.ShouldBeInRange(100, 3900 * Alone.Times);

        async Task<int> Dispute()
        {
            for (var count = 0; ; count++)
            {
                foreach (var peer in OwnerTests.Nodes(server, count % 2).Peers) OwnerTests.Nodes(server, count % 2).Lost(peer);
                await Task.Delay(TimeSpan.FromMilliseconds(1700), end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (end.IsCancellationRequested) return count;
            }
        }
    }

    /// <summary>Lets the clients race over two nodes, and checks what they were answered.</summary>
    async Task Race(ServerFixture server, int commands, params string[] urls)
    {
        foreach (var group in Groups) (await server.Client().Send(new CreateGroup(group))).Refusal.ShouldBeNull();
        foreach (var url in urls) (await server.Client(url: url).Ask(new GetUser())).Refusal.ShouldBeNull();
        var history = new History();
        var (left, again) = (commands, 0);

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(Client));
        var recorded = await Recorded.Read(server);
        output.WriteLine($"{history.All.Count} operations, {history.Commands.Count()} commands, {again} sent again, {recorded.Events.Count} revisions; "
            + string.Join(", ", history.Commands.GroupBy(answered => answered.Refusal?.Code ?? "done").Select(kind => $"{kind.Key} {kind.Count()}")));

        var answers = history.All.Where(answered => answered.Refusal?.Status is not 503).ToList(); // of queries: a node may have to say that it can't know
        history.Commands.Count().ShouldBe(commands);
        answers.ShouldAllBe(answered => answered.Refusal == null || answered.Refusal.Status < 500);
        recorded.ShouldBeWhole();
        await recorded.ShouldHaveItsRows(server);
        recorded.ShouldExplain(answers, new RootCaller(server.Account, server.Root.Id));
        recorded.ShouldKeepRealTime(answers);
        new SmallModel(Groups).ShouldExplain(answers, recorded);

        async Task Client(int number)
        {
            var random = new Random(number);
            IamClient[] nodes = [server.Client(url: urls[0]), server.Client(url: urls[1])];
            while (Interlocked.Decrement(ref left) is >= 0 and var turn)
            {
                var node = random.Next(2);
                Interlocked.Add(ref again, (await history.Insist(nodes[node], node, Any(random), $"race-{turn}", TimeSpan.FromSeconds(60))).Before.Count);
                if (random.Next(4) is not 0) continue;
                node = random.Next(2);
                var at = random.Next(2) is 0 ? ReadAt.Newest : null;
                if (random.Next(2) is 0) await history.Ask(nodes[node], node, new GetUser(One(Users, random)), at);
                else await history.Ask(nodes[node], node, new ListGroupsForUser(One(Users, random)), at);
            }
        }
    }

    static T One<T>(T[] all, Random random) => all[random.Next(all.Length)];

    static ICommand Any(Random random) => random.Next(10) switch
    {
        < 4 => new AddUserToGroup(One(Groups, random), One(Users, random)),
        < 7 => new RemoveUserFromGroup(One(Groups, random), One(Users, random)),
        7 => new UpdateUser(One(Users, random), NewUserName: One(Users, random)),
        8 => new DeleteUser(One(Users, random)),
        _ => new CreateUser(One(Users, random)),
    };

    /// <summary>
    /// What users, groups and memberships are, said a second time without the product's code: names and sets. It goes through the answers
    /// in the order of their revisions and says of each whether it had to change something, to change nothing, or to be refused and how.
    /// </summary>
    sealed class SmallModel(IEnumerable<GroupName> groups)
    {
        readonly Dictionary<string, HashSet<string>> _groupsOf = new(StringComparer.OrdinalIgnoreCase);

        public void ShouldExplain(IReadOnlyList<Answered> answers, Recorded recorded)
        {
            var changed = recorded.Events.Select(happened => happened.Command.Value).ToHashSet(StringComparer.Ordinal);
            foreach (var revision in answers.GroupBy(answered => answered.Revision).OrderBy(revision => revision.Key))
            {
                foreach (var change in revision.Where(IsChange)) Does((ICommand)change.Operation).ShouldBe("change", change.ToString());
                foreach (var other in revision.Where(answered => !IsChange(answered)))
                    if (other.Operation is ICommand command) Does(command).ShouldBe(other.Refusal?.Code ?? "nothing", other.ToString());
                    else Reads(other).ShouldBeTrue(other.ToString());
            }

            bool IsChange(Answered answered) => answered.Refusal is null && answered.Id is { } id && changed.Contains(id.Value);
        }

        string Does(ICommand command)
        {
            switch (command)
            {
                case CreateUser create: return _groupsOf.TryAdd(create.UserName.Value, []) ? "change" : "EntityAlreadyExists";
                case DeleteUser delete:
                    if (!_groupsOf.TryGetValue(delete.UserName.Value, out var left)) return "NoSuchEntity";
                    if (left.Count > 0) return "DeleteConflict";
                    _groupsOf.Remove(delete.UserName.Value);
                    return "change";
                case UpdateUser { UserName.Value: var from, NewUserName.Value: var to }:
                    if (!_groupsOf.TryGetValue(from, out var kept)) return "NoSuchEntity";
                    if (from == to) return "nothing";
                    if (!_groupsOf.TryAdd(to, kept)) return "EntityAlreadyExists";
                    _groupsOf.Remove(from);
                    return "change";
                case AddUserToGroup add:
                    if (!groups.Contains(add.GroupName) || !_groupsOf.TryGetValue(add.UserName.Value, out var joined)) return "NoSuchEntity";
                    return joined.Add(add.GroupName.Value) ? "change" : "nothing";
                case RemoveUserFromGroup remove:
                    return _groupsOf.TryGetValue(remove.UserName.Value, out var member) && member.Remove(remove.GroupName.Value) ? "change" : "NoSuchEntity";
                default: throw new NotSupportedException(command.ToString());
            }
        }

        bool Reads(Answered answered)
        {
            var name = ((answered.Operation as GetUser)?.UserName ?? (answered.Operation as ListGroupsForUser)?.UserName)!.Value;
            if (!_groupsOf.TryGetValue(name, out var has)) return answered.Refusal?.Code is "NoSuchEntity";
            return answered.Refusal is null && (answered.Operation is GetUser || groups.All(group => has.Contains(group.Value) == answered.Answer!.Contains($"\"{group}\"", StringComparison.Ordinal)));
        }
    }
}
