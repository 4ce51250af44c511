using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

/// <summary>The way back.</summary>
public class RestorationTests
{
    const string Arns = "arn:aws:iam::111122223333:";
    readonly FoldedHistory _history = new FoldedHistory().With(Founded, RootKeyCreated, CatalogueAdopted.Of(Catalogue.BuiltIn), Alice, Bob, Admins, Read); // r 7

    PlanRestorationAnswer Plan(EntityReference entity, int to)
    {
        var (answer, refusal) = Answer(new(entity, to), _history);
        refusal.ShouldBeNull();
        return answer!;
    }

    static Answer<PlanRestorationAnswer> Answer(PlanRestoration plan, FoldedHistory history) => plan.Answer(history.Newest, new(AsRoot, "q", history.Newest.At, new SimulatedIds(history.Newest)), history.Recorded).Result;

    [Fact] public void What_came_goes_and_what_went_comes()
    {
        _history.With(AliceJoins, new UserPolicyPut(AliceId, "own", Reading), new UserTagged(AliceId, "team", "blue"), // r 10
            AliceLeaves, AliceReads, new UserPolicyPut(AliceId, "own", Writing), new UserTagged(AliceId, "team", "red"), new UserRenamed(AliceId, "alicia", "/"), new UserPermissionsBoundaryPut(AliceId, ReadId, null));
        Plan(Arns + "user/alicia", 10).Commands.Select(command => $"{command} {command.Parameters}").ShouldBe(
        [
            """UpdateUser {"UserName":"alicia","NewPath":"/team/","NewUserName":"alice"}""",
            """DetachUserPolicy {"UserName":"alice","PolicyArn":"arn:aws:iam::111122223333:policy/std/Read"}""",
            $$"""PutUserPolicy {"UserName":"alice","PolicyName":"own","PolicyDocument":{{System.Text.Json.JsonSerializer.Serialize(Reading, Json.Options)}}}""",
            """AddUserToGroup {"GroupName":"admins","UserName":"alice"}""",
            """DeleteUserPermissionsBoundary {"UserName":"alice"}""",
            """TagUser {"UserName":"alice","Tags":[{"Key":"team","Value":"blue"}]}""",
        ]);
        Plan(AliceId.Value, 10).Lost.ShouldBeEmpty();
        Plan(AliceId.Value, (int)_history.Newest.Revision).Commands.ShouldBeEmpty();
    }

    [Fact] public void Who_was_deleted_comes_back_as_another_and_what_can_not_come_back_is_said()
    {
        _history.With(AliceKeyCreated, AliceSignsIn, AliceJoins); // r 10
        _history.With(AliceLeaves, new LoginProfileDeleted(AlicePassword, AliceId), new AccessKeyDeleted(AliceKey, AliceId), new UserDeleted(AliceId));
        var plan = Plan(AliceId.Value, 10);
        plan.Commands.Select(command => command.OperationName.Value).ShouldBe(["CreateUser", "AddUserToGroup"]);
        plan.Lost.Count.ShouldBe(3);
        plan.Lost[0].ShouldContain("another person");
        plan.Lost[1].ShouldContain(AliceKey.Value);
        plan.Lost[2].ShouldContain("password");
        Plan(AliceId.Value, 7).Lost.ShouldHaveSingleItem();
        _history.With(new UserCreated("AIDAOTHER00000000001", "Alice", "/"));
        Plan(AliceId.Value, 10).ShouldSatisfyAllConditions(taken => taken.Commands.ShouldBeEmpty(), taken => taken.Lost.ShouldHaveSingleItem().ShouldContain("AIDAOTHER00000000001"));
    }

    [Fact] public void What_was_not_there_goes() =>
        Plan(ReadArn.Value, 6).Commands.Select(command => command.OperationName.Value).ShouldBe(["DeletePolicy"]);

    [Fact] public void Only_users_groups_and_policies_have_a_way_back()
    {
        foreach (var (entity, to, code) in ((EntityReference, int, string)[])[(Arns + "root", 1, "InvalidInput"), ("arn:aws:iam::aws:policy/ReadOnlyAccess", 4, "InvalidInput"), (AliceId.Value, 8, "InvalidInput"), ("AIDANOBODY0000000001", 1, "NoSuchEntity")])
            Answer(new(entity, to), _history).Refusal!.Code.ShouldBe(code, entity.Value);
    }

    /// <summary>Random histories: of whatever entity and revision, the plan's commands are all carried out, and what is not said to be lost is as it was.</summary>
    [Fact] public void The_way_back_leads_back()
    {
        var (exact, lossy) = (0, 0);
        for (var seed = 0; seed < 120; seed++)
        {
            var random = new Random(seed);
            var history = new FoldedHistory().With(Founded, RootKeyCreated, CatalogueAdopted.Of(Catalogue.BuiltIn), Alice, Bob, Admins, Read);
            var ids = new SimulatedIds(history.Newest);
            while (history.Newest.Revision < 60) history.Decide(CompareAccessTests.Next(random), ids);
            foreach (var id in (string[])[AliceId.Value, BobId.Value, AdminsId.Value, ReadId.Value])
            {
                var to = random.Next(7, 60);
                var then = history.At(to);
                var plan = Answer(new(id, to), history).Value!;
                var directory = history.Newest;
                foreach (var command in plan.Commands.Select(input => input.Read().Value!))
                {
                    var outcome = command.Decide(directory, new(AsRoot, "q", directory.At, ids));
                    (outcome.Refusal, outcome.Events.Count > 0).ShouldBe((null, true), $"seed {seed}, {id} to {to}: {command}");
                    foreach (var happened in outcome.Events) directory = directory.Apply(happened, directory.At);
                }
                if (plan.Lost.Count > 0) { lossy++; continue; }
                Facts(directory, id).ShouldBe(Facts(then, id), $"seed {seed}, {id} to {to}: {string.Join(", ", plan.Commands)}");
                if (plan.Commands.Count > 0) exact++;
            }
        }
        (exact, lossy).ShouldSatisfyAllConditions(counts => counts.exact.ShouldBeGreaterThan(100), counts => counts.lossy.ShouldBeGreaterThan(20));
    }

    /// <summary>What an entity is, without the events that made it so.</summary>
    static string Facts(Directory directory, string id) => id[..4] switch
    {
        "AIDA" when directory.Users.Find(new UserId(id)) is { } user => $"{user.Name} {user.Path} {Ids(user.Groups)} {Ids(user.Attached)} {Inline(user.Policies)} {user.Boundary?.PolicyId} {Tags(user.Tags)}",
        "AGPA" when directory.Groups.Find(new GroupId(id)) is { } group => $"{group.Name} {group.Path} {Ids(group.Members)} {Ids(group.Attached)} {Inline(group.Policies)}",
        "ANPA" when directory.Policies.Find(new PolicyId(id)) is { } policy => $"{policy.Name} {policy.Default.Text} {Ids(policy.Users)} {Ids(policy.Groups)} {Ids(policy.Bounds)} {Tags(policy.Tags)}",
        _ => "",
    };

    static string Ids<TId>(Table<TId, Stamp> links) where TId : notnull => string.Join(' ', links.Select(link => link.Key.ToString()).Order(StringComparer.Ordinal));
    static string Inline(Table<PolicyName, InlinePolicy> policies) => string.Join(' ', policies.Select(policy => $"{policy.Value.Name}={policy.Value.Text}").Order(StringComparer.Ordinal));
    static string Tags(Table<TagKey, HeldTag> tags) => string.Join(' ', tags.Select(tag => $"{tag.Value.Key}={tag.Value.Value}").Order(StringComparer.Ordinal));
}
