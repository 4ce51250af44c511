using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

public class AttachUserPolicyTests : Specification
{
    [Fact] public void A_policy_is_attached() => Given(Alice, Read).When(new AttachUserPolicy("ALICE", ReadArn)).Then(new UserPolicyAttached(AliceId, ReadId));
    [Fact] public void One_that_is_attached_stays_so() => Given(Alice, Read, AliceReads).When(new AttachUserPolicy("alice", ReadArn)).Then();
    [Fact] public void The_user_must_exist() => Given(Read).When(new AttachUserPolicy("alice", ReadArn)).ThenRefused("NoSuchEntity", "The user with name alice cannot be found.");
    [Fact] public void The_policy_must_exist() => Given(Alice).When(new AttachUserPolicy("alice", ReadArn)).ThenRefused("NoSuchEntity", "Policy arn:aws:iam::111122223333:policy/std/Read does not exist or is not attachable.");

    [Theory, InlineData(9, null), InlineData(10, "LimitExceeded")]
    public void A_user_has_ten_policies_at_most(int attached, string? refusal)
    {
        Given(Alice, Read);
        for (var i = 0; i < attached; i++) Given(new PolicyCreated($"ANPA{i:D16}", $"p{i}", "/", null, Reading), new UserPolicyAttached(AliceId, $"ANPA{i:D16}"));
        var then = When(new AttachUserPolicy("alice", ReadArn));
        if (refusal is null) then.Then(new UserPolicyAttached(AliceId, ReadId));
        else then.ThenRefused(refusal, "Cannot exceed quota for PoliciesPerUser: 10");
    }
}

public class DetachUserPolicyTests : Specification
{
    [Fact] public void A_policy_is_detached() => Given(Alice, Read, AliceReads).When(new DetachUserPolicy("ALICE", ReadArn)).Then(new UserPolicyDetached(AliceId, ReadId));
    [Fact] public void One_that_is_not_attached_is_not_found() => Given(Alice, Read).When(new DetachUserPolicy("alice", ReadArn)).ThenRefused("NoSuchEntity", "Policy arn:aws:iam::111122223333:policy/std/Read was not found.");
    [Fact] public void The_policy_must_exist() => Given(Alice).When(new DetachUserPolicy("alice", ReadArn)).ThenRefused("NoSuchEntity", "Policy arn:aws:iam::111122223333:policy/std/Read was not found.");
    [Fact] public void The_user_must_exist() => Given(Read).When(new DetachUserPolicy("alice", ReadArn)).ThenRefused("NoSuchEntity", "The user with name alice cannot be found.");
    [Fact] public void It_may_be_attached_again() => Given(Alice, Read, AliceReads, new UserPolicyDetached(AliceId, ReadId)).When(new AttachUserPolicy("alice", ReadArn)).Then(AliceReads);
}

public class ListAttachedUserPoliciesTests : Specification
{
    static readonly PolicyCreated Other = new("ANPAOTHER00000000001", "other", "/", null, Reading);

    [Fact] public void Attached_policies_come_in_the_order_of_their_names() => Given(Alice, Read, Other, AliceReads, new UserPolicyAttached(AliceId, Other.PolicyId)).When(new ListAttachedUserPolicies("ALICE"))
        .ThenAnswers("""{"AttachedPolicies":[{"PolicyName":"other","PolicyArn":"arn:aws:iam::111122223333:policy/other"},{"PolicyName":"Read","PolicyArn":"arn:aws:iam::111122223333:policy/std/Read"}],"IsTruncated":false}""");
    [Fact] public void A_path_prefix_selects() => Given(Alice, Read, Other, AliceReads, new UserPolicyAttached(AliceId, Other.PolicyId)).When(new ListAttachedUserPolicies("alice", "/std/"))
        .ThenAnswers("""{"AttachedPolicies":[{"PolicyName":"Read","PolicyArn":"arn:aws:iam::111122223333:policy/std/Read"}],"IsTruncated":false}""");
    [Fact] public void Others_are_not_shown() => Given(Alice, Read).When(new ListAttachedUserPolicies("alice")).ThenAnswers("""{"AttachedPolicies":[],"IsTruncated":false}""");
    [Fact] public void The_user_must_exist() => When(new ListAttachedUserPolicies("alice")).ThenRefused("NoSuchEntity", "The user with name alice cannot be found.");
    [Fact] public void A_page_says_where_the_next_begins()
    {
        Given(Alice, Read, Other, AliceReads, new UserPolicyAttached(AliceId, Other.PolicyId));
        var page = Ask(new ListAttachedUserPolicies("alice", null, null, 1));
        (page.AttachedPolicies.Single().PolicyName.Value, page.IsTruncated).ShouldBe(("other", true));
        Ask(new ListAttachedUserPolicies("alice", null, page.Marker, 1)).AttachedPolicies.Single().PolicyName.Value.ShouldBe("Read");
    }
}

