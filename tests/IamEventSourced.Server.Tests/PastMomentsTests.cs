using System.Globalization;
using System.Text.Json;
using IamEventSourced.Client;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace IamEventSourced.Server.Tests;

/// <summary>A question about an earlier moment is answered as it would have been answered then.</summary>
public class PastMomentsTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Every_query_at_a_revision_is_answered_as_on_the_stream_folded_up_to_it()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        // The same caller asks of all moments: one that was there before the random history began, and one that came late.
        var early = await server.CreateUser("early.bird");
        foreach (var command in (ICommand[])[new CreateGroup("watch"), new PutGroupPolicy("watch", "see", RandomCommands.Documents[1]), new AddUserToGroup("watch", "early.bird"), new CreatePolicy("kept", RandomCommands.Documents[2], "/std/"), new AttachUserPolicy("early.bird", $"arn:aws:iam::{server.Account}:policy/std/kept"),
            new AttachGroupPolicy("watch", $"arn:aws:iam::{server.Account}:policy/std/kept"), new PutUserPolicy("early.bird", "extra", RandomCommands.Documents[0]), new PutGroupPolicy("watch", "note", RandomCommands.Documents[0]), new UploadSSHPublicKey("early.bird", RandomCommands.SSHKeys[2]), new CreateLoginProfile("early.bird", "Correct-Horse-7", true), new CreateLoginProfile(null, "Correct-Horse-7"),
            new UpdateAccountPasswordPolicy(), new UploadServerCertificate("www", Certificates.Pem("leaf"), Certificates.Pem("leaf-key"), Tags: [new("team", "blue"), new("note", "1")])])
            (await root.Send(command)).Refusal.ShouldBeNull();
        foreach (var (name, user) in ((VirtualMFADeviceName, UserName)[])[("ipad", "early.bird"), ("safe", server.Account.Value)]) await server.EnableMFADevice(name, user);
        (await root.Send(new CreateVirtualMFADevice("spare", "/team/", [new("shelf", "2"), new("room", "7")]))).Refusal.ShouldBeNull();
        var random = new RandomCommands(41, server.Account);
        foreach (var (quota, value) in ((QuotaName, QuotaValue)[])[("UsersPerAccount", 1_000_000), ("GroupsPerUser", 11), ("GroupsPerUser", 12)]) (await server.Client(server.Operator).Send(new SetAccountQuota(quota, value))).Refusal.ShouldBeNull();
        await random.Send(server, 150);
        (await root.Send(new UpdateUser("early.bird", "/team/", "Early.Riser"))).Refusal.ShouldBeNull();
        await root.Send(new RemoveUserFromGroup("watch", "Early.Riser"));
        var late = await server.CreateUser("late");
        await random.Send(server, 100);

        var events = await server.Stream();
        var directories = events.Directories(server.Account);
        var ids = events.SelectMany(recorded => recorded.Event.Entities()).Distinct().ToList();
        var dice = new Random(41);
        var revisions = Enumerable.Range(1, events.Count).OrderBy(_ => dice.Next()).Take(Environment.GetEnvironmentVariable("IAM_LONG") is "1" ? 22 : 11).Append(1).Append(2).Append(events.Count).Distinct().ToList();
        Dictionary<string, int> answered = [];
        await Parallel.ForEachAsync(revisions, new ParallelOptions { MaxDegreeOfParallelism = 3 }, async (revision, _) =>
        {
            var then = directories[revision];
            foreach (var query in EveryQuery.Of(server.Account, then)) await Same(query, server.Root, new RootCaller(server.Account, server.Root.Id));
            foreach (var (key, user) in ((Key, UserId)[])[(early, UserOf(early)), (late, UserOf(late))])
                foreach (var query in (IQuery[])[new GetCallerIdentity(), new GetEffectivePermissions(), new Authorize("s3:PutObject", "arn:aws:s3:::early.bird/x"), new Authorize("s3:PutObject", "arn:aws:s3:::Early.Riser/x"), new AuthorizeBatch([new("s3:PutObject", "arn:aws:s3:::secret/x"), new("iam:GetUser")])])
                    await Same(query, key, new UserCaller(server.Account, key.Id, user));

            async Task Same(IQuery query, Key key, Caller caller)
            {
                for (; ; )
                {
                    var (answer, refusal) = query.AnswerOn(then, new Call(caller, "q", then.At, new GivenIds()) { IsOfThePast = revision < events.Count });
                    var reply = await server.Post(query, key, at: $"at={revision}");
                    var asked = $"{query} at {revision} by {caller.PrincipalId}";
                    reply.Revision.ShouldBe(revision, asked);
                    if (refusal is not null) (reply.Code, reply.Json["detail"]!.GetValue<string>()).ShouldBe((refusal.Code, refusal.Message), asked);
                    else reply.Body.ShouldBe(JsonSerializer.Serialize(answer, answer!.GetType(), Json.Options), asked);
                    lock (answered) answered[$"{query.GetType().Name} {reply.Status}"] = answered.GetValueOrDefault($"{query.GetType().Name} {reply.Status}") + 1;
                    if (reply.Status is not 200 || reply.Json["Marker"]?.GetValue<string>() is not { } marker) return;
                    query = EveryQuery.NextPage(query, marker);
                }
            }
        });

        // It showed something: each query was answered well, and most were refused at some moment too; some in several pages.
        var queries = Operation.All.Values.Where(operation => operation.Type.IsAssignableTo(typeof(IQuery))).Select(operation => $"{operation.Name} 200").ToList();
        queries.Except(answered.Keys).ShouldBeEmpty();
        answered.Keys.Count(key => key.EndsWith("404", StringComparison.Ordinal)).ShouldBeGreaterThan(10);

        UserId UserOf(Key key) => events.Select(recorded => recorded.Event).OfType<AccessKeyCreated>().Single(created => created.AccessKeyId == key.Id).UserId!;
    }

    [Fact]
    public async Task A_page_of_the_past_loads_what_it_shows_and_counts_who_has_a_policy_without_loading_them()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        Arn kept = Arn.Of(server.Account, "policy/kept"), aws = RandomCommands.AwsPolicies[0];
        foreach (var command in (ICommand[])[new CreatePolicy("kept", RandomCommands.Documents[0]), new CreateGroup("devs"), new AttachGroupPolicy("devs", kept), new AttachGroupPolicy("devs", aws)]) (await root.Send(command)).Refusal.ShouldBeNull();
        foreach (var name in (string[])["a", "b", "c"])
            foreach (var command in (ICommand[])[new CreateUser(name), new AttachUserPolicy(name, kept), new PutUserPermissionsBoundary(name, kept), new AttachUserPolicy(name, aws)]) (await root.Send(command)).Refusal.ShouldBeNull();
        var live = (await server.Node(0).GetRequiredService<LiveAccounts>().Find(server.Account, default))!;
        await using var database = NpgsqlDataSource.Create(server.Database);

        var users = await Load(new GetAccountAuthorizationDetails(MaxItems: 1));
        (users.Users.Count, users.Groups.Count).ShouldBe((2, 0));
        foreach (var query in (IQuery[])[new ListPolicies(), new GetPolicy(kept), new GetAccountAuthorizationDetails(["LocalManagedPolicy", "AWSManagedPolicy"])])
        {
            var then = await Load(query);
            then.Users.Count.ShouldBe(0, query.ToString());
            then.Policies.After(null).Concat(then.AwsPolicies.Select(policy => policy.Value)).ShouldAllBe(policy => policy.Users.Count + policy.Groups.Count + policy.Bounds.Count == 0, query.ToString());
            var (answer, _) = query.AnswerOn(then, new Call(new RootCaller(server.Account, server.Root.Id), "q", then.At, new GivenIds()));
            JsonSerializer.Serialize(answer, answer!.GetType(), Json.Options).ShouldContain("\"AttachmentCount\":4,\"PermissionsBoundaryUsageCount\":3", customMessage: query.ToString());
        }

        Task<Directory> Load(IQuery query) => PartialDirectory.Load(database, live.Directory, query, new RootCaller(server.Account, server.Root.Id), live.Directory.Revision, default);
    }

    [Fact]
    public async Task The_history_of_an_entity_ends_at_the_revision_that_is_asked_about()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        var first = (await root.Send(new CreateUser("alice"))).Answer!.User.UserId;
        var renamed = await root.Send(new UpdateUser("alice", null, "bob"));
        var second = (await root.Send(new CreateUser("alice"))).Answer!.User.UserId;
        await root.Send(new UpdateUser("alice", "/late/"));
        var stream = await server.Stream();
        EntityReference alice = $"arn:aws:iam::{server.Account}:user/alice", bob = $"arn:aws:iam::{server.Account}:user/bob";

        // Who held the name then, and what had happened to it until then.
        var then = await root.Ask(new GetEntityHistory(alice), ReadAt.Revision(renamed.Revision - 1));
        (then.Answer!.EntityId, then.Revision).ShouldBe((first, renamed.Revision - 1));
        then.Answer.Events.Select(entry => entry.Type).ShouldBe(["user-created"]);
        (await root.Ask(new GetEntityHistory(alice), ReadAt.Revision(renamed.Revision))).Refusal!.Code.ShouldBe("NoSuchEntity");
        (await root.Ask(new GetEntityHistory(bob), ReadAt.Revision(renamed.Revision))).Answer!.Events.Select(entry => entry.Type).ShouldBe(["user-created", "user-renamed"]);
        (await root.Ask(new GetEntityHistory(alice), ReadAt.Revision(renamed.Revision + 1))).Answer!.EntityId.ShouldBe(second);
        (await root.Ask(new GetEntityHistory(second), ReadAt.Revision(renamed.Revision))).Answer!.Events.ShouldBeEmpty();

        // By id, at any revision: just those events of the stream that touched it.
        foreach (var id in (string[])[first, second, server.Root.Id.Value, server.Account.Value])
            for (var revision = 1; revision <= stream.Count; revision++)
            {
                var answer = await server.Post(new GetEntityHistory(id), at: $"at={revision}");
                answer.Json["Events"]!.AsArray().Select(entry => entry!["Revision"]!.GetValue<long>())
                    .ShouldBe(stream.Take(revision).Where(recorded => id == server.Account.Value || recorded.Event.Entities().Contains(id)).Select(recorded => recorded.Revision), $"{id} at {revision}");
                answer.Revision.ShouldBe(revision);
            }
    }

    [Fact]
    public async Task A_name_leads_to_who_held_it_and_nothing_of_a_deleted_one_comes_back()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        foreach (var command in (ICommand[])[new CreateGroup("devs"), new PutGroupPolicy("devs", "all", RandomCommands.Documents[3]), new CreatePolicy("read", RandomCommands.Documents[0])]) (await root.Send(command)).Refusal.ShouldBeNull();
        Arn read = $"arn:aws:iam::{server.Account}:policy/read", arn = $"arn:aws:iam::{server.Account}:user/alice";
        var key = await server.CreateUser("alice");
        var first = (await root.Ask(new GetUser("alice"))).Answer!.User.UserId;
        await root.Send(new AddUserToGroup("devs", "alice"));
        await root.Send(new AttachUserPolicy("alice", read));
        var full = (await root.Send(new PutUserPolicy("alice", "note", RandomCommands.Documents[0]))).Revision;
        foreach (var command in (ICommand[])[new RemoveUserFromGroup("devs", "alice"), new DetachUserPolicy("alice", read), new DeleteUserPolicy("alice", "note"), new DeleteAccessKey(key.Id, "alice"), new DeleteUser("alice")])
            (await root.Send(command)).Refusal.ShouldBeNull(command.ToString());
        var gone = (await root.Ask(new ListUsers())).Revision;
        var second = (await root.Send(new CreateUser("ALICE"))).Answer!.User.UserId;
        second.ShouldNotBe(first);

        (await root.Ask(new ListGroupsForUser("alice"))).Answer!.Groups.ShouldBeEmpty();
        (await root.Ask(new ListAttachedUserPolicies("alice"))).Answer!.AttachedPolicies.ShouldBeEmpty();
        (await root.Ask(new ListUserPolicies("alice"))).Answer!.PolicyNames.ShouldBeEmpty();
        (await root.Ask(new GetGroup("devs"))).Answer!.Users.ShouldBeEmpty();
        (await root.Ask(new GetPolicy(read))).Answer!.Policy.AttachmentCount.ShouldBe(0);
        (await root.Ask(new Authorize("s3:GetObject", null, $"arn:aws:iam::{server.Account}:user/ALICE"))).Answer!.Decision.ShouldBe("implicitDeny");
        (await server.Post(new GetCallerIdentity(), key)).Code.ShouldBe("InvalidClientTokenId");

        (await root.Ask(new GetUser("alice"), ReadAt.Revision(full))).Answer!.User.UserId.ShouldBe(first);
        (await root.Ask(new Authorize("s3:GetObject", null, arn), ReadAt.Revision(full))).Answer!.Decision.ShouldBe("allowed");
        (await root.Ask(new GetUser("alice"), ReadAt.Revision(gone))).Refusal!.Code.ShouldBe("NoSuchEntity");
        (await root.Ask(new GetEntityHistory(first))).Answer!.Events.Select(entry => entry.Type).ShouldBe(
            ["user-created", "access-key-created", "user-added-to-group", "user-policy-attached", "user-policy-put", "user-removed-from-group", "user-policy-detached", "user-policy-deleted", "access-key-deleted", "user-deleted"]);
        (await root.Ask(new GetEntityHistory(second))).Answer!.Events.ShouldHaveSingleItem().Type.ShouldBe("user-created");

        // A group and a policy of the same name are others too.
        await root.Send(new AttachGroupPolicy("devs", read));
        await root.Send(new DetachGroupPolicy("devs", read));
        await root.Send(new DeletePolicy(read));
        await root.Send(new CreatePolicy("read", RandomCommands.Documents[3]));
        await root.Send(new DeleteGroupPolicy("devs", "all"));
        (await root.Send(new DeleteGroup("devs"))).Refusal.ShouldBeNull();
        await root.Send(new CreateGroup("devs"));
        (await root.Ask(new GetPolicy(read))).Answer!.Policy.AttachmentCount.ShouldBe(0);
        (await root.Ask(new ListGroupPolicies("devs"))).Answer!.PolicyNames.ShouldBeEmpty();
        (await root.Ask(new GetPolicyVersion(read, "v1"), ReadAt.Revision(full))).Answer!.PolicyVersion.Document!.Value.ShouldBe(RandomCommands.Documents[0]);
    }

    [Fact]
    public async Task A_time_leads_to_the_last_revision_not_after_it()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        for (var i = 0; i < 5; i++) await root.Send(new CreateUser($"u{i}"));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => root.Send(new CreateUser($"many{i}")))); // some of one batch, perhaps of one time
        var stream = await server.Stream();
        var micro = TimeSpan.FromMicroseconds(1);
        foreach (var time in stream.SelectMany(recorded => (DateTimeOffset[])[recorded.At - micro, recorded.At, recorded.At + micro, recorded.At + micro - TimeSpan.FromTicks(1)]).Distinct())
        {
            var expected = stream.LastOrDefault(recorded => recorded.At <= time)?.Revision;
            var reply = await server.Post(new ListUsers(), at: $"as-of={time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture)}");
            if (expected is null) reply.Code.ShouldBe("InvalidInput");
            else (reply.Revision, reply.Json["Users"]!.AsArray().Count).ShouldBe((expected.Value, stream.Take((int)expected.Value).Count(recorded => recorded.Event is UserCreated)), $"{time:O}");
        }
        // Other ways to write the same moment.
        var third = stream[3];
        (await server.Post(new ListUsers(), at: $"as-of={third.At.ToOffset(TimeSpan.FromHours(5.5)).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffffzzz", CultureInfo.InvariantCulture)}")).Revision.ShouldBe(stream.Last(recorded => recorded.At <= third.At).Revision);
    }

    [Fact]
    public async Task What_is_not_yet_and_what_never_was_is_refused()
    {
        await using var server = await ServerFixture.Start(postgres);
        var newest = (await server.Client().Send(new CreateUser("alice"))).Revision;
        foreach (var query in (IOperation[])[new ListUsers(), new GetUser("alice"), new Authorize("s3:GetObject"), new GetEntityHistory(server.Account.Value)])
        {
            (await server.Post(query, at: $"at={newest}")).Status.ShouldBe(200);
            (await server.Post(query, at: $"at={newest + 1}")).Code.ShouldBe("InvalidInput");
            (await server.Post(query, at: "at=0")).Code.ShouldBe("ValidationError");
            (await server.Post(query, at: "as-of=2001-01-01T00:00:00Z")).Code.ShouldBe("InvalidInput");
        }
        foreach (var marker in (Marker[])[Marker.Of(newest + 1, "a"), Marker.Of(long.MaxValue, "a")]) (await server.Post(new ListUsers(Marker: marker))).Code.ShouldBe("InvalidInput");
        foreach (var forged in (string[])["AAAA", "MQ", "Og", "MDph", "LTE6YQ"]) (await server.Post(new ListUsers(Marker: forged))).Code.ShouldBe("ValidationError", forged);
        (await server.Post(new ListUsers(Marker: Marker.Of(2, "\0")))).Code.ShouldBe("ValidationError"); // which PostgreSQL can't be asked
    }

    [Fact]
    public async Task Whether_one_may_ask_about_the_past_is_decided_by_the_rights_of_now()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        var (boss, clerk) = (await server.CreateUser("boss"), await server.CreateUser("clerk"));
        var allowed = (await root.Send(new PutUserPolicy("boss", "all", RandomCommands.Documents[3]))).Revision;
        var dismissed = (await root.Send(new DeleteUserPolicy("boss", "all"))).Revision;
        await root.Send(new PutUserPolicy("clerk", "all", RandomCommands.Documents[3]));
        EntityReference history = server.Account.Value;

        foreach (var query in (IOperation[])[new ListUsers(), new GetUser("clerk"), new GetUser(), new Authorize("s3:GetObject", null, $"arn:aws:iam::{server.Account}:user/clerk"), new GetEffectivePermissions($"arn:aws:iam::{server.Account}:user/clerk"), new GetEntityHistory(history)])
        {
            (await server.Post(query, boss, at: $"at={allowed}")).Code.ShouldBe("AccessDenied", query.ToString());
            (await server.Post(query, clerk, at: $"at={allowed}")).Status.ShouldBe(200, query.ToString()); // had no rights then
        }
        (await server.Post(new Authorize("s3:GetObject"), boss, at: $"at={allowed}")).Json["Decision"]!.GetValue<string>().ShouldBe("allowed"); // of itself anybody may ask
        (await server.Post(new Authorize("s3:GetObject"), boss, at: $"at={dismissed}")).Json["Decision"]!.GetValue<string>().ShouldBe("implicitDeny");

        await root.Send(new DeleteAccessKey(boss.Id, "boss"));
        (await root.Send(new DeleteUser("boss"))).Refusal.ShouldBeNull();
        (await server.Post(new Authorize("s3:GetObject"), boss, at: $"at={allowed}")).Code.ShouldBe("InvalidClientTokenId");
    }

    [Fact]
    public async Task The_time_in_conditions_is_the_moment_that_is_asked_about()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        var alice = server.Client(await server.CreateUser("alice"));
        DateTimeOffset end;
        List<RecordedEvent> stream;
        do
        {
            end = DateTimeOffset.UtcNow.AddMilliseconds(400);
            end = new(end.UtcTicks - end.UtcTicks % 10, TimeSpan.Zero);
            (await root.Send(new PutUserPolicy("alice", "today", $$$"""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"{{{Json.Write(end)}}}"} } } }"""))).Refusal.ShouldBeNull();
            stream = await server.Stream();
        }
        while (stream[^1].At >= end); // this machine was too slow: a little later, then
        var put = stream[^1];
        for (var i = 0; stream[^1].At < end; i++)
        {
            await root.Send(new CreateUser($"tick{i}"));
            stream = await server.Stream();
        }

        (await Decision(null)).ShouldBe("implicitDeny");
        (await Decision(ReadAt.Revision(stream[^1].Revision))).ShouldBe("implicitDeny");
        foreach (var recorded in stream.Where(recorded => recorded.Revision >= put.Revision)) (await Decision(ReadAt.Revision(recorded.Revision))).ShouldBe(recorded.At < end ? "allowed" : "implicitDeny");
        (await Decision(ReadAt.Revision(put.Revision - 1))).ShouldBe("implicitDeny");
        (await Decision(ReadAt.Time(end - TimeSpan.FromMicroseconds(1)))).ShouldBe("allowed");
        (await Decision(ReadAt.Time(end))).ShouldBe("implicitDeny");

        async Task<string> Decision(ReadAt? at) => (await alice.Ask(new Authorize("s3:GetObject"), at)).Answer!.Decision;
    }

    [Fact]
    public async Task The_pages_of_a_list_are_those_of_the_first_pages_revision_while_things_change()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        await root.Send(new CreateGroup("devs"));
        foreach (var name in (string[])["a", "B", "c", "d", "E", "f"])
        {
            await root.Send(new CreateUser(name, "/x/"));
            await root.Send(new AddUserToGroup("devs", name));
        }
        await root.Send(new CreateUser("bee"));
        var change = 0;
        (await All(new ListUsers("/x/", MaxItems: 2), "Users")).ShouldBe(["a", "B", "c", "d", "E", "f"]);
        (await root.Ask(new ListUsers("/x/"))).Answer!.Users.Select(user => user.UserName!.Value).ShouldBe(["aa1", "aa2", "B", "d", "E", "f", "zz"]);
        await root.Send(new UpdateUser("zz", null, "c"));
        (await All(new GetGroup("devs", MaxItems: 1), "Users")).ShouldBe(["a", "B", "c", "d", "E", "f"]);

        async Task<List<string>> All(IQuery query, string member)
        {
            List<string> names = [];
            var pinned = 0L;
            for (; ; )
            {
                var reply = await server.Post(query);
                reply.Status.ShouldBe(200, reply.Body);
                if (pinned is 0) pinned = reply.Revision;
                reply.Revision.ShouldBe(pinned);
                names.AddRange(reply.Json[member]!.AsArray().Select(user => user!["UserName"]!.GetValue<string>()));
                if (reply.Json["Marker"] is not { } marker) return names;
                query = EveryQuery.NextPage(query, marker.GetValue<string>());
                change++;
                ICommand[] changes = member is "Users" && query is ListUsers
                    ? [new CreateUser($"aa{change}", "/x/"), change is 1 ? new UpdateUser("c", null, "zz") : new UpdateUser("a", change is 2 ? "/y/" : "/z/"), new CreateUser($"ca{change}")]
                    : [new RemoveUserFromGroup("devs", "f"), new UpdateUser("d", null, $"d{change}"), new UpdateUser($"d{change}", null, "d"), new AddUserToGroup("devs", "bee")];
                foreach (var command in changes) await root.Send(command);
            }
        }
    }
}
