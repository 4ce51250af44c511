using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

/// <summary>What each event gave and took.</summary>
public class ListAccessChangesTests
{
    const string Arns = "arn:aws:iam::111122223333:", AliceArn = Arns + "user/team/alice";
    static readonly UserId Carol = "AIDACAROL00000000001";

    readonly FoldedHistory _history = new FoldedHistory().With(Founded, RootKeyCreated, Alice, Bob, Admins, Read); // r 6

    static ListAccessChangesAnswer Ask(FoldedHistory history, int from = 1, int? most = null) =>
        new ListAccessChanges(from, most is { } count ? new(count) : null).Answer(history.Newest, new(AsRoot, "q", history.Newest.At, new SimulatedIds(history.Newest)), history.Recorded).Result.Value!;

    /// <summary>What these events give and take, in words.</summary>
    string[] Told(params AccountEvent[] events)
    {
        var from = (int)_history.With(events).Newest.Revision - events.Length + 1;
        return [.. Ask(_history, from).Notices.SelectMany(notice => notice.Changes, (notice, change) =>
            $"r{notice.Cause.Revision} {string.Join(' ', change.Principals.Select(Name))} {change.Change} {change.Access} by {string.Join(", ", change.Ways.Select(way => $"{way.Way} {way.PolicyName} {way.VersionId}".Trim()))}")];
    }

    static string Name(Arn arn) => arn.Value.Split(':', '/')[^1];

    static string Where(string statement, string condition) => $$"""{"Version":"2012-10-17","Statement":{"Effect":"Allow",{{statement}},"Resource":"*","Condition":{{condition}} } }""";

    [Fact] public void A_policy_gives_when_it_comes_and_takes_when_it_goes_by_each_way()
    {
        Told(AliceReads).ShouldBe(["r7 alice gained Allow s3:GetObject on * by Direct Read v1"]);
        Told(new UserPolicyDetached(AliceId, ReadId)).ShouldBe(["r8 alice lost Allow s3:GetObject on * by Direct Read v1"]);
        Told(new UserPolicyPut(BobId, "write", Writing), new UserPolicyDeleted(BobId, "write")).ShouldBe(["r9 Bob gained Allow s3:PutObject on * by Direct write", "r10 Bob lost Allow s3:PutObject on * by Direct write"]);
        Told(AliceJoins, AdminsRead).ShouldBe(["r12 alice gained Allow s3:GetObject on * by Group Read v1"]);
        Told(new UserAddedToGroup(AdminsId, BobId), AliceLeaves).ShouldBe(["r13 Bob gained Allow s3:GetObject on * by Group Read v1", "r14 alice lost Allow s3:GetObject on * by Group Read v1"]);
        Told(ReadV2, new DefaultPolicyVersionSet(ReadId, "v2")).ShouldBe(["r16 Bob gained Allow s3:PutObject on * by Group Read v2", "r16 Bob lost Allow s3:GetObject on * by Group Read v1"]);
        Told(new GroupPolicyPut(AdminsId, "read", Reading), new GroupPolicyDeleted(AdminsId, "read")).ShouldBe(["r17 Bob gained Allow s3:GetObject on * by Group read", "r18 Bob lost Allow s3:GetObject on * by Group read"]);
        Told(new GroupPolicyDetached(AdminsId, ReadId)).ShouldBe(["r19 Bob lost Allow s3:PutObject on * by Group Read v2"]);
    }

    [Fact] public void A_boundary_takes_gives_back_and_changes_with_its_text()
    {
        Told(new UserPolicyPut(AliceId, "all", Everything), new UserPermissionsBoundaryPut(AliceId, ReadId, null)).ShouldBe(["r7 alice gained Allow * on * by Direct all", "r8 alice lost everything that the permissions boundary Read does not allow by PermissionsBoundary Read v1"]);
        Told(ReadV2, new DefaultPolicyVersionSet(ReadId, "v2")).ShouldBe(["r10 alice gained Allow s3:PutObject on * by PermissionsBoundary Read v2", "r10 alice lost Allow s3:GetObject on * by PermissionsBoundary Read v1"]);
        Told(new UserPermissionsBoundaryDeleted(AliceId, ReadId)).ShouldBe(["r11 alice gained everything that the permissions boundary Read did not allow by PermissionsBoundary Read v2"]);
    }

