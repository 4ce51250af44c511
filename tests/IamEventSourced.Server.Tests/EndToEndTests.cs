using IamEventSourced.Client;

namespace IamEventSourced.Server.Tests;

public class EndToEndTests(PostgresFixture postgres)
{
    const string BuildAnything = """{"Version":"2012-10-17","Statement":[{"Sid":"Build","Effect":"Allow","Action":["s3:*"],"Resource":"*"}]}""";

    [Fact]
    public async Task A_user_is_allowed_what_its_group_is_allowed_until_it_leaves()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        await root.Send(new CreateGroup("Developers"));
        await root.Send(new PutGroupPolicy("Developers", "Build", BuildAnything));
        var alice = server.Client(await server.CreateUser("alice"));
        (await Decision()).ShouldBe("implicitDeny");

        var joined = await root.Send(new AddUserToGroup("Developers", "alice"));
        joined.Refusal.ShouldBeNull();
        (await Decision()).ShouldBe("allowed");
        (await root.Send(new RemoveUserFromGroup("Developers", "alice"))).Revision.ShouldBe(joined.Revision + 1);
        (await Decision()).ShouldBe("implicitDeny");

        var then = await alice.Ask(new Authorize("s3:PutObject", "arn:aws:s3:::reports/q3.csv"), ReadAt.Revision(joined.Revision));
        then.Answer!.Decision.ShouldBe("allowed");
        then.Answer.MatchedStatements.ShouldHaveSingleItem().SinceRevision.ShouldBe(joined.Revision);
        var history = await root.Ask(new GetEntityHistory("arn:aws:iam::123456789012:user/alice"));
        history.Answer!.Events.Select(e => e.Type).ShouldBe(["user-created", "access-key-created", "user-added-to-group", "user-removed-from-group"]);

        async Task<string> Decision() => (await alice.Ask(new Authorize("s3:PutObject", "arn:aws:s3:::reports/q3.csv"))).Answer!.Decision;
    }
}
