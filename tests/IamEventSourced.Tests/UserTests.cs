using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

public class CreateUserTests : Specification
{
    [Fact] public void A_user_is_created() => When(new CreateUser("alice", "/team/")).Then(new UserCreated("AIDA00000000000000001", "alice", "/team/"))
        .ThenAnswers("""{"User":{"Path":"/team/","UserName":"alice","UserId":"AIDA00000000000000001","Arn":"arn:aws:iam::111122223333:user/team/alice","CreateDate":"2030-01-01T13:00:00.000000Z"}}""");
    [Fact] public void Without_a_path_it_is_on_the_root_path() => When(new CreateUser("alice")).Then(new UserCreated("AIDA00000000000000001", "alice", "/"));
    [Fact] public void A_name_is_taken_in_every_case() => Given(Alice).When(new CreateUser("ALICE")).ThenRefused("EntityAlreadyExists", "User with name alice already exists.");
    [Fact] public void A_name_is_taken_on_every_path() => Given(Alice).When(new CreateUser("alice", "/other/")).ThenRefused("EntityAlreadyExists");
    [Fact] public void A_group_may_have_the_same_name() => Given(Admins).When(new CreateUser("admins")).Then(new UserCreated("AIDA00000000000000001", "admins", "/"));
    [Fact] public void There_are_no_more_users_than_the_quota() => GivenQuotas(new() { UsersPerAccount = 1 }).Given(Alice).When(new CreateUser("bob")).ThenRefused("LimitExceeded", "Cannot exceed quota for UsersPerAccount: 1");
    [Fact] public void A_last_one_fits_in_the_quota() => GivenQuotas(new() { UsersPerAccount = 2 }).Given(Alice).When(new CreateUser("bob")).Then(new UserCreated("AIDA00000000000000001", "bob", "/"));
}

public class GetUserTests : Specification
{
    [Fact] public void A_user_is_found_in_every_case() => Given(Alice).When(new GetUser("ALICE"))
        .ThenAnswers("""{"User":{"Path":"/team/","UserName":"alice","UserId":"AIDAALICE00000000001","Arn":"arn:aws:iam::111122223333:user/team/alice","CreateDate":"2030-01-01T12:00:00.000000Z"}}""");
    [Fact] public void The_user_must_exist() => When(new GetUser("alice")).ThenRefused("NoSuchEntity", "The user with name alice cannot be found.");
    [Fact] public void Without_a_name_it_is_the_caller() => Given(Alice, AliceKeyCreated, new UserPolicyPut(AliceId, "all", Everything)).When(new GetUser(), AsAlice)
        .ThenAnswers("""{"User":{"Path":"/team/","UserName":"alice","UserId":"AIDAALICE00000000001","Arn":"arn:aws:iam::111122223333:user/team/alice","CreateDate":"2030-01-01T12:00:00.000000Z"}}""");
    [Fact] public void Root_has_no_name() => When(new GetUser())
        .ThenAnswers("""{"User":{"Path":"/","UserId":"111122223333","Arn":"arn:aws:iam::111122223333:root","CreateDate":"2030-01-01T12:00:00.000000Z"}}""");
}

public class UpdateUserTests : Specification
{
    [Fact] public void A_user_gets_another_name() => Given(Alice).When(new UpdateUser("alice", NewUserName: "carol")).Then(new UserRenamed(AliceId, "carol", "/team/"));
    [Fact] public void A_user_gets_another_path() => Given(Alice).When(new UpdateUser("ALICE", "/other/")).Then(new UserRenamed(AliceId, "alice", "/other/"));
    [Fact] public void A_user_gets_both() => Given(Alice).When(new UpdateUser("alice", "/", "carol")).Then(new UserRenamed(AliceId, "carol", "/"));
    [Fact] public void A_user_may_get_its_own_name_in_another_case() => Given(Alice).When(new UpdateUser("alice", NewUserName: "Alice")).Then(new UserRenamed(AliceId, "Alice", "/team/"));
    [Fact] public void The_same_name_and_path_change_nothing() => Given(Alice).When(new UpdateUser("alice", "/team/", "alice")).Then();
    [Fact] public void No_name_and_no_path_change_nothing() => Given(Alice).When(new UpdateUser("alice")).Then();
    [Fact] public void The_user_must_exist() => When(new UpdateUser("alice", NewUserName: "carol")).ThenRefused("NoSuchEntity", "The user with name alice cannot be found.");
    [Fact] public void The_new_name_must_be_free() => Given(Alice, Bob).When(new UpdateUser("alice", NewUserName: "BOB")).ThenRefused("EntityAlreadyExists", "User with name Bob already exists.");

