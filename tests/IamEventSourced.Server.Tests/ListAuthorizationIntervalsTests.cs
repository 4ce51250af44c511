using System.Text.Json;
using IamEventSourced.Client;

namespace IamEventSourced.Server.Tests;

/// <summary>Since when somebody may do something, when it could before, and what caused each edge.</summary>
public sealed class ListAuthorizationIntervalsTests(PostgresFixture postgres)
{
    static readonly DateTimeOffset Base = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    static readonly TimeSpan Micro = TimeSpan.FromMicroseconds(1), Step = TimeSpan.FromSeconds(10);

    static string Dated(string condition) => """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:DeleteObject","Resource":"*","Condition":""" + condition + "}}";
    static string At(int revision, double more = 0) => Json.Write(Base + Step * revision + TimeSpan.FromSeconds(more));

    /// <summary>Conditions on the time, on the edge of an event and beside it; and what depends on the tags of a user.</summary>
    static readonly string[] Documents =
    [
        Dated($$$"""{"DateLessThan":{"aws:CurrentTime":"{{{At(60)}}}"}}"""), Dated($$$"""{"DateLessThanEquals":{"aws:CurrentTime":"{{{At(90)}}}"}}"""), Dated($$$"""{"DateGreaterThan":{"aws:CurrentTime":"{{{At(70, 3.5)}}}"}}"""),
        Dated($$$"""{"DateEquals":{"aws:CurrentTime":["{{{At(80)}}}","{{{At(81, 2)}}}"]}}"""), Dated($$$"""{"NumericGreaterThanEquals":{"aws:EpochTime":"{{{(Base + Step * 75).ToUnixTimeSeconds() + 4}}}"},"DateLessThan":{"aws:EpochTime":"{{{At(120, 1.5)}}}"}}"""),
        """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:DeleteUser","Resource":"*","Condition":{"StringEquals":{"iam:ResourceTag/team":"blue"}}}}""",
    ];

