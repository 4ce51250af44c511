using System.Text.Json;

namespace IamEventSourced.Server.Tests;

/// <summary>What changed and the way back, over the doors and on the command line.</summary>
public sealed class CompareAccessTests(PostgresFixture postgres)
{
    [Fact]
    public async Task What_was_gained_and_lost_is_told_with_its_causes_and_the_way_back_leads_back()
    {
        await using var server = await ServerFixture.Start(postgres);
        var (root, iam) = (server.Client(), IamTool.For(server));
        var bob = await server.CreateUser("bob");
        await root.Send(new CreateUser("alice"));
        var began = await root.Send(new CreateGroup("devs"));
        await root.Send(new PutGroupPolicy("devs", "Read", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"""));
        var joined = await root.Send(new AddUserToGroup("devs", "alice"));
        var left = await root.Send(new RemoveUserFromGroup("devs", "alice"));
        int from = (int)began.Revision;
        Arn alice = Arn.Of(server.Account, "user/alice");

        (await server.Client(bob).Ask(new CompareAccess(from))).Refusal!.Code.ShouldBe("AccessDenied");
        (await server.Client(bob).Ask(new PlanRestoration(alice.Value, from))).Refusal!.Code.ShouldBe("AccessDenied");
        (await root.Ask(new CompareAccess(from))).Answer!.Changes.ShouldBeEmpty();
        var gained = (await root.Ask(new CompareAccess(from), IamEventSourced.Client.ReadAt.Revision(joined.Revision))).Answer!;
        var change = gained.Changes.ShouldHaveSingleItem();
        (change.Change, change.Principals.Single(), gained.Revision).ShouldBe(("gained", alice, joined.Revision));
        change.Causes.Select(cause => cause.Revision).ShouldBe([joined.Revision - 1, joined.Revision]);

        var (_, told, _) = await iam.Run("diff", $"{joined.Revision}", "--of", "user/alice", "-o", "table");
        told.ShouldStartWith("- user/alice: Allow s3:GetObject on *\n    group/devs > Read\n");
        told.ShouldContain($"r {left.Revision,4}  ");
        told.ShouldContain("user-removed-from-group  by root");
        (await iam.Run("diff", $"{joined.Revision}", "--exit-code", "-q")).Status.ShouldBe(7);
        (await iam.Run("diff", $"{from}", $"{joined.Revision}", "-o", "jsonl")).Output.ShouldStartWith("{\"Change\":\"gained\"");
        (await iam.Run("diff", $"{from}", "-o", "table")).Output.ShouldBe($"Nobody gained or lost anything from revision {from} to {left.Revision}.\n");

        var (_, notices, _) = await iam.Run("notices", "--from", $"{joined.Revision}", "-o", "table");
        notices.Split('\n').Select(line => line.Split("Z  ")[^1]).ShouldBe(["user-added-to-group  by root", "+ user/alice: Allow s3:GetObject on *", "    group/devs > Read", "user-removed-from-group  by root", "- user/alice: Allow s3:GetObject on *", "    group/devs > Read", ""]);
        (await iam.Run("notices", "--from", $"{joined.Revision}", "--to", $"{joined.Revision}", "-o", "jsonl")).Output.Split('\n').Length.ShouldBe(2);
        (await server.Client(bob).Ask(new ListAccessChanges())).Refusal!.Code.ShouldBe("AccessDenied");

        var (_, plan, _) = await iam.Run("undo-plan", "user/alice", "--to", $"{joined.Revision}", "-o", "json");
        (await iam.RunWith(plan, "try", "-", "-o", "table")).Output.ShouldStartWith($"r {left.Revision + 1,4}  AddUserToGroup  user-added-to-group ");
        (await iam.RunWith(plan, "send", "-")).Error.ShouldBe($"r {left.Revision + 1,4}  AddUserToGroup\n");
        (await iam.Run("undo-plan", "user/alice", "--to", $"{joined.Revision}", "-o", "table")).Output.ShouldContain(", 0 commands\n");
        (await iam.RunWith("""{"CreateUser":{"UserName":"alice"}}""", "send", "-")).ShouldBe((5, "", "EntityAlreadyExists: command 1, CreateUser: User with name alice already exists.\n"));
        (await iam.RunWith("""{"CreateAccessKey":{"UserName":"alice"}}""", "send", "-")).Status.ShouldBe(2);
    }

    [Fact]
    public async Task Whom_a_name_means_does_not_depend_on_which_moments_are_at_hand()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        var made = (await root.Send(new CreateUser("early"))).Revision;
        await root.Send(new UpdateUser("early", NewUserName: "late"));
        var gone = (await root.Send(new CreateUser("gone"))).Revision;
        var deleted = (await root.Send(new DeleteUser("gone"))).Revision;
        await root.Send(new CreateUser("later"));
        foreach (var at in (IamEventSourced.Client.ReadAt[])[IamEventSourced.Client.ReadAt.Revision(deleted), IamEventSourced.Client.ReadAt.Newest])
        {
            (await root.Ask(new CompareAccess((int)made, Entity: Arn.Of(server.Account, "user/early").Value), at)).Refusal!.Code.ShouldBe("NoSuchEntity"); // it has another name now
            (await root.Ask(new CompareAccess((int)made, Entity: Arn.Of(server.Account, "user/late").Value), at)).Answer!.Changes.ShouldBeEmpty();
            (await root.Ask(new CompareAccess((int)gone, Entity: Arn.Of(server.Account, "user/gone").Value), at)).Answer!.Changes.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Of_one_entity_of_any_history_it_is_what_the_whole_account_tells()
    {
        await using var server = await ServerFixture.Start(postgres);
        await RandomCommands.Begin(server);
        await new RandomCommands(19, server.Account).Send(server, 250);
        var stream = await server.Stream();
        var directories = stream.Directories(server.Account);
        string[] ids = [.. stream.SelectMany(recorded => recorded.Event.Entities()).Where(id => id[..4] is "AIDA" or "AGPA" or "ANPA").Distinct()];
        var (random, causes, commands) = (new Random(19), 0, 0);
        for (var i = 0; i < 150; i++)
        {
            var to = random.Next(2, stream.Count + 1);
            var (from, entity) = (random.Next(1, to), new EntityReference(ids[random.Next(ids.Length)]));
            foreach (var question in (IHistoryQuery[])[new CompareAccess(from, Entity: entity), new PlanRestoration(entity, from)])
            {
                var call = new Call(new RootCaller(server.Account, server.Root.Id), "q", directories[to].At, new GivenIds()) { IsOfThePast = to < stream.Count };
                var (answer, refusal) = await question.AnswerOn(directories[to], call, new RecordedHistory(server.Account, stream[..to]));
                var reply = await server.Post(question, at: $"at={to}");
                if (refusal is null) reply.Body.ShouldBe(JsonSerializer.Serialize(answer, answer!.GetType(), Json.Options), $"{question} at {to}");
                else (reply.Code, reply.Json["detail"]!.GetValue<string>()).ShouldBe((refusal.Code, refusal.Message), $"{question} at {to}");
                foreach (var change in (answer as CompareAccessAnswer)?.Changes ?? [])
                    change.Causes.Where(change.InForce ? Breaks : Makes).ShouldBeEmpty($"{question} at {to}: {change}");
                (causes, commands) = (causes + ((answer as CompareAccessAnswer)?.Changes.Sum(change => change.Causes.Count) ?? 0), commands + ((answer as PlanRestorationAnswer)?.Commands.Count ?? 0));
            }
        }
        (causes > 10 && commands > 10).ShouldBeTrue($"{causes} {commands}");

        static bool Makes(Cause cause) => cause.Type is "user-added-to-group" or "user-policy-attached" or "group-policy-attached" or "policy-created";
        static bool Breaks(Cause cause) => cause.Type is "user-removed-from-group" or "user-policy-detached" or "group-policy-detached" or "user-policy-deleted" or "group-policy-deleted" or "policy-deleted" or "user-permissions-boundary-deleted";
    }
}