    [Fact] public void Tags_and_names_give_where_a_statement_looks_at_them()
    {
        Told(new UserPolicyPut(AliceId, "blue", Where("\"Action\":\"s3:GetObject\"", """{"StringEquals":{"aws:PrincipalTag/team":"blue"}}""")), new UserPolicyPut(BobId, "blues", Where("\"Action\":\"iam:GetUser\"", """{"StringEquals":{"iam:ResourceTag/Team":"blue"}}"""))).Length.ShouldBe(2);
        Told(new UserTagged(AliceId, "note", "x"), new UserRenamed(BobId, "rob", "/")).ShouldBeEmpty();
        // Whether it gives or takes goes by the request: both are told.
        Told(new UserTagged(AliceId, "team", "blue")).Select(told => string.Join(' ', told.Split(' ').Take(5))).ShouldBe(["r11 alice gained Allow s3:GetObject", "r11 rob gained Allow iam:GetUser", "r11 alice lost Allow s3:GetObject", "r11 rob lost Allow iam:GetUser"], ignoreOrder: true);
        Told(new PolicyTagged(ReadId, "team", "red")).Length.ShouldBe(2); // bob's statement may meet it; nobody proves that it does not
        Told(new UserUntagged(AliceId, "team")).Length.ShouldBe(4);
        Told(new UserPolicyPut(BobId, "home", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::home/${aws:username}"}}"""), new UserRenamed(BobId, "bob", "/")).Length.ShouldBeGreaterThan(1);
    }

    [Fact] public void What_is_everybodys_is_told_once_with_everybody()
    {
        string[] Starts(params AccountEvent[] events) => [.. Told(events).Select(told => told[..told.IndexOf(" on ", StringComparison.Ordinal)])];
        Starts(new AccountPasswordPolicyUpdated(8, false, false, false, false, true, 0, 0, false)).ShouldBe(["r7 Bob alice gained Allow iam:ChangePassword", "r7 Bob alice gained Allow iam:GetAccountPasswordPolicy"]);
        Starts(new UserCreated(Carol, "carol", "/")).ShouldBe(["r8 carol gained Allow iam:ChangePassword", "r8 carol gained Allow iam:GetAccountPasswordPolicy"]);
        Starts(new UserDeleted(Carol)).ShouldBe(["r9 carol lost Allow iam:ChangePassword", "r9 carol lost Allow iam:GetAccountPasswordPolicy"]);
        Starts(new AccountPasswordPolicyDeleted()).ShouldBe(["r10 Bob alice lost Allow iam:ChangePassword", "r10 Bob alice lost Allow iam:GetAccountPasswordPolicy"]);
        Told(new AccountClosed()).ShouldBe(["r11 root Bob alice lost everything: the account was closed by "]);
    }

    [Fact] public void What_gives_and_takes_nothing_is_in_no_notice() =>
        Told(AliceKeyCreated, new AccessKeyStatusSet(AliceKey, AliceId, "Inactive"), AliceSignsIn, Www, new UserAddedToGroup(AdminsId, BobId), ReadV2, AliceReads, AliceJoins, AdminsRead, new UserPolicyDetached(AliceId, ReadId), new AccountRenamed("Works")).ShouldBe(["r13 alice gained Allow s3:GetObject on * by Direct Read v1", "r15 Bob gained Allow s3:GetObject on * by Group Read v1"]);

    [Fact] public void What_the_clock_does_between_two_events_is_in_no_notice()
    {
        Told(new UserPolicyPut(AliceId, "today", Where("\"Action\":\"s3:GetObject\"", $$"""{"DateLessThan":{"aws:CurrentTime":"{{Json.Write(Noon.AddMinutes(8))}}"} }"""))).Length.ShouldBe(1);
        (string, string, ContextEntry[]?) get = ("s3:GetObject", "*", null);
        CompareAccessTests.Decided(_history.Newest, AliceId, get).ShouldBeTrue();
        Told(new AccountRenamed("Works"), new UserRenamed(BobId, "rob", "/"), AliceKeyCreated).ShouldBeEmpty();
        CompareAccessTests.Decided(_history.Newest, AliceId, get).ShouldBeFalse();
    }

    [Fact] public void A_group_however_large_is_one_notice_with_some_names_and_a_number()
    {
        UserId[] users = [.. Enumerable.Range(0, 300).Select(i => new UserId($"AIDAMEMBER{i:D10}"))];
        _history.With(users.SelectMany((id, i) => new AccountEvent[] { new UserCreated(id, $"member{i:D3}", "/"), new UserAddedToGroup(AdminsId, id), new UserPolicyPut(id, "own", Writing.Replace("s3:", $"s3:x{i}", StringComparison.Ordinal)) }));
        var change = Ask(_history.With(AdminsRead), (int)_history.Newest.Revision).Notices.ShouldHaveSingleItem().Changes.ShouldHaveSingleItem();
        (change.PrincipalCount, change.Ways.Count).ShouldBe((300, 1));
        change.Principals.Select(arn => arn.Value).ShouldBe(Enumerable.Range(0, 100).Select(i => $"{Arns}user/member{i:D3}"));
    }

    [Fact] public void A_page_ends_after_as_many_events_and_the_next_goes_on_there()
    {
        _history.With(AliceReads, AliceKeyCreated, AliceJoins, AdminsRead, new UserPolicyDetached(AliceId, ReadId), AliceLeaves); // r 12
        (Ask(_history).IsTruncated, Ask(_history).NextRevision, Ask(_history, 12).Notices.Count, Ask(_history, 13).IsTruncated, Ask(_history, 13).Notices.Count).ShouldBe((false, null, 1, false, 0));
        Ask(_history, 7, 2).ShouldSatisfyAllConditions(page => page.Notices.Count.ShouldBe(1), page => page.NextRevision.ShouldBe(9));
        List<string> paged = [];
        for (long? from = 1; from is { } revision;)
        {
            var page = Ask(_history, (int)revision, 1 + (int)revision % 3);
            paged.AddRange(page.Notices.Select(Text));
            from = page.NextRevision;
        }
        paged.ShouldBe(Ask(_history).Notices.Select(Text));
        paged.Count.ShouldBe(2);
    }

