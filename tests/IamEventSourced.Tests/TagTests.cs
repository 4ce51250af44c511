using System.Text.Json;
using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

public class TagTests : Specification
{
    static Tag[] Many(int count, int from = 0) => [.. Enumerable.Range(from, count).Select(i => new Tag($"k{i}", "v"))];
    static UserTagged Tagged(TagKey key, TagValue value) => new(AliceId, key, value);

    [Fact] public void A_user_gets_tags() => Given(Alice).When(new TagUser("ALICE", [new("team", "blue"), new("Größe", "")])).Then(Tagged("team", "blue"), Tagged("Größe", ""));
    [Fact] public void A_tag_takes_the_place_of_one_of_the_same_key_in_any_case() => Given(Alice, Tagged("team", "blue")).When(new TagUser("alice", [new("TEAM", "blue")])).Then(Tagged("TEAM", "blue"));
    [Fact] public void What_is_so_already_is_no_event() => Given(Alice, Tagged("team", "blue")).When(new TagUser("alice", [new("team", "blue"), new("note", "x")])).Then(Tagged("note", "x"));
    [Fact] public void Values_differ_with_case() => Given(Alice, Tagged("team", "blue")).When(new TagUser("alice", [new("team", "Blue")])).Then(Tagged("team", "Blue"));
    [Fact] public void No_tags_change_nothing() => Given(Alice).When(new TagUser("alice", [])).Then();
    [Fact] public void The_user_must_exist() => When(new TagUser("alice", [new("team", "blue")])).ThenRefused("NoSuchEntity", "The user with name alice cannot be found.");
    [Fact] public void A_key_may_not_come_twice() => Given(Alice).When(new TagUser("alice", [new("team", "blue"), new("Team", "red")])).ThenRefused("InvalidInput");
    [Theory, InlineData("aws:x"), InlineData("AWS:x")] public void Those_that_begin_with_aws_are_reserved(string key) => Given(Alice).When(new TagUser("alice", [new(key, "")])).ThenRefused("InvalidInput");
    [Fact] public void Fifty_at_once_are_enough()
    {
        Given(Alice).When(new TagUser("alice", Many(50))).Then([.. Many(50).Select(tag => Tagged(tag.Key, tag.Value))]);
        When(new TagUser("alice", Many(51))).ThenRefused("LimitExceeded");
        Read("TagUser", new { UserName = "alice", Tags = Many(51).Select(tag => new { Key = tag.Key.Value, Value = "" }) }).ShouldBe("1 validation error detected: Value at 'Tags' failed to satisfy constraint: Member must have length less than or equal to 50");
        Read("UntagUser", new { UserName = "alice", TagKeys = Many(51).Select(tag => tag.Key.Value) }).ShouldBe("1 validation error detected: Value at 'TagKeys' failed to satisfy constraint: Member must have length less than or equal to 50");
        static string? Read(string name, object parameters) => Operation.All[name].Read(JsonSerializer.SerializeToElement(parameters)).Refusal?.Message;
    }
    [Fact] public void Fifty_altogether_are_enough() => Given([Alice, .. Many(49).Select(tag => Tagged(tag.Key, tag.Value))])
        .When(new TagUser("alice", Many(2, 48))).Then(Tagged("k49", "v")).When(new TagUser("alice", Many(2, 49))).ThenRefused("LimitExceeded");
    [Fact] public void Tags_are_taken_away_in_any_case_and_what_is_not_there_is_no_event() => Given(Alice, Tagged("team", "blue")).When(new UntagUser("alice", ["TEAM", "team", "note"])).Then(new UserUntagged(AliceId, "TEAM"));
    [Fact] public void A_user_shows_its_tags_in_the_order_of_their_keys() => Given(Alice, Tagged("team", "blue"), Tagged("Note", "x")).When(new GetUser("alice"))
        .ThenAnswers("""{"User":{"Path":"/team/","UserName":"alice","UserId":"AIDAALICE00000000001","Arn":"arn:aws:iam::111122223333:user/team/alice","CreateDate":"2030-01-01T12:00:00.000000Z","Tags":[{"Key":"Note","Value":"x"},{"Key":"team","Value":"blue"}]}}""");
    [Fact] public void Lists_of_users_do_not() => Given(Alice, Tagged("team", "blue")).When(new ListUsers("/team/"))
        .ThenAnswers("""{"Users":[{"Path":"/team/","UserName":"alice","UserId":"AIDAALICE00000000001","Arn":"arn:aws:iam::111122223333:user/team/alice","CreateDate":"2030-01-01T12:00:00.000000Z"}],"IsTruncated":false}""");
    [Fact] public void A_user_is_created_with_tags() => When(new CreateUser("alice", Tags: [new("team", "blue")])).Then(new UserCreated("AIDA00000000000000001", "alice", "/"), new UserTagged("AIDA00000000000000001", "team", "blue"));
    [Fact] public void None_is_created_with_wrong_ones() => When(new CreateUser("alice", Tags: [new("aws:x", "")])).ThenRefused("InvalidInput");
    [Fact] public void A_deleted_users_tags_go_with_it() => Given(Alice, Tagged("team", "blue")).When(new DeleteUser("alice")).Then(new UserUntagged(AliceId, "team"), new UserDeleted(AliceId));

