using System.Collections.Concurrent;
using System.Diagnostics;
using IamEventSourced.Client;
using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

/// <summary>What happens to an account's commands when its owner dies, sleeps, or is not agreed upon.</summary>
[Collection(Alone.Name)]
public class OwnerFaultsTests(PostgresFixture postgres, ITestOutputHelper output)
{
    const int Clients = 6;

    [Fact]
    public async Task An_owner_killed_under_load_from_both_doors_is_replaced_within_seconds_and_no_command_is_lost_or_doubled()
    {
        await using var bus = new BusFixture(postgres) { Configure = ServerFixture.Announced };
        await bus.InitializeAsync();
        var server = bus.Server;
        for (var kill = 0; kill < 2 * Alone.Times; kill++)
        {
            using var owner = await Beside(server, owns: true);
            var (history, asked, messages) = (new History(), new ConcurrentDictionary<string, ICommand>(), new ConcurrentBag<string>());
            var (ended, sent) = (false, Forwarding(server).Answered);
            var work = Enumerable.Range(0, Clients).Select(number => ByHttp(number % 3 is 0 ? owner.Url : server.Url, number)).Append(ByBus()).ToList();
            await Until.True(() => Task.FromResult(history.All.Count > 60 && messages.Count > 60), TimeSpan.FromSeconds(60), "no load");
            (Forwarding(server).Answered - sent).ShouldBeGreaterThan(20);

            await owner.Kill();
            var killed = Stopwatch.GetTimestamp();
            await Until.True(() => Task.FromResult(history.All.Count(one => one.End > killed) > 10), TimeSpan.FromSeconds(30), "the account does not go on");
            var gap = Stopwatch.GetElapsedTime(killed, history.All.Where(one => one.Start > killed).Min(one => one.End));
            ended = true;
            await Task.WhenAll(work);
            gap.ShouldBeLessThan(TimeSpan.FromSeconds(5));

            // A message is answered, or lies where the dead node had put it, until Wolverine gives that node up after its minute.
            var left = messages.ToHashSet(StringComparer.Ordinal);
            List<string> answered = [];
            long kept;
            for (var waited = Stopwatch.GetTimestamp(); left.Count > (kept = await Kept()); await Task.Delay(50))
            {
                Stopwatch.GetElapsedTime(waited).ShouldBeLessThan(TimeSpan.FromSeconds(60), $"{left.Count} messages are not answered, {kept} are kept");
                foreach (var id in left.ToList())
                    if (await bus.ReplyTo(id, TimeSpan.FromMilliseconds(1)) is { } reply)
                    {
                        reply.Refusal.ShouldBeNull(id);
                        answered.Add(id);
                        left.Remove(id);
                    }
            }
            await Whole(server, history, asked, answered);
            output.WriteLine($"{history.All.Count} answers over HTTP, {answered.Count} over the bus, {left.Count} wait in the dead node's inbox; went on after {gap.TotalSeconds:0.00} s");

            async Task<long> Kept() => (long)(await server.Query("select count(*) from bus.wolverine_incoming_envelopes where status = 'Incoming'")).Single()[0]!;

            async Task ByHttp(string url, int number)
            {
                var client = server.Client(url: url);
                for (var turn = 0; !Volatile.Read(ref ended); turn++)
                {
                    CommandId id = $"kill-{kill}-{number}-{turn}";
                    ICommand command = (turn % 3) switch { 0 => new CreateUser($"u{number}-{turn / 3}"), 1 => new AddUserToGroup("readers", $"u{number}-{turn / 3}"), _ => new RemoveUserFromGroup("readers", $"u{number}-{turn / 3}") };
                    asked[id.Value] = command;
                    if (url == owner.Url) { if (await history.Send(client, 1, command, id) is null) return; }
                    else await history.Insist(client, 0, command, id, TimeSpan.FromSeconds(30));
                }
            }

            async Task ByBus()
            {
                for (var turn = 0; !Volatile.Read(ref ended); turn++)
                {
                    var id = $"kill-{kill}-bus-{turn}";
                    asked[id] = new CreateUser($"bus{turn}");
                    await bus.Send(asked[id], id);
                    messages.Add(id);
                    if (turn % 8 is 7) await Task.Delay(20);
                }
            }
        }
    }

