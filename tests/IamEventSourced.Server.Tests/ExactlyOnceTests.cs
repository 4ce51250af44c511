using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

[Collection(Alone.Name)]
public class ExactlyOnceTests(PostgresFixture postgres, ITestOutputHelper output)
{
    [Fact]
    public async Task One_id_sent_a_thousand_times_to_two_nodes_has_one_effect_and_one_answer()
    {
        const int times = 1000;
        await using var server = await ServerFixture.Start(postgres);
        string[] urls = [server.Url, await server.StartNode()];
        var history = new History();
        Client.IamClient[] clients = [server.Client(url: urls[0]), server.Client(url: urls[1])];

        await Task.WhenAll(Enumerable.Range(0, times).Select(i => history.Send(clients[i % 2], i % 2, new CreateUser("alice"), "once")));

        var recorded = await Recorded.Read(server);
        history.All.Count.ShouldBe(times);
        history.All.ShouldAllBe(answered => answered.Refusal == null);
        history.All.Select(answered => (answered.Revision, answered.Answer)).Distinct().Count().ShouldBe(1);
        recorded.Events.Count(happened => happened.Event is UserCreated).ShouldBe(1);
        recorded.ShouldExplain(history.All, new RootCaller(server.Account, server.Root.Id));
        output.WriteLine($"{times} answers, revision {history.All[0].Revision} of {recorded.Events.Count}");
    }

    [Fact]
    public async Task One_that_is_still_waited_for_is_carried_out_beside_one_of_its_id_that_nobody_waits_for()
    {
        await using var server = await ServerFixture.Start(postgres);
        var live = (await server.Node(0).GetRequiredService<LiveAccounts>().Find(server.Account, default))!;
        Task<Reply?> first, stale, direct;
        await using (var row = await RowLock.Take(server))
        {
            first = Execute("first", new CreateUser("bob"));
            await row.WaitedFor(server); // so that the next two come into one batch
            stale = Execute("once", new CreateUser("alice"), wanted: false);
            direct = Execute("once", new CreateUser("alice"));
        }
        (await first)!.Refusal.ShouldBeNull();
        (await stale)!.Refusal.ShouldBe(LiveAccount.NotBegun);
        (await direct)!.Refusal.ShouldBeNull();

        Task<Reply?> Execute(CommandId id, ICommand command, bool wanted = true) =>
            live.Execute(new(server.Account, command, new RootCaller(server.Account, server.Root.Id), id) { IsWanted = () => wanted }, command);
    }

    [Fact]
    public async Task An_id_that_was_used_is_refused_with_another_body_and_to_another_caller()
    {
        await using var server = await ServerFixture.Start(postgres);
        var other = await server.StartNode();
        (await server.Client().Send(new CreateUser("alice"), "used")).Refusal.ShouldBeNull();
        var bob = await server.CreateUser("bob");
        (await server.Client().Send(new PutUserPolicy("bob", "All", """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"""))).Refusal.ShouldBeNull();
        await server.Client(url: other).Ask(new GetUser("bob"), Client.ReadAt.Newest);

        foreach (var url in (string[])[server.Url, other])
        {
            (await server.Client(url: url).Send(new CreateUser("carol"), "used")).Refusal!.Code.ShouldBe("IdempotentParameterMismatch");
            (await server.Client(url: url).Send(new DeleteUser("alice"), "used")).Refusal!.Code.ShouldBe("IdempotentParameterMismatch");
            (await server.Client(bob, url: url).Send(new CreateUser("alice"), "used")).Refusal!.Code.ShouldBe("IdempotentParameterMismatch");
        }
        (await Recorded.Read(server)).Newest.Users.After(null).Select(user => user.Name.Value).ShouldBe(["alice", "bob"]);
    }