public class PutUserPolicyTests : Specification
{
    [Fact] public void A_policy_is_written() => Given(Alice).When(new PutUserPolicy("ALICE", "own", Reading)).Then(new UserPolicyPut(AliceId, "own", Reading));
    [Fact] public void Another_text_takes_its_place() => Given(Alice, new UserPolicyPut(AliceId, "own", Reading)).When(new PutUserPolicy("alice", "own", Writing)).Then(new UserPolicyPut(AliceId, "own", Writing));
    [Fact] public void The_same_text_changes_nothing() => Given(Alice, new UserPolicyPut(AliceId, "own", Reading)).When(new PutUserPolicy("alice", "OWN", Reading)).Then();
    [Fact] public void One_more_blank_is_another_text() => Given(Alice, new UserPolicyPut(AliceId, "own", Reading)).When(new PutUserPolicy("alice", "own", Reading + " ")).Then(new UserPolicyPut(AliceId, "own", Reading + " "));
    [Fact] public void The_same_text_under_another_name_is_another_policy() => Given(Alice, new UserPolicyPut(AliceId, "own", Reading)).When(new PutUserPolicy("alice", "more", Reading)).Then(new UserPolicyPut(AliceId, "more", Reading));
    [Fact] public void The_user_must_exist() => When(new PutUserPolicy("alice", "own", Reading)).ThenRefused("NoSuchEntity", "The user with name alice cannot be found.");
    [Fact] public void The_text_must_be_a_policy() => Given(Alice).When(new PutUserPolicy("alice", "own", NoPolicy)).ThenRefused("MalformedPolicyDocument");
    [Fact] public void A_long_text_that_is_no_policy_is_malformed() => Given(Alice).When(new PutUserPolicy("alice", "own", new string('x', 20000))).ThenRefused("MalformedPolicyDocument");
    [Fact] public void All_together_may_be_as_long_as_the_quota() => Given(Alice, new UserPolicyPut(AliceId, "a", PolicyOf(1000))).When(new PutUserPolicy("alice", "b", PolicyOf(2048 - 1000))).Then(new UserPolicyPut(AliceId, "b", PolicyOf(2048 - 1000)));
    [Fact] public void All_together_may_not_be_longer() => Given(Alice, new UserPolicyPut(AliceId, "a", PolicyOf(1000))).When(new PutUserPolicy("alice", "b", PolicyOf(2048 - 999))).ThenRefused("LimitExceeded", "Maximum policy size of 2048 bytes exceeded for user alice");
    [Fact] public void What_it_takes_the_place_of_does_not_count() => Given(Alice, new UserPolicyPut(AliceId, "a", PolicyOf(1000))).When(new PutUserPolicy("alice", "A", PolicyOf(2048))).Then(new UserPolicyPut(AliceId, "A", PolicyOf(2048)));
}

