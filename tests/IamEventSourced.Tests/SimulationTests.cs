using System.Text.Json;
using FsCheck.Xunit;
using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

/// <summary>What commands would come to, and that it is what they come to.</summary>
public class SimulationTests : Specification
{
    const string AliceArn = "arn:aws:iam::111122223333:user/team/alice", BobArn = "arn:aws:iam::111122223333:user/Bob";

    public SimulationTests() => Given(Alice, AliceKeyCreated, Bob, Admins, Read);

    [Fact] public void Each_command_is_tried_on_what_the_ones_before_led_to()
    {
        var answer = Ask(Simulate(new CreateUser("carol"), new AddUserToGroup("admins", "carol"), new AddUserToGroup("admins", "carol"), new AddUserToGroup("admins", "nobody")));
        answer.Outcomes.Select(outcome => (outcome.OperationName.Value, string.Join(' ', outcome.Events.Select(happening => happening.Type)), outcome.Revision, outcome.Error?.Code)).ShouldBe(
            [("CreateUser", "user-created", 8, null), ("AddUserToGroup", "user-added-to-group", 9, null), ("AddUserToGroup", "", 9, null), ("AddUserToGroup", "", 9, "NoSuchEntity")]);
        answer.Outcomes[1].Events[0].Data.ToString().ShouldBe($$"""{"GroupId":"{{AdminsId}}","UserId":"AIDASIMULATED00000001"}""");
        (answer.Revision, Directory.Revision, Directory.Users.Count).ShouldBe((7, 7, 2));
    }

    [Fact] public void What_a_door_would_not_read_is_refused_as_there()
    {
        var answer = Ask(new SimulateCommands([new("CreateUsers"), new("GetUser"), new("CreateUser"), new("CreateUser", JsonElement.Parse("""{"UserName":"a b","Name":"x"}"""))]));
        answer.Outcomes.Select(outcome => outcome.Error!.Code).ShouldBe(["InvalidAction", "InvalidAction", "ValidationError", "ValidationError"]);
        answer.Outcomes[3].Error!.Message.ShouldContain("'Name'");
    }

    [Fact] public void Without_a_command_there_is_nothing_to_try() => When(new SimulateCommands([])).ThenRefused("ValidationError");

    [Fact] public void By_another_the_others_permissions_count()
    {
        Ask(Simulate(new CreateUser("carol")) with { CallerArn = AliceArn }).Outcomes[0].Error!.Message.ShouldBe($"User: {AliceArn} is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::111122223333:user/carol");
        Given(new UserPolicyPut(BobId, "all", Everything)); // who has no key may be supposed to call
        Ask(Simulate(new CreateUser("carol"), new CreateAccessKey()) with { CallerArn = BobArn }).Outcomes.ShouldAllBe(outcome => outcome.Error == null && outcome.Events.Count == 1);
        Ask(Simulate(new CreateUser("carol")) with { CallerArn = "arn:aws:iam::111122223333:root" }).Outcomes[0].Error.ShouldBeNull();
        When(Simulate(new CreateUser("carol")) with { CallerArn = "arn:aws:iam::111122223333:user/nobody" }).ThenRefused("NoSuchEntity");
        When(Simulate(new CreateUser("carol")) with { CallerArn = AdminsArn }).ThenRefused("NoSuchEntity");
    }

    static readonly Arn AdminsArn = "arn:aws:iam::111122223333:group/eng/admins";

    [Fact] public void Who_takes_its_own_key_away_can_not_go_on() =>
        Ask(Simulate(new DeleteAccessKey(RootKey), new CreateUser("carol"))).Outcomes.Select(outcome => outcome.Error?.Code).ShouldBe([null, "InvalidClientTokenId"]);

    [Fact] public void No_secret_is_made_shown_or_asked_for()
    {
        var answer = Ask(Simulate(new CreateAccessKey("alice"), new CreateVirtualMFADevice("phone"), new EnableMFADevice("alice", "arn:aws:iam::111122223333:mfa/phone", "123456", "654321"),
            new CreateLoginProfile("alice", "Correct-Horse-7"), new UpdateLoginProfile("alice", "Battery-Staple-9"), new CreateAccountAlias("works")));
        answer.Outcomes.ShouldAllBe(outcome => outcome.Error == null && outcome.Events.Count == 1);
        answer.Outcomes.Select(outcome => outcome.Assuming is not null).ShouldBe([false, false, true, false, true, true]);
        var said = JsonSerializer.Serialize(answer, Json.Options);
        foreach (var secret in (string[])["SecretAccessKey", "Base32StringSeed", "QRCodePNG", "123456", "Correct-Horse", "Battery"]) said.ShouldNotContain(secret);
        Simulate(new CreateLoginProfile("alice", "Correct-Horse-7")).Commands[0].ToString().ShouldBe("CreateLoginProfile");
    }

    [Fact] public void What_can_be_judged_without_the_secret_is() =>
        Ask(Simulate(new CreateLoginProfile("alice", "short"), new CreateLoginProfile("nobody", "Correct-Horse-7"), new ChangePassword("a", "Correct-Horse-7"))).Outcomes.Select(outcome => outcome.Error!.Code)
            .ShouldBe(["PasswordPolicyViolation", "NoSuchEntity", "NoSuchEntity"]);

