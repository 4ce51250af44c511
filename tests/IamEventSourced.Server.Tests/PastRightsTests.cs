using IamEventSourced.Client;

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
}