public class GetUserPolicyTests : Specification
{
    [Fact] public void A_policy_shows_its_text() => Given(Alice, new UserPolicyPut(AliceId, "own", Reading)).When(new GetUserPolicy("ALICE", "OWN"))
        .ThenAnswers("""{"UserName":"alice","PolicyName":"own","PolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}}"}""");
    [Fact] public void The_user_must_exist() => When(new GetUserPolicy("alice", "own")).ThenRefused("NoSuchEntity", "The user with name alice cannot be found.");
    [Fact] public void The_policy_must_exist() => Given(Alice).When(new GetUserPolicy("alice", "own")).ThenRefused("NoSuchEntity", "The user policy with name own cannot be found.");
    [Fact] public void An_attached_policy_is_not_one_of_these() => Given(Alice, Read, AliceReads).When(new GetUserPolicy("alice", "Read")).ThenRefused("NoSuchEntity");
}

public class DeleteUserPolicyTests : Specification
{
    [Fact] public void A_policy_is_deleted() => Given(Alice, new UserPolicyPut(AliceId, "own", Reading)).When(new DeleteUserPolicy("ALICE", "OWN")).Then(new UserPolicyDeleted(AliceId, "own"));
    [Fact] public void The_user_must_exist() => When(new DeleteUserPolicy("alice", "own")).ThenRefused("NoSuchEntity", "The user with name alice cannot be found.");
    [Fact] public void The_policy_must_exist() => Given(Alice).When(new DeleteUserPolicy("alice", "own")).ThenRefused("NoSuchEntity", "The user policy with name own cannot be found.");
    [Fact] public void A_deleted_policy_is_no_more() => Given(Alice, new UserPolicyPut(AliceId, "own", Reading), new UserPolicyDeleted(AliceId, "own")).When(new DeleteUserPolicy("alice", "own")).ThenRefused("NoSuchEntity");
    [Fact] public void The_same_text_may_be_written_again() => Given(Alice, new UserPolicyPut(AliceId, "own", Reading), new UserPolicyDeleted(AliceId, "own")).When(new PutUserPolicy("alice", "own", Reading)).Then(new UserPolicyPut(AliceId, "own", Reading));
}

public class ListUserPoliciesTests : Specification
{
    [Fact] public void Names_come_in_order() => Given(Alice, new UserPolicyPut(AliceId, "b", Reading), new UserPolicyPut(AliceId, "C", Reading), new UserPolicyPut(AliceId, "A", Reading)).When(new ListUserPolicies("ALICE"))
        .ThenAnswers("""{"PolicyNames":["A","b","C"],"IsTruncated":false}""");
    [Fact] public void Attached_policies_are_not_shown() => Given(Alice, Read, AliceReads).When(new ListUserPolicies("alice")).ThenAnswers("""{"PolicyNames":[],"IsTruncated":false}""");
    [Fact] public void The_user_must_exist() => When(new ListUserPolicies("alice")).ThenRefused("NoSuchEntity", "The user with name alice cannot be found.");
    [Fact] public void A_page_says_where_the_next_begins()
    {
        Given(Alice, new UserPolicyPut(AliceId, "b", Reading), new UserPolicyPut(AliceId, "C", Reading), new UserPolicyPut(AliceId, "A", Reading));
        var page = Ask(new ListUserPolicies("alice", null, 2));
        (string.Join(",", page.PolicyNames), page.IsTruncated, page.Marker!.Read()).ShouldBe(("A,b", true, (Directory.Revision, "b")));
        Ask(new ListUserPolicies("alice", page.Marker, 2)).PolicyNames.Single().Value.ShouldBe("C");
    }
}

public class GrantSetsTests : Specification
{
    [Fact] public void As_many_users_as_AWS_allows_may_each_have_a_policy_of_their_own_and_it_is_made_ready_once()
    {
        const int most = 5_000;
        for (var i = 0; i < most; i++) Given(new UserCreated($"AIDA{i:D17}", $"u{i}", "/"), new UserPolicyPut($"AIDA{i:D17}", "own", Reading));
        var first = Directory.Users.After(null).Select(user => Directory.GrantsOf(user)).ToList();
        first.Distinct().Count().ShouldBe(most);
        Directory.Users.After(null).Zip(first).Count(one => !ReferenceEquals(Directory.GrantsOf(one.First), one.Second)).ShouldBe(0);
    }
}
