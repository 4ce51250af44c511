using System.Diagnostics;
using IamEventSourced.Client;

namespace IamEventSourced.Server.Tests;

/// <summary>Two nodes, the clock of one an hour off.</summary>
[Collection(Alone.Name)]
public class ClockTests(PostgresFixture postgres, ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task With_the_clock_of_one_node_an_hour_off_commands_go_on_and_time_goes_back_in_no_stream(int hours)
    {
        SetClock clock = new(), right = new();
        await using var bus = new BusFixture(postgres) { Configure = node => { ServerFixture.Announced(node); clock.Of(node); } };
        await bus.InitializeAsync();
        var server = bus.Server;
        var url = await server.StartNode(ServerFixture.Announced);
        await OwnerTests.Acquainted(server);
        foreach (var owner in (int[])[0, 1])
        {
            clock.Offset = TimeSpan.Zero;
            await server.MoveTo(Enumerable.Range(0, 1000).Select(i => new AccountId($"{Random.Shared.Next(100_000, 999_999)}{i:D6}")).First(account => OwnerTests.Nodes(server, owner).OwnerOf(account) is null));
            var (history, began) = (new History(), DateTimeOffset.UtcNow);
            IamClient off = Clocked(server.Url, clock), on = Clocked(url, right);
            foreach (var client in (IamClient[])[off, on]) (await client.Ask(new GetUser())).Refusal.ShouldBeNull();
            var ended = false;
            var work = ((IamClient[])[off, on, off, on]).Select(Load).ToList();
            await Until.True(() => Task.FromResult(history.Count > 40), TimeSpan.FromSeconds(30), "no load");
            clock.Offset = TimeSpan.FromHours(hours);
            var before = history.Count;
            await Until.True(() => Task.FromResult(history.Count > before + 80), TimeSpan.FromSeconds(30), "commands do not go on");

            // Whoever's clock is right is refused by the node whose is not, in words; the other takes it.
            var refused = await Clocked(server.Url, right).Send(new CreateUser("skewed"));
            refused.Refusal!.Message.ShouldStartWith("Signature ");
            (await on.Send(new CreateUser("skewed"))).Refusal.ShouldBeNull();

            // A message is taken by either node: done, or refused in words by the one that thinks it to be of the future.
            var done = 0;
            for (var i = 0; i < 20; i++)
            {
                var reply = await bus.Answered(new CreateUser($"bus{i}"), $"bus-{owner}-{i}");
                if (reply.Refusal is null) done++;
                else (hours, reply.Refusal.Code).ShouldBe((-1, "RequestExpired"));
            }
            if (hours > 0) done.ShouldBe(20);
            ended = true;
            await Task.WhenAll(work);

            var recorded = await Recorded.Read(server);
            recorded.ShouldBeWhole();
            await recorded.ShouldHaveItsRows(server);
            await recorded.ShouldHaveItsLeaves(server, on); // and the order of time
            var answers = history.All.Where(one => one.Refusal?.Code is not "SignatureDoesNotMatch").ToList();
            (history.Count - answers.Count).ShouldBeLessThanOrEqualTo(2); // signed before the clock was set, checked after
            recorded.ShouldExplain(answers, new RootCaller(server.Account, server.Root.Id));
            recorded.ShouldKeepRealTime(answers);
            answers.ShouldAllBe(one => one.Refusal == null);
            var far = recorded.Events.Count(happened => happened.At > DateTimeOffset.UtcNow + TimeSpan.FromMinutes(30) || happened.At < began - TimeSpan.FromMinutes(30));
            if (hours > 0 && owner is 0) far.ShouldBeGreaterThan(20);
            else far.ShouldBe(0); // the owner's clock counts, and before it what the stream has

            // As of each moment of the stream, both nodes tell the last revision that is not after it.
            var moments = recorded.Events.GroupBy(happened => happened.At).Select(same => (At: same.Key, Revision: same.Max(happened => happened.Revision))).ToList();
            foreach (var (at, revision) in moments.SkipLast(1).Where((_, i) => i % 7 is 0).Append(moments[^2]))
                foreach (var client in (IamClient[])[off, on])
                    (await client.Ask(new GetUser(), ReadAt.Time(at))).Revision.ShouldBe(revision);
            clock.Offset = TimeSpan.Zero;
            var took = Stopwatch.GetTimestamp();
            (await Clocked(server.Url, right).Send(new CreateUser("set-right"))).Refusal.ShouldBeNull();
            output.WriteLine($"node {owner} owns: {history.Count} commands, {done} of 20 messages done, {far} of {recorded.Events.Count} events at the wrong hour; after the clock was set a command took {Stopwatch.GetElapsedTime(took).TotalSeconds:0.00} s");

            async Task Load(IamClient client, int number)
            {
                for (var turn = 0; !Volatile.Read(ref ended); turn++)
                    await history.Insist(client, number % 2, new CreateUser($"u{number}-{turn}"), $"{number}-{turn}", TimeSpan.FromSeconds(30));
            }
        }

        IamClient Clocked(string at, SetClock by) => new(new HttpClient(new SigningHandler(server.Root.Id, server.Root.Secret, clock: by) { InnerHandler = new SocketsHttpHandler() }) { BaseAddress = new(at) }, server.Account);
    }
}
