using System.Diagnostics;
using IamEventSourced.Client;
using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

[Collection(Alone.Name)]
public class FollowingTests(PostgresFixture postgres, ITestOutputHelper output)
{
    [Fact]
    public async Task An_account_made_elsewhere_since_a_node_looked_for_it_is_found_by_its_first_command()
    {
        await using var server = await ServerFixture.Start(postgres);
        var other = await server.StartNode();
        await server.Node(1).GetRequiredService<LiveAccounts>().Open("210987654321"); // as for a command that would have made it
        await server.MoveTo("210987654321");
        var dispatcher = server.Node(1).GetRequiredService<Dispatcher>();
        (await dispatcher.Dispatch(new(server.Account, new CreateUser("alice"), new RootCaller(server.Account, server.Root.Id), "first"), default)).Refusal.ShouldBeNull();
        (await server.Client(url: other).Ask(new GetUser("alice"))).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task What_one_node_made_the_other_never_misses_and_newest_sees_it_at_once()
    {
        const int rounds = 200;
        await using var server = await ServerFixture.Start(postgres);
        IamClient[] nodes = [server.Client(), server.Client(url: await server.StartNode())];
        (await nodes[0].Send(new CreateGroup("readers"))).Refusal.ShouldBeNull();

        for (var round = 0; round < rounds; round++)
        {
            var (one, other) = (nodes[round % 2], nodes[1 - round % 2]);
            UserName name = $"user{round}";
            var created = await one.Send(new CreateUser(name));
            var exactly = await other.Ask(new GetUser(name), ReadAt.Revision(created.Revision));
            (exactly.Refusal, exactly.Revision).ShouldBe((null, created.Revision));
            name = $"late{round}";
            created = await one.Send(new CreateUser(name));
            var added = await other.Send(new AddUserToGroup("readers", name));
            added.Refusal.ShouldBeNull();
            added.Revision.ShouldBe(created.Revision + 1);
            var seen = await one.Ask(new ListGroupsForUser(name), ReadAt.Newest);
            (seen.Refusal, seen.Answer?.Groups.Count, seen.Revision).ShouldBe((null, 1, added.Revision));
            var waited = await one.Ask(new GetUser(name), ReadAt.AtLeast(added.Revision));
            (waited.Refusal, waited.Revision).ShouldBe((null, added.Revision));
        }
    }

    [Theory]
    [InlineData("black hole")]
    [InlineData("cut")]
    public async Task A_node_that_cannot_hear_answers_at_least_truthfully_or_503_with_its_revision_and_heals_within_two_seconds(string how)
    {
        await using var server = await ServerFixture.Start(postgres);
        await using var proxy = new FaultProxy(server.Database);
        var deaf = server.Client(url: await server.StartNode(database: proxy.Database));
        (await deaf.Ask(new GetUser())).Refusal.ShouldBeNull();
        var known = (await server.Client().Send(new CreateUser("before"))).Revision;
        (await deaf.Ask(new GetUser("before"), ReadAt.AtLeast(known))).Refusal.ShouldBeNull();

        if (how is "cut") proxy.Refuse(); else proxy.Hold();
        var made = (await server.Client().Send(new CreateUser("alice"))).Revision;
        var since = Stopwatch.GetTimestamp();
        var asked = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => deaf.Ask(new GetUser("alice"), ReadAt.AtLeast(made))));
        var took = Stopwatch.GetElapsedTime(since);
        foreach (var answer in asked)
        {
            answer.Refusal!.Status.ShouldBe(503);
            answer.Revision.ShouldBe(known);
        }
        (await deaf.Ask(new GetUser("before"), ReadAt.AtLeast(known))).Refusal.ShouldBeNull(); // what it has it says
        (await deaf.Ask(new GetUser("alice"), ReadAt.Revision(made))).Refusal!.Status.ShouldBe(503); // and does not say that there is no such revision
        took.ShouldBeLessThan(TimeSpan.FromSeconds(4)); // it waits two
        (await deaf.Ask(new GetUser("alice"), ReadAt.Newest)).Refusal!.Status.ShouldBe(503);
        Stopwatch.GetElapsedTime(since).ShouldBeLessThan(took + TimeSpan.FromSeconds(12));

        if (how is "cut") proxy.Admit(); else proxy.Release();
        var account = (await server.Node(1).GetRequiredService<LiveAccounts>().Find(server.Account, default))!; // looks only
        var healed = await Until.True(() => Task.FromResult(account.Directory.Revision >= made), TimeSpan.FromSeconds(5), "it has not caught up");
        var found = await deaf.Ask(new GetUser("alice"), ReadAt.AtLeast(made));
        (found.Refusal, found.Revision).ShouldBe((null, made));
        output.WriteLine($"{how}: 503 after {took.TotalSeconds:0.00} s, healed after {healed.TotalSeconds:0.00} s");
    }

    [Fact]
    public async Task A_node_that_lost_its_listener_hears_again()
    {
        await using var server = await ServerFixture.Start(postgres);
        await using var proxy = new FaultProxy(server.Database);
        await server.StartNode(database: proxy.Database);
        var account = (await server.Node(1).GetRequiredService<LiveAccounts>().Find(server.Account, default))!;
        for (var round = 0; round < 10; round++)
        {
            proxy.CutAll();
            var made = (await server.Client().Send(new CreateUser($"user{round}"))).Revision;
            await Until.True(() => Task.FromResult(account.Directory.Revision >= made), TimeSpan.FromSeconds(5), $"round {round}: it has not caught up");
        }
    }

    [Fact]
    public async Task A_clock_that_is_set_back_an_hour_sets_no_event_back_and_as_of_finds_each_revision()
    {
        await using var server = await ServerFixture.Start(postgres);
        var clock = new SetClock();
        var node = await server.StartNode(clock.Of);
        var shifted = new IamClient(new HttpClient(new SigningHandler(server.Root.Id, server.Root.Secret, clock: clock) { InnerHandler = new SocketsHttpHandler() }) { BaseAddress = new(node) }, server.Account);
        for (var i = 0; i < 12; i++)
        {
            if (i is 4) clock.Offset = TimeSpan.FromHours(-1);
            if (i is 8) clock.Offset = TimeSpan.Zero;
            (await (i % 3 is 2 ? server.Client() : shifted).Send(new CreateUser($"user{i}"))).Refusal.ShouldBeNull();
        }
        clock.Offset = TimeSpan.FromHours(-1);
        (await shifted.Send(new CreateUser("last"))).Refusal.ShouldBeNull();
        clock.Offset = TimeSpan.Zero; // a moment that its clock has not reached is, to this node, not over

        var events = (await Recorded.Read(server)).Events;
        events.Select(happened => happened.At).ShouldBeInOrder();
        events.ShouldAllBe(happened => happened.At.UtcTicks % TimeSpan.TicksPerMicrosecond == 0);
        events.Zip(events.Skip(1)).Count(pair => pair.First.At == pair.Second.At).ShouldBeGreaterThan(1); // the clock was behind, and the last time kept
        foreach (var client in (IamClient[])[server.Client(), shifted])
            foreach (var happened in events)
            {
                var then = await client.Ask(new GetUser(), ReadAt.Time(happened.At));
                (then.Refusal, then.Revision).ShouldBe((null, events.Last(other => other.At <= happened.At).Revision));
                if (happened.Revision > 1 && events[(int)happened.Revision - 2].At < happened.At && events[0].At < happened.At)
                    (await client.Ask(new ListUsers(), ReadAt.Time(happened.At - TimeSpan.FromMicroseconds(1)))).Revision.ShouldBe(happened.Revision - 1);
            }
    }
}
