using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

public class PutUserPermissionsBoundaryTests : Specification
{
    static readonly UserPermissionsBoundaryPut AliceIsBounded = new(AliceId, ReadId, null);
    static readonly PolicyId WriteId = "ANPAWRITE00000000001";
    static readonly PolicyCreated Write = new(WriteId, "Write", "/", null, Writing);
    static readonly Arn WriteArn = "arn:aws:iam::111122223333:policy/Write";

    [Fact] public void A_policy_becomes_a_users_boundary() => Given(Alice, Read).When(new PutUserPermissionsBoundary("ALICE", ReadArn)).Then(AliceIsBounded);
    [Fact] public void It_takes_the_place_of_another() => Given(Alice, Read, Write, AliceIsBounded).When(new PutUserPermissionsBoundary("alice", WriteArn)).Then(new UserPermissionsBoundaryPut(AliceId, WriteId, ReadId));
    [Fact] public void The_same_again_changes_nothing() => Given(Alice, Read, AliceIsBounded).When(new PutUserPermissionsBoundary("alice", ReadArn)).Then();
    [Fact] public void The_user_must_exist() => Given(Read).When(new PutUserPermissionsBoundary("alice", ReadArn)).ThenRefused("NoSuchEntity", "The user with name alice cannot be found.");
    [Fact] public void The_policy_must_exist() => Given(Alice).When(new PutUserPermissionsBoundary("alice", ReadArn)).ThenRefused("NoSuchEntity", $"Policy {ReadArn} does not exist or is not attachable.");
    [Fact] public void A_user_is_created_with_one() => Given(Read).When(new CreateUser("alice", "/team/", ReadArn))
        .Then(new UserCreated("AIDA00000000000000001", "alice", "/team/"), new UserPermissionsBoundaryPut("AIDA00000000000000001", ReadId, null))
        .ThenAnswers("""{"User":{"Path":"/team/","UserName":"alice","UserId":"AIDA00000000000000001","Arn":"arn:aws:iam::111122223333:user/team/alice","CreateDate":"2030-01-01T13:00:00.000000Z","PermissionsBoundary":{"PermissionsBoundaryType":"Policy","PermissionsBoundaryArn":"arn:aws:iam::111122223333:policy/std/Read"}}}""");
    [Fact] public void None_is_created_with_a_policy_that_is_not() => When(new CreateUser("alice", null, ReadArn)).ThenRefused("NoSuchEntity", $"Policy {ReadArn} does not exist or is not attachable.");
    [Fact] public void It_is_taken_away() => Given(Alice, Read, AliceIsBounded).When(new DeleteUserPermissionsBoundary("ALICE")).Then(new UserPermissionsBoundaryDeleted(AliceId, ReadId));
    [Fact] public void Where_none_is_none_is_taken_away() => Given(Alice).When(new DeleteUserPermissionsBoundary("alice")).Then();
    [Fact] public void Nobody_has_none() => When(new DeleteUserPermissionsBoundary("alice")).ThenRefused("NoSuchEntity");
    [Fact] public void A_user_shows_it() => Given(Alice, Read, AliceIsBounded).When(new GetUser("alice"))
        .ThenAnswers("""{"User":{"Path":"/team/","UserName":"alice","UserId":"AIDAALICE00000000001","Arn":"arn:aws:iam::111122223333:user/team/alice","CreateDate":"2030-01-01T12:00:00.000000Z","PermissionsBoundary":{"PermissionsBoundaryType":"Policy","PermissionsBoundaryArn":"arn:aws:iam::111122223333:policy/std/Read"}}}""");
    [Fact] public void Lists_do_not_as_AWSs_do_not() => Given(Alice, Read, AliceIsBounded).When(new ListUsers())
        .ThenAnswers("""{"Users":[{"Path":"/team/","UserName":"alice","UserId":"AIDAALICE00000000001","Arn":"arn:aws:iam::111122223333:user/team/alice","CreateDate":"2030-01-01T12:00:00.000000Z"}],"IsTruncated":false}""");
    [Fact] public void A_policy_counts_whom_it_bounds_apart_from_whom_it_is_attached_to()
    {
        Given(Alice, Bob, Read, Write, AliceReads, AliceIsBounded, new UserPermissionsBoundaryPut(BobId, ReadId, null));
        Counts(ReadArn).ShouldBe((1, 2));
        Given(new UserPermissionsBoundaryPut(BobId, WriteId, ReadId));
        (Counts(ReadArn), Counts(WriteArn)).ShouldBe(((1, 1), (0, 1)));
        (int, int) Counts(Arn policy) => Ask(new GetPolicy(policy)).Policy is var answer ? (answer.AttachmentCount, answer.PermissionsBoundaryUsageCount) : default;
    }
    [Fact] public void A_policy_that_bounds_somebody_stays() => Given(Alice, Read, AliceIsBounded).When(new DeletePolicy(ReadArn)).ThenRefused("DeleteConflict", "Cannot delete a policy that is the permissions boundary of entities.");
    [Fact] public void The_version_that_bounds_stays() => Given(Alice, Read, ReadV2, AliceIsBounded).When(new DeletePolicyVersion(ReadArn, "v1")).ThenRefused("DeleteConflict");
    [Fact] public void A_deleted_users_boundary_goes_with_it()
    {
        Given(Alice, Read, AliceIsBounded).When(new DeleteUser("alice")).Then(new UserPermissionsBoundaryDeleted(AliceId, ReadId), new UserDeleted(AliceId));
        After.Policies[ReadId].Bounds.Count.ShouldBe(0);
    }