    static string Text(AccessNotice notice) => JsonSerializer.Serialize(notice, Json.Options);

    /// <summary>
    /// Random histories of every kind of event: what is decided otherwise after an event is in its notice, with the user's name; so of whom no notice tells nothing is decided otherwise.
    /// And looking only at whom an event concerns overlooks nobody.
    /// </summary>
    [Fact] public async Task No_request_contradicts_the_notices()
    {
        var (told, flipped, more, kinds) = (0, 0, 0, new HashSet<string>(StringComparer.Ordinal));
        var steps = AnyStep.Step().Generator.ArrayOf(25).Sample(12, new Rnd(2026), 10).ToList();
        for (var seed = 0; seed < steps.Count; seed++)
        {
            var random = new Random(seed);
            var history = new FoldedHistory().With(Founded, RootKeyCreated, CatalogueAdopted.Of(Catalogue.BuiltIn), Alice, Bob, Admins, Read);
            var ids = new SimulatedIds(history.Newest);
            foreach (var command in steps[seed].Select(step => step.Command))
            {
                history.Decide(command, ids);
                for (var i = 0; i < 2; i++) history.Decide(CompareAccessTests.Next(random), ids);
            }
            var all = await history.Recorded.EventsAt([.. Enumerable.Range(1, (int)history.Newest.Revision).Select(i => (long)i)]);
            // All at one time, so that the clock gives and takes nothing.
            var timeless = new RecordedHistory(Account, [.. all.Select(recorded => recorded with { At = Noon })]);
            var (following, rougher) = (new AccessNotices(history.At(7)), new AccessNotices(history.At(7), mostSets: 0));
            foreach (var recorded in all.Skip(7))
            {
                var (before, notice, after) = (following.Directory, following.Take(recorded), following.Directory);
                var (changes, rough) = (notice?.Changes ?? [], rougher.Take(recorded)?.Changes ?? []);
                Lines(changes).Except(Lines(rough)).ShouldBeEmpty($"seed {seed}, r {recorded.Revision} {recorded.Type}"); // who does not look for other ways overlooks nobody
                more += Lines(rough).Except(Lines(changes)).Count();
                if (recorded.Revision % 5 == seed % 5) await ToldAsByAComparison(timeless, recorded.Revision);
                told += changes.Count;
                if (changes.Count > 0) kinds.Add(recorded.Type);
                foreach (var id in before.Users.All.Concat(after.Users.All).Select(user => user.Id).Distinct())
                {
                    var arn = after.Users.Find(id) is { } user ? after.ArnOf(user) : before.ArnOf(before.Users[id]);
                    for (var i = 0; i < 10; i++)
                    {
                        var request = CompareAccessTests.Requests[random.Next(CompareAccessTests.Requests.Length)];
                        var (then, now) = (CompareAccessTests.Decided(before, id, request, recorded.At), CompareAccessTests.Decided(after, id, request, recorded.At));
                        if (then == now) continue;
                        flipped++;
                        changes.Any(change => change.Change == (now ? "gained" : "lost") && change.Principals.Contains(arn) && CompareAccessTests.Covers(change, change.InForce ? after : before, id, request, recorded.At))
                            .ShouldBeTrue($"seed {seed}, r {recorded.Revision} {recorded.Type}: {request} of {arn} is {(now ? "allowed" : "denied")} now: {(notice is null ? "no notice" : Text(notice))}");
                    }
                }
            }
        }
        more.ShouldBeGreaterThan(0);
        (told, flipped, kinds.Count).ShouldSatisfyAllConditions(counts => counts.told.ShouldBeGreaterThan(100), counts => counts.flipped.ShouldBeGreaterThan(100), counts => counts.Count.ShouldBeGreaterThan(10));
    }

    static async Task ToldAsByAComparison(RecordedHistory history, long revision)
    {
        var compared = (CompareAccessAnswer)(await history.Answer(new CompareAccess((int)revision - 1), AsRoot, revision, Noon)).Value!;
        var told = (ListAccessChangesAnswer)(await history.Answer(new ListAccessChanges((int)revision), AsRoot, revision, Noon)).Value!;
        Lines(told.Notices.SelectMany(notice => notice.Changes)).ShouldBe(Lines(compared.Changes), $"r {revision}");
    }

    static IEnumerable<string> Lines(IEnumerable<AccessChange> changes) => changes.SelectMany(change => change.Principals.Select(arn => $"{arn} {change.Change} {change.Access} {change.Statement}")).Order(StringComparer.Ordinal);
}
