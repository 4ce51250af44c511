using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

public class CreateGroupTests : Specification
{
    [Fact] public void A_group_is_created() => When(new CreateGroup("admins", "/eng/")).Then(new GroupCreated("AGPA00000000000000001", "admins", "/eng/"))
        .ThenAnswers("""{"Group":{"Path":"/eng/","GroupName":"admins","GroupId":"AGPA00000000000000001","Arn":"arn:aws:iam::111122223333:group/eng/admins","CreateDate":"2030-01-01T13:00:00.000000Z"}}""");
    [Fact] public void Without_a_path_it_is_on_the_root_path() => When(new CreateGroup("admins")).Then(new GroupCreated("AGPA00000000000000001", "admins", "/"));
    [Fact] public void A_name_is_taken_in_every_case() => Given(Admins).When(new CreateGroup("ADMINS")).ThenRefused("EntityAlreadyExists", "Group with name admins already exists.");
    [Fact] public void There_are_no_more_groups_than_the_quota() => GivenQuotas(new() { GroupsPerAccount = 1 }).Given(Admins).When(new CreateGroup("devs")).ThenRefused("LimitExceeded", "Cannot exceed quota for GroupsPerAccount: 1");
    [Fact] public void A_last_one_fits_in_the_quota() => GivenQuotas(new() { GroupsPerAccount = 2 }).Given(Admins).When(new CreateGroup("devs")).Then(new GroupCreated("AGPA00000000000000001", "devs", "/"));
}

public class AddUserToGroupTests : Specification
{
    [Fact] public void A_user_joins_a_group() => Given(Alice, Admins).When(new AddUserToGroup("ADMINS", "ALICE")).Then(AliceJoins);
    [Fact] public void A_member_stays_one() => Given(Alice, Admins, AliceJoins).When(new AddUserToGroup("ADMINS", "Alice")).Then();
    [Fact] public void The_group_must_exist() => Given(Alice).When(new AddUserToGroup("admins", "alice")).ThenRefused("NoSuchEntity", "The group with name admins cannot be found.");
    [Fact] public void The_user_must_exist() => Given(Admins).When(new AddUserToGroup("admins", "alice")).ThenRefused("NoSuchEntity", "The user with name alice cannot be found.");
    [Fact] public void A_user_may_not_by_default() => Given(Alice, AliceKeyCreated, Admins).When(new AddUserToGroup("admins", "alice"), AsAlice)
        .ThenRefused("AccessDenied", "User: arn:aws:iam::111122223333:user/team/alice is not authorized to perform: iam:AddUserToGroup on resource: arn:aws:iam::111122223333:group/admins");
    [Fact] public void A_user_may_through_its_groups_policy() => Given(Alice, AliceKeyCreated, Admins, AliceJoins, new GroupPolicyPut(AdminsId, "all", Everything))
        .When(new CreateUser("bob"), AsAlice).Then(new UserCreated("AIDA00000000000000001", "bob", "/"));
    [Fact] public void One_who_left_may_no_more() => Given(Alice, AliceKeyCreated, Admins, AliceJoins, new GroupPolicyPut(AdminsId, "all", Everything), AliceLeaves)
        .When(new CreateUser("bob"), AsAlice).ThenRefused("AccessDenied");

    [Theory, InlineData(9, null), InlineData(10, "LimitExceeded")]
    public void A_user_is_in_ten_groups_at_most(int groups, string? refusal)
    {
        Given(Alice, Admins);
        for (var i = 0; i < groups; i++) Given(new GroupCreated($"AGPA{i:D16}", $"g{i}", "/"), new UserAddedToGroup($"AGPA{i:D16}", AliceId));
        var then = When(new AddUserToGroup("admins", "alice"));
        if (refusal is null) then.Then(AliceJoins);
        else then.ThenRefused(refusal, "Cannot exceed quota for GroupsPerUser: 10");
    }
}

