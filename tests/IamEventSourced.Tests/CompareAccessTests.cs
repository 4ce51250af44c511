using System.Text.Json;
using System.Text.Json.Nodes;
using IamEventSourced.PolicyEngine;
using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

/// <summary>What was gained and lost between two revisions.</summary>
public class CompareAccessTests
{
    const string Arns = "arn:aws:iam::111122223333:", AliceArn = Arns + "user/team/alice";
    const string Listing = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}}""";
    const string NoSecrets = """{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::secret/*"}}""";

    readonly FoldedHistory _history = new FoldedHistory().With(Founded, RootKeyCreated, Alice, Bob, Admins, Read); // r 6

    IReadOnlyList<AccessChange> Compare(int from, EntityReference? entity = null, long? to = null)
    {
        var directory = _history.At(to ?? _history.Newest.Revision);
        var (answer, refusal) = Answer(new(from, null, entity), directory, _history);
        refusal.ShouldBeNull();
        return answer!.Changes;
    }

    static Answer<CompareAccessAnswer> Answer(CompareAccess compare, Directory directory, FoldedHistory history) => compare.Answer(directory, new(AsRoot, "q", directory.At, new SimulatedIds(directory)), history.Until(directory.Revision)).Result;

    static string Told(AccessChange change) => $"{change.Change} {change.Access} by {string.Join(", ", change.Ways.Select(way => $"{way.Way} {way.PolicyName} {way.VersionId}".Trim()))} because of {string.Join(", ", change.Causes.Select(cause => $"r{cause.Revision} {cause.Type}"))}";

    [Theory, InlineData("aws:ResourceTag/team"), InlineData("aws:Resource\\u0054ag/team"), InlineData("IAM:resourcetag/team")]
    public void What_looks_at_tags_of_resources_is_gained_when_one_is_tagged_however_the_key_is_written(string key)
    {
        _history.With(new UserPolicyPut(AliceId, "tagged", $$$"""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:GetUser","Resource":"*","Condition":{"StringEquals":{"{{{key}}}":"blue"} } } }"""));
        var from = (int)_history.Newest.Revision;
        _history.With(new UserTagged(AliceId, "note", "x"), new UserTagged(BobId, "note", "y"), new UserTagged(BobId, "team", "red"), new UserTagged(BobId, "team", "blue"));
        var changes = Answer(new(from, null, AliceId.Value), _history.Newest, _history).Value!.Changes;
        changes.ShouldNotBeEmpty();
        changes.ShouldAllBe(change => change.Causes.Single().Revision == from + 4);
    }

    [Theory, InlineData("${aws:username}"), InlineData("${aws:user\\u006eame}")]
    public void What_looks_at_a_name_is_another_after_a_renaming_however_it_is_written(string variable)
    {
        _history.With(new UserPolicyPut(AliceId, "own", $$$"""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::home/{{{variable}}}/*"}}"""));
        var from = (int)_history.Newest.Revision;
        _history.With(new UserRenamed(AliceId, "carol", "/"));
        var changes = Answer(new(from, null, AliceId.Value), _history.Newest, _history).Value!.Changes;
        changes.ShouldNotBeEmpty();
        changes.ShouldAllBe(change => change.Causes.Count == 1);
    }

    [Fact] public void A_member_gains_what_its_group_has_by_what_came_last_of_each_link()
    {
        _history.With(AliceJoins, AdminsRead);
        Compare(6, AliceArn).Select(Told).ShouldBe(["gained Allow s3:GetObject on * by Group Read v1 because of r7 user-added-to-group, r8 group-policy-attached"]);
        Compare(7, AliceArn).Select(Told).ShouldBe(["gained Allow s3:GetObject on * by Group Read v1 because of r8 group-policy-attached"]);
        Compare(6, ReadArn.Value).ShouldBeEmpty();
        Compare(6, AdminsId.Value).Select(Told).ShouldBe(["gained Allow s3:GetObject on * by Group Read v1 because of r8 group-policy-attached"]);
        Compare(6, Arns + "user/Bob").ShouldBeEmpty();
    }

    [Fact]
    public void Pages_tell_of_all_the_account_each_once_in_the_order_of_the_names()
    {
        UserId carl = "AIDACARL000000000001", dora = "AIDADORA000000000001";
        _history.With(new UserCreated(dora, "dora", "/"), new UserCreated(carl, "Carl", "/"), new UserPolicyAttached(BobId, ReadId), AliceReads, new UserPolicyAttached(dora, ReadId), new UserPolicyPut(carl, "w", Writing), new UserPolicyPut(dora, "l", Listing)); // r 13
        var (from, to) = ((int)_history.Newest.Revision - 5, _history.Newest.Revision);
        List<string> told = [];
        for (CompareAccess? page = new(from, MaxItems: 1); page is not null;)
        {
            var answer = Answer(page, _history.At(to), _history).Value!;
            answer.IsTruncated.ShouldBe(answer.Marker is not null);
            told.Add(string.Join("; ", answer.Changes.Select(change => $"{string.Join(' ', change.Principals.Select(arn => arn.Value[(arn.Value.LastIndexOf('/') + 1)..]))} {change.Access}")));
            page = answer.Marker is { } marker ? page with { Marker = marker } : null;
        }
        told.ShouldBe(["alice Bob Allow s3:GetObject on *", "Carl Allow s3:PutObject on *", "dora Allow s3:GetObject on *; dora Allow s3:ListBucket on *"]);
        Answer(new(from), _history.At(to), _history).Value!.Changes.Count.ShouldBe(4);
        Answer(new(from, Marker: Marker.Of(to, BobId.Value)), _history.At(to), _history).Value!.Changes.Count.ShouldBe(3); // Bob is told of with alice
        foreach (var wrong in (CompareAccess[])[new(from, Marker: Marker.Of(to, "alice")), new(from, Marker: Marker.Of(to, "AIDAGHOST00000000001")), new(from, Entity: AliceArn, Marker: Marker.Of(to, AliceId.Value))]) Answer(wrong, _history.At(to), _history).Refusal.ShouldBe(Paging.InvalidMarker);
    }

    [Fact]
    public void An_account_that_was_closed_is_told_in_pages_too_root_last()
    {
        _history.With(AliceReads, new AccountClosed());
        List<string> told = [];
        for (CompareAccess? page = new((int)_history.Newest.Revision - 1, MaxItems: 1); page is not null;)
        {
            var answer = Answer(page, _history.Newest, _history).Value!;
            told.Add(string.Join("; ", answer.Changes.Select(change => $"{string.Join(' ', change.Principals.Select(arn => arn.Value[(arn.Value.LastIndexOf(':') + 1)..]))} {change.Change} {change.Access}")));
            page = answer.Marker is { } marker ? page with { Marker = marker } : null;
        }
        told.ShouldBe(["user/team/alice user/Bob lost everything: the account was closed", "root lost everything: the account was closed"]);
        var nobody = new FoldedHistory().With(Founded, RootKeyCreated, new AccountClosed());
        Answer(new(2, MaxItems: 1), nobody.Newest, nobody).Value!.Changes.Single().Principals.Single().Value.ShouldBe(Arns + "root");
    }

    [Fact] public void What_it_has_itself_and_what_its_group_has_come_each_by_its_own_events()
    {
        _history.With(AliceJoins, AdminsRead, AliceReads, new UserPolicyDetached(AliceId, ReadId)); // r 10
        Compare(7, AliceArn).Select(Told).ShouldBe(["gained Allow s3:GetObject on * by Group Read v1 because of r8 group-policy-attached"]);
        Compare(7, AliceArn, 9).Select(Told).ShouldBe(["gained Allow s3:GetObject on * by Group Read v1, Direct Read v1 because of r8 group-policy-attached, r9 user-policy-attached"]);
        _history.With(new GroupPolicyPut(AdminsId, "note", Writing), new UserPolicyPut(AliceId, "note", Listing)); // r 12
        Compare(10, AliceArn).Select(Told).ShouldBe(["gained Allow s3:PutObject on * by Group note because of r11 group-policy-put", "gained Allow s3:ListBucket on * by Direct note because of r12 user-policy-put"], ignoreOrder: true);
    }

    [Fact] public void What_was_taken_and_given_again_is_no_cause_of_a_loss()
    {
        _history.With(AliceJoins, AdminsRead, AliceLeaves, new GroupPolicyDetached(AdminsId, ReadId), AdminsRead, ReadV2, new DefaultPolicyVersionSet(ReadId, "v2"), new DefaultPolicyVersionSet(ReadId, "v1"));
        Compare(8, AliceArn).Select(Told).ShouldBe(["lost Allow s3:GetObject on * by Group Read v1 because of r9 user-removed-from-group"]);
    }

    [Fact] public void A_boundary_is_put_by_what_puts_it()
    {
        _history.With(new UserPolicyPut(AliceId, "all", Everything), AliceReads, new UserPermissionsBoundaryPut(AliceId, ReadId, null)); // r 9
        Compare(7, AliceArn).Select(Told).ShouldContain("lost everything that the permissions boundary Read does not allow by PermissionsBoundary Read v1 because of r9 user-permissions-boundary-put");
    }

    [Fact] public void Who_leaves_loses_it()
    {
        _history.With(AliceJoins, AdminsRead, AliceLeaves);
        Compare(8, AliceId.Value).Select(Told).ShouldBe(["lost Allow s3:GetObject on * by Group Read v1 because of r9 user-removed-from-group"]);
        Compare(6, AliceId.Value).ShouldBeEmpty();
    }

    [Fact] public void What_was_had_by_one_that_was_deleted_is_lost_by_it_though_another_has_its_name_now()
    {
        GroupId another = "AGPAADMINS0000000002";
        PolicyId rewritten = "ANPAREAD000000000002";
        _history.With(AliceJoins, AdminsRead, AliceLeaves, new GroupPolicyDetached(AdminsId, ReadId), new GroupDeleted(AdminsId), new PolicyDeleted(ReadId, "v1"), // r 12
            Admins with { GroupId = another }, Read with { PolicyId = rewritten }, new UserAddedToGroup(another, BobId), new GroupPolicyAttached(another, rewritten)); // r 16
        Compare(8, AliceId.Value).Select(Told).ShouldBe(["lost Allow s3:GetObject on * by Group Read v1 because of r9 user-removed-from-group, r10 group-policy-detached, r12 policy-deleted"]);
        Compare(8, Arns + "user/Bob").Select(Told).ShouldBe(["gained Allow s3:GetObject on * by Group Read v1 because of r14 policy-created, r15 user-added-to-group, r16 group-policy-attached"]);
    }

    [Fact] public void What_is_allowed_by_another_way_or_a_wider_statement_is_neither_gained_nor_lost()
    {
        _history.With(AliceReads, AliceJoins, AdminsRead, new UserPolicyDetached(AliceId, ReadId)); // r 10
        Compare(8, AliceArn).ShouldBeEmpty();
        _history.With(new UserPolicyPut(AliceId, "all", Everything), new UserPolicyPut(AliceId, "write", Writing), new UserPolicyDeleted(AliceId, "write")); // r 13
        Compare(11, AliceArn, 12).ShouldBeEmpty();
        Compare(12, AliceArn, 13).ShouldBeEmpty();
    }

    [Fact] public void A_deny_that_comes_takes_and_one_that_goes_gives()
    {
        _history.With(new UserPolicyPut(AliceId, "all", Everything), new UserPolicyPut(AliceId, "no", NoSecrets), new UserPolicyDeleted(AliceId, "no"));
        Compare(7, AliceArn, 8).Select(Told).ShouldBe(["lost Deny s3:* on arn:aws:s3:::secret/* by Direct no because of r8 user-policy-put"]);
        Compare(8, AliceArn, 9).Select(Told).ShouldBe(["gained Deny s3:* on arn:aws:s3:::secret/* by Direct no because of r9 user-policy-deleted"]);
    }

    [Fact] public void Another_version_in_force_is_another_policy()
    {
        _history.With(AliceReads, ReadV2, new DefaultPolicyVersionSet(ReadId, "v2"));
        string[] told = ["gained Allow s3:PutObject on * by Direct Read v2 because of r9 default-policy-version-set", "lost Allow s3:GetObject on * by Direct Read v1 because of r9 default-policy-version-set"];
        Compare(8, AliceArn).Select(Told).ShouldBe(told);
        Compare(8, ReadArn.Value).Select(Told).ShouldBe(told);
        Compare(8).Select(change => (Told(change), change.PrincipalCount, change.Principals[0].Value)).ShouldBe(told.Select(one => (one, 1, AliceArn)));
    }

    [Fact] public void A_boundary_takes_what_it_does_not_allow()
    {
        _history.With(new UserPolicyPut(AliceId, "all", Everything), new UserPermissionsBoundaryPut(AliceId, ReadId, null), new UserPermissionsBoundaryDeleted(AliceId, ReadId));
        Compare(7, AliceArn, 8).Select(Told).ShouldBe(["lost everything that the permissions boundary Read does not allow by PermissionsBoundary Read v1 because of r8 user-permissions-boundary-put"]);
        Compare(8, AliceArn, 9).Select(Told).ShouldBe(["gained everything that the permissions boundary Read did not allow by PermissionsBoundary Read v1 because of r9 user-permissions-boundary-deleted"]);
    }

    [Fact] public void A_tag_that_a_statement_asks_for_gives_and_takes()
    {
        _history.With(new UserPolicyPut(AliceId, "own", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"blue"}}}}"""), new UserTagged(AliceId, "note", "x"), new UserTagged(AliceId, "team", "blue"));
        Compare(7, AliceArn, 8).ShouldBeEmpty();
        foreach (var from in (int[])[7, 8]) Compare(from, AliceArn).Select(change => (change.Change, change.Causes.Single().Revision)).ShouldContain(("gained", 9));
    }

    [Fact] public void Who_is_created_gains_and_a_closed_account_takes_everything_from_everybody()
    {
        UserId carol = "AIDACAROL00000000001";
        _history.With(new UserCreated(carol, "carol", "/"), new UserPolicyPut(carol, "read", Reading), new AccountClosed());
        Compare(6, null, 8).Select(Told).ShouldBe(["gained Allow s3:GetObject on * by Direct read because of r7 user-created, r8 user-policy-put"]);
        Compare(8).Select(change => (change.Change, change.Access)).Distinct().ShouldBe([("lost", "everything: the account was closed")]);
        Compare(8).SelectMany(change => change.Principals).Select(arn => arn.Value).ShouldContain(Arns + "root");
    }

    [Fact] public void In_the_account_those_are_together_that_gained_the_same()
    {
        _history.With(AliceJoins, new UserAddedToGroup(AdminsId, BobId), AdminsRead);
        var change = Compare(8).ShouldHaveSingleItem();
        (change.PrincipalCount, string.Join(' ', change.Principals.Select(arn => arn.Value).Order(StringComparer.Ordinal))).ShouldBe((2, $"{Arns}user/Bob {AliceArn}"));
    }

    [Fact] public void A_moment_has_to_be_given_once_and_before_the_other()
    {
        foreach (var compare in (CompareAccess[])[new(), new(1, Noon), new(7), new(null, Noon.AddDays(-1))])
            Answer(compare, _history.Newest, _history).Refusal!.Code.ShouldBe("InvalidInput", compare.ToString());
        Answer(new(1, null, "AIDANOBODY0000000001"), _history.Newest, _history).Refusal!.Code.ShouldBe("NoSuchEntity");
        Answer(new(null, Noon.AddMinutes(2)), _history.Newest, _history).Value!.FromRevision.ShouldBe(3);
    }

    static readonly string[] Documents =
    [
        Everything, Reading, Writing, NoSecrets,
        Of("""{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::${aws:username}/*"}"""),
        Of("""{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"""),
        Of("""{"Effect":"Deny","Action":"*","NotResource":"arn:aws:s3:::open/*"}"""),
        Of("""{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"blue"}}}"""),
        Of("""{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"blue"}}}"""),
        Of("""{"Effect":"Deny","Action":"s3:PutObject","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2030-01-01T12:20:00Z"}}}"""),
        Of("""{"Effect":"Allow","Action":"s3:PutObject","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}},{"Effect":"Allow","Action":"iam:GetUser","Resource":"*"}"""),
        Of("""{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"},{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"StringLike":{"aws:PrincipalArn":"*/team/*"}}}"""),
    ];

    static string Of(string statements) => $$"""{"Version":"2012-10-17","Statement":[{{statements}}]}""";

    internal static readonly (string Action, string Resource, ContextEntry[]? Context)[] Requests =
    [
        .. from action in (string[])["s3:GetObject", "s3:PutObject", "iam:GetUser", "ec2:RunInstances"]
           from resource in (string[])["*", "arn:aws:s3:::open/x", "arn:aws:s3:::secret/x", "arn:aws:s3:::alice/x", "arn:aws:s3:::carol/x", AliceArn, Arns + "user/Bob"]
           from address in (string?[])[null, "192.0.2.7"]
           select (action, resource, address is null ? null : new ContextEntry[] { new("aws:SourceIp", [address]) }),
    ];

    /// <summary>Random histories, random pairs of revisions, every request of the list: one that is decided otherwise is covered by an entry, and of whom nothing is told nothing is.</summary>
    [Fact] public void No_request_contradicts_the_difference()
    {
        var (told, flipped, silent) = (0, 0, 0);
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var history = new FoldedHistory().With(Founded, RootKeyCreated, Alice, Bob, Admins, Read, CatalogueAdopted.Of(Catalogue.BuiltIn));
            var ids = new SimulatedIds(history.Newest);
            while (history.Newest.Revision < 40) history.Decide(Next(random), ids);
            for (var pair = 0; pair < 6; pair++)
            {
                var from = random.Next(4, 40);
                var (before, after) = (history.At(from), history.At(random.Next(from, (int)history.Newest.Revision + 1)));
                var whole = Answer(new(from), after, history).Value!.Changes;
                foreach (var id in before.Users.After(null).Concat(after.Users.After(null)).Select(user => user.Id).Distinct())
                {
                    var changes = Answer(new(from, null, id.Value), after, history).Value!.Changes;
                    changes.Select(change => (change.Change, change.Access, change.Statement?.ToString())).ShouldBe(
                        whole.Where(change => change.Principals.Contains((after.Users.Find(id) is { } user ? after.ArnOf(user) : before.ArnOf(before.Users[id])))).Select(change => (change.Change, change.Access, change.Statement?.ToString())), ignoreOrder: true);
                    told += changes.Count;
                    if (changes.Count is 0) silent++;
                    foreach (var request in Requests)
                    {
                        var (then, now) = (Decided(before, id, request), Decided(after, id, request));
                        if (then == now) continue;
                        flipped++;
                        changes.Any(change => change.Change == (now ? "gained" : "lost") && Covers(change, change.InForce ? after : before, id, request)).ShouldBeTrue($"seed {seed}, {from} to {after.Revision}, {id}: {request} is {(now ? "allowed" : "denied")} now: {string.Join("; ", changes.Select(Told))}");
                    }
                }
            }
        }
        (told, flipped, silent).ShouldSatisfyAllConditions(counts => counts.told.ShouldBeGreaterThan(500), counts => counts.flipped.ShouldBeGreaterThan(2000), counts => counts.silent.ShouldBeGreaterThan(30));
    }

    internal static ICommand Next(Random random)
    {
        UserName user = Pick("alice", "bob", "carol");
        PolicyText text = Documents[random.Next(Documents.Length)];
        Arn policy = Pick(ReadArn.Value, Arns + "policy/more", "arn:aws:iam::aws:policy/ReadOnlyAccess");
        return random.Next(16) switch
        {
            0 => new CreateUser(user), 1 => new UpdateUser(user, Pick("/", "/team/"), null), 2 => new PutUserPolicy(user, Pick("a", "b"), text), 3 => new DeleteUserPolicy(user, Pick("a", "b")),
            4 => new AddUserToGroup("admins", user), 5 => new RemoveUserFromGroup("admins", user), 6 => new PutGroupPolicy("admins", Pick("a", "b"), text), 7 => new DeleteGroupPolicy("admins", Pick("a", "b")),
            8 => new AttachUserPolicy(user, policy), 9 => new DetachUserPolicy(user, policy), 10 => new PutUserPermissionsBoundary(user, policy), 11 => new DeleteUserPermissionsBoundary(user),
            12 => new CreatePolicyVersion(ReadArn, text, true), 13 => new TagUser(user, [new("team", Pick("blue", "red"))]), 14 => new CreatePolicy("more", text), _ => new UpdateUser(user, null, Pick("alice", "carol", "dora")),
        };
        string Pick(params string[] from) => from[random.Next(from.Length)];
    }

    internal static bool Decided(Directory directory, UserId id, (string Action, string Resource, ContextEntry[]? Context) request, DateTimeOffset? at = null) => directory.Users.Find(id) is { } user
        && new Authorize(request.Action, request.Resource, directory.ArnOf(user), request.Context).Answer(directory, new(AsRoot, "q", at ?? directory.At, new SimulatedIds(directory))).Value!.Decision is "allowed";

    /// <summary>Whether the entry's statement, as if it allowed, matches the request at the moment at which it is in force.</summary>
    internal static bool Covers(AccessChange change, Directory directory, UserId id, (string Action, string Resource, ContextEntry[]? Context) request, DateTimeOffset? at = null)
    {
        if (change.Statement is not { } statement) return true;
        var allowing = JsonNode.Parse(statement.GetRawText())!;
        allowing["Effect"] = "Allow";
        var user = directory.Users[id];
        var alone = directory with { Users = directory.Users.With(id, one => one with { Groups = Table<GroupId, Stamp>.Empty, Attached = Table<PolicyId, Stamp>.Empty, Boundary = null, Policies = Table<PolicyName, InlinePolicy>.Empty.With("alone", new("alone", Of(allowing.ToJsonString()), default)) }) };
        return Decided(alone, id, request, at);
    }
}
