using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

public class AttachGroupPolicyTests : Specification
{
    [Fact] public void A_policy_is_attached() => Given(Admins, Read).When(new AttachGroupPolicy("ADMINS", ReadArn)).Then(new GroupPolicyAttached(AdminsId, ReadId));
    [Fact] public void One_that_is_attached_stays_so() => Given(Admins, Read, AdminsRead).When(new AttachGroupPolicy("admins", ReadArn)).Then();
    [Fact] public void The_group_must_exist() => Given(Read).When(new AttachGroupPolicy("admins", ReadArn)).ThenRefused("NoSuchEntity", "The group with name admins cannot be found.");
    [Fact] public void The_policy_must_exist() => Given(Admins).When(new AttachGroupPolicy("admins", ReadArn)).ThenRefused("NoSuchEntity", "Policy arn:aws:iam::111122223333:policy/std/Read does not exist or is not attachable.");

    [Theory, InlineData(9, null), InlineData(10, "LimitExceeded")]
    public void A_group_has_ten_policies_at_most(int attached, string? refusal)
    {
        Given(Admins, Read);
        for (var i = 0; i < attached; i++) Given(new PolicyCreated($"ANPA{i:D16}", $"p{i}", "/", null, Reading), new GroupPolicyAttached(AdminsId, $"ANPA{i:D16}"));
        var then = When(new AttachGroupPolicy("admins", ReadArn));
        if (refusal is null) then.Then(new GroupPolicyAttached(AdminsId, ReadId));
        else then.ThenRefused(refusal, "Cannot exceed quota for PoliciesPerGroup: 10");
    }
}

public class DetachGroupPolicyTests : Specification
{
    [Fact] public void A_policy_is_detached() => Given(Admins, Read, AdminsRead).When(new DetachGroupPolicy("ADMINS", ReadArn)).Then(new GroupPolicyDetached(AdminsId, ReadId));
    [Fact] public void One_that_is_not_attached_is_not_found() => Given(Admins, Read).When(new DetachGroupPolicy("admins", ReadArn)).ThenRefused("NoSuchEntity", "Policy arn:aws:iam::111122223333:policy/std/Read was not found.");
    [Fact] public void The_policy_must_exist() => Given(Admins).When(new DetachGroupPolicy("admins", ReadArn)).ThenRefused("NoSuchEntity", "Policy arn:aws:iam::111122223333:policy/std/Read was not found.");
    [Fact] public void The_group_must_exist() => Given(Read).When(new DetachGroupPolicy("admins", ReadArn)).ThenRefused("NoSuchEntity", "The group with name admins cannot be found.");
    [Fact] public void It_may_be_attached_again() => Given(Admins, Read, AdminsRead, new GroupPolicyDetached(AdminsId, ReadId)).When(new AttachGroupPolicy("admins", ReadArn)).Then(AdminsRead);
}

public class ListAttachedGroupPoliciesTests : Specification
{
    static readonly PolicyCreated Other = new("ANPAOTHER00000000001", "other", "/", null, Reading);

    [Fact] public void Attached_policies_come_in_the_order_of_their_names() => Given(Admins, Read, Other, AdminsRead, new GroupPolicyAttached(AdminsId, Other.PolicyId)).When(new ListAttachedGroupPolicies("ADMINS"))
        .ThenAnswers("""{"AttachedPolicies":[{"PolicyName":"other","PolicyArn":"arn:aws:iam::111122223333:policy/other"},{"PolicyName":"Read","PolicyArn":"arn:aws:iam::111122223333:policy/std/Read"}],"IsTruncated":false}""");
    [Fact] public void A_path_prefix_selects() => Given(Admins, Read, Other, AdminsRead, new GroupPolicyAttached(AdminsId, Other.PolicyId)).When(new ListAttachedGroupPolicies("admins", "/std/"))
        .ThenAnswers("""{"AttachedPolicies":[{"PolicyName":"Read","PolicyArn":"arn:aws:iam::111122223333:policy/std/Read"}],"IsTruncated":false}""");
    [Fact] public void Others_are_not_shown() => Given(Admins, Read).When(new ListAttachedGroupPolicies("admins")).ThenAnswers("""{"AttachedPolicies":[],"IsTruncated":false}""");
    [Fact] public void The_group_must_exist() => When(new ListAttachedGroupPolicies("admins")).ThenRefused("NoSuchEntity", "The group with name admins cannot be found.");
    [Fact] public void A_page_says_where_the_next_begins()
    {
        Given(Admins, Read, Other, AdminsRead, new GroupPolicyAttached(AdminsId, Other.PolicyId));
        var page = Ask(new ListAttachedGroupPolicies("admins", null, null, 1));
        (page.AttachedPolicies.Single().PolicyName.Value, page.IsTruncated).ShouldBe(("other", true));
        Ask(new ListAttachedGroupPolicies("admins", null, page.Marker, 1)).AttachedPolicies.Single().PolicyName.Value.ShouldBe("Read");
    }
}