public class RemoveUserFromGroupTests : Specification
{
    [Fact] public void A_member_leaves() => Given(Alice, Admins, AliceJoins).When(new RemoveUserFromGroup("admins", "alice")).Then(AliceLeaves);
    [Fact] public void One_who_is_no_member_is_not_found() => Given(Alice, Admins).When(new RemoveUserFromGroup("admins", "alice")).ThenRefused("NoSuchEntity");
    [Fact] public void One_who_left_may_come_back() => Given(Alice, Admins, AliceJoins, AliceLeaves).When(new AddUserToGroup("admins", "alice")).Then(AliceJoins);
    [Fact] public void The_group_must_exist() => Given(Alice).When(new RemoveUserFromGroup("admins", "alice")).ThenRefused("NoSuchEntity", "The group with name admins cannot be found.");
    [Fact] public void The_user_must_exist() => Given(Admins).When(new RemoveUserFromGroup("admins", "alice")).ThenRefused("NoSuchEntity", "The user with name alice cannot be found.");
}

public class DeleteGroupTests : Specification
{
    [Fact] public void A_group_that_has_nothing_is_deleted() => Given(Admins).When(new DeleteGroup("ADMINS")).Then(new GroupDeleted(AdminsId));
    [Fact] public void The_group_must_exist() => When(new DeleteGroup("admins")).ThenRefused("NoSuchEntity", "The group with name admins cannot be found.");
    [Fact] public void One_with_members_stays() => Given(Alice, Admins, AliceJoins).When(new DeleteGroup("admins")).ThenRefused("DeleteConflict", "Cannot delete entity, must remove users from group first.");
    [Fact] public void One_with_an_inline_policy_stays() => Given(Admins, new GroupPolicyPut(AdminsId, "own", Reading)).When(new DeleteGroup("admins")).ThenRefused("DeleteConflict", "Cannot delete entity, must delete policies first.");
    [Fact] public void One_with_an_attached_policy_stays() => Given(Admins, Read, AdminsRead).When(new DeleteGroup("admins")).ThenRefused("DeleteConflict", "Cannot delete entity, must detach all policies first.");
    [Fact] public void One_that_lost_everything_is_deleted() =>
        Given(Alice, Admins, Read, AliceJoins, AdminsRead, new GroupPolicyPut(AdminsId, "own", Reading), AliceLeaves, new GroupPolicyDetached(AdminsId, ReadId), new GroupPolicyDeleted(AdminsId, "own"))
        .When(new DeleteGroup("admins")).Then(new GroupDeleted(AdminsId));

    [Fact]
    public void A_group_made_again_under_the_name_has_nothing_of_the_first()
    {
        Given(Alice, Admins, AliceJoins, AliceLeaves, new GroupDeleted(AdminsId)).When(new CreateGroup("admins", "/eng/"));
        var again = After.Groups.Find(new GroupName("admins"))!;
        again.Id.ShouldNotBe(AdminsId);
        again.Created.Revision.ShouldBe(After.Revision);
        (again.Members.Count, again.Policies.Count, again.Attached.Count).ShouldBe((0, 0, 0));
    }
}

public class GetGroupTests : Specification
{
    [Fact] public void A_group_shows_its_members_in_the_order_of_their_names() => Given(Bob, Alice, Admins, new UserAddedToGroup(AdminsId, BobId), AliceJoins).When(new GetGroup("ADMINS"))
        .ThenAnswers("""
        {"Group":{"Path":"/eng/","GroupName":"admins","GroupId":"AGPAADMINS0000000001","Arn":"arn:aws:iam::111122223333:group/eng/admins","CreateDate":"2030-01-01T12:00:00.000000Z"},
         "Users":[{"Path":"/team/","UserName":"alice","UserId":"AIDAALICE00000000001","Arn":"arn:aws:iam::111122223333:user/team/alice","CreateDate":"2030-01-01T12:00:00.000000Z"},
                  {"Path":"/","UserName":"Bob","UserId":"AIDABOB0000000000001","Arn":"arn:aws:iam::111122223333:user/Bob","CreateDate":"2030-01-01T12:00:00.000000Z"}],
         "IsTruncated":false}
        """);
    [Fact] public void Users_outside_are_not_shown() => Given(Alice, Bob, Admins).When(new GetGroup("admins"))
        .ThenAnswers("""{"Group":{"Path":"/eng/","GroupName":"admins","GroupId":"AGPAADMINS0000000001","Arn":"arn:aws:iam::111122223333:group/eng/admins","CreateDate":"2030-01-01T12:00:00.000000Z"},"Users":[],"IsTruncated":false}""");
    [Fact] public void The_group_must_exist() => When(new GetGroup("admins")).ThenRefused("NoSuchEntity", "The group with name admins cannot be found.");