    [Fact] public void Setting_it_depends_on_the_one_that_is_to_be() => Depends(new PutUserPermissionsBoundary("bob", ReadArn), new PutUserPermissionsBoundary("bob", WriteArn));
    [Fact] public void Creating_a_user_depends_on_the_one_it_gets() => Depends(new CreateUser("carol", null, ReadArn), new CreateUser("carol", null, WriteArn), new CreateUser("carol"));
    [Fact] public void Taking_it_away_depends_on_the_one_that_is() => Depends(new DeleteUserPermissionsBoundary("alice"), new DeleteUserPermissionsBoundary("bob"));
    [Fact] public void Attaching_depends_on_it() => Depends(new AttachUserPolicy("alice", WriteArn), new AttachUserPolicy("bob", WriteArn));
    [Fact] public void Detaching_depends_on_it() => Depends(new DetachUserPolicy("alice", WriteArn), new DetachUserPolicy("bob", WriteArn));
    [Fact] public void Writing_an_inline_policy_depends_on_it() => Depends(new PutUserPolicy("alice", "p", Reading), new PutUserPolicy("bob", "p", Reading));
    [Fact] public void Deleting_an_inline_policy_depends_on_it() => Depends(new DeleteUserPolicy("alice", "p"), new DeleteUserPolicy("bob", "p"));