    [Fact]
    public void Ids_memberships_keys_and_policies_stay()
    {
        Given(Alice, Admins, Read, AliceJoins, AliceReads, AliceKeyCreated, new UserPolicyPut(AliceId, "own", Reading));
        var before = Directory.Users[AliceId];
        When(new UpdateUser("alice", "/other/", "carol"));
        var after = After.Users.Find(new UserName("carol"))!;
        (after with { Name = before.Name, Path = before.Path }).ShouldBe(before);
        after.ShouldNotBe(before);
        After.Groups[AdminsId].Members.Contains(AliceId).ShouldBeTrue();
        After.KeyOwners.TryGet(AliceKey, out var owner).ShouldBeTrue();
        owner.ShouldBe(AliceId);
        After.ArnOf(after).Value.ShouldBe("arn:aws:iam::111122223333:user/other/carol");
    }

    [Fact] public void The_old_name_is_free_again() => Given(Alice, new UserRenamed(AliceId, "carol", "/")).When(new CreateUser("alice")).Then(new UserCreated("AIDA00000000000000001", "alice", "/"));
    [Fact] public void The_new_name_is_taken() => Given(Alice, new UserRenamed(AliceId, "carol", "/")).When(new CreateUser("carol")).ThenRefused("EntityAlreadyExists");
}

public class DeleteUserTests : Specification
{
    [Fact] public void A_user_that_has_nothing_is_deleted() => Given(Alice).When(new DeleteUser("ALICE")).Then(new UserDeleted(AliceId));
    [Fact] public void The_user_must_exist() => When(new DeleteUser("alice")).ThenRefused("NoSuchEntity", "The user with name alice cannot be found.");
    [Fact] public void A_deleted_user_is_no_more() => Given(Alice, new UserDeleted(AliceId)).When(new DeleteUser("alice")).ThenRefused("NoSuchEntity");
    [Fact] public void A_member_of_a_group_stays() => Given(Alice, Admins, AliceJoins).When(new DeleteUser("alice")).ThenRefused("DeleteConflict", "Cannot delete entity, must remove users from group first.");
    [Fact] public void One_with_an_inline_policy_stays() => Given(Alice, new UserPolicyPut(AliceId, "own", Reading)).When(new DeleteUser("alice")).ThenRefused("DeleteConflict", "Cannot delete entity, must delete policies first.");
    [Fact] public void One_with_an_attached_policy_stays() => Given(Alice, Read, AliceReads).When(new DeleteUser("alice")).ThenRefused("DeleteConflict", "Cannot delete entity, must detach all policies first.");
    [Fact] public void One_with_an_access_key_stays() => Given(Alice, AliceKeyCreated).When(new DeleteUser("alice")).ThenRefused("DeleteConflict", "Cannot delete entity, must delete access keys first.");
    [Fact] public void One_with_an_SSH_public_key_stays() => Given(Alice, AliceSSHKey).When(new DeleteUser("alice")).ThenRefused("DeleteConflict", "Cannot delete entity, must delete SSH public keys first.");

    [Fact]
    public void One_that_lost_everything_is_deleted() =>
        Given(Alice, Admins, Read, AliceJoins, AliceReads, AliceKeyCreated, new UserPolicyPut(AliceId, "own", Reading),
            AliceLeaves, new UserPolicyDetached(AliceId, ReadId), new AccessKeyDeleted(AliceKey, AliceId), new UserPolicyDeleted(AliceId, "own"))
        .When(new DeleteUser("alice")).Then(new UserDeleted(AliceId));