    [Fact]
    public void Pages_hold_every_member_once()
    {
        Given(Admins, Bob);
        for (var i = 0; i < 250; i++) Given(new UserCreated($"AIDA{i:D17}", $"u{i * 7 % 250:D3}", "/"), new UserAddedToGroup(AdminsId, $"AIDA{i:D17}"));
        var one = Ask(new GetGroup("admins"));
        var two = Ask(new GetGroup("admins", one.Marker, 149));
        var three = Ask(new GetGroup("admins", two.Marker, 1));
        (one.Users.Count, one.IsTruncated, two.Users.Count, two.IsTruncated, three.Users.Count, three.IsTruncated, three.Marker).ShouldBe((100, true, 149, true, 1, false, null));
        string.Join(",", new[] { one, two, three }.SelectMany(page => page.Users).Select(user => user.UserName)).ShouldBe(string.Join(",", Enumerable.Range(0, 250).Select(i => $"u{i:D3}")));
    }
}

public class ListGroupsTests : Specification
{
    static readonly GroupCreated Devs = new("AGPADEVS000000000001", "Devs", "/");

    [Fact] public void Groups_come_in_the_order_of_their_names() => Given(Devs, Admins).When(new ListGroups())
        .ThenAnswers("""
        {"Groups":[{"Path":"/eng/","GroupName":"admins","GroupId":"AGPAADMINS0000000001","Arn":"arn:aws:iam::111122223333:group/eng/admins","CreateDate":"2030-01-01T12:00:00.000000Z"},
                   {"Path":"/","GroupName":"Devs","GroupId":"AGPADEVS000000000001","Arn":"arn:aws:iam::111122223333:group/Devs","CreateDate":"2030-01-01T12:00:00.000000Z"}],"IsTruncated":false}
        """);
    [Fact] public void A_path_prefix_selects_with_case()
    {
        Given(Devs, Admins);
        Ask(new ListGroups("/en")).Groups.Single().GroupName.Value.ShouldBe("admins");
        Ask(new ListGroups("/EN")).Groups.ShouldBeEmpty();
    }
    [Fact] public void A_page_says_where_the_next_begins()
    {
        Given(Devs, Admins);
        var page = Ask(new ListGroups(null, null, 1));
        (page.Groups.Single().GroupName.Value, page.IsTruncated, page.Marker!.Read()).ShouldBe(("admins", true, (Directory.Revision, "admins")));
        Ask(new ListGroups(null, page.Marker, 1)).Groups.Single().GroupName.Value.ShouldBe("Devs");
    }
}

public class ListGroupsForUserTests : Specification
{
    static readonly GroupCreated Devs = new("AGPADEVS000000000001", "Devs", "/");

    [Fact] public void A_users_groups_come_in_the_order_of_their_names() => Given(Alice, Devs, Admins, new UserAddedToGroup(Devs.GroupId, AliceId), AliceJoins).When(new ListGroupsForUser("ALICE"))
        .ThenAnswers("""
        {"Groups":[{"Path":"/eng/","GroupName":"admins","GroupId":"AGPAADMINS0000000001","Arn":"arn:aws:iam::111122223333:group/eng/admins","CreateDate":"2030-01-01T12:00:00.000000Z"},
                   {"Path":"/","GroupName":"Devs","GroupId":"AGPADEVS000000000001","Arn":"arn:aws:iam::111122223333:group/Devs","CreateDate":"2030-01-01T12:00:00.000000Z"}],"IsTruncated":false}
        """);
    [Fact] public void Groups_that_it_is_not_in_are_not_shown() => Given(Alice, Devs, Admins, AliceJoins, AliceLeaves).When(new ListGroupsForUser("alice")).ThenAnswers("""{"Groups":[],"IsTruncated":false}""");
    [Fact] public void The_user_must_exist() => When(new ListGroupsForUser("alice")).ThenRefused("NoSuchEntity", "The user with name alice cannot be found.");
    [Fact] public void A_page_says_where_the_next_begins()
    {
        Given(Alice, Devs, Admins, new UserAddedToGroup(Devs.GroupId, AliceId), AliceJoins);
        var page = Ask(new ListGroupsForUser("alice", null, 1));
        (page.Groups.Single().GroupName.Value, page.IsTruncated).ShouldBe(("admins", true));
        Ask(new ListGroupsForUser("alice", page.Marker, 1)).Groups.Single().GroupName.Value.ShouldBe("Devs");
    }
}