    [Fact] public async Task Decisions_flip_exactly_at_the_edges_and_the_database_tells_them_as_all_events_do()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        await root.Send(new CreateGroup("dated"));
        await root.Send(new CreateUser("tick")); // whom the clock is certain to meet
        await root.Send(new PutUserPolicy("tick", "clock", Dated($$$"""{"DateEquals":{"aws:CurrentTime":["{{{At(20)}}}","{{{At(25, 2)}}}"]}}""")));
        await root.Send(new UpdateAccountPasswordPolicy(AllowUsersToChangePassword: true));
        var (random, dice) = (new RandomCommands(71, server.Account), new Random(71));
        for (var i = 0; i < 24; i++)
        {
            await random.Send(server, 9);
            foreach (UserName user in RandomCommands.Users) await root.Send(new CreateUser(user)); // who is there stays
            if (i is 8 or 18) await root.Send(new CreateUser("eve"));
            if (i is 8 or 18) await root.Send(new AddUserToGroup("dated", "eve"));
            if (i is 14) await root.Send(new RemoveUserFromGroup("dated", "eve"));
            if (i is 14) (await root.Send(new DeleteUser("eve"))).Refusal.ShouldBeNull();
            foreach (UserName user in RandomCommands.Users.Where(_ => dice.Next(3) is 0)) await root.Send(new AddUserToGroup("dated", user));
            (await root.Send(new PutGroupPolicy("dated", $"p{dice.Next(3)}", Documents[dice.Next(Documents.Length)]))).Refusal.ShouldBeNull();
            if (dice.Next(3) is 0) await root.Send(new DeleteGroupPolicy("dated", $"p{dice.Next(3)}"));
            if (dice.Next(3) is 0) await root.Send(new TagUser("bo", [new("team", dice.Next(2) is 0 ? "blue" : "red")]));
        }
        var stream = await server.Stream();
        var directories = stream.Directories(server.Account);
        List<RecordedEvent> slow = [.. stream.Select(recorded => recorded with { At = Base + Step * (recorded.Revision / 2) })]; // two at a time
        var spaced = slow.Directories(server.Account);
        UserId[] users = [.. stream.Select(recorded => recorded.Event).OfType<UserCreated>().Select(created => created.UserId)];
        var (edges, clock, open) = (0, 0, 0);
        foreach (var user in users)
            foreach (var (action, resource) in ((ActionName, ResourceName)[])[("s3:DeleteObject", "arn:aws:s3:::x/y"), ("s3:GetObject", "*"), ("s3:PutObject", "arn:aws:s3:::bo/x"), ("iam:DeleteUser", $"arn:aws:iam::{server.Account}:user/bo"), ("iam:ChangePassword", $"arn:aws:iam::{server.Account}:user/ann")])
            {
                var question = new ListAuthorizationIntervals(user.Value, action.Value, resource, MaxItems: 1000);
                foreach (var revision in (int[])[stream.Count, stream.Count / 2])
                {
                    if (!stream.Take(revision).Any(one => one.Event is UserCreated created && created.UserId == user)) continue;
                    // The same by the database, which reads but what matters.
                    var whole = (await question.Answer(directories[revision], new(new RootCaller(server.Account, server.Root.Id), "q", directories[revision].At, new GivenIds()), new RecordedHistory(server.Account, stream[..revision]))).Value!;
                    (await server.Post(question, at: $"at={revision}")).Body.ShouldBe(JsonSerializer.Serialize(whole, Json.Options), $"{question} at {revision}");
                }

                var end = slow[^1].At + Step * 3;
                var answer = (await question.Answer(spaced[^1], new(new RootCaller(server.Account, server.Root.Id), "q", end, new GivenIds()), new RecordedHistory(server.Account, slow))).Value!;
                (edges, clock, open) = (edges + answer.Intervals.Count, clock + answer.Intervals.Count(one => one.From.Event is null || one.To is { Event: null }), open + answer.Intervals.Count(one => one.To is null));
                foreach (var recorded in slow) Check(recorded.At, recorded.Revision);
                foreach (var moment in answer.Intervals.SelectMany(one => (AuthorizationEdge?[])[one.From, one.To]).OfType<AuthorizationEdge>().Select(edge => edge.At).Concat(Enumerable.Range(50, 80).Select(step => Base + Step * step + Step / 2)).Append(end))
                    foreach (var time in (DateTimeOffset[])[moment - Micro, moment, moment + Micro])
                        if (time >= slow[0].At && time <= end) Check(time, slow.Last(one => one.At <= time).Revision);
                foreach (var edge in answer.Intervals.SelectMany(one => (AuthorizationEdge?[])[one.From, one.To]).OfType<AuthorizationEdge>())
                    if (edge.Event is { } cause) (cause, edge.Revision, edge.At).ShouldBe((Cause.Of(slow[(int)edge.Revision - 1]), cause.Revision, cause.At));
                    else edge.Revision.ShouldBe(slow.Last(one => one.At < edge.At).Revision);
                foreach (var interval in answer.Intervals) interval.MatchedStatements.ShouldNotBeEmpty();

                void Check(DateTimeOffset at, long revision)
                {
                    var then = spaced[revision];
                    var may = then.Users.Find(user) is { } one && new Authorize(action, resource, then.ArnOf(one)).Answer(then, new(new RootCaller(server.Account, server.Root.Id), "q", at, new GivenIds())).Value!.Decision is "allowed";
                    answer.Intervals.Count(interval => Before(interval.From, at, revision) && (interval.To is null || !Before(interval.To, at, revision))).ShouldBe(may ? 1 : 0, $"{question} at {revision}, {at:O}");
                }
            }
        (edges > 10 && clock > 1 && open > 0).ShouldBeTrue($"{edges} {clock} {open}");