    /// <summary>Whose rights depend on the boundary Read of the one it changes; of Bob the boundary is Write.</summary>
    void Depends(ICommand allowed, params ICommand[] denied)
    {
        PolicyText text = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{"ArnEquals":{"iam:PermissionsBoundary":"arn:aws:iam::111122223333:policy/std/Read"}}}}""";
        Given(Alice, Bob, Read, Write, AliceIsBounded, new UserPermissionsBoundaryPut(BobId, WriteId, null), new UserCreated("AIDABOSS000000000001", "boss", "/"),
            new AccessKeyCreated("AKIABOSSBOSSBOSSBOSS", "AIDABOSS000000000001", Print), new UserPolicyPut("AIDABOSS000000000001", "some", text));
        var boss = CallOf(new UserCaller(Account, "AKIABOSSBOSSBOSSBOSS", "AIDABOSS000000000001"));
        Directory.Refusal(allowed, boss).ShouldBeNull();
        foreach (var command in denied) Directory.Refusal(command, boss)!.Code.ShouldBe("AccessDenied");
    }
}

/// <summary>What a boundary does to decisions: to a caller's own commands and to questions about it, with reasons (R82, R83, R86).</summary>
public class BoundedAccessTests : Specification
{
    const string OnlyUsers = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*User*","s3:*"],"Resource":"*"},{"Sid":"No","Effect":"Deny","Action":"s3:Delete*","Resource":"*"}]}""";
    static readonly PolicyId BoundId = "ANPABOUND00000000001";
    static readonly UserPermissionsBoundaryPut AliceIsBounded = new(AliceId, BoundId, null);
    static readonly Arn AliceArn = "arn:aws:iam::111122223333:user/team/alice";

    public BoundedAccessTests() => Given(Alice, AliceKeyCreated, new PolicyCreated(BoundId, "Bound", "/", null, OnlyUsers));

    AuthorizationResult Asked(ActionName action) => Ask(new Authorize(action, null, AliceArn));

    [Fact] public void R86_A_boundary_alone_grants_nothing()
    {
        Given(AliceIsBounded);
        var result = Asked("s3:GetObject");
        (result.Decision, result.Reason, result.AllowedByPermissionsBoundary, result.MatchedStatements.Count).ShouldBe(("implicitDeny", "no statement allows it", true, 0));
        When(new CreateUser("carol"), AsAlice).ThenRefused("AccessDenied");
    }

    [Fact] public void R86_What_a_policy_allows_and_the_boundary_does_not_is_denied()
    {
        Given(new UserPolicyPut(AliceId, "all", Everything));
        When(new CreateGroup("devs"), AsAlice).Then(new GroupCreated("AGPA00000000000000001", "devs", "/"));
        Given(AliceIsBounded);
        When(new CreateGroup("devs"), AsAlice).ThenRefused("AccessDenied");
        When(new CreateUser("carol"), AsAlice).Then(new UserCreated("AIDA00000000000000002", "carol", "/"));
        var result = Asked("iam:CreateGroup");
        (result.Decision, result.Reason, result.AllowedByPermissionsBoundary).ShouldBe(("implicitDeny", "the permissions boundary Bound v1 does not allow it", false));
        Given(new UserPermissionsBoundaryDeleted(AliceId, BoundId));
        Asked("iam:CreateGroup").Decision.ShouldBe("allowed");
    }

    [Fact] public void R83_A_deny_in_the_boundary_is_explicit()
    {
        Given(new UserPolicyPut(AliceId, "all", Everything), AliceIsBounded);
        var result = Asked("s3:DeleteObject");
        (result.Decision, result.Reason).ShouldBe(("explicitDeny", "user/team/alice > Bound v1 > \"No\", since r 7"));
        result.MatchedStatements.Single().PolicyUsage.ShouldBe(PolicyUsage.PermissionsBoundary);
    }

    [Fact] public void R82_A_boundary_that_can_not_be_read_denies_loudly()
    {
        Given(new UserPolicyPut(AliceId, "all", Everything), AliceIsBounded, new PolicyVersionCreated(BoundId, "v2", NoPolicy), new DefaultPolicyVersionSet(BoundId, "v2"));
        When(new CreateUser("carol"), AsAlice).ThenRefused("AccessDenied");
        var result = Asked("s3:GetObject");
        result.Decision.ShouldBe("explicitDeny");
        result.Reason.ShouldStartWith("Bound can't be read as a policy, so everything is denied: ");
        var effective = Ask(new GetEffectivePermissions(AliceArn));
        (effective.UnreadablePolicies.Single(), effective.BoundaryStatements!.Count).ShouldBe((new PolicyName("Bound"), 0));
    }

    [Fact] public void R123_An_allow_names_the_statements_of_both_and_its_reason_is_who_grants()
    {
        Given(AliceIsBounded, new UserPolicyPut(AliceId, "all", Everything));
        var result = Asked("s3:GetObject");
        (result.Decision, result.Reason, result.AllowedByPermissionsBoundary).ShouldBe(("allowed", "user/team/alice > all > statement 1, since r 7", true));
        result.MatchedStatements.Select(statement => (statement.PolicyName.Value, statement.PolicyUsage.Value)).ShouldBe([("Bound", "PermissionsBoundary"), ("all", "PermissionsPolicy")]);
    }

    [Fact] public void One_policy_may_grant_and_bound()
    {
        Given(AliceIsBounded, new UserPolicyAttached(AliceId, BoundId));
        Asked("s3:GetObject").MatchedStatements.Select(statement => (statement.PolicyUsage.Value, statement.SinceRevision)).ShouldBe([("PermissionsBoundary", 6), ("PermissionsPolicy", 7)]);
    }

    [Fact] public void A_new_default_version_of_it_bounds_at_once()
    {
        Given(AliceIsBounded, new UserPolicyPut(AliceId, "all", Everything));
        Asked("s3:GetObject").Decision.ShouldBe("allowed");
        Given(new PolicyVersionCreated(BoundId, "v2", Writing), new DefaultPolicyVersionSet(BoundId, "v2"));
        Asked("s3:GetObject").Reason.ShouldBe("the permissions boundary Bound v2 does not allow it");
        Asked("s3:PutObject").Decision.ShouldBe("allowed");
    }

    [Fact] public void Root_has_none_and_a_group_does_not_pass_it_on()
    {
        Given(Bob, Admins, AliceIsBounded, AliceJoins, new UserAddedToGroup(AdminsId, BobId), new GroupPolicyPut(AdminsId, "all", Everything));
        Ask(new Authorize("iam:CreateGroup", null, "arn:aws:iam::111122223333:user/Bob")).Decision.ShouldBe("allowed");
        Asked("iam:CreateGroup").Decision.ShouldBe("implicitDeny");
        Ask(new Authorize("iam:CreateGroup")).ShouldSatisfyAllConditions(result => result.Decision.ShouldBe("allowed"), result => result.AllowedByPermissionsBoundary.ShouldBeNull());
    }

    [Fact] public void A_batch_decides_as_one_question_does()
    {
        Given(AliceIsBounded, new UserPolicyPut(AliceId, "all", Everything));
        ActionName[] actions = ["s3:GetObject", "s3:DeleteObject", "iam:CreateGroup", "iam:GetUser"];
        Ask(new AuthorizeBatch([.. actions.Select(action => new AuthorizationRequest(action, null, AliceArn))])).Results.Select(result => (result.Decision, result.Reason)).ShouldBe(actions.Select(action => (Asked(action).Decision, Asked(action).Reason)));
    }

    [Fact] public void The_effective_permissions_show_it_apart()
    {
        Given(AliceIsBounded, new UserPolicyPut(AliceId, "own", Reading));
        var effective = Ask(new GetEffectivePermissions(AliceArn));
        effective.Statements.Single().PolicyName.ShouldBe(new PolicyName("own"));
        effective.BoundaryStatements!.Select(statement => (statement.PolicyName.Value, statement.VersionId!.Value, statement.SinceRevision)).ShouldBe([("Bound", "v1", 6), ("Bound", "v1", 6)]);
        Given(new UserPermissionsBoundaryDeleted(AliceId, BoundId));
        Ask(new GetEffectivePermissions(AliceArn)).BoundaryStatements.ShouldBeNull();
    }
}

