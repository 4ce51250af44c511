using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

public class CreatePolicyTests : Specification
{
    [Fact] public void A_policy_is_created() => When(new CreatePolicy("Read", Reading, "/std/", "Reads.")).Then(new PolicyCreated("ANPA00000000000000001", "Read", "/std/", "Reads.", Reading))
        .ThenAnswers("""
        {"Policy":{"PolicyName":"Read","PolicyId":"ANPA00000000000000001","Arn":"arn:aws:iam::111122223333:policy/std/Read","Path":"/std/","DefaultVersionId":"v1","AttachmentCount":0,
         "PermissionsBoundaryUsageCount":0,"IsAttachable":true,"Description":"Reads.","CreateDate":"2030-01-01T13:00:00.000000Z","UpdateDate":"2030-01-01T13:00:00.000000Z"}}
        """);
    [Fact] public void Path_and_description_may_be_left_out() => When(new CreatePolicy("Read", Reading)).Then(new PolicyCreated("ANPA00000000000000001", "Read", "/", null, Reading));
    [Fact] public void The_text_is_kept_byte_for_byte() => When(new CreatePolicy("Read", $" \t{Reading}\r\n")).Then(new PolicyCreated("ANPA00000000000000001", "Read", "/", null, $" \t{Reading}\r\n"));
    [Fact] public void A_name_is_taken_in_every_case_and_on_every_path() => Given(Read).When(new CreatePolicy("READ", Reading)).ThenRefused("EntityAlreadyExists", "A policy called Read already exists. Duplicate names are not allowed.");
    [Fact] public void The_text_must_be_a_policy() => When(new CreatePolicy("Read", NoPolicy)).ThenRefused("MalformedPolicyDocument");
    [Fact] public void The_text_may_be_as_long_as_the_quota() => When(new CreatePolicy("Read", PolicyOf(6144))).Then(new PolicyCreated("ANPA00000000000000001", "Read", "/", null, PolicyOf(6144)));
    [Fact] public void The_text_may_not_be_longer() => When(new CreatePolicy("Read", PolicyOf(6145))).ThenRefused("LimitExceeded", "Cannot exceed quota for PolicySize: 6144");
    [Fact] public void A_long_text_that_is_no_policy_is_malformed() => When(new CreatePolicy("Read", new string('x', 7000))).ThenRefused("MalformedPolicyDocument");
    [Fact] public void There_are_no_more_policies_than_the_quota() => GivenQuotas(new() { PoliciesPerAccount = 1 }).Given(Read).When(new CreatePolicy("Write", Writing)).ThenRefused("LimitExceeded", "Cannot exceed quota for PoliciesPerAccount: 1");
    [Fact] public void A_last_one_fits_in_the_quota() => GivenQuotas(new() { PoliciesPerAccount = 2 }).Given(Read).When(new CreatePolicy("Write", Writing)).Then(new PolicyCreated("ANPA00000000000000001", "Write", "/", null, Writing));
}