    [Fact] public void What_changes_for_everybody_is_told_of_everybody()
    {
        var changed = Ask(Simulate(new CreateAccountAlias("works"), new UpdateAccountPasswordPolicy(AllowUsersToChangePassword: true))).AccessChanges!;
        changed.ShouldContain(change => change.Change == "gained" && change.Access.Contains("iam:ChangePassword") && change.PrincipalCount == 2);
        Ask(Simulate(new CreateAccountAlias("works"))).AccessChanges!.ShouldBeEmpty();
    }

    [Fact] public void Past_requests_that_would_be_answered_otherwise_are_named_with_their_reasons()
    {
        Given(AliceJoins, AdminsRead);
        AuthorizationRequest get = new("s3:GetObject", "arn:aws:s3:::b/k", AliceArn), put = new("s3:PutObject", "arn:aws:s3:::b/k", AliceArn), gone = new("s3:GetObject", null, BobArn);
        var answer = Ask(Simulate(new DetachGroupPolicy("admins", ReadArn), new PutUserPolicy("alice", "write", Writing), new DeleteUser("Bob")) with { Requests = [get, put, new("s3:GetObject", null, "arn:aws:iam::111122223333:root"), gone] });
        answer.ChangedDecisions!.Select(changed => (changed.Number, changed.Before.Decision, changed.After.Decision)).ShouldBe([(1, "allowed", "implicitDeny"), (2, "implicitDeny", "allowed"), (4, "implicitDeny", "implicitDeny")]);
        answer.ChangedDecisions![0].Before.Reason.ShouldBe("group/eng/admins > Read v1 > statement 1, since r 9");
        answer.ChangedDecisions[1].After.Reason.ShouldBe("user/team/alice > write > statement 1, since r 11");
        answer.ChangedDecisions[2].After.Error!.Code.ShouldBe("NoSuchEntity");
        Ask(Simulate(new CreateUser("carol"))).ChangedDecisions.ShouldBeNull();
        answer.AccessChanges!.Select(change => (change.Change, change.Access, change.Principals.Single().Value)).ShouldBe([("gained", "Allow s3:PutObject on *", AliceArn), ("lost", "Allow s3:GetObject on *", AliceArn)]);
        Ask(Simulate(new CreatePolicyVersion(ReadArn, Everything, true))).AccessChanges!.ShouldHaveSingleItem().ShouldSatisfyAllConditions(change => change.Change.ShouldBe("gained"), change => change.Principals.ShouldBe([(Arn)AliceArn]));
    }

    /// <summary>On whatever history, by whomever: what is tried comes to what the writer would come to, events, refusals and answers.</summary>
    [Property(Arbitrary = [typeof(AnyStep)], MaxTest = 200)]
    public void A_dry_run_equals_the_run(HistoryProperties.Step[] before, HistoryProperties.Step[] steps)
    {
        if (steps.Length is 0) return;
        IdsFromTheFirst();
        var directory = before.Aggregate(Directory.Apply(CatalogueAdopted.Of(Catalogue.BuiltIn), Noon), (to, step) => Ran(to, step.Command, CallOf(AsRoot)).After);
        var users = directory.KeyOwners.OrderBy(key => key.Key.Value, StringComparer.Ordinal).ToList();
        Caller caller = steps[0].By is < 4 and var by ? new UserCaller(Account, users.ElementAtOrDefault(by).Key ?? AliceKey, users.ElementAtOrDefault(by).Value ?? AliceId) : AsRoot;
        if (directory.Refusal(new GetCallerIdentity(), CallOf(caller)) is not null) return;

        var ids = new SimulatedIds(directory);
        var (answer, _) = new SimulateCommands([.. steps.Select(step => CommandInput.Of(step.Command))]).Answer(directory, CallOf(caller));
        foreach (var (step, outcome) in steps.Zip(answer!.Outcomes))
        {
            var (ran, after) = Ran(directory, step.Command, CallOf(caller) with { Ids = ids });
            directory = after;
            outcome.Error.ShouldBe(ran.Refusal, step.ToString());
            outcome.Revision.ShouldBe(after.Revision);
            outcome.Events.Select(happening => $"{happening.Type} {happening.Data}").ShouldBe(ran.Events.Select(happened => $"{happened.StoredName()} {JsonSerializer.Serialize(happened, happened.GetType(), Json.Options)}"), step.ToString());
            outcome.Answer?.ToString().ShouldBe(ran.Refusal is null && step.Command.AnswerOn(after, ran) is { } said ? JsonSerializer.Serialize(said, said.GetType(), Json.WithoutSecrets) : null);
        }
    }

    static (Outcome Outcome, Directory After) Ran(Directory directory, ICommand command, Call call)
    {
        if (command is IMFACodesCommand codes && directory.FindMFADevice(codes.SerialNumber) is { } device) call = call with { Codes = new(device.Id, 0) };
        var outcome = directory.Decide(command, call.Prepared(command, directory));
        return (outcome, outcome.Events.Aggregate(directory, (to, happened) => to.Apply(happened, call.At)));
    }

    static SimulateCommands Simulate(params ICommand[] commands) => new([.. commands.Select(CommandInput.Of)]);
}
