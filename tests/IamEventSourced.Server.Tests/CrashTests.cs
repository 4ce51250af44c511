using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using IamEventSourced.Client;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace IamEventSourced.Server.Tests;

[Collection(Alone.Name)]
public class CrashTests(PostgresFixture postgres, ITestOutputHelper output)
{
    const int Clients = 8, Kills = 10, Stops = 5;
    /// <summary>In a long run 500 kills and 200 stops, checked as often as in a short one.</summary>
    static readonly int KillRounds = Alone.Times is 1 ? 1 : 50, StopRounds = Alone.Times is 1 ? 1 : 40;
    /// <summary>After this long a command that is new is answered, whatever happened before it.</summary>
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_server_killed_under_load_has_kept_every_answered_command_once_and_answers_a_repeat_the_same()
    {
        for (var round = 0; round < KillRounds; round++) await Kill();
    }

    [Fact]
    public async Task PostgreSQL_stopped_at_once_under_load_has_kept_every_answered_command_once_and_the_node_goes_on()
    {
        for (var round = 0; round < StopRounds; round++) await Stop();
    }

    async Task Kill()
    {
        await using var server = await ServerFixture.Start(postgres);
        (await server.Client(server.Operator).Send(new SetAccountQuota("UsersPerAccount", 1_000_000))).Refusal.ShouldBeNull(); // they would be many
        (await server.Client().Send(new CreateGroup("readers"))).Refusal.ShouldBeNull();
        var keys = Path.GetDirectoryName(server.Node(0).GetRequiredService<ServerOptions>().MasterKeyFile)!;
        var history = new History();
        var asked = new ConcurrentDictionary<string, ICommand>();
        var (unanswered, slowest, began) = (0, TimeSpan.Zero, Stopwatch.GetTimestamp());

        for (var kill = 0; kill < Kills; kill++)
        {
            using var process = await ServerProcess.Start(server.Database, keys);
            var before = history.Count;
            var clients = Enumerable.Range(0, Clients).Select(number => Load(process.Url, kill, number)).ToList();
            await Until.True(() => Task.FromResult(history.Count >= before + 25 + 18 * (kill % 10)), TimeSpan.FromSeconds(60), "no load"); // under load, each time elsewhere
            await process.Kill();
            await Task.WhenAll(clients);
            slowest = Longer(slowest, await NewCommand(server, $"after-kill-{kill}"));
        }
        var answered = history.Commands.ToDictionary(one => one.Id!.Value);
        var killed = await Recorded.Read(server);
        killed.ShouldBeWhole();
        killed.ShouldExplain(history.All.Where(one => one.Refusal?.Status is not >= 500), new RootCaller(server.Account, server.Root.Id));
        killed.ShouldKeepRealTime([.. history.All.Where(one => one.Refusal?.Status is not >= 500)]);

        // Everything again, by another server: what was answered is answered the same, what was not is done now or was already.
        var again = new History();
        var other = server.Client();
        await Parallel.ForEachAsync(asked, new ParallelOptions { MaxDegreeOfParallelism = Clients }, async (one, _) => (await again.Send(other, 0, one.Value, one.Key))!.Refusal?.Status.ShouldBeLessThan(500));
        var repeated = await Recorded.Read(server);
        await ShouldBeRight(repeated, server);
        foreach (var one in again.All)
            if (answered.TryGetValue(one.Id!.Value, out var first) && first.Refusal is null) (one.Refusal, one.Revision, one.Answer).ShouldBe((null, first.Revision, first.Answer));
        repeated.Events.Take(killed.Events.Count).ShouldBe(killed.Events);
        var doneUnheard = again.All.Count(one => !answered.ContainsKey(one.Id!.Value) && killed.Commands.ContainsKey(one.Id!.Value));
        Say($"{Kills} kills in {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s: {answered.Count} commands answered, {history.Count - answered.Count} questions, {unanswered} cut off, of these {doneUnheard} had been carried out; "
            + $"{repeated.Events.Count} revisions; a new command within {slowest.TotalSeconds:0.00} s");
        unanswered.ShouldBeGreaterThanOrEqualTo(Kills);

        Task Load(string url, int kill, int number) => SendUntilGone(server.Client(url: url), kill + 1, history, asked, $"kill-{kill}-{number}", () => Interlocked.Increment(ref unanswered));
    }