public class CreatePolicyVersionTests : Specification
{
    [Fact] public void A_version_is_added_and_not_in_force() => Given(Read).When(new CreatePolicyVersion(ReadArn, Writing)).Then(ReadV2)
        .ThenAnswers("""{"PolicyVersion":{"VersionId":"v2","IsDefaultVersion":false,"CreateDate":"2030-01-01T13:00:00.000000Z"}}""");
    [Fact] public void Nor_when_that_is_said() => Given(Read).When(new CreatePolicyVersion(ReadArn, Writing, false)).Then(ReadV2);
    [Fact] public void It_comes_into_force_when_that_is_asked_for() => Given(Read).When(new CreatePolicyVersion(ReadArn, Writing, true)).Then(ReadV2, new DefaultPolicyVersionSet(ReadId, "v2"))
        .ThenAnswers("""{"PolicyVersion":{"VersionId":"v2","IsDefaultVersion":true,"CreateDate":"2030-01-01T13:00:00.000000Z"}}""");
    [Fact] public void Numbers_go_on() => Given(Read, ReadV2).When(new CreatePolicyVersion(ReadArn, Reading)).Then(new PolicyVersionCreated(ReadId, "v3", Reading));
    [Fact] public void The_policy_must_exist() => When(new CreatePolicyVersion(ReadArn, Reading)).ThenRefused("NoSuchEntity", "Policy arn:aws:iam::111122223333:policy/std/Read was not found.");
    [Fact] public void The_text_must_be_a_policy() => Given(Read).When(new CreatePolicyVersion(ReadArn, NoPolicy)).ThenRefused("MalformedPolicyDocument");
    [Fact] public void The_text_may_not_be_longer_than_the_quota() => Given(Read).When(new CreatePolicyVersion(ReadArn, PolicyOf(6145))).ThenRefused("LimitExceeded", "Cannot exceed quota for PolicySize: 6144");
    [Fact] public void A_fifth_version_is_the_last() => Given(Read, ReadV2, new PolicyVersionCreated(ReadId, "v3", Reading), new PolicyVersionCreated(ReadId, "v4", Reading))
        .When(new CreatePolicyVersion(ReadArn, Writing)).Then(new PolicyVersionCreated(ReadId, "v5", Writing));
    [Fact] public void A_sixth_is_too_many() => Given(Read, ReadV2, new PolicyVersionCreated(ReadId, "v3", Reading), new PolicyVersionCreated(ReadId, "v4", Reading), new PolicyVersionCreated(ReadId, "v5", Reading))
        .When(new CreatePolicyVersion(ReadArn, Writing)).ThenRefused("LimitExceeded", "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.");
}

public class DeletePolicyVersionTests : Specification
{
    [Fact] public void A_version_that_is_not_in_force_is_deleted() => Given(Read, ReadV2).When(new DeletePolicyVersion(ReadArn, "v2")).Then(new PolicyVersionDeleted(ReadId, "v2"));
    [Fact] public void The_one_in_force_stays() => Given(Read, ReadV2).When(new DeletePolicyVersion(ReadArn, "v1")).ThenRefused("DeleteConflict", "Cannot delete the default version of a policy.");
    [Fact] public void The_policy_must_exist() => When(new DeletePolicyVersion(ReadArn, "v1")).ThenRefused("NoSuchEntity");
    [Fact] public void The_version_must_exist() => Given(Read).When(new DeletePolicyVersion(ReadArn, "v2")).ThenRefused("NoSuchEntity");
    [Fact] public void Its_number_is_not_used_again() => Given(Read, ReadV2, new PolicyVersionDeleted(ReadId, "v2")).When(new CreatePolicyVersion(ReadArn, Everything)).Then(new PolicyVersionCreated(ReadId, "v3", Everything));
    [Fact] public void Then_the_policy_can_be_deleted() => Given(Read, ReadV2, new PolicyVersionDeleted(ReadId, "v2")).When(new DeletePolicy(ReadArn)).Then(new PolicyDeleted(ReadId, "v1"));
}

public class ListPolicyVersionsTests : Specification
{
    [Fact] public void The_newest_comes_first_page_by_page()
    {
        Given(Read, ReadV2);
        for (var i = 3; i <= 11; i++) Given(new PolicyVersionCreated(ReadId, VersionId.Of(i), Everything));
        List<string> seen = [];
        Marker? marker = null;
        do
        {
            var page = new ListPolicyVersions(ReadArn, marker, 4).Answer(Directory, new Call(AsRoot, "c", Noon, this)).Value!;
            seen.AddRange(page.Versions.Select(version => version.VersionId.Value));
            page.Versions.ShouldAllBe(version => version.Document == null && version.IsDefaultVersion == (version.VersionId.Value == "v1"));
            marker = page.Marker;
        }
        while (marker is not null);
        seen.ShouldBe(Enumerable.Range(1, 11).Reverse().Select(number => $"v{number}"));
    }