    [Fact] public void They_go_in_one_order_whatever_process_decides()
    {
        string[] keys = ["a", "B", "c", "D", "e", "F"];
        Given([Alice, Read, .. keys.Select(key => Tagged(key, "")), .. keys.Select(key => new PolicyTagged(ReadId, key, ""))]);
        When(new DeleteUser("alice")).Then([.. keys.Select(key => new UserUntagged(AliceId, key)), new UserDeleted(AliceId)]);
        When(new DeletePolicy(ReadArn)).Then([.. keys.Select(key => new PolicyUntagged(ReadId, key)), new PolicyDeleted(ReadId, "v1")]);
    }

    [Fact] public void A_policy_has_tags_too()
    {
        Given(Read).When(new TagPolicy(ReadArn, [new("team", "blue")])).Then(new PolicyTagged(ReadId, "team", "blue"));
        Given(new PolicyTagged(ReadId, "team", "blue")).When(new TagPolicy(ReadArn, [new("team", "blue")])).Then();
        Ask(new GetPolicy(ReadArn)).Policy.Tags.ShouldBe([new("team", "blue")]);
        Ask(new ListPolicyTags(ReadArn)).Tags.ShouldBe([new("team", "blue")]);
        When(new DeletePolicy(ReadArn)).Then(new PolicyUntagged(ReadId, "team"), new PolicyDeleted(ReadId, "v1"));
        When(new UntagPolicy(ReadArn, ["Team"])).Then(new PolicyUntagged(ReadId, "Team"));
        When(new TagPolicy(ReadArn.Value + "x", [])).ThenRefused("NoSuchEntity");
        When(new CreatePolicy("Write", Writing, Tags: [new("team", "blue")])).Then(new PolicyCreated("ANPA00000000000000001", "Write", "/", null, Writing), new PolicyTagged("ANPA00000000000000001", "team", "blue"));
    }

    [Fact] public void Tags_are_listed_in_pages_however_long_their_keys()
    {
        TagKey[] keys = [new string('ß', 128), new string('Z', 128), "a"];
        Given([Alice, .. keys.Select(key => Tagged(key, ""))]);
        List<string> seen = [];
        for (Marker? marker = null; seen.Count < 9; )
        {
            var page = Ask(new ListUserTags("alice", marker, 1));
            seen.AddRange(page.Tags.Select(tag => tag.Key.Value));
            if ((marker = page.Marker) is null) break;
        }
        seen.ShouldBe(keys.Select(key => key.Value).Order(StringComparer.OrdinalIgnoreCase));
    }
}

/// <summary>Tags as condition keys: of the caller, of what it is about, of the request (R94).</summary>
public class TagConditionTests : Specification
{
    static readonly UserTagged AliceIsBlue = new(AliceId, "Team", "blue"), BobIsBlue = new(BobId, "team", "blue");

    public TagConditionTests() => Given(Alice, AliceKeyCreated, Bob, Read);

    void Allow(string condition, string action = "*") => Given(new UserPolicyPut(AliceId, "some", $$$"""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"{{{action}}}","Resource":"*","Condition":{{{condition}}}}}"""));
    string? Code(IOperation operation) => Directory.Refusal(operation, CallOf(AsAlice))?.Code;

    [Fact] public void R94_The_callers_tags_are_its_own()
    {
        Allow("""{"StringEquals":{"aws:PrincipalTag/TEAM":"blue"}}""");
        Code(new CreateGroup("devs")).ShouldBe("AccessDenied");
        Given(BobIsBlue);
        Code(new CreateGroup("devs")).ShouldBe("AccessDenied");
        Given(AliceIsBlue);
        Code(new CreateGroup("devs")).ShouldBeNull();
        Code(new TagUser("bob", [new("team", "red")])).ShouldBeNull();
        Given(new UserTagged(AliceId, "team", "Blue"));
        Code(new CreateGroup("devs")).ShouldBe("AccessDenied");
    }

