using IamEventSourced.Client;

namespace IamEventSourced.Server.Tests;

public class DoorsBetweenNodesTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_key_made_on_one_node_signs_at_once_on_the_other()
    {
        await using var server = await ServerFixture.Start(postgres);
        var other = await server.StartNode();
        await server.Client(url: other).Ask(new GetCallerIdentity());
        for (var i = 0; i < 20; i++)
            (await server.Client(await server.CreateUser($"user-{i}"), url: other).Ask(new GetCallerIdentity())).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task The_operator_may_ask_who_it_is_and_nothing_else_of_itself()
    {
        await using var server = await ServerFixture.Start(postgres);
        var self = server.Client(server.Operator, AccountId.Operator);
        (await self.Ask(new GetCallerIdentity())).Answer!.UserId.ShouldBe("operator");
        (await self.Ask(new ListUsers())).Refusal!.Code.ShouldBe("AccessDenied");
    }

    [Fact]
    public async Task A_time_that_is_not_over_is_no_past()
    {
        await using var server = await ServerFixture.Start(postgres);
        (await server.Client().Ask(new ListUsers(), ReadAt.Time(DateTimeOffset.UtcNow.AddHours(1)))).Refusal!.Code.ShouldBe("InvalidInput");
    }
}