    [Theory, InlineData("v99999999999"), InlineData("v1.a"), InlineData("x")]
    public void A_marker_that_no_page_gave_is_answered(string after) => Given(Read).When(new ListPolicyVersions(ReadArn, Marker.Of(3, after)))
        .ThenAnswers("""{"Versions":[{"VersionId":"v1","IsDefaultVersion":true,"CreateDate":"2030-01-01T12:00:00.000000Z"}],"IsTruncated":false}""");

    [Fact] public void The_policy_must_exist() => When(new ListPolicyVersions(ReadArn)).ThenRefused("NoSuchEntity");
}

public class SetDefaultPolicyVersionTests : Specification
{
    [Fact] public void A_version_comes_into_force() => Given(Read, ReadV2).When(new SetDefaultPolicyVersion(ReadArn, "v2")).Then(new DefaultPolicyVersionSet(ReadId, "v2"));
    [Fact] public void An_older_one_may_come_back() => Given(Read, ReadV2, new DefaultPolicyVersionSet(ReadId, "v2")).When(new SetDefaultPolicyVersion(ReadArn, "v1")).Then(new DefaultPolicyVersionSet(ReadId, "v1"));
    [Fact] public void One_that_is_in_force_stays_so() => Given(Read, ReadV2).When(new SetDefaultPolicyVersion(ReadArn, "v1")).Then();
    [Fact] public void The_policy_must_exist() => When(new SetDefaultPolicyVersion(ReadArn, "v1")).ThenRefused("NoSuchEntity", "Policy arn:aws:iam::111122223333:policy/std/Read was not found.");
    [Fact] public void The_version_must_exist() => Given(Read).When(new SetDefaultPolicyVersion(ReadArn, "v2")).ThenRefused("NoSuchEntity", "Policy arn:aws:iam::111122223333:policy/std/Read version v2 does not exist or is not attachable.");

    [Fact] public void Who_has_the_policy_may_what_the_version_in_force_says() =>
        Given(Alice, AliceKeyCreated, Read, AliceReads, new PolicyVersionCreated(ReadId, "v2", Everything), new DefaultPolicyVersionSet(ReadId, "v2")).When(new CreateUser("bob"), AsAlice).Then(new UserCreated("AIDA00000000000000001", "bob", "/"));
    [Fact] public void And_not_what_another_says() =>
        Given(Alice, AliceKeyCreated, Read, AliceReads, new PolicyVersionCreated(ReadId, "v2", Everything)).When(new CreateUser("bob"), AsAlice).ThenRefused("AccessDenied");
}

public class GetPolicyTests : Specification
{
    [Fact] public void A_policy_tells_who_has_it_and_what_is_in_force() => Given(Read, Alice, Admins, AliceReads, AdminsRead, ReadV2, new DefaultPolicyVersionSet(ReadId, "v2")).When(new GetPolicy(ReadArn))
        .ThenAnswers("""
        {"Policy":{"PolicyName":"Read","PolicyId":"ANPAREAD000000000001","Arn":"arn:aws:iam::111122223333:policy/std/Read","Path":"/std/","DefaultVersionId":"v2","AttachmentCount":2,
         "PermissionsBoundaryUsageCount":0,"IsAttachable":true,"Description":"Reads.","CreateDate":"2030-01-01T12:00:00.000000Z","UpdateDate":"2030-01-01T12:00:00.000000Z"}}
        """);

    [Fact]
    public void A_new_version_and_another_in_force_update_it()
    {
        Given(Read).When(new CreatePolicyVersion(ReadArn, Writing));
        (After.Policies[ReadId].Created.At, After.Policies[ReadId].Updated.At).ShouldBe((Noon, One));
        Given(ReadV2).When(new SetDefaultPolicyVersion(ReadArn, "v2"));
        (After.Policies[ReadId].Created.At, After.Policies[ReadId].Updated.At).ShouldBe((Noon, One));
    }

