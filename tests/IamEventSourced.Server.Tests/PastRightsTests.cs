using IamEventSourced.Client;
using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

public class PastRightsTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Who_took_over_a_name_does_not_learn_what_its_former_holder_could_do()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        await server.CreateUser("bob");
        var then = (await root.Send(new PutUserPolicy("bob", "all", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"""))).Revision;
        var mallory = server.Client(await server.CreateUser("mallory"));
        await root.Send(new UpdateUser("bob", NewUserName: "robert"));
        await root.Send(new UpdateUser("mallory", NewUserName: "bob"));

        Arn bob = $"arn:aws:iam::{server.Account}:user/bob";
        (await mallory.Ask(new Authorize("s3:GetObject", "*", bob))).Answer!.Decision.ShouldBe("implicitDeny");
        (await mallory.Ask(new Authorize("s3:GetObject", "*", bob), ReadAt.Revision(then))).Refusal!.Code.ShouldBe("AccessDenied");
        (await mallory.Ask(new GetEffectivePermissions(bob), ReadAt.Revision(then))).Refusal!.Code.ShouldBe("AccessDenied");
    }

    [Fact]
    public async Task Whom_another_name_keeps_from_the_caller_no_former_name_tells()
    {
        await using var server = await ServerFixture.Start(postgres);
        var (root, keeper) = (server.Client(), await server.CreateUser("keeper"));
        var began = await root.Send(new CreateUser("alice", "/dev/"));
        await root.Send(new PutUserPolicy("keeper", "dev", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::*:user/dev/*"}}"""));
        await root.Send(new UpdateUser("alice", "/admin/"));
        await root.Send(new PutUserPolicy("alice", "all", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"""));
        var (dev, from) = (Arn.Of(server.Account, "user/dev/alice").Value, (int)began.Revision);

        (await server.Client(keeper).Ask(new PlanRestoration(dev, from))).Refusal!.Code.ShouldBe("NoSuchEntity");
        (await server.Client(keeper).Ask(new CompareAccess(from, Entity: dev))).Refusal!.Code.ShouldBe("NoSuchEntity");
        await root.Send(new DeleteUserPolicy("alice", "all"));
        await root.Send(new DeleteUser("alice"));
        (await server.Client(keeper).Ask(new PlanRestoration(dev, from))).Answer!.Commands.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_dry_run_of_the_past_is_for_who_may_simulate_on_the_account_now_and_who_gains_for_who_may_compare()
    {
        await using var server = await ServerFixture.Start(postgres);
        var (root, former) = (server.Client(), await server.CreateUser("former"));
        await root.Send(new PutUserPolicy("former", "all", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"""));
        var admin = await root.Send(new CreateUser("alice"));
        var question = new SimulateCommands([CommandInput.Of(new PutUserPolicy("former", "more", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"""))]);
        await root.Send(new PutUserPolicy("former", "all", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iam:SimulateCommands","iam:PutUserPolicy"],"Resource":"arn:aws:iam::*:user/former"}}"""));

        (await server.Client(former).Ask(question, ReadAt.Revision(admin.Revision))).Refusal!.Code.ShouldBe("AccessDenied");
        var now = (await server.Client(former).Ask(question)).Answer!;
        now.Outcomes[0].Error.ShouldBeNull();
        now.AccessChanges.ShouldBeNull();
        await root.Send(new PutUserPolicy("former", "all", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iam:SimulateCommands","iam:PutUserPolicy"],"Resource":"*"}}"""));
        (await server.Client(former).Ask(question, ReadAt.Revision(admin.Revision))).Refusal!.Code.ShouldBe("AccessDenied");
        (await root.Ask(question)).Answer!.AccessChanges!.ShouldNotBeEmpty();
        (await root.Ask(question, ReadAt.Revision(admin.Revision))).Answer!.AccessChanges!.ShouldNotBeNull();
        var auditor = await server.CreateUser("auditor"); // whose key is newer than the moment
        await root.Send(new PutUserPolicy("auditor", "all", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"""));
        (await server.Client(auditor).Ask(question with { CallerArn = Arn.Of(server.Account, "root") }, ReadAt.Revision(admin.Revision))).Answer!.AccessChanges.ShouldNotBeNull();
    }

    [Fact]
    public async Task The_pages_of_who_may_now_are_all_judged_by_the_time_of_now()
    {
        var clock = new SetClock();
        await using var server = await ServerFixture.Start(postgres, clock.Of);
        var edge = DateTimeOffset.UtcNow.AddDays(5).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        for (var i = 0; i < 3; i++)
        {
            await server.Client().Send(new CreateUser($"user{i}"));
            await server.Client().Send(new PutUserPolicy($"user{i}", "later", $$"""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"{{edge}}"} } } }"""));
        }
        clock.Offset = TimeSpan.FromDays(10);

        var first = await Page(null);
        var second = await Page(first.Marker);
        (first.Principals.Count, second.Principals.Count, second.IsTruncated).ShouldBe((2, 2, false)); // root and three users

        // A signature would be of another time.
        async Task<ListPrincipalsAllowedAnswer> Page(Marker? marker) => (ListPrincipalsAllowedAnswer)(await server.Node(0).GetRequiredService<Dispatcher>()
            .Dispatch(new(server.Account, new ListPrincipalsAllowed("s3:GetObject", null, null, marker, 2), new RootCaller(server.Account, server.Root.Id), "page"), default)).Answer!;
    }
}