    [Fact]
    public void A_user_made_again_under_the_name_has_nothing_of_the_first()
    {
        Given(Alice, Admins, AliceKeyCreated, AliceJoins, AliceLeaves, new AccessKeyDeleted(AliceKey, AliceId), new UserDeleted(AliceId));
        When(new CreateUser("alice", "/team/"));
        var again = After.Users.Find(new UserName("alice"))!;
        again.Id.ShouldNotBe(AliceId);
        again.Created.Revision.ShouldBe(After.Revision);
        (again.Groups.Count, again.Policies.Count, again.Attached.Count, again.AccessKeys.Count).ShouldBe((0, 0, 0, 0));
        After.KeyOwners.Count.ShouldBe(0);
    }

    [Fact] public void Its_key_is_refused_from_then_on() => Given(Alice, AliceKeyCreated, new AccessKeyDeleted(AliceKey, AliceId), new UserDeleted(AliceId)).When(new GetUser(), AsAlice).ThenRefused("InvalidClientTokenId");
}

public class ListUsersTests : Specification
{
    [Fact] public void Users_come_in_the_order_of_their_names() => Given(Bob, Alice).When(new ListUsers())
        .ThenAnswers("""
        {"Users":[{"Path":"/team/","UserName":"alice","UserId":"AIDAALICE00000000001","Arn":"arn:aws:iam::111122223333:user/team/alice","CreateDate":"2030-01-01T12:00:00.000000Z"},
                  {"Path":"/","UserName":"Bob","UserId":"AIDABOB0000000000001","Arn":"arn:aws:iam::111122223333:user/Bob","CreateDate":"2030-01-01T12:00:00.000000Z"}],"IsTruncated":false}
        """);
    [Fact] public void Nobody_is_an_empty_list() => When(new ListUsers()).ThenAnswers("""{"Users":[],"IsTruncated":false}""");

    [Theory]
    [InlineData("/", "alice,Bob")]
    [InlineData("/team/", "alice")]
    [InlineData("/te", "alice")]
    [InlineData("/TEAM/", "")]
    [InlineData("/team/x", "")]
    public void A_path_prefix_selects_with_case(string prefix, string names)
    {
        Given(Alice, Bob);
        string.Join(",", Ask(new ListUsers(prefix)).Users.Select(user => user.UserName)).ShouldBe(names);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(7), InlineData(8), InlineData(null)]
    public void Pages_hold_every_user_once(int? most)
    {
        foreach (var name in (string[])["g", "A", "c", "B", "f", "E", "d"]) Given(new UserCreated($"AIDA{name.ToUpperInvariant(),16}".Replace(' ', '0'), name, "/"));
        List<string> names = [];
        Marker? marker = null;
        var pages = 0;
        do
        {
            var page = Ask(new ListUsers(null, marker, most is { } items ? items : null));
            page.Users.Count.ShouldBeLessThanOrEqualTo(most ?? 100);
            page.IsTruncated.ShouldBe(page.Marker is not null);
            names.AddRange(page.Users.Select(user => user.UserName!.Value));
            marker = page.Marker;
        }
        while (marker is not null && ++pages < 20);
        string.Concat(names).ShouldBe("ABcdEfg");
    }

    [Fact] public void A_page_has_a_hundred_users_where_nothing_else_is_asked()
    {
        for (var i = 0; i < 101; i++) Given(new UserCreated($"AIDA{i:D17}", $"u{i:D3}", "/"));
        var page = Ask(new ListUsers());
        page.Users.Count.ShouldBe(100);
        page.Marker!.Read().ShouldBe((Directory.Revision, "u099"));
    }

    [Fact] public void It_goes_on_after_a_name_that_is_no_more()
    {
        Given(Alice, Bob);
        Ask(new ListUsers(Marker: Marker.Of(1, "aaron"))).Users.Select(user => user.UserName!.Value).ShouldBe(["alice", "Bob"]);
        Ask(new ListUsers(Marker: Marker.Of(1, "ALICE"))).Users.Select(user => user.UserName!.Value).ShouldBe(["Bob"]);
    }
}