    [Theory]
    [InlineData("arn:aws:iam::111122223333:policy/std/Write")]
    [InlineData("arn:aws:iam::111122223333:policy/Read")]
    [InlineData("arn:aws:iam::111122223333:policy/std/read")]
    [InlineData("arn:aws:iam::111122223333:policy/STD/Read")]
    [InlineData("arn:aws:iam::444455556666:policy/std/Read")]
    [InlineData("arn:aws:iam::111122223333:user/std/Read")]
    [InlineData("arn:aws:iam::111122223333:policy/std/")]
    public void Its_arn_must_be_written_just_so(string arn) => Given(Read).When(new GetPolicy(arn)).ThenRefused("NoSuchEntity", $"Policy {arn} was not found.");
}

public class GetPolicyVersionTests : Specification
{
    [Fact] public void A_version_shows_its_text() => Given(Read, ReadV2).When(new GetPolicyVersion(ReadArn, "v2"))
        .ThenAnswers("""{"PolicyVersion":{"Document":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:PutObject\",\"Resource\":\"*\"}}","VersionId":"v2","IsDefaultVersion":false,"CreateDate":"2030-01-01T12:00:00.000000Z"}}""");
    [Fact] public void The_first_is_in_force_at_first() => Given(Read, ReadV2).When(new GetPolicyVersion(ReadArn, "v1"))
        .ThenAnswers("""{"PolicyVersion":{"Document":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}}","VersionId":"v1","IsDefaultVersion":true,"CreateDate":"2030-01-01T12:00:00.000000Z"}}""");
    [Fact] public void The_policy_must_exist() => When(new GetPolicyVersion(ReadArn, "v1")).ThenRefused("NoSuchEntity", "Policy arn:aws:iam::111122223333:policy/std/Read was not found.");
    [Fact] public void The_version_must_exist() => Given(Read).When(new GetPolicyVersion(ReadArn, "v2")).ThenRefused("NoSuchEntity", "Policy arn:aws:iam::111122223333:policy/std/Read version v2 does not exist or is not attachable.");
}

public class DeletePolicyTests : Specification
{
    [Fact] public void A_policy_that_nobody_has_is_deleted() => Given(Read).When(new DeletePolicy(ReadArn)).Then(new PolicyDeleted(ReadId, "v1"));
    [Fact] public void The_policy_must_exist() => When(new DeletePolicy(ReadArn)).ThenRefused("NoSuchEntity", "Policy arn:aws:iam::111122223333:policy/std/Read was not found.");
    [Fact] public void One_that_a_user_has_stays() => Given(Read, Alice, AliceReads).When(new DeletePolicy(ReadArn)).ThenRefused("DeleteConflict", "Cannot delete a policy attached to entities.");
    [Fact] public void One_that_a_group_has_stays() => Given(Read, Admins, AdminsRead).When(new DeletePolicy(ReadArn)).ThenRefused("DeleteConflict", "Cannot delete a policy attached to entities.");
    [Fact] public void One_that_was_detached_is_deleted() => Given(Read, Admins, AdminsRead, new GroupPolicyDetached(AdminsId, ReadId)).When(new DeletePolicy(ReadArn)).Then(new PolicyDeleted(ReadId, "v1"));
    [Fact] public void One_with_more_versions_stays() => Given(Read, ReadV2).When(new DeletePolicy(ReadArn))
        .ThenRefused("DeleteConflict", "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.");

    [Fact]
    public void A_policy_made_again_under_the_name_begins_anew()
    {
        Given(Read, Alice, AliceReads, new UserPolicyDetached(AliceId, ReadId), new PolicyDeleted(ReadId, "v1")).When(new CreatePolicy("Read", Writing, "/std/"));
        var again = After.FindPolicy(ReadArn)!;
        again.Id.ShouldNotBe(ReadId);
        (again.Default.Text.Value, again.LastVersion, again.Users.Count, again.Description).ShouldBe((Writing, 1, 0, null));
        After.Users[AliceId].Attached.Count.ShouldBe(0);
    }
}