public class UpdateGroupTests : Specification
{
    [Fact] public void A_group_gets_another_name() => Given(Admins).When(new UpdateGroup("ADMINS", NewGroupName: "chiefs")).Then(new GroupRenamed(AdminsId, "chiefs", "/eng/"));
    [Fact] public void A_group_gets_another_path() => Given(Admins).When(new UpdateGroup("admins", "/other/")).Then(new GroupRenamed(AdminsId, "admins", "/other/"));
    [Fact] public void A_group_may_get_its_own_name_in_another_case() => Given(Admins).When(new UpdateGroup("admins", NewGroupName: "Admins")).Then(new GroupRenamed(AdminsId, "Admins", "/eng/"));
    [Fact] public void The_same_changes_nothing() => Given(Admins).When(new UpdateGroup("admins", "/eng/", "admins")).Then();
    [Fact] public void Nothing_changes_nothing() => Given(Admins).When(new UpdateGroup("admins")).Then();
    [Fact] public void The_group_must_exist() => When(new UpdateGroup("admins", "/x/")).ThenRefused("NoSuchEntity", "The group with name admins cannot be found.");
    [Fact] public void The_new_name_must_be_free() => Given(Admins, new GroupCreated("AGPADEVS000000000001", "Devs", "/")).When(new UpdateGroup("admins", NewGroupName: "devs")).ThenRefused("EntityAlreadyExists", "Group with name Devs already exists.");

    [Fact] public void Members_and_policies_stay_and_the_old_name_is_free()
    {
        Given(Alice, Admins, Read, AliceJoins, AdminsRead, new GroupPolicyPut(AdminsId, "own", Writing), new GroupRenamed(AdminsId, "chiefs", "/"));
        Ask(new GetGroup("CHIEFS")).ShouldSatisfyAllConditions(answer => answer.Group.Arn.Value.ShouldBe("arn:aws:iam::111122223333:group/chiefs"), answer => answer.Users.Single().UserName!.Value.ShouldBe("alice"));
        Ask(new Authorize("s3:GetObject", null, "arn:aws:iam::111122223333:user/team/alice")).MatchedStatements.Single().Through.Value.ShouldBe("arn:aws:iam::111122223333:group/chiefs");
        When(new CreateGroup("admins")).Then(new GroupCreated("AGPA00000000000000001", "admins", "/"));
    }
}
