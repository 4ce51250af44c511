namespace IamEventSourced.Server.Tests;

/// <summary>The condition keys that the service sets itself: no caller chooses them, and a question is decided as the caller's own request.</summary>
public class ConditionKeysTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_caller_does_not_choose_its_region_by_what_it_signs_for()
    {
        await using var server = await ServerFixture.Start(postgres);
        var alice = await server.CreateUser("alice");
        await Allow(server, """{"StringEquals":{"aws:RequestedRegion":"eu-north-1"}}""");
        foreach (var region in (string[])["eu-north-1", "us-east-1"]) (await Ask(region)).ShouldBe(("AccessDenied", "AccessDenied"), region);
        await Allow(server, """{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}""");
        foreach (var region in (string[])["eu-north-1", "us-east-1"]) (await Ask(region)).ShouldBe((null, null), region);
        await Allow(server, """{"StringNotEquals":{"aws:RequestedRegion":"us-east-1"}}""");
        (await Ask("eu-north-1")).ShouldBe(("AccessDenied", "AccessDenied"));

        async Task<(string?, string?)> Ask(string region) =>
            ((await (Raw.Of(server.Account, new ListUsers()) with { Region = region }).To(server.Url, alice)).Code, (await (Raw.Form("ListUsers") with { Region = region }).To(server.Url, alice)).Code);
    }

    [Theory]
    [InlineData("aws:PrincipalOrgID")] [InlineData("aws:PrincipalOrgPaths")] [InlineData("aws:PrincipalTag/team")] [InlineData("aws:PrincipalArn")] [InlineData("aws:PrincipalAccount")] [InlineData("aws:PrincipalType")]
    [InlineData("aws:PrincipalServiceName")] [InlineData("aws:PrincipalIsAWSService")] [InlineData("AWS:principalorgid")] [InlineData("aws:ViaAWSService")] [InlineData("aws:username")] [InlineData("aws:CurrentTime")]
    public async Task What_the_service_knows_of_a_principal_can_not_be_given(string key)
    {
        await using var server = await ServerFixture.Start(postgres);
        await server.CreateUser("alice");
        Arn alice = Arn.Of(server.Account, "user/alice");
        var refused = await server.Post(new Authorize("s3:GetObject", null, alice, [new(key, ["true"])]));
        (refused.Code, refused.Json["detail"]!.GetValue<string>().Contains(key, StringComparison.Ordinal)).ShouldBe(("InvalidInput", true), refused.Body);
        (await server.Post(new AuthorizeBatch([new("s3:GetObject", null, alice, [new(key, ["true"])])]))).Json["Results"]![0]!["Error"]!["Code"]!.GetValue<string>().ShouldBe("InvalidInput");
    }

    [Theory]
    [InlineData("aws:ViaAWSService", "false", true)] [InlineData("aws:ViaAWSService", "true", false)] [InlineData("aws:PrincipalIsAWSService", "false", true)] [InlineData("aws:PrincipalIsAWSService", "true", false)]
    public async Task A_question_is_decided_as_the_callers_own_command(string key, string value, bool allowed)
    {
        await using var server = await ServerFixture.Start(postgres);
        var alice = await server.CreateUser("alice");
        await Allow(server, $$$"""{"Bool":{"{{{key}}}":"{{{value}}}"}}""");
        Arn group = Arn.Of(server.Account, "group/devs");
        (await server.Client(alice).Ask(new Authorize("iam:CreateGroup", group.Value))).Answer!.Decision.ShouldBe(allowed ? "allowed" : "implicitDeny");
        (await server.Client().Ask(new Authorize("iam:CreateGroup", group.Value, Arn.Of(server.Account, "user/alice")))).Answer!.Decision.ShouldBe(allowed ? "allowed" : "implicitDeny");
        (await server.Client(alice).Send(new CreateGroup("devs"))).Refusal?.Code.ShouldBe("AccessDenied");
        (await server.Client().Ask(new GetGroup("devs"))).Refusal?.Code.ShouldBe(allowed ? null : "NoSuchEntity");
    }

    [Fact]
    public async Task A_question_about_a_user_is_decided_by_the_tags_that_it_had_at_the_moment()
    {
        await using var server = await ServerFixture.Start(postgres);
        await server.CreateUser("alice");
        await server.CreateUser("bob");
        await Allow(server, """{"Null":{"aws:ResourceTag/protected":"true"}}""");
        var open = (await server.Post(new GetUser("bob"))).Revision;
        await server.Client().Send(new TagUser("bob", [new("protected", "true")]));
        await server.Client().Send(new TagUser("alice", [new("protected", "true")]));
        foreach (var (at, decision) in ((long, string)[])[(open, "allowed"), (open + 1, "implicitDeny"), (open + 2, "implicitDeny")])
            (await server.Post(new Authorize("iam:DeleteUser", $"arn:aws:iam::{server.Account}:user/bob", Arn.Of(server.Account, "user/alice")), at: $"at={at}")).Json["Decision"]!.GetValue<string>().ShouldBe(decision, $"{at}");
    }

    static async Task Allow(ServerFixture server, string condition) =>
        (await server.Client().Send(new PutUserPolicy("alice", "all", $$$"""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{{condition}}}}}"""))).Refusal.ShouldBeNull();
}