    [Fact] public void R94_Nothing_that_a_question_says_overrides_them()
    {
        Allow("""{"StringEquals":{"aws:PrincipalTag/team":"blue"}}""");
        Arn alice = "arn:aws:iam::111122223333:user/team/alice";
        Ask(new Authorize("s3:GetObject", null, alice)).Decision.ShouldBe("implicitDeny");
        foreach (var key in (string[])["aws:PrincipalTag/team", "AWS:principaltag/Team", "aws:PrincipalTag/other"])
            When(new Authorize("s3:GetObject", null, alice, [new(key, ["blue"])])).ThenRefused("InvalidInput");
        When(new CreateUser("carol", Tags: [new("aws:PrincipalTag/team", "blue")]), AsAlice).ThenRefused("AccessDenied");
        Given(AliceIsBlue);
        Ask(new Authorize("s3:GetObject", null, alice)).Decision.ShouldBe("allowed");
    }

    [Theory, InlineData("aws:ResourceTag/team"), InlineData("iam:ResourceTag/Team")]
    public void R94_The_tags_of_what_an_operation_is_about_decide_whatever_the_operation(string key)
    {
        Given(BobIsBlue, new PolicyTagged(ReadId, "team", "blue"));
        Allow($$$"""{"StringEquals":{"{{{key}}}":"blue"}}""");
        foreach (var operation in (IOperation[])[new GetUser("bob"), new DeleteUser("BOB"), new TagUser("bob", []), new AttachUserPolicy("bob", ReadArn), new Authorize("s3:GetObject", null, "arn:aws:iam::111122223333:user/Bob"), new GetPolicy(ReadArn), new DeletePolicy(ReadArn), new GetEntityHistory(BobId.Value)])
            Code(operation).ShouldBeNull(operation.ToString());
        foreach (var operation in (IOperation[])[new GetUser("alice"), new GetUser(), new GetUser("carol"), new CreateUser("carol", Tags: [new("team", "blue")]), new ListUsers(), new ListPolicies(), new GetPolicy("arn:aws:iam::111122223333:policy/Read"), new GetPolicy("arn:aws:iam::444455556666:policy/std/Read")])
            Code(operation).ShouldBe("AccessDenied", operation.ToString());
        Given(new UserUntagged(BobId, "team"));
        Code(new GetUser("bob")).ShouldBe("AccessDenied");
    }

    [Fact] public void R94_The_tags_of_a_request_are_its_own()
    {
        Allow("""{"StringEquals":{"aws:RequestTag/team":"blue"},"ForAllValues:StringEquals":{"aws:TagKeys":["team","note"]}}""");
        Code(new CreateUser("carol")).ShouldBe("AccessDenied");
        Code(new CreateUser("carol", Tags: [new("team", "red")])).ShouldBe("AccessDenied");
        Code(new CreateUser("carol", Tags: [new("team", "blue"), new("cost", "1")])).ShouldBe("AccessDenied");
        foreach (var operation in (IOperation[])[new CreateUser("carol", Tags: [new("team", "blue"), new("note", "1")]), new CreatePolicy("p", Reading, Tags: [new("team", "blue")]), new TagUser("bob", [new("Team", "blue")]), new TagPolicy(ReadArn, [new("team", "blue")])])
            Code(operation).ShouldBe(operation is TagUser ? "AccessDenied" : null, operation.ToString()); // the value of aws:TagKeys is compared with case
    }

    [Fact] public void R94_The_keys_of_tags_that_go_are_known()
    {
        Allow("""{"ForAnyValue:StringEquals":{"aws:TagKeys":"note"}}""");
        (Code(new UntagUser("bob", ["note"])), Code(new UntagUser("bob", ["team"])), Code(new UntagUser("bob", [])), Code(new UntagPolicy(ReadArn, ["team", "note"]))).ShouldBe((null, "AccessDenied", "AccessDenied", null));
    }

    [Fact] public void To_create_with_tags_takes_the_right_to_tag()
    {
        Allow("{}", "iam:CreateUser");
        Code(new CreateUser("carol")).ShouldBeNull();
        Directory.Refusal(new CreateUser("carol", Tags: [new("team", "blue")]), CallOf(AsAlice))!.Message.ShouldContain("iam:TagUser");
    }
}

public class ListPoliciesTests : Specification
{
    static readonly PolicyId WriteId = "ANPAWRITE00000000001", BoundId = "ANPABOUND00000000001";

    public ListPoliciesTests() => Given(Alice, Bob, Admins, Read, new PolicyCreated(WriteId, "write", "/", "Writes.", Writing), new PolicyCreated(BoundId, "Bound", "/std/sub/", null, Writing),
        AdminsRead, new UserPermissionsBoundaryPut(BobId, BoundId, null), new PolicyTagged(ReadId, "team", "blue"));