public class PutGroupPolicyTests : Specification
{
    [Fact] public void A_policy_is_written() => Given(Admins).When(new PutGroupPolicy("ADMINS", "own", Reading)).Then(new GroupPolicyPut(AdminsId, "own", Reading));
    [Fact] public void Another_text_takes_its_place() => Given(Admins, new GroupPolicyPut(AdminsId, "own", Reading)).When(new PutGroupPolicy("admins", "own", Writing)).Then(new GroupPolicyPut(AdminsId, "own", Writing));
    [Fact] public void The_same_text_changes_nothing() => Given(Admins, new GroupPolicyPut(AdminsId, "own", Reading)).When(new PutGroupPolicy("admins", "OWN", Reading)).Then();
    [Fact] public void One_more_blank_is_another_text() => Given(Admins, new GroupPolicyPut(AdminsId, "own", Reading)).When(new PutGroupPolicy("admins", "own", Reading + " ")).Then(new GroupPolicyPut(AdminsId, "own", Reading + " "));
    [Fact] public void The_same_text_under_another_name_is_another_policy() => Given(Admins, new GroupPolicyPut(AdminsId, "own", Reading)).When(new PutGroupPolicy("admins", "more", Reading)).Then(new GroupPolicyPut(AdminsId, "more", Reading));
    [Fact] public void The_group_must_exist() => When(new PutGroupPolicy("admins", "own", Reading)).ThenRefused("NoSuchEntity", "The group with name admins cannot be found.");
    [Fact] public void The_text_must_be_a_policy() => Given(Admins).When(new PutGroupPolicy("admins", "own", NoPolicy)).ThenRefused("MalformedPolicyDocument");
    [Fact] public void A_long_text_that_is_no_policy_is_malformed() => Given(Admins).When(new PutGroupPolicy("admins", "own", new string('x', 20000))).ThenRefused("MalformedPolicyDocument");
    [Fact] public void All_together_may_be_as_long_as_the_quota() => Given(Admins, new GroupPolicyPut(AdminsId, "a", PolicyOf(1000))).When(new PutGroupPolicy("admins", "b", PolicyOf(5120 - 1000))).Then(new GroupPolicyPut(AdminsId, "b", PolicyOf(5120 - 1000)));
    [Fact] public void All_together_may_not_be_longer() => Given(Admins, new GroupPolicyPut(AdminsId, "a", PolicyOf(1000))).When(new PutGroupPolicy("admins", "b", PolicyOf(5120 - 999))).ThenRefused("LimitExceeded", "Maximum policy size of 5120 bytes exceeded for group admins");
    [Fact] public void What_it_takes_the_place_of_does_not_count() => Given(Admins, new GroupPolicyPut(AdminsId, "a", PolicyOf(1000))).When(new PutGroupPolicy("admins", "A", PolicyOf(5120))).Then(new GroupPolicyPut(AdminsId, "A", PolicyOf(5120)));
}

public class GetGroupPolicyTests : Specification
{
    [Fact] public void A_policy_shows_its_text() => Given(Admins, new GroupPolicyPut(AdminsId, "own", Reading)).When(new GetGroupPolicy("ADMINS", "OWN"))
        .ThenAnswers("""{"GroupName":"admins","PolicyName":"own","PolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}}"}""");
    [Fact] public void The_group_must_exist() => When(new GetGroupPolicy("admins", "own")).ThenRefused("NoSuchEntity", "The group with name admins cannot be found.");
    [Fact] public void The_policy_must_exist() => Given(Admins).When(new GetGroupPolicy("admins", "own")).ThenRefused("NoSuchEntity", "The group policy with name own cannot be found.");
    [Fact] public void An_attached_policy_is_not_one_of_these() => Given(Admins, Read, AdminsRead).When(new GetGroupPolicy("admins", "Read")).ThenRefused("NoSuchEntity");
}

