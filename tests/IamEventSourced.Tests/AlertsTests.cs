using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

/// <summary>When an alert begins, what it says and proposes, and that it ends by what it proposes.</summary>
public class AlertsTests : Specification
{
    const string UsersAll = "AIDAALICE00000000001";
    static readonly DateTimeOffset Edge = Noon.AddDays(90);
    static readonly LastAccess AliceUsedS3 = new("s3", null, Edge.AddDays(-1), AliceId, 1);
    static readonly VirtualMFADeviceCreated Phone = new("AMFAPHONE0000000001A", "phone", IamPath.Root, Print);

    [Fact]
    public async Task An_active_access_key_is_to_be_replaced_when_its_days_are_over()
    {
        Given(Alice, AliceKeyCreated);
        var used = new CredentialUse(Edge, "iam", "x");
        (await Of(Edge.AddMicroseconds(-1), used, types: "AccessKeyNotRotated")).ShouldBeEmpty();
        var alert = (await Of(Edge, used)).Single(alert => alert.EntityId == AliceId.Value);
        (alert.AlertId, alert.Type, alert.Arn).ShouldBe(($"{UsersAll}/AccessKeyNotRotated/{AliceKey}", AlertType.AccessKeyNotRotated, new Arn("arn:aws:iam::111122223333:user/team/alice")));
        alert.Reason.ShouldBe($"The access key {AliceKey} was made at 2030-01-01T12:00:00.000000Z, 90 days ago; it should be replaced after 90 days.");
        Said(alert).ShouldBe([$$"""UpdateAccessKey {"AccessKeyId":"{{AliceKey}}","Status":"Inactive","UserName":"alice"}"""]);
        await EndsBy(alert, Edge, used);
    }