    [Fact] public void They_come_in_the_order_of_their_names_without_description_and_tags() => When(new ListPolicies(PathPrefix: "/std/", MaxItems: 2)).ThenAnswers("""
        {"Policies":[{"PolicyName":"Bound","PolicyId":"ANPABOUND00000000001","Arn":"arn:aws:iam::111122223333:policy/std/sub/Bound","Path":"/std/sub/","DefaultVersionId":"v1","AttachmentCount":0,"PermissionsBoundaryUsageCount":1,"IsAttachable":true,"CreateDate":"2030-01-01T12:00:00.000000Z","UpdateDate":"2030-01-01T12:00:00.000000Z"},
                     {"PolicyName":"Read","PolicyId":"ANPAREAD000000000001","Arn":"arn:aws:iam::111122223333:policy/std/Read","Path":"/std/","DefaultVersionId":"v1","AttachmentCount":1,"PermissionsBoundaryUsageCount":0,"IsAttachable":true,"CreateDate":"2030-01-01T12:00:00.000000Z","UpdateDate":"2030-01-01T12:00:00.000000Z"}],"IsTruncated":false}
        """);

    [Theory]
    [InlineData(null, null, null, "Bound,Read,write")]
    [InlineData("All", false, null, "Bound,Read,write")]
    [InlineData("Local", null, null, "Bound,Read,write")]
    [InlineData("AWS", null, null, "")]
    [InlineData(null, true, null, "Read")]
    [InlineData(null, null, "PermissionsPolicy", "Read")]
    [InlineData(null, null, "PermissionsBoundary", "Bound")]
    [InlineData("Local", true, "PermissionsBoundary", "Bound")]
    public void Filters_choose(string? scope, bool? attached, string? usage, string names) =>
        string.Join(',', Ask(new ListPolicies(scope is null ? null : new PolicyScope(scope), attached, null, usage is null ? null : new PolicyUsage(usage))).Policies.Select(policy => policy.PolicyName)).ShouldBe(names);

    [Fact] public void A_page_goes_on_where_the_last_ended()
    {
        var first = Ask(new ListPolicies(MaxItems: 2));
        (first.IsTruncated, string.Join(',', first.Policies.Select(policy => policy.PolicyName))).ShouldBe((true, "Bound,Read"));
        Ask(new ListPolicies(Marker: first.Marker)).Policies.Single().PolicyName.Value.ShouldBe("write");
    }
}

public class ListEntitiesForPolicyTests : Specification
{
    public ListEntitiesForPolicyTests() => Given(Alice, Bob, new UserCreated("AIDACAROL00000000001", "carol", "/team/"), Admins, new GroupCreated("AGPAZZZ0000000000001", "zzz", "/"), Read, AliceReads, AdminsRead,
        new GroupPolicyAttached("AGPAZZZ0000000000001", ReadId), new UserPermissionsBoundaryPut(AliceId, ReadId, null), new UserPermissionsBoundaryPut(BobId, ReadId, null));

    [Fact] public void Groups_users_and_no_roles_have_it() => When(new ListEntitiesForPolicy(ReadArn)).ThenAnswers("""
        {"PolicyGroups":[{"GroupName":"admins","GroupId":"AGPAADMINS0000000001"},{"GroupName":"zzz","GroupId":"AGPAZZZ0000000000001"}],"PolicyUsers":[{"UserName":"alice","UserId":"AIDAALICE00000000001"},{"UserName":"Bob","UserId":"AIDABOB0000000000001"}],"PolicyRoles":[],"IsTruncated":false}
        """);

    [Theory]
    [InlineData(null, null, null, "admins,zzz,alice,Bob")]
    [InlineData("User", null, null, "alice,Bob")]
    [InlineData("Group", null, null, "admins,zzz")]
    [InlineData("Role", null, null, "")]
    [InlineData(null, "/team/", null, "alice")]
    [InlineData(null, null, "PermissionsPolicy", "admins,zzz,alice")]
    [InlineData(null, null, "PermissionsBoundary", "alice,Bob")]
    [InlineData("Group", null, "PermissionsBoundary", "")]
    public void Filters_choose(string? kind, string? path, string? usage, string names)
    {
        List<string> seen = [];
        for (Marker? marker = null; seen.Count < 9; )
        {
            var page = Ask(new ListEntitiesForPolicy(ReadArn, kind is null ? null : new EntityType(kind), path is null ? null : new IamPath(path), usage is null ? null : new PolicyUsage(usage), marker, 1));
            (page.PolicyGroups.Count + page.PolicyUsers.Count).ShouldBe(names.Length is 0 ? 0 : 1);
            seen.AddRange(page.PolicyGroups.Select(group => group.GroupName.Value).Concat(page.PolicyUsers.Select(user => user.UserName.Value)));
            if ((marker = page.Marker) is null) break;
        }
        string.Join(',', seen).ShouldBe(names);
    }

    [Fact] public void The_policy_must_exist() => When(new ListEntitiesForPolicy("arn:aws:iam::111122223333:policy/None")).ThenRefused("NoSuchEntity");
}
