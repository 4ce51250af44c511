namespace IamEventSourced.Server.Tests;

/// <summary>Who may not is told only that: nothing of what there is.</summary>
public class WhatARefusalTellsTests(PostgresFixture postgres)
{
    [Fact]
    public async Task AccessDenied_is_the_same_for_what_exists_and_what_does_not()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        var nobody = await server.CreateUser("nobody");
        (await root.Send(new CreateUser("Alice", "/hidden/"))).Refusal.ShouldBeNull();
        (await root.Send(new CreateGroup("Alice", "/hidden/"))).Refusal.ShouldBeNull();
        Arn policy = Arn.Of(server.Account, "policy/hidden/Alice");
        (await root.Send(new CreatePolicy("Alice", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}""", "/hidden/"))).Refusal.ShouldBeNull();
        (await root.Send(new AttachUserPolicy("Alice", policy))).Refusal.ShouldBeNull();

        var operations = new Func<string, IOperation>[]
        {
            name => new GetUser(name), name => new DeleteUser(name), name => new UpdateUser(name, "/x/"), name => new ListGroupsForUser(name), name => new ListAttachedUserPolicies(name), name => new CreateAccessKey(name),
            name => new UploadSSHPublicKey(name, RandomCommands.SSHKeys[0]), name => new ListSSHPublicKeys(name), name => new GetSSHPublicKey(name, "APKAAAAAAAAAAAAAAAAAA", "PEM"),
            name => new GetUserPolicy(name, "p"), name => new PutUserPolicy(name, "p", "{}"), name => new DeleteUserPolicy(name, "p"), name => new ListUserPolicies(name), name => new AttachUserPolicy(name, policy), name => new DetachUserPolicy(name, policy),
            name => new GetGroup(name), name => new DeleteGroup(name), name => new AddUserToGroup(name, name), name => new RemoveUserFromGroup(name, name), name => new ListGroupPolicies(name), name => new CreateUser(name), name => new CreateGroup(name),
            name => new GetPolicy(Arn.Of(server.Account, $"policy/{name}")), name => new DeletePolicy(Arn.Of(server.Account, $"policy/{name}")), name => new GetPolicyVersion(Arn.Of(server.Account, $"policy/{name}"), "v1"),
            name => new Authorize("s3:GetObject", null, Arn.Of(server.Account, $"user/{name}")), name => new GetEffectivePermissions(Arn.Of(server.Account, $"user/{name}")), name => new ExplainAuthorization("s3:GetObject", null, Arn.Of(server.Account, $"user/{name}")), name => new ListAuthorizationIntervals(Arn.Of(server.Account, $"user/{name}").Value, "s3:Get*"), name => new GetEntityHistory(Arn.Of(server.Account, $"user/{name}").Value),
        };
        foreach (var operation in operations)
        {
            var missing = await Told("Xlice");
            foreach (var written in (string[])["Alice", "ALICE", "alice"]) (await Told(written)).ShouldBe(missing, operation(written).ToString());

            async Task<string> Told(string name)
            {
                var reply = await server.Post(operation(name), nobody);
                reply.Code.ShouldBe("AccessDenied", $"{operation(name)}: {reply.Body}");
                return reply.Json["detail"]!.GetValue<string>().Replace(name, "…", StringComparison.Ordinal);
            }
        }
        (await server.Post(new GetUser("ALICE"), nobody)).Json["detail"]!.GetValue<string>()
            .ShouldBe($"User: arn:aws:iam::{server.Account}:user/nobody is not authorized to perform: iam:GetUser on resource: arn:aws:iam::{server.Account}:user/ALICE");
    }

    [Fact]
    public async Task Whether_the_account_is_at_a_revision_is_told_only_to_who_may()
    {
        await using var server = await ServerFixture.Start(postgres);
        var nobody = await server.CreateUser("nobody");
        var newest = (await server.Client().Ask(new GetUser())).Revision;
        foreach (var revision in (long[])[1, newest, newest + 1])
            (await server.Post(new CreateGroup("devs"), nobody, headers: ("If-Match", $"\"{revision}\""))).Code.ShouldBe("AccessDenied", $"{revision}");
        (await server.Post(new CreateGroup("devs"), headers: ("If-Match", "\"1\""))).Code.ShouldBe("PreconditionFailed");
        (await server.Post(new CreateGroup("devs"), headers: ("If-Match", $"\"{newest}\""))).Code.ShouldBeNull();
    }
}
