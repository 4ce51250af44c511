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
    const int Clients = 8;
    static readonly int Kills = Alone.Times is 1 ? 20 : 500, Stops = Alone.Times is 1 ? 10 : 200;

    [Fact]
    public async Task A_server_killed_under_load_has_kept_every_answered_command_once_and_answers_a_repeat_the_same()
    {
        await using var server = await ServerFixture.Start(postgres);
        (await server.Client().Send(new CreateGroup("readers"))).Refusal.ShouldBeNull();
        var keys = Path.GetDirectoryName(server.Node(0).GetRequiredService<ServerOptions>().MasterKeyFile)!;
        var history = new History();
        var asked = new ConcurrentDictionary<string, ICommand>();
        var unanswered = 0;

        for (var kill = 0; kill < Kills; kill++)
        {
            using var process = await ServerProcess.Start(server.Database, keys);
            var before = history.All.Count;
            var clients = Enumerable.Range(0, Clients).Select(number => Load(process.Url, kill, number)).ToList();
            await Until.True(() => Task.FromResult(history.All.Count >= before + 20 + 7 * (kill % 20)), TimeSpan.FromSeconds(60), "no load"); // under load, each time elsewhere
            await process.Kill();
            await Task.WhenAll(clients);
        }
        var answered = history.Commands.ToDictionary(one => one.Id!.Value);
        var killed = await Recorded.Read(server);
        killed.ShouldBeWhole();
        killed.ShouldExplain(answered.Values.Where(one => one.Refusal?.Status is not >= 500), new RootCaller(server.Account, server.Root.Id));
        killed.ShouldKeepRealTime([.. answered.Values.Where(one => one.Refusal?.Status is not >= 500)]);

        // Everything again, by another server: what was answered is answered the same, what was not is done now or was already.
        var again = new History();
        var other = server.Client();
        foreach (var (id, command) in asked) (await again.Send(other, 0, command, id))!.Refusal?.Status.ShouldBeLessThan(500);
        var repeated = await Recorded.Read(server);
        repeated.ShouldBeWhole();
        await repeated.ShouldHaveItsRows(server);
        (await Compare(server)).ShouldBeNull();
        foreach (var one in again.All)
            if (answered.TryGetValue(one.Id!.Value, out var first) && first.Refusal is null) (one.Refusal, one.Revision, one.Answer).ShouldBe((null, first.Revision, first.Answer));
        repeated.Events.Take(killed.Events.Count).ShouldBe(killed.Events);
        var doneUnheard = again.All.Count(one => !answered.ContainsKey(one.Id!.Value) && killed.Commands.ContainsKey(one.Id!.Value));
        output.WriteLine($"{Kills} kills: {answered.Count} answered, {unanswered} cut off, of these {doneUnheard} had been carried out; {repeated.Events.Count} revisions");
        unanswered.ShouldBeGreaterThanOrEqualTo(Kills);

        Task Load(string url, int kill, int number) => SendUntilGone(server.Client(url: url), history, asked, $"kill-{kill}-{number}", () => Interlocked.Increment(ref unanswered));
    }

    [Fact]
    public async Task PostgreSQL_stopped_at_once_under_load_has_kept_every_answered_command_once_and_the_node_goes_on()
    {
        var home = System.IO.Directory.CreateTempSubdirectory("iam-stops-").FullName;
        try
        {
            await using var cluster = await PrivatePostgres.StartAsync(home);
            await using var server = await ServerFixture.Start(cluster.ConnectionString);
            (await server.Client().Send(new CreateGroup("readers"))).Refusal.ShouldBeNull();
            var history = new History();
            var ended = false;
            var inDoubt = 0;
            var clients = Enumerable.Range(0, Clients).Select(Load).ToList();
            for (var stop = 0; stop < Stops; stop++)
            {
                var before = history.All.Count;
                await Until.True(() => Task.FromResult(history.All.Count >= before + 20 + 7 * (stop % 20)), TimeSpan.FromSeconds(60), "it does not go on");
                using var postmaster = Process.GetProcessById(int.Parse(File.ReadLines(Path.Combine(cluster.ClusterFolder, "data/postmaster.pid")).First(), CultureInfo.InvariantCulture));
                if (stop % 2 is 0) postmaster.Kill(); // SIGKILL: its children are left to see that it is gone
                else kill(postmaster.Id, SigQuit).ShouldBe(0); // an immediate stop
                await postmaster.WaitForExitAsync();
                (await server.Client().Ask(new Authorize("s3:GetObject"))).Answer!.Decision.ShouldBe("allowed");
            }
            ended = true;
            await Task.WhenAll(clients);

            var recorded = await Recorded.Read(server);
            recorded.ShouldBeWhole();
            await recorded.ShouldHaveItsRows(server);
            (await Compare(server)).ShouldBeNull();
            recorded.ShouldExplain(history.All, new RootCaller(server.Account, server.Root.Id));
            recorded.ShouldKeepRealTime(history.All);
            history.All.ShouldAllBe(one => one.Refusal == null);
            foreach (var first in history.All.Take(200)) (await server.Client().Send((ICommand)first.Operation, first.Id)).Revision.ShouldBe(first.Revision);
            output.WriteLine($"{Stops} stops: {history.All.Count} commands, {inDoubt} answers in doubt, {recorded.Events.Count} revisions");

            async Task Load(int number)
            {
                for (var turn = 0; !Volatile.Read(ref ended); turn++)
                    Interlocked.Add(ref inDoubt, (await history.Insist(server.Client(), 0, Command($"s{number}", turn), $"stop-{number}-{turn}", TimeSpan.FromSeconds(90))).Before.Count);
            }
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await PrivatePostgres.DeleteAsync(home);
            System.IO.Directory.Delete(home, recursive: true);
        }
    }

    static ICommand Command(string who, int turn)
    {
        UserName name = $"{who}-{turn / 4}";
        return (turn % 4) switch { 0 => new CreateUser(name), 1 or 2 => new AddUserToGroup("readers", name), _ => new RemoveUserFromGroup("readers", name) };
    }

    /// <summary>Sends commands until the node is gone.</summary>
    static async Task SendUntilGone(IamClient client, History history, ConcurrentDictionary<string, ICommand> asked, string who, Action cut)
    {
        for (var turn = 0; ; turn++)
        {
            CommandId id = $"{who}-{turn}";
            var command = Command(who, turn);
            asked[id.Value] = command;
            if (await history.Send(client, 0, command, id) is not null) continue;
            cut();
            return;
        }
    }

    static async Task<string?> Compare(ServerFixture server)
    {
        await using var database = NpgsqlDataSource.Create(server.Database);
        return await Comparison.FirstDifference(database, server.Account);
    }

    const int SigQuit = 3;

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int kill(int process, int signal);
}
