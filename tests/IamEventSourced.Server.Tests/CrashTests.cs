using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

[Collection(Alone.Name)]
public class CrashTests(PostgresFixture postgres, ITestOutputHelper output)
{
    const int Clients = 8;
    static readonly int Kills = 5 * Alone.Times;

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
            await Until.True(() => Task.FromResult(history.All.Count >= before + 40 + 23 * kill), TimeSpan.FromSeconds(60), "no load"); // under load, each time elsewhere
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
        foreach (var one in again.All)
            if (answered.TryGetValue(one.Id!.Value, out var first) && first.Refusal is null) (one.Refusal, one.Revision, one.Answer).ShouldBe((null, first.Revision, first.Answer));
        repeated.Events.Take(killed.Events.Count).ShouldBe(killed.Events);
        var doneUnheard = again.All.Count(one => !answered.ContainsKey(one.Id!.Value) && killed.Commands.ContainsKey(one.Id!.Value));
        output.WriteLine($"{Kills} kills: {answered.Count} answered, {unanswered} cut off, of these {doneUnheard} had been carried out; {repeated.Events.Count} revisions");
        unanswered.ShouldBeGreaterThanOrEqualTo(Kills);

        async Task Load(string url, int kill, int number)
        {
            var client = server.Client(url: url);
            for (var turn = 0; ; turn++)
            {
                CommandId id = $"kill-{kill}-{number}-{turn}";
                UserName name = $"u{kill}-{number}-{turn / 4}";
                ICommand command = (turn % 4) switch { 0 => new CreateUser(name), 1 or 2 => new AddUserToGroup("readers", name), _ => new RemoveUserFromGroup("readers", name) };
                asked[id.Value] = command;
                if (await history.Send(client, 0, command, id) is not null) continue;
                Interlocked.Increment(ref unanswered);
                return;
            }
        }
    }
}