    async Task Stop()
    {
        var home = System.IO.Directory.CreateTempSubdirectory("iam-stops-").FullName;
        try
        {
            await using var cluster = await PrivatePostgres.StartAsync(home);
            await using var server = await ServerFixture.Start(cluster.ConnectionString);
            (await server.Client(server.Operator).Send(new SetAccountQuota("UsersPerAccount", 1_000_000))).Refusal.ShouldBeNull(); // they would be many
            (await server.Client().Send(new CreateGroup("readers"))).Refusal.ShouldBeNull();
            var history = new History();
            var ended = false;
            var (inDoubt, slowest, began) = (0, TimeSpan.Zero, Stopwatch.GetTimestamp());
            var clients = Enumerable.Range(0, Clients).Select(Load).ToList();
            for (var stop = 0; stop < Stops; stop++)
            {
                var before = history.Count;
                await Until.True(() => Task.FromResult(history.Count >= before + 25 + 18 * stop), TimeSpan.FromSeconds(60), "it does not go on");
                using var postmaster = Process.GetProcessById(int.Parse(File.ReadLines(Path.Combine(cluster.ClusterFolder, "data/postmaster.pid")).First(), CultureInfo.InvariantCulture));
                if (stop % 2 is 0) postmaster.Kill(); // SIGKILL: its children are left to see that it is gone
                else kill(postmaster.Id, SigQuit).ShouldBe(0); // an immediate stop
                await postmaster.WaitForExitAsync();
                var stopped = Stopwatch.GetTimestamp();
                (await server.Client().Ask(new Authorize("s3:GetObject"))).Answer!.Decision.ShouldBe("allowed");
                var (back, _) = await history.Insist(server.Client(), 0, new CreateUser($"after-stop-{stop}"), $"after-stop-{stop}", TimeSpan.FromSeconds(60));
                slowest = Longer(slowest, Stopwatch.GetElapsedTime(stopped, back.End));
            }
            ended = true;
            await Task.WhenAll(clients);
            (await NewCommand(server, "after-all")).ShouldBeLessThan(Soon);

            var recorded = await Recorded.Read(server);
            await ShouldBeRight(recorded, server);
            recorded.ShouldExplain(history.All.Where(one => one.Refusal?.Status is not >= 500), new RootCaller(server.Account, server.Root.Id));
            recorded.ShouldKeepRealTime([.. history.All.Where(one => one.Refusal?.Status is not >= 500)]);
            history.Commands.ShouldAllBe(one => one.Refusal == null);
            await Parallel.ForEachAsync(history.Commands, new ParallelOptions { MaxDegreeOfParallelism = Clients }, async (first, _) =>
            {
                var repeated = (await new History().Send(server.Client(), 0, (ICommand)first.Operation, first.Id!))!;
                (repeated.Refusal, repeated.Revision, repeated.Answer).ShouldBe((null, first.Revision, first.Answer));
            });
            (await Recorded.Read(server)).Events.Count.ShouldBe(recorded.Events.Count);
            Say($"{Stops} stops in {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s: {history.Commands.Count()} commands, {history.Count - history.Commands.Count()} questions, {inDoubt} answers in doubt; {recorded.Events.Count} revisions; a new command within {slowest.TotalSeconds:0.0} s");

            async Task Load(int number)
            {
                var client = server.Client();
                for (var turn = 0; !Volatile.Read(ref ended); turn++)
                {
                    Interlocked.Add(ref inDoubt, (await history.Insist(client, 0, Command($"s{number}", turn), $"stop-{number}-{turn}", TimeSpan.FromSeconds(90))).Before.Count);
                    if (turn % 4 is 1) await history.Ask(client, 0, new ListGroupsForUser($"s{number}-{turn / 4}"));
                }
            }
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await PrivatePostgres.DeleteAsync(home);
            System.IO.Directory.Delete(home, recursive: true);
        }
    }

    /// <summary>Rows, leaves, command table and directory say the same.</summary>
    static async Task ShouldBeRight(Recorded recorded, ServerFixture server)
    {
        recorded.ShouldBeWhole();
        await recorded.ShouldHaveItsRows(server);
        await recorded.ShouldHaveItsLeaves(server);
        await using var database = NpgsqlDataSource.Create(server.Database);
        (await Comparison.FirstDifference(database, server.Account)).ShouldBeNull();
    }

    /// <summary>How long a command that nobody sent before takes: nothing that the dead left behind holds it up.</summary>
    static async Task<TimeSpan> NewCommand(ServerFixture server, string name)
    {
        var since = Stopwatch.GetTimestamp();
        (await server.Client().Send(new CreateUser(name), name)).Refusal.ShouldBeNull();
        var took = Stopwatch.GetElapsedTime(since);
        took.ShouldBeLessThan(Soon);
        return took;
    }

    static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    /// <summary>Also while it runs: a long run is watched.</summary>
    void Say(string what)
    {
        output.WriteLine(what);
        TestContext.Current.SendDiagnosticMessage(what);
    }

    static ICommand Command(string who, int turn)
    {
        UserName name = $"{who}-{turn / 4}";
        return (turn % 4) switch { 0 => new CreateUser(name), 1 or 2 => new AddUserToGroup("readers", name), _ => new RemoveUserFromGroup("readers", name) };
    }

    /// <summary>Sends commands, and asks what they came to, until the node is gone.</summary>
    static async Task SendUntilGone(IamClient client, int node, History history, ConcurrentDictionary<string, ICommand> asked, string who, Action cut)
    {
        for (var turn = 0; ; turn++)
        {
            CommandId id = $"{who}-{turn}";
            var command = Command(who, turn);
            asked[id.Value] = command;
            if (await history.Send(client, node, command, id) is null) break;
            if (turn % 4 is 1 && await history.Ask(client, node, new ListGroupsForUser($"{who}-{turn / 4}")) is null) break;
        }
        cut();
    }

    const int SigQuit = 3;

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int kill(int process, int signal);
}