    [Theory]
    [InlineData("the owner")]
    [InlineData("the other")]
    public async Task A_node_that_sleeps_costs_a_command_elsewhere_seconds_once_and_does_nothing_over_when_it_wakes(string who)
    {
        var sleep = TimeSpan.FromSeconds(Alone.Times is 1 ? 5 : 30);
        var owns = who is "the owner";
        await using var server = await ServerFixture.Start(postgres, ServerFixture.Announced);
        using var sleeper = await Beside(server, owns);
        var (history, asked) = (new History(), new ConcurrentDictionary<string, ICommand>());
        var ended = false;
        var work = Enumerable.Range(0, Clients).Select(number => Load(server.Url, 0, number)).Concat(Enumerable.Range(Clients, 2).Select(number => Load(sleeper.Url, 1, number))).ToList();
        await Until.True(() => Task.FromResult(history.All.Count(one => one.Node is 0) > 60 && history.All.Any(one => one.Node is 1)), TimeSpan.FromSeconds(60), "no load");
        if (owns) Forwarding(server).Answered.ShouldBeGreaterThan(20);

        await sleeper.Suspend();
        var slept = Stopwatch.GetTimestamp();
        await Until.True(() => Task.FromResult(history.All.Count(one => one.Start > slept) > 60 && Stopwatch.GetElapsedTime(slept) > sleep), TimeSpan.FromSeconds(90), "the account does not go on");
        Nodes(server).OwnerOf(server.Account).ShouldBeNull();
        await sleeper.Continue();
        var woken = Stopwatch.GetTimestamp();
        await Until.True(() => Task.FromResult(Nodes(server).Peers.Count is 1 && history.All.Any(one => one.Node is 1 && one.Start > woken)), TimeSpan.FromSeconds(20), "the sleeper is not known again");
        var (again, answered) = (history.Count, Forwarding(server).Answered);
        await Until.True(() => Task.FromResult(history.Count > again + 90), TimeSpan.FromSeconds(20), "the account does not go on");
        ended = true;
        await Task.WhenAll(work);

        if (owns) Forwarding(server).Answered.ShouldBeGreaterThan(answered + 20);
        var slowest = history.All.Where(one => one.Node is 0).Max(one => Stopwatch.GetElapsedTime(one.Start, one.End));
        await Whole(server, history, asked, []);
        output.WriteLine($"{history.Count} answers, the slowest elsewhere after {slowest.TotalSeconds:0.0} s");
        slowest.ShouldBeLessThan(TimeSpan.FromSeconds(15)); // one that slept in the middle of a transaction keeps its rows for ten

        async Task Load(string url, int node, int number)
        {
            var client = server.Client(url: url);
            for (var turn = 0; !Volatile.Read(ref ended); turn++)
            {
                CommandId id = $"sleep-{number}-{turn}";
                ICommand command = (turn % 3) switch { 0 => new CreateUser($"u{number}-{turn / 3}"), 1 => new AddUserToGroup("readers", $"u{number}-{turn / 3}"), _ => new RemoveUserFromGroup("readers", $"u{number}-{turn / 3}") };
                asked[id.Value] = command;
                await history.Insist(client, node, command, id, TimeSpan.FromSeconds(60));
            }
        }
    }

    /// <summary>What was answered is there, once; what is sent again is answered the same.</summary>
    static async Task Whole(ServerFixture server, History history, IReadOnlyDictionary<string, ICommand> asked, IEnumerable<string> messages)
    {
        var root = new RootCaller(server.Account, server.Root.Id);
        var recorded = await Recorded.Read(server);
        recorded.ShouldBeWhole();
        await recorded.ShouldHaveItsRows(server);
        var answers = history.All.Where(one => one.Refusal?.Status is not >= 500).ToList();
        recorded.ShouldExplain(answers, root);
        recorded.ShouldKeepRealTime(answers);
        var byName = recorded.Events.Where(happened => happened.Event is UserCreated).GroupBy(happened => happened.Command.Value);
        byName.ShouldAllBe(command => command.Count() == 1);
        foreach (var id in messages) recorded.Commands.ShouldContainKey(id);

        var (again, answered) = (new History(), answers.ToDictionary(one => one.Id!.Value));
        foreach (var (id, command) in asked) (await again.Send(server.Client(), 0, command, id))!.Refusal?.Status.ShouldBeLessThan(500);
        foreach (var one in again.All)
            if (answered.TryGetValue(one.Id!.Value, out var first) && first.Refusal is null) (one.Refusal, one.Revision, one.Answer).ShouldBe((null, first.Revision, first.Answer));
    }

    /// <summary>A process that owns the account which the server speaks of from now on, or does not.</summary>
    static async Task<ServerProcess> Beside(ServerFixture server, bool owns)
    {
        var keys = Path.GetDirectoryName(server.Node(0).GetRequiredService<ServerOptions>().MasterKeyFile)!;
        var process = await ServerProcess.Start(server.Database, keys);
        await Until.True(() => Task.FromResult(Nodes(server).Peers.Count is 1), TimeSpan.FromSeconds(20), "the nodes do not find each other");
        await server.MoveTo(Enumerable.Range(0, 1000).Select(i => new AccountId($"{Random.Shared.Next(100_000, 999_999)}{i:D6}")).First(account => Nodes(server).OwnerOf(account) is not null == owns));
        (await server.Client().Send(new CreateGroup("readers"))).Refusal.ShouldBeNull();
        return process;
    }

    static Nodes Nodes(ServerFixture server) => server.Node(0).GetRequiredService<Nodes>();
    static Forwarding Forwarding(ServerFixture server) => server.Node(0).GetRequiredService<Forwarding>();
}