    [Fact]
    public async Task An_access_key_is_unused_from_its_last_use_on_or_since_it_can_be_used()
    {
        Given(Alice, AliceKeyCreated);
        (await Of(Edge.AddMicroseconds(-1), types: "UnusedIAMUserAccessKey")).ShouldBeEmpty();
        var never = (await Of(Edge, types: "UnusedIAMUserAccessKey")).Single();
        never.Reason.ShouldBe($"The access key {AliceKey} was never used, and is in force since 2030-01-01T12:00:00.000000Z, 90 days ago; 90 days are allowed.");
        (await Of(Edge.AddHours(1).AddMicroseconds(-1), new CredentialUse(One, "iam", "x"), types: "UnusedIAMUserAccessKey")).ShouldBeEmpty();
        (await Of(Edge.AddHours(1), new CredentialUse(One, "iam", "x"), types: "UnusedIAMUserAccessKey")).Single().Reason.ShouldContain("was used last at 2030-01-01T13:00:00.000000Z, 90 days ago");
        await EndsBy(never, Edge);
        Given(new AccessKeyStatusSet(AliceKey, AliceId, "Inactive"), new AccessKeyStatusSet(AliceKey, AliceId, "Active"));
        (await Of(Edge, new CredentialUse(Noon.AddDays(-300), "iam", "x"), types: "UnusedIAMUserAccessKey")).Single().AlertId.ShouldBe(never.AlertId); // since it was made active
        Given(new AccessKeyStatusSet(AliceKey, AliceId, "Inactive"));
        (await Of(Edge.AddDays(900), types: "UnusedIAMUserAccessKey")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_password_is_unused_from_the_last_sign_in_on()
    {
        Given(Alice, AliceSignsIn);
        (await Of(Edge.AddMicroseconds(-1), types: "UnusedIAMUserPassword")).ShouldBeEmpty();
        (await Of(Edge, new CredentialUse(One, "signin", ""), types: "UnusedIAMUserPassword")).ShouldBeEmpty();
        var alert = (await Of(Edge, types: "UnusedIAMUserPassword")).Single();
        Said(alert).ShouldBe(["""DeleteLoginProfile {"UserName":"alice"}"""]);
        await EndsBy(alert, Edge);
    }

    [Fact]
    public async Task Who_signs_in_without_a_device_is_told_of_at_once_until_one_is_enabled()
    {
        Given(Alice, AliceSignsIn, RootSignsIn);
        var alerts = await Of(Noon, types: "ConsoleUserWithoutMFA");
        alerts.Select(alert => alert.AlertId).ShouldBe(["111122223333/ConsoleUserWithoutMFA", $"{UsersAll}/ConsoleUserWithoutMFA"]);
        alerts.SelectMany(Said).ShouldBe(["""CreateVirtualMFADevice {"VirtualMFADeviceName":"root-account-mfa-device"}""", """CreateVirtualMFADevice {"VirtualMFADeviceName":"alice"}"""]);
        Carry(alerts[1], Noon);
        var made = (await Of(Noon, types: "ConsoleUserWithoutMFA"))[1];
        made.Commands.ShouldBeEmpty(); // only who has the device knows its codes
        made.Recommendation.ShouldBe("No command is proposed: enabling a device (EnableMFADevice) takes two of its codes. arn:aws:iam::111122223333:mfa/alice is there and nobody's.");
        Given(new MFADeviceEnabled(Directory.MFADevices.Find(new VirtualMFADeviceName("alice"))!.Id, AliceId, 0), Phone, new MFADeviceEnabled(Phone.MFADeviceId, null, 0));
        (await Of(Noon, types: "ConsoleUserWithoutMFA")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Roots_access_key_is_told_of_whatever_its_age_and_status()
    {
        var alert = (await Of(Noon)).Single();
        (alert.AlertId, Said(alert).Single()).ShouldBe(($"111122223333/RootAccessKey/{RootKey}", $$"""DeleteAccessKey {"AccessKeyId":"{{RootKey}}"}"""));
        Given(new AccessKeyStatusSet(RootKey, null, "Inactive"));
        (await Of(Edge)).Single().Reason.ShouldBe($"Root has the access key {RootKey}, made at 2030-01-01T12:00:00.000000Z, 90 days ago; it is inactive, and root can make it active.");
        Given(new AccessKeyStatusSet(RootKey, null, "Active"));
        await EndsBy(alert, Edge);
    }

    [Fact]
    public async Task What_a_user_has_by_itself_it_gets_by_a_new_group_and_its_access_stays()
    {
        Given(Alice, Bob, Read, AliceReads, new UserPolicyPut(AliceId, "Own", Writing));
        var alert = (await Of(Noon, types: "UserPolicy")).Single();
        alert.Reason.ShouldBe("alice has 2 policies of its own: Read, Own (inline).");
        Said(alert).Select(command => command.Split(' ')[0]).ShouldBe(["CreateGroup", "AttachGroupPolicy", "PutGroupPolicy", "AddUserToGroup", "DetachUserPolicy", "DeleteUserPolicy"]);
        var before = Access();
        await EndsBy(alert, Noon, each: () => Access().ShouldBe(before));

        bool[] Access() => [.. new[] { "s3:GetObject", "s3:PutObject", "s3:DeleteObject" }.Select(action => Ask(new Authorize(action, null, "arn:aws:iam::111122223333:user/team/alice")).Decision is "allowed")];
    }

    [Fact]
    public async Task Where_a_group_has_just_these_policies_that_one_is_joined_and_one_that_is_joined_already_suffices()
    {
        Given(Alice, Bob, Admins, Read, AdminsRead, AliceReads);
        var alert = (await Of(Noon, types: "UserPolicy")).Single();
        Said(alert).ShouldBe(["""AddUserToGroup {"GroupName":"admins","UserName":"alice"}""", """DetachUserPolicy {"UserName":"alice","PolicyArn":"arn:aws:iam::111122223333:policy/std/Read"}"""]);
        Given(AliceJoins);
        Said((await Of(Noon, types: "UserPolicy")).Single()).ShouldBe(["""DetachUserPolicy {"UserName":"alice","PolicyArn":"arn:aws:iam::111122223333:policy/std/Read"}"""]);
        Given(AliceLeaves, new GroupPolicyPut(AdminsId, "More", Writing)); // which would give more
        Said((await Of(Noon, types: "UserPolicy")).Single())[0].ShouldBe("""CreateGroup {"GroupName":"Read"}""");
        GivenQuotas(Directory.Quotas with { GroupsPerUser = 1 }).Given(AliceJoins, new GroupPolicyDetached(AdminsId, ReadId));
        (await Of(Noon, types: "UserPolicy")).Single().Recommendation.ShouldStartWith("No command is proposed: the user is in as many groups");
        GivenQuotas(Quotas.Default with { GroupsPerAccount = 1 }).Given(AliceLeaves);
        (await Of(Noon, types: "UserPolicy")).Single().Recommendation.ShouldStartWith("No command is proposed: there is no room");
    }

    [Fact]
    public async Task A_policy_that_allows_everything_is_told_of_where_it_is_in_force()
    {
        Given(Alice, Admins, new PolicyCreated(ReadId, "All", "/", null, Everything), new GroupPolicyPut(AdminsId, "all", Everything), new UserPolicyPut(AliceId, "all", Everything));
        (await Of(Noon, types: "AdminAccess")).Select(alert => alert.AlertId).ShouldBe([$"{UsersAll}/AdminAccess/all", $"{AdminsId}/AdminAccess/all"]);
        Given(AdminsRead, new GroupPolicyPut(AdminsId, "all", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::x"}}"""));
        var alert = (await Of(Noon, types: "AdminAccess"))[^1];
        (alert.AlertId, alert.Arn.Value, alert.Commands.Count).ShouldBe(($"{ReadId}/AdminAccess", "arn:aws:iam::111122223333:policy/All", 0));
        alert.Recommendation.ShouldStartWith("No command is proposed: ");
        Given(ReadV2, new DefaultPolicyVersionSet(ReadId, "v2"));
        (await Of(Noon, types: "AdminAccess")).Select(alert => alert.AlertId).ShouldBe([$"{UsersAll}/AdminAccess/all"]);
    }

    [Fact]
    public async Task A_service_that_is_granted_and_not_accessed_can_be_taken_away_with_what_grants_it_alone()
    {
        Given(Alice, Admins, AliceJoins, Read, AdminsRead, new UserPolicyPut(AliceId, "Mail", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["SES:Send*","sns:*"],"Resource":"*"}}"""));
        (await Of(Edge.AddMicroseconds(-1), types: "UnusedPermission")).ShouldBeEmpty();
        var all = (await Of(Edge, types: "UnusedPermission")).Single();
        all.Reason.ShouldBe("Of 3 services that the policies of alice name it did not access 3 for 90 days: s3 (never, since 2030-01-01T12:00:00.000000Z, 90 days ago), ses (never, since 2030-01-01T12:00:00.000000Z, 90 days ago), sns (never, since 2030-01-01T12:00:00.000000Z, 90 days ago).");
        Said(all).ShouldBe(["""DeleteUserPolicy {"UserName":"alice","PolicyName":"Mail"}""", """RemoveUserFromGroup {"GroupName":"admins","UserName":"alice"}"""]);
        var used = (await Of(Edge, null, [AliceUsedS3], "UnusedPermission")).Single();
        Said(used).ShouldBe(["""DeleteUserPolicy {"UserName":"alice","PolicyName":"Mail"}"""]);
        (await Of(AliceUsedS3.At.AddDays(90).AddMicroseconds(-1), null, [AliceUsedS3, new("ses", null, Edge.AddDays(5), AliceId, 1), new("SNS", null, Edge.AddDays(5), AliceId, 1)], "UnusedPermission")).ShouldBeEmpty();
        (await Of(AliceUsedS3.At.AddDays(90), null, [AliceUsedS3, new("ses", null, Edge.AddDays(5), AliceId, 1), new("SNS", null, Edge.AddDays(5), AliceId, 1)], "UnusedPermission")).Single().Reason.ShouldContain("not access 1 for 90 days: s3 (last at 2030-03-31T12:00:00.000000Z, 90 days ago)");
        await EndsBy(used, Edge, accesses: [AliceUsedS3]);
    }

    [Fact]
    public async Task What_may_have_been_used_before_uses_are_known_is_not_told_of()
    {
        Given(Alice, AliceKeyCreated, AliceSignsIn, new UserPolicyPut(AliceId, "Own", Reading));
        AlertType[] unused = ["UnusedIAMUserAccessKey", "UnusedIAMUserPassword", "UnusedPermission"];
        var known = new KnownUses(Noon.AddDays(2), Noon.AddDays(3), true);
        (await Known(Edge.AddDays(2).AddMicroseconds(-1), known)).ShouldBeEmpty();
        var credentials = await Known(Edge.AddDays(2), known);
        credentials.Select(alert => alert.Type).ShouldBe(unused[..2]);
        credentials[0].Reason.ShouldBe($"The access key {AliceKey} was not used since 2030-01-03T12:00:00.000000Z, 90 days ago, from when on it is known, and is in force since 2030-01-01T12:00:00.000000Z, 92 days ago; 90 days are allowed.");
        var permission = (await Known(Edge.AddDays(3), known))[^1];
        permission.Reason.ShouldContain("s3 (never, since 2030-01-04T12:00:00.000000Z, 90 days ago)");
        permission.Commands.ShouldNotBeEmpty();
        var some = (await Known(Edge.AddDays(3), known with { AllActions = false }))[^1];
        some.Commands.ShouldBeEmpty();
        some.Recommendation.ShouldStartWith("No command is proposed: the user did as many different actions as are noted");

        async Task<IReadOnlyList<Alert>> Known(DateTimeOffset at, KnownUses since) => (await new ListAlerts(unused).Answer(Directory, CallOf(null) with { At = at }, new NoHistory { Known = since })).Value!.Alerts;
    }

    [Fact]
    public async Task A_page_ends_after_so_many_users_and_the_next_goes_on_after_them()
    {
        var last = new UserId("AIDAZOE0000000000001");
        Given([.. Enumerable.Range(0, ListAlerts.MostUsers).Select(i => new UserCreated($"AIDA{i:D16}", $"user{i:D5}", "/")), new UserCreated(last, "zoe", "/"), new UserPolicyPut(last, "Own", Reading), new UserPolicyPut($"AIDA{ListAlerts.MostUsers - 1:D16}", "Own", Reading)]);
        var first = await Answer(new(["UserPolicy"]), Noon);
        (first.Alerts.Single().EntityId, first.IsTruncated).ShouldBe(($"AIDA{ListAlerts.MostUsers - 1:D16}", true));
        var second = await Answer(new(["UserPolicy"], Marker: first.Marker), Noon);
        (second.Alerts.Single().EntityId, second.IsTruncated, second.Marker).ShouldBe((last.Value, false, null));
        var none = await Answer(new(["AccessKeyNotRotated"]), Noon);
        (none.Alerts.Count, none.IsTruncated).ShouldBe((0, true));
    }

    [Theory]
    [InlineData("""[{"Effect":"Allow","Action":["s3:*","sqs:*"],"Resource":"*"}]""")]
    [InlineData("""[{"Effect":"Allow","Action":"sqs:*","Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"*"}]""")]
    [InlineData("""[{"Effect":"Allow","Action":"sqs:*","Resource":"*"},{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}]""")]
    public async Task What_also_grants_what_is_used_or_denies_is_not_proposed_to_be_taken_away(string statements)
    {
        Given(Alice, new UserPolicyPut(AliceId, "mixed", $$"""{"Version":"2012-10-17","Statement":{{statements}}}"""));
        var alert = (await Of(Edge, null, [AliceUsedS3], "UnusedPermission")).Single();
        alert.Commands.ShouldBeEmpty();
        alert.Recommendation.ShouldBe("No command is proposed. What grants sqs grants also what is used, or denies something: it has to be written narrower.");
    }

    [Fact]
    public async Task What_the_account_grants_all_its_users_is_nobodys_to_use()
    {
        Given(Alice, new AccountPasswordPolicyUpdated(6, false, false, false, false, true, 0, 0, false));
        (await Of(Edge.AddDays(900), types: "UnusedPermission")).ShouldBeEmpty();
    }

    [Fact]
    public async Task They_come_in_pages_root_first_then_users_groups_and_policies_by_name()
    {
        Given(Bob, Alice, AliceKeyCreated, AliceSignsIn, Admins, new GroupPolicyPut(AdminsId, "all", Everything), new GroupPolicyPut(AdminsId, "too", Everything), new PolicyCreated(ReadId, "All", "/", null, Everything), AliceReads, new UserPolicyPut(BobId, "Own", Reading));
        var whole = await Of(Edge);
        whole.Select(alert => alert.AlertId).ShouldBe(["111122223333/RootAccessKey/" + RootKey, $"{UsersAll}/AccessKeyNotRotated/{AliceKey}", $"{UsersAll}/ConsoleUserWithoutMFA", $"{UsersAll}/UnusedIAMUserAccessKey/{AliceKey}", $"{UsersAll}/UnusedIAMUserPassword",
            $"{UsersAll}/UserPolicy", $"{BobId}/UnusedPermission", $"{BobId}/UserPolicy", $"{AdminsId}/AdminAccess/all", $"{AdminsId}/AdminAccess/too", $"{ReadId}/AdminAccess"]);
        foreach (var size in (int[])[1, 2, 3])
        {
            List<Alert> paged = [];
            for (ListAlerts? page = new(MaxItems: size); page is not null;)
            {
                var answer = await Answer(page, Edge);
                answer.Alerts.Count.ShouldBeLessThanOrEqualTo(size);
                paged.AddRange(answer.Alerts);
                page = answer.IsTruncated ? page with { Marker = answer.Marker } : null;
            }
            paged.Select(alert => alert.AlertId).ShouldBe(whole.Select(alert => alert.AlertId));
        }
        (await Of(Edge, types: "UserPolicy")).Count.ShouldBe(2);
    }

    [Fact]
    public void A_marker_that_no_page_gave_is_refused()
    {
        foreach (var after in (string[])["", "AIDAGHOST00000000001/UserPolicy", "nobody", "AIDA"]) When(new ListAlerts(Marker: Marker.Of(Directory.Revision, after))).ThenRefused("ValidationError");
    }

    [Fact]
    public async Task Limits_are_the_askers()
    {
        Given(Alice, AliceKeyCreated);
        (await Answer(new ListAlerts(["AccessKeyNotRotated"], MaxAccessKeyAge: 1), Noon.AddDays(1))).Alerts.ShouldNotBeEmpty();
        (await Answer(new ListAlerts(["UnusedIAMUserAccessKey"], MaxAccessKeyAge: 1, MaxCredentialUsageAge: 2), Noon.AddDays(1))).Alerts.ShouldBeEmpty();
    }

    [Fact]
    public async Task In_a_closed_account_there_is_nothing_to_alert_of()
    {
        Given(new AccountClosed());
        (await Of(Edge)).ShouldBeEmpty();
    }

    Task<List<Alert>> Of(DateTimeOffset at, CredentialUse? last = null, IReadOnlyList<LastAccess>? accesses = null, params AlertType[] types) => Answered(new ListAlerts(types, MaxItems: 1000), at, last, accesses);

    Task<List<Alert>> Of(DateTimeOffset at, CredentialUse? last, AlertType types) => Of(at, last, null, types);

    async Task<List<Alert>> Answered(ListAlerts query, DateTimeOffset at, CredentialUse? last, IReadOnlyList<LastAccess>? accesses) => [.. (await Answer(query, at, last, accesses)).Alerts];

    async Task<ListAlertsAnswer> Answer(ListAlerts query, DateTimeOffset at, CredentialUse? last = null, IReadOnlyList<LastAccess>? accesses = null)
    {
        var (answer, refusal) = await query.Answer(Directory, CallOf(null) with { At = at }, new NoHistory(last, accesses ?? []));
        refusal.ShouldBeNull();
        (answer!.Revision, answer.At).ShouldBe((Directory.Revision, at));
        return answer;
    }

    static List<string> Said(Alert alert) => [.. alert.Commands.Select(command => $"{command.OperationName} {command.Parameters}")];

    void Carry(Alert alert, DateTimeOffset at, Action? each = null)
    {
        foreach (var input in alert.Commands)
        {
            var outcome = Directory.Decide(input.Read().Value!, CallOf(null) with { At = at });
            outcome.Refusal.ShouldBeNull(input.OperationName.Value);
            Given([.. outcome.Events]);
            each?.Invoke();
        }
    }

    /// <summary>What it proposes is carried out, and then it is not told any more.</summary>
    async Task EndsBy(Alert alert, DateTimeOffset at, CredentialUse? last = null, IReadOnlyList<LastAccess>? accesses = null, Action? each = null)
    {
        (await Of(at, last, accesses)).ShouldContain(one => one.AlertId == alert.AlertId);
        Carry(alert, at, each);
        (await Of(at, last, accesses)).ShouldNotContain(one => one.AlertId == alert.AlertId);
    }
}
