namespace IamEventSourced.Server.Tests;

/// <summary>
/// Requests of one second without an id of their own sign alike, and can't be told from one that is played back. Whichever they are,
/// nobody is told "done" of what is not so.
/// </summary>
public class RepeatedSignatureTests(PostgresFixture postgres)
{
    // Signed too: the nodes stand behind one name.
    static readonly (string, string)[] Host = [("Host", "iam.example.com")];

    static readonly Func<AccountId, ICommand, Raw>[] Doors =
    [
        Raw.Of,
        (_, command) => command switch
        {
            AddUserToGroup add => Raw.Form("AddUserToGroup", ("GroupName", add.GroupName.Value), ("UserName", add.UserName.Value)),
            RemoveUserFromGroup remove => Raw.Form("RemoveUserFromGroup", ("GroupName", remove.GroupName.Value), ("UserName", remove.UserName.Value)),
            CreateUser create => Raw.Form("CreateUser", ("UserName", create.UserName.Value)),
            _ => throw new ArgumentException("not in this test", nameof(command)),
        },
    ];

    [Theory]
    [InlineData("json", 0)]
    [InlineData("query", 1)]
    public async Task A_command_that_was_undone_and_comes_again_within_its_second_is_refused_until_the_next(string door, int index)
    {
        await using var server = await ServerFixture.Start(postgres);
        string[] nodes = [server.Url, await server.StartNode()];
        (await server.Client().Send(new CreateUser("alice"))).Refusal.ShouldBeNull();
        (await server.Client().Send(new CreateGroup("devs"))).Refusal.ShouldBeNull();
        (await server.Client(url: nodes[1]).Ask(new GetGroup("devs"), Client.ReadAt.Newest)).Refusal.ShouldBeNull();
        var now = DateTimeOffset.UtcNow;

        (await Send(new AddUserToGroup("devs", "alice"))).Code.ShouldBeNull(door);
        (await Send(new RemoveUserFromGroup("devs", "alice"))).Code.ShouldBeNull(door);
        var before = await Events();
        foreach (var node in nodes)
        {
            var again = await Send(new AddUserToGroup("devs", "alice"), node);
            (again.Status, again.Code).ShouldBe((400, "Throttling"), again.Body);
        }
        (await Events()).ShouldBe(before);
        (await server.Client().Ask(new GetGroup("devs"), Client.ReadAt.Newest)).Answer!.Users.ShouldBeEmpty();

        now = now.AddSeconds(1);
        (await Send(new AddUserToGroup("devs", "alice"))).Code.ShouldBeNull(door);
        (await server.Client().Ask(new GetGroup("devs"), Client.ReadAt.Newest)).Answer!.Users.ShouldHaveSingleItem();

        Task<WireReply> Send(ICommand command, string? node = null) => (Doors[index](server.Account, command) with { Signed = now, Headers = Host }).To(node ?? server.Url, server.Root);
        async Task<object?> Events() => (await server.Query("select count(*) from iam.mt_events"))[0][0];
    }

    [Theory]
    [InlineData("json", 0)]
    [InlineData("query", 1)]
    public async Task A_command_that_is_played_back_while_its_effect_stands_is_answered_as_the_first_time(string door, int index)
    {
        await using var server = await ServerFixture.Start(postgres);
        string[] nodes = [server.Url, await server.StartNode()];
        (await server.Client().Send(new CreateGroup("devs"))).Refusal.ShouldBeNull();
        var now = DateTimeOffset.UtcNow;
        foreach (var command in (ICommand[])[new CreateUser("alice"), new AddUserToGroup("devs", "alice")])
        {
            var request = Doors[index](server.Account, command) with { Signed = now, Headers = Host };
            var first = await request.To(server.Url, server.Root);
            first.Code.ShouldBeNull(door);
            foreach (var node in nodes)
            {
                var again = await request.To(node, server.Root);
                (again.Status, again.Revision, Ids(again)).ShouldBe((first.Status, first.Revision, Ids(first)), door);
            }
            (await server.Client().Send(new CreateUser($"{command.GetType().Name}-meanwhile"))).Refusal.ShouldBeNull();
            // Something happened since. Who is a member still is; of a user that is there it is said so, as AWS would.
            var later = await request.To(server.Url, server.Root);
            if (command is CreateUser) later.Code.ShouldBe("EntityAlreadyExists", door);
            else (later.Status, later.Revision, Ids(later)).ShouldBe((first.Status, first.Revision, Ids(first)), door);
        }

        static string Ids(WireReply reply) => System.Text.RegularExpressions.Regex.Match(reply.Body, "AIDA[A-Z0-9]+").Value; // the request's own id differs
    }

    [Fact]
    public async Task It_is_not_told_done_when_its_effect_is_gone_and_could_not_come_back()
    {
        await using var server = await ServerFixture.Start(postgres);
        await server.Client().Send(new CreateUser("alice"));
        await server.Client().Send(new CreateGroup("devs"));
        var add = Raw.Of(server.Account, new AddUserToGroup("devs", "alice")) with { Signed = DateTimeOffset.UtcNow };
        (await add.To(server.Url, server.Root)).Code.ShouldBeNull();
        await server.Client().Send(new RemoveUserFromGroup("devs", "alice"));
        await server.Client().Send(new DeleteUser("alice"));
        (await add.To(server.Url, server.Root)).Code.ShouldBe("NoSuchEntity");
    }

    [Fact]
    public async Task No_sender_chooses_an_id_that_stands_for_a_signature()
    {
        await using var server = await ServerFixture.Start(postgres);
        (await server.Client().Send(new CreateUser("alice"), "sig-1")).Refusal!.Code.ShouldBe("ValidationError");
    }

    [Fact]
    public async Task Under_an_id_of_its_own_a_command_is_answered_as_the_first_time_whatever_came_after()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        await root.Send(new CreateUser("alice"));
        await root.Send(new CreateGroup("devs"));
        var first = await root.Send(new AddUserToGroup("devs", "alice"), "add-1");
        await root.Send(new RemoveUserFromGroup("devs", "alice"));
        (await root.Send(new AddUserToGroup("devs", "alice"), "add-1")).ShouldBe(first);
    }
}
