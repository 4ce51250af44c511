using IamEventSourced.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace IamEventSourced.Server.Tests;

/// <summary>What users last accessed: what was allowed of this service's operations and of the questions that are asked about others' resources.</summary>
public class AccessUsesTests(PostgresFixture postgres)
{
    const string Policy = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:*","iam:ListUsers","iam:CreateGroup","sqs:*"],"Resource":"*"}}""";

    [Fact]
    public async Task What_was_allowed_is_told_by_service_action_and_user_over_every_door()
    {
        await using var server = await ServerFixture.Start(postgres);
        var (alice, root) = (await server.CreateUser("alice"), server.Client());
        await server.CreateUser("bob");
        foreach (var command in (ICommand[])[new CreateGroup("devs"), new PutGroupPolicy("devs", "work", Policy), new AddUserToGroup("devs", "alice"), new AddUserToGroup("devs", "bob")]) (await root.Send(command)).Refusal.ShouldBeNull();
        Arn arn = Arn.Of(server.Account, "user/alice"), bob = Arn.Of(server.Account, "user/bob"), devs = Arn.Of(server.Account, "group/devs");
        var began = DateTimeOffset.UtcNow;
        foreach (var operation in (IOperation[])[new Authorize("s3:GetObject"), new Authorize("ec2:RunInstances"), new ListUsers(), new GetUser("bob"), new CreateGroup("new"), new DeleteGroup("new")]) await server.Post(operation, alice);
        (await server.Post(new AuthorizeBatch([new("S3:PutObject", null, bob), new("s3:getobject", null, arn), new("ec2:StopInstances", null, bob)]))).Code.ShouldBeNull();
        await server.Post(new Authorize("sqs:SendMessage", null, arn), at: "at=5"); // of the past: no use
        await server.Node(0).GetRequiredService<AccessUses>().Write();

        var job = (await root.Ask(new GenerateServiceLastAccessedDetails(devs, "ACTION_LEVEL"))).Answer!.JobId;
        var services = (await root.Ask(new GetServiceLastAccessedDetails(job))).Answer!.ServicesLastAccessed;
        services.Select(service => (service.ServiceNamespace, service.TotalAuthenticatedEntities)).ShouldBe([("iam", 1), ("s3", 2), ("sqs", 0)]);
        services[0].TrackedActionsLastAccessed!.Select(action => (action.ActionName, action.LastAccessedEntity)).ShouldBe([("CreateGroup", arn), ("ListUsers", arn)]);
        services[1].TrackedActionsLastAccessed!.Select(action => (action.ActionName.ToLowerInvariant(), action.LastAccessedEntity)).ShouldBe([("getobject", arn), ("putobject", bob)]);
        services[1].LastAuthenticated!.Value.ShouldBeInRange(began, DateTimeOffset.UtcNow);
        var entities = (await root.Ask(new GetServiceLastAccessedDetailsWithEntities(job, "IAM"))).Answer!.EntityDetailsList;
        entities.Select(entity => (entity.EntityInfo.Name.Value, entity.LastAuthenticated is null)).ShouldBe([("alice", false), ("bob", true)]);
        (await server.Post(new GetServiceLastAccessedDetails(job), at: "at=5")).Code.ShouldBe("InvalidInput");

        var form = (await server.Form("GetServiceLastAccessedDetails", fields: ("JobId", job.Value))).Body;
        form.ShouldContain("<JobStatus>COMPLETED</JobStatus><JobType>ACTION_LEVEL</JobType>");
        form.ShouldContain("<ServicesLastAccessed><member><ServiceName>iam</ServiceName><ServiceNamespace>iam</ServiceNamespace><LastAuthenticated>2");
        (await server.Form("ListPoliciesGrantingServiceAccess", fields: [("Arn", arn.Value), ("ServiceNamespaces.member.1", "s3")])).Body.ShouldContain("<PolicyName>work</PolicyName><PolicyType>INLINE</PolicyType><EntityType>GROUP</EntityType><EntityName>devs</EntityName>");
    }

    [Fact]
    public async Task Of_a_user_only_so_many_actions_are_kept_and_what_is_kept_already_goes_on()
    {
        var database = await postgres.NewDatabase();
        await Schema.Migrate(database);
        await using var source = NpgsqlDataSource.Create(database);
        var clock = new SetClock();
        using AccessUses node = new(source, clock, NullLogger<AccessUses>.Instance), other = new(source, clock, NullLogger<AccessUses>.Instance);
        Note(node, "AIDAMANY0000000000001", Enumerable.Range(0, AccessUses.MostOfUser + 500).Select(i => $"a{i % 7}:b{i}"));
        Note(node, "AIDAFEW00000000000001", ["s3:GetObject"]);
        await node.Write();
        (await Count("AIDAMANY0000000000001")).ShouldBe(AccessUses.MostOfUser);
        (await Count("AIDAFEW00000000000001")).ShouldBe(1);
        Note(other, "AIDAMANY0000000000001", Enumerable.Range(0, 100).Select(i => $"more:b{i}"));
        clock.Offset = TimeSpan.FromDays(2);
        Note(other, "AIDAMANY0000000000001", ["a0:b0"]);
        Note(other, "AIDAFEW00000000000001", ["S3:getObject"]);
        await other.Write();
        (await Count("AIDAMANY0000000000001")).ShouldBe(AccessUses.MostOfUser);
        (await other.Of("123456789012", ["AIDAFEW00000000000001"], default)).Single(access => access.Action is not null).Action.ShouldBe("getObject");
        (await other.To("123456789012", "A0", ["AIDAMANY0000000000001"], default)).Values.Single().ShouldBeGreaterThan(DateTimeOffset.UtcNow.AddDays(1));
        await Retention.Apply(source, DateTimeOffset.UtcNow.AddDays(401), 400, 400);
        (await Count("AIDAMANY0000000000001")).ShouldBe(1);

        async Task<long> Count(string user)
        {
            await using var count = source.CreateCommand($"select count(*) from iam.accesses where user_id = '{user}'");
            return (long)(await count.ExecuteScalarAsync())!;
        }

        static void Note(AccessUses node, UserId user, IEnumerable<string> actions)
        {
            AuthorizationRequest[] asked = [.. actions.Select(action => new AuthorizationRequest(action))];
            var allowed = new AuthorizationResult("allowed", "", [], 1, "");
            node.Note(new("123456789012", new AuthorizeBatch(asked), new UserCaller("123456789012", "AKIAAAAAAAAAAAAAAAAA", user), "q"), new AuthorizeBatchAnswer([.. asked.Select(_ => allowed)], 1), new Directory("123456789012"));
        }
    }
}