        static bool Before(AuthorizationEdge edge, DateTimeOffset at, long revision) => edge.At < at || edge.At == at && (edge.Event is null || edge.Revision <= revision);
    }

    [Fact] public async Task A_principal_is_who_it_is_whatever_it_was_called()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        await root.Send(new CreateGroup("readers"));
        for (var i = 0; i < 20; i++)
        {
            await root.Send(new CreateUser($"other{i}"));
            await root.Send(new AddUserToGroup("readers", $"other{i}"));
        }
        UserId first = (await root.Send(new CreateUser("alice"))).Answer!.User.UserId;
        await root.Send(new AddUserToGroup("readers", "alice"));
        var put = await root.Send(new PutGroupPolicy("readers", "read", RandomCommands.Documents[0]), new CommandId("give"));
        await root.Send(new UpdateUser("alice", "/x/", "alicia"));
        var left = await root.Send(new RemoveUserFromGroup("readers", "alicia"));
        await root.Send(new DeleteUser("alicia"));
        UserId second = (await root.Send(new CreateUser("alice"))).Answer!.User.UserId;

        var gone = await Ask(new(first.Value, "s3:GetObject"));
        (gone.PrincipalArn, gone.PrincipalId).ShouldBe((null, first.Value));
        var interval = gone.Intervals.ShouldHaveSingleItem();
        (interval.From.Revision, interval.From.Event!.Command, interval.From.Event.Type, interval.To!.Revision, interval.To.Event!.Type).ShouldBe((put.Revision, new("give"), "group-policy-put", left.Revision, "user-removed-from-group"));
        interval.MatchedStatements.Single().Through.ShouldBe(Arn.Of(server.Account, "group/readers"));
        (await Ask(new($"arn:aws:iam::{server.Account}:user/alice", "s3:GetObject"))).Intervals.ShouldBeEmpty();
        (await Ask(new($"arn:aws:iam::{server.Account}:user/alice", "s3:GetObject"), ReadAt.Revision(put.Revision))).Intervals.Single().To.ShouldBeNull();
        (await Ask(new(second.Value, "s3:GetObject"), ReadAt.Revision(put.Revision), "NoSuchEntity")).ShouldBeNull();
        (await Ask(new($"arn:aws:iam::{server.Account}:group/readers", "s3:GetObject"), null, "InvalidInput")).ShouldBeNull();
        (await Ask(new($"arn:aws:iam::{server.Account}:root", "s3:GetObject"))).Intervals.Single().From.Event!.Type.ShouldBe("account-created");
        (await Ask(new(first.Value, "s3:GetObject", ContextEntries: [new("aws:username", ["x"])]), null, "InvalidInput")).ShouldBeNull();

        // What others do in the same groups is not even read.
        var live = (await server.Stream()).Directories(server.Account)[^1];
        await using var connection = await server.DatabaseOf().OpenConnectionAsync(TestContext.Current.CancellationToken);
        (await DecidingEvents.Read(connection, live, first, null, default).CountAsync(TestContext.Current.CancellationToken)).ShouldBeLessThan(12);

        async Task<ListAuthorizationIntervalsAnswer> Ask(ListAuthorizationIntervals question, ReadAt? at = null, string? refused = null)
        {
            var reply = await root.Ask(question, at);
            reply.Refusal?.Code.ShouldBe(refused);
            (reply.Answer is null).ShouldBe(refused is not null);
            return reply.Answer!;
        }
    }

    [Fact] public async Task Of_a_pattern_the_time_is_told_in_which_any_of_its_actions_was_allowed()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        await root.Send(new CreateUser("alice"));
        async Task<long> Put(string name, string statement) => (await root.Send(new PutUserPolicy("alice", name, $$"""{"Version":"2012-10-17","Statement":{{statement}}}"""))).Revision;
        var reads = await Put("p", """{"Effect":"Allow","Action":["s3:GetObject","s3:*Version"],"Resource":"*"}""");
        var denied = await Put("d", """{"Effect":"Deny","Action":"s3:Get*","Resource":"*"}""");
        var none = await Put("d", """{"Effect":"Deny","NotAction":["ec2:*","s3:DeleteBucket"],"Resource":"*"}""");
        var again = await Put("p", """{"Effect":"Allow","Action":"s3:*Bucket","Resource":"*"}""");

        (await Edges("s3:Get*")).ShouldBe([(reads, denied)]);
        (await Edges("s3:GetObject")).ShouldBe([(reads, denied)]);
        (await Edges("s3:*")).ShouldBe([(reads, none), (again, null)]);
        (await Edges("s3:*Version")).ShouldBe([(reads, none)]);
        (await Edges("s3:?eleteBuck*")).ShouldBe([(reads, none), (again, null)]); // s3:DeleteBucketVersion, as it might be
        (await Edges("s3:?eleteBucket")).ShouldBe([(again, null)]);
        (await Edges("ec2:*")).ShouldBeEmpty();

        async Task<IEnumerable<(long, long?)>> Edges(ActionPattern pattern) =>
            (await root.Ask(new ListAuthorizationIntervals($"arn:aws:iam::{server.Account}:user/alice", pattern))).Answer!.Intervals.Select(one => (one.From.Revision, one.To?.Revision));
    }

    [Fact] public async Task The_command_line_tells_when()
    {
        await using var server = await ServerFixture.Start(postgres);
        var (root, iam) = (server.Client(), IamTool.For(server));
        await root.Send(new CreateUser("alice"));
        var put = (await root.Send(new PutUserPolicy("alice", "Read", RandomCommands.Documents[0]), new CommandId("c-1"))).Revision;
        var (status, output, _) = await iam.Run("when", "user/alice", "s3:GetObject", "-o", "table");
        status.ShouldBe(0);
        output.ShouldStartWith($"from  r    {put}  ");
        output.ShouldContain("  user-policy-put  by root  command c-1\nto ");
        output.ShouldEndWith("  it still may\n");
        await root.Send(new DeleteUserPolicy("alice", "Read"));
        (await iam.Run("when", "user/alice", "s3:GetObject", "-q")).Status.ShouldBe(3);
        (await iam.Run("when", "user/alice", "s3:PutObject", "-o", "table")).Output.ShouldBe($"Never, until revision {put + 1}.\n");
        (await iam.Run("when", "user/bob", "s3:PutObject")).Status.ShouldBe(4);
    }
}