    [Fact]
    public async Task A_command_that_changed_nothing_still_changes_nothing_when_it_is_repeated_in_another_world()
    {
        await using var server = await ServerFixture.Start(postgres);
        var other = server.Client(url: await server.StartNode());
        var root = server.Client();
        await root.Send(new CreateGroup("readers"));
        await root.Send(new CreateUser("alice"));
        await root.Send(new AddUserToGroup("readers", "alice"));
        var nothing = await root.Send(new AddUserToGroup("readers", "alice"), "nothing");
        await root.Send(new RemoveUserFromGroup("readers", "alice"));

        foreach (var client in (Client.IamClient[])[root, other])
            (await client.Send(new AddUserToGroup("readers", "alice"), "nothing")).ShouldBe(nothing);
        (await other.Send(new DeleteUser("alice"))).Refusal.ShouldBeNull();
        (await root.Send(new AddUserToGroup("readers", "alice"), "nothing")).ShouldBe(nothing);
        (await Recorded.Read(server)).Events.Count(happened => happened.Event is UserAddedToGroup).ShouldBe(1);
    }

    [Fact]
    public async Task A_repeated_CreateAccessKey_answers_the_same_key_without_its_secret()
    {
        await using var server = await ServerFixture.Start(postgres);
        var other = server.Client(url: await server.StartNode());
        await server.Client().Send(new CreateUser("alice"));
        var made = await server.Client().Send(new CreateAccessKey("alice"), "key");
        made.Answer!.AccessKey.SecretAccessKey.ShouldNotBeNull();

        foreach (var client in (Client.IamClient[])[server.Client(), other])
        {
            var again = await client.Send(new CreateAccessKey("alice"), "key");
            (again.Refusal, again.Revision).ShouldBe((null, made.Revision));
            again.Answer!.AccessKey.ShouldBe(made.Answer.AccessKey with { SecretAccessKey = null });
        }
        (await Recorded.Read(server)).Newest.Users.Find(new UserName("alice"))!.AccessKeys.Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_id_of_a_refused_command_may_be_used_again()
    {
        await using var server = await ServerFixture.Start(postgres);
        var other = server.Client(url: await server.StartNode());
        (await server.Client().Send(new AddUserToGroup("readers", "alice"), "again")).Refusal!.Code.ShouldBe("NoSuchEntity");
        (await other.Send(new CreateUser("alice"), "again")).Refusal.ShouldBeNull();
        (await server.Client().Send(new CreateUser("alice"), "again")).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task In_one_batch_too_the_id_of_a_refused_command_may_be_used_again_and_a_secret_is_told_once()
    {
        await using var server = await ServerFixture.Start(postgres);
        await server.Client().Send(new CreateUser("alice"));
        var dispatcher = server.Node(0).GetRequiredService<Dispatcher>();
        Task<Reply> first, refused, other, key, again, mismatched;
        await using (var stranded = await RowLock.Take(server))
        {
            first = Send(new CreateUser("first"), "first"); // the writer waits with this one for the row; the others come in its next batch
            await stranded.WaitedFor(server);
            refused = Send(new AddUserToGroup("nobodies", "nobody"), "same");
            other = Send(new CreateUser("bob"), "same");
            key = Send(new CreateAccessKey("alice"), "key");
            again = Send(new CreateAccessKey("alice"), "key");
            mismatched = Send(new CreateUser("carol"), "key");
        }
        (await first).Refusal.ShouldBeNull();
        (await refused).Refusal!.Code.ShouldBe("NoSuchEntity");
        (await other).Refusal.ShouldBeNull();
        (await key).Refusal.ShouldBeNull();
        ((CreateAccessKeyAnswer)(await key).Answer!).AccessKey.SecretAccessKey.ShouldNotBeNull();
        (await again).Refusal.ShouldBeNull();
        ((JsonElement)(await again).Answer!).GetProperty("AccessKey").TryGetProperty("SecretAccessKey", out _).ShouldBeFalse();
        (await mismatched).Refusal!.Code.ShouldBe("IdempotentParameterMismatch");

        Task<Reply> Send(ICommand command, CommandId id) => dispatcher.Dispatch(new(server.Account, command, new RootCaller(server.Account, server.Root.Id), id), default);
    }
}