public class DeleteGroupPolicyTests : Specification
{
    [Fact] public void A_policy_is_deleted() => Given(Admins, new GroupPolicyPut(AdminsId, "own", Reading)).When(new DeleteGroupPolicy("ADMINS", "OWN")).Then(new GroupPolicyDeleted(AdminsId, "own"));
    [Fact] public void The_group_must_exist() => When(new DeleteGroupPolicy("admins", "own")).ThenRefused("NoSuchEntity", "The group with name admins cannot be found.");
    [Fact] public void The_policy_must_exist() => Given(Admins).When(new DeleteGroupPolicy("admins", "own")).ThenRefused("NoSuchEntity", "The group policy with name own cannot be found.");
    [Fact] public void A_deleted_policy_is_no_more() => Given(Admins, new GroupPolicyPut(AdminsId, "own", Reading), new GroupPolicyDeleted(AdminsId, "own")).When(new DeleteGroupPolicy("admins", "own")).ThenRefused("NoSuchEntity");
    [Fact] public void The_same_text_may_be_written_again() => Given(Admins, new GroupPolicyPut(AdminsId, "own", Reading), new GroupPolicyDeleted(AdminsId, "own")).When(new PutGroupPolicy("admins", "own", Reading)).Then(new GroupPolicyPut(AdminsId, "own", Reading));
}

public class ListGroupPoliciesTests : Specification
{
    [Fact] public void Names_come_in_order() => Given(Admins, new GroupPolicyPut(AdminsId, "b", Reading), new GroupPolicyPut(AdminsId, "C", Reading), new GroupPolicyPut(AdminsId, "A", Reading)).When(new ListGroupPolicies("ADMINS"))
        .ThenAnswers("""{"PolicyNames":["A","b","C"],"IsTruncated":false}""");
    [Fact] public void Attached_policies_are_not_shown() => Given(Admins, Read, AdminsRead).When(new ListGroupPolicies("admins")).ThenAnswers("""{"PolicyNames":[],"IsTruncated":false}""");
    [Fact] public void The_group_must_exist() => When(new ListGroupPolicies("admins")).ThenRefused("NoSuchEntity", "The group with name admins cannot be found.");
    [Fact] public void A_page_says_where_the_next_begins()
    {
        Given(Admins, new GroupPolicyPut(AdminsId, "b", Reading), new GroupPolicyPut(AdminsId, "C", Reading), new GroupPolicyPut(AdminsId, "A", Reading));
        var page = Ask(new ListGroupPolicies("admins", null, 2));
        (string.Join(",", page.PolicyNames), page.IsTruncated, page.Marker!.Read()).ShouldBe(("A,b", true, (Directory.Revision, "b")));
        Ask(new ListGroupPolicies("admins", page.Marker, 2)).PolicyNames.Single().Value.ShouldBe("C");
    }
}

public class WaysOfOneRevisionTests : Specification
{
    /// <summary>Ways that one event put in force, each through another group: what comes first is the same in every process.</summary>
    [Fact] public void They_come_in_the_order_of_who_has_the_policy()
    {
        Given(Alice, Read, ReadV2);
        for (var i = 1; i <= 6; i++)
        {
            GroupId group = $"AGPAGROUP000000000{i}";
            Given(new GroupCreated(group, $"group{i}", "/"), new UserAddedToGroup(group, AliceId), new GroupPolicyAttached(group, ReadId));
        }
        Given(AliceReads, new DefaultPolicyVersionSet(ReadId, "v2"));
        string[] ways = [.. Enumerable.Range(1, 6).Select(i => $"arn:aws:iam::111122223333:group/group{i}"), "arn:aws:iam::111122223333:user/team/alice"];
        Ask(new Authorize("s3:PutObject", null, "arn:aws:iam::111122223333:user/team/alice")).ShouldSatisfyAllConditions(
            result => result.MatchedStatements.Select(statement => statement.Through.Value).ShouldBe(ways), result => result.Reason.ShouldStartWith("group/group1 > Read v2"));
        Ask(new GetEffectivePermissions("arn:aws:iam::111122223333:user/team/alice")).Statements.Select(statement => statement.Through.Value).ShouldBe(ways);
    }
}
