using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

public class AccountAliasTests : Specification
{
    static readonly AccountAliasCreated Works = new("works");

    [Theory, InlineData("AIDA12345678"), InlineData("AGPA12345678"), InlineData("ANPA12345678"), InlineData("ASCA12345678"), InlineData("AMFA12345678"), InlineData("arn:aws:iam:")]
    public void What_is_too_short_to_be_an_id_is_nobodys(string reference) => Directory.Current(reference).ShouldBeNull();

    [Fact] public void An_account_gets_an_alias() => When(new CreateAccountAlias("works")).Then(Works);
    [Fact] public void A_new_one_replaces_it() => Given(Works).When(new CreateAccountAlias("new-works")).Then(new AccountAliasCreated("new-works"));
    [Fact] public void The_one_it_has_exists() => Given(Works).When(new CreateAccountAlias("works")).ThenRefused("EntityAlreadyExists", "The account alias works already exists.");
    [Fact] public void An_accounts_id_is_no_alias() => When(new CreateAccountAlias("444455556666")).ThenRefused("InvalidInput");
    [Fact] public void Fewer_digits_or_more_are_one() => When(new CreateAccountAlias("4444555566667")).Then(new AccountAliasCreated("4444555566667"));
    [Fact] public void It_is_deleted() => Given(Works).When(new DeleteAccountAlias("works")).Then(new AccountAliasDeleted());
    [Fact] public void One_that_was_replaced_is_gone() => Given(Works, new AccountAliasCreated("new-works")).When(new DeleteAccountAlias("works")).ThenRefused("NoSuchEntity", "The account alias works cannot be found.");
    [Fact] public void Where_there_is_none_none_is_deleted() => When(new DeleteAccountAlias("works")).ThenRefused("NoSuchEntity");
    [Fact] public void It_is_listed() => Given(Works).When(new ListAccountAliases()).ThenAnswers("""{"AccountAliases":["works"],"IsTruncated":false}""");
    [Fact] public void So_is_none() => Given(Works, new AccountAliasDeleted()).When(new ListAccountAliases()).ThenAnswers("""{"AccountAliases":[],"IsTruncated":false}""");
    [Fact] public void ARNs_do_not_change() => Given(Alice, Works).When(new GetUser("alice")).ThenAnswers("""{"User":{"Path":"/team/","UserName":"alice","UserId":"AIDAALICE00000000001","Arn":"arn:aws:iam::111122223333:user/team/alice","CreateDate":"2030-01-01T12:00:00.000000Z"}}""");
}

public class AccountNameTests : Specification
{
    [Fact] public void Root_names_the_account() => When(new PutAccountName("Works")).Then(new AccountRenamed("Works"));
    [Fact] public void The_name_it_has_is_no_change() => Given(new AccountRenamed("Works")).When(new PutAccountName("Works")).Then();
    [Fact] public void In_another_case_it_is_another() => Given(new AccountRenamed("Works")).When(new PutAccountName("WORKS")).Then(new AccountRenamed("WORKS"));
    [Fact] public void The_last_one_is_told() => Given(new AccountRenamed("Works"), new AccountRenamed("New Works")).When(new GetAccountInformation())
        .ThenAnswers("""{"AccountId":"111122223333","AccountName":"New Works","AccountCreatedDate":"2030-01-01T12:00:00.000000Z","AccountState":"ACTIVE"}""");
    [Fact] public void So_is_none() => When(new GetAccountInformation()).ThenAnswers("""{"AccountId":"111122223333","AccountCreatedDate":"2030-01-01T12:00:00.000000Z","AccountState":"ACTIVE"}""");
    [Fact] public void Of_a_closed_account_the_operator_is_told() => Given(new AccountClosed()).When(new GetAccountInformation(), AsOperator)
        .ThenAnswers("""{"AccountId":"111122223333","AccountCreatedDate":"2030-01-01T12:00:00.000000Z","AccountState":"CLOSED"}""");
}

public class PrimaryEmailTests : Specification
{
    const string Address = "Root.Person@Example.com";

    [Fact] public void Root_gets_an_address_which_the_event_does_not_tell() => When(new PutPrimaryEmail(Address)).Then(new PrimaryEmailSet());
    [Fact] public void The_same_again_is_an_event_again_since_none_tells_it() => Given(new PrimaryEmailSet()).When(new PutPrimaryEmail(Address)).Then(new PrimaryEmailSet());
    [Fact] public void The_address_is_kept_as_a_secret_is() => Directory.Decide(new PutPrimaryEmail(Address), CallOf(AsRoot)).Secrets.Select(kept => (kept.Id, kept.Value.Reveal())).ShouldBe([(SecretId.PrimaryEmail, Address)]);
    [Fact]
    public void An_account_is_made_with_one()
    {
        var made = new Directory("444455556666").Decide(new CreateAccount("Works", Address), CallOf(AsOperator));
        made.Events[^1].ShouldBe(new PrimaryEmailSet());
        made.Secrets.Select(kept => kept.Id.Kind).ShouldBe([SecretKind.AccessKey, SecretKind.PrimaryEmail]); // as the events that keep them
    }

    [Fact] public void It_prints_as_asterisks() => $"{new PutPrimaryEmail(Address)}{new CreateAccount("Works", Address)}{new GetPrimaryEmailAnswer(Address)}".ShouldNotContain("Person");

    [Theory]
    [InlineData("a@b.c"), InlineData("o'brien+iam@sub.example.com"), InlineData("UPPER@EXAMPLE.COM"), InlineData("x@xn--bcher-kva.example"), InlineData("1@2.3"), InlineData("!#$%&*/=?^_`{|}~-@example.com")]
    public void What_mail_is_sent_to_is_an_address(string text) => EmailAddress.Limits.Violation(text).ShouldBeNull();

    [Theory]
    [InlineData("nobody"), InlineData("root@"), InlineData("@example.com"), InlineData("root@localhost"), InlineData("a@b@c.com"), InlineData("a b@example.com"), InlineData("a..b@example.com"), InlineData(".a@example.com"), InlineData("a.@example.com")]
    [InlineData("a@example..com"), InlineData("a@-example.com"), InlineData("a@example-.com"), InlineData("a@.example.com"), InlineData("a@example.com."), InlineData("a@example.com\n"), InlineData("a\0@example.com"), InlineData("\"a\"@example.com"), InlineData("ä@example.com"), InlineData("a@exämple.com"), InlineData("a@[127.0.0.1]"), InlineData("<a@example.com>")]
    public void Anything_else_is_none(string text) => EmailAddress.Limits.Violation(text).ShouldStartWith("Member must satisfy regular expression pattern");

    [Fact]
    public void Its_parts_are_as_long_as_RFC_5321_allows()
    {
        var (local, label) = (new string('a', 64), new string('b', 63));
        EmailAddress.Limits.Violation($"{local}@{label}.com").ShouldBeNull();
        EmailAddress.Limits.Violation($"{local}a@{label}.com").ShouldNotBeNull();
        EmailAddress.Limits.Violation($"{local}@{label}b.com").ShouldNotBeNull();
        var longest = $"a@{label}.{label}.{label}.{new string('c', 60)}";
        (longest.Length, EmailAddress.Limits.Violation(longest), EmailAddress.Limits.Violation(longest + "c")).ShouldBe((254, null, "Member must have length less than or equal to 254"));
    }

    [Fact] public void Two_that_differ_in_case_alone_are_one() => new EmailAddress("ROOT@example.COM").Key.ShouldBe(new EmailAddress("root@Example.com").Key);
}

public class RecoverRootTests : Specification
{
    static readonly AccessKeyId New = AccessKeyId.Of(Account, 1), Second = "AKIAROOTROOTROOTROO2";
    static readonly RootRecovered Lost = new("lost");

    [Fact] public void Roots_key_is_replaced_and_the_reason_comes_first() => When(new RecoverRoot("lost"), AsOperator).Then(Lost, new AccessKeyDeleted(RootKey, null), new AccessKeyCreated(New, null, Print))
        .ThenAnswers($$$"""{"AccessKey":{"AccessKeyId":"{{{New}}}","Status":"Active","SecretAccessKey":"secret","CreateDate":"2030-01-01T13:00:00.000000Z"}}""");
    [Fact] public void So_are_both_also_those_that_are_inactive() => Given(new AccessKeyCreated(Second, null, Print), new AccessKeyStatusSet(Second, null, "Inactive")).When(new RecoverRoot("lost"), AsOperator)
        .Then(Lost, new AccessKeyDeleted(RootKey, null), new AccessKeyDeleted(Second, null), new AccessKeyCreated(New, null, Print));
    [Fact] public void So_is_its_password() => Given(new LoginProfileCreated("APWDOLD0000000000001", null, false)).When(new RecoverRoot("lost"), AsOperator)
        .Then(Lost, new AccessKeyDeleted(RootKey, null), new LoginProfileDeleted("APWDOLD0000000000001", null), new AccessKeyCreated(New, null, Print));
    [Fact] public void Its_MFA_devices_are_nobodys_then() => Given(new VirtualMFADeviceCreated("AMFAPHONE00000000001", "phone", "/", Print), new MFADeviceEnabled("AMFAPHONE00000000001", null, 0)).When(new RecoverRoot("lost"), AsOperator)
        .Then(Lost, new AccessKeyDeleted(RootKey, null), new MFADeviceDeactivated("AMFAPHONE00000000001", null), new AccessKeyCreated(New, null, Print));
    [Fact] public void And_where_root_has_none_it_gets_one() => Given(new AccessKeyDeleted(RootKey, null)).When(new RecoverRoot("lost"), AsOperator).Then(Lost, new AccessKeyCreated(New, null, Print));
    [Fact] public void Who_signs_with_the_old_one_is_refused_from_then_on() => Given(Lost, new AccessKeyDeleted(RootKey, null), new AccessKeyCreated(New, null, Print)).When(new GetCallerIdentity()).ThenRefused("InvalidClientTokenId");
    [Fact] public void Users_keep_their_keys() => Given(Alice, AliceKeyCreated, Lost, new AccessKeyDeleted(RootKey, null), new AccessKeyCreated(New, null, Print)).When(new GetCallerIdentity(), AsAlice).ThenAnswers($$$"""{"UserId":"{{{AliceId}}}","Account":"111122223333","Arn":"arn:aws:iam::111122223333:user/team/alice"}""");
    [Fact] public void A_closed_account_has_no_root_any_more() => Given(new AccountClosed()).When(new RecoverRoot("lost"), AsOperator).ThenRefused("InvalidInput", "The account 111122223333 is closed.");
}

/// <summary>An administrator who locked everybody out, itself too, is let in again by root: no policy limits root (R91).</summary>
public class LockedOutTests : Specification
{
    const string DenyAll = """{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}""";

    void GivenLockedOut() => Given(Alice, AliceKeyCreated, Admins, AliceJoins, new UserPolicyPut(AliceId, "all", Everything), new UserPolicyPut(AliceId, "none", DenyAll), new GroupPolicyPut(AdminsId, "none", DenyAll), Read, new UserPermissionsBoundaryPut(AliceId, ReadId, null));

    [Fact] public void The_administrator_may_nothing()
    {
        GivenLockedOut();
        When(new DeleteUserPolicy("alice", "none"), AsAlice).ThenRefused("AccessDenied");
    }

    [Fact] public void Root_takes_away_each_of_the_denies()
    {
        GivenLockedOut();
        foreach (var command in (ICommand[])[new DeleteUserPolicy("alice", "none"), new DeleteGroupPolicy("admins", "none"), new DeleteUserPermissionsBoundary("alice")])
        {
            Directory.Decide(new DeleteUserPolicy("alice", "all"), CallOf(AsAlice)).Refusal!.Code.ShouldBe("AccessDenied");
            foreach (var @event in Directory.Decide(command, CallOf(AsRoot)).Events) Given(@event);
        }
        When(new CreateUser("bob"), AsAlice).Then(new UserCreated("AIDA00000000000000001", "bob", "/"));
    }
}

public class CloseAccountTests : Specification
{
    [Fact] public void Root_closes_it() => When(new CloseAccount()).Then(new AccountClosed());
    [Fact] public void A_user_may_not_whatever_it_has() => Given(Alice, AliceKeyCreated, new UserPolicyPut(AliceId, "all", Everything)).When(new CloseAccount(), AsAlice).ThenRefused("AccessDenied");
    [Fact] public void The_operator_closes_it() => When(new CloseAccount(), AsOperator).Then(new AccountClosed());
    [Fact] public void A_closed_one_stays_so() => Given(new AccountClosed()).When(new CloseAccount(), AsOperator).Then();
    [Fact] public void Nobody_elses_key_is_good_any_more() => Given(Alice, AliceKeyCreated, new AccountClosed()).When(new GetCallerIdentity(), AsAlice).ThenRefused("InvalidClientTokenId");
    [Fact] public void Nor_is_roots() => Given(new AccountClosed()).When(new CreateUser("alice")).ThenRefused("InvalidClientTokenId");
    [Fact] public void Nobody_may_anything_there_not_even_root()
    {
        Given(new AccountClosed());
        var (answer, refusal) = new Authorize("s3:GetObject").Answer(Directory, CallOf(AsRoot));
        (refusal, answer!.Decision, answer.Reason).ShouldBe((null, "implicitDeny", "the account is closed, since r 3"));
    }
    [Fact] public void Its_history_is_the_operators_to_read_once_it_is_closed()
    {
        Given(Alice);
        Directory.Refusal(new GetEntityHistory(AliceId.Value), CallOf(AsOperator))!.Code.ShouldBe("AccessDenied");
        Given(new AccountClosed());
        Directory.Refusal(new GetEntityHistory(AliceId.Value), CallOf(AsOperator)).ShouldBeNull();
    }
    [Fact] public void Nothing_else_of_it_is() => Given(new AccountClosed()).When(new ListUsers(), AsOperator).ThenRefused("AccessDenied");
    [Fact] public void Its_quotas_are_not_set_any_more() => Given(new AccountClosed()).When(new SetAccountQuota("UsersPerAccount", 1), AsOperator).ThenRefused("InvalidInput", "The account 111122223333 is closed.");
}

public class AccountQuotaTests : Specification
{
    public static TheoryData<string> Names => [.. Quotas.Names.Select(name => name.Value)];

    [Fact] public void The_operator_sets_a_quota() => When(new SetAccountQuota("UsersPerAccount", 1_000_000), AsOperator).Then(new AccountQuotaSet("UsersPerAccount", 1_000_000));
    [Fact] public void It_decides_from_then_on() => Given(Alice, new AccountQuotaSet("UsersPerAccount", 1)).When(new CreateUser("bob")).ThenRefused("LimitExceeded", "Cannot exceed quota for UsersPerAccount: 1");
    [Fact] public void The_value_that_it_has_is_no_change() => When(new SetAccountQuota("UsersPerAccount", 5000), AsOperator).Then();
    [Fact] public void There_is_a_most() => When(new SetAccountQuota("AccessKeysPerUser", 101), AsOperator).ThenRefused("InvalidInput", "QuotaValue: AccessKeysPerUser can be 100 at most.");
    [Fact] public void All_are_listed() => Given(new AccountQuotaSet("AccessKeysPerUser", 3)).When(new ListAccountQuotas(), AsOperator).ThenAnswers("""
        {"Quotas":[{"QuotaName":"AccessKeysPerUser","QuotaValue":3,"DefaultValue":2,"SetDate":"2030-01-01T12:00:00.000000Z"},{"QuotaName":"AttachedPoliciesPerGroup","QuotaValue":10,"DefaultValue":10},
         {"QuotaName":"AttachedPoliciesPerUser","QuotaValue":10,"DefaultValue":10},{"QuotaName":"GroupPolicySize","QuotaValue":5120,"DefaultValue":5120},{"QuotaName":"GroupsPerAccount","QuotaValue":300,"DefaultValue":300},
         {"QuotaName":"GroupsPerUser","QuotaValue":10,"DefaultValue":10},{"QuotaName":"MFADevicesPerUser","QuotaValue":8,"DefaultValue":8},{"QuotaName":"PoliciesPerAccount","QuotaValue":1500,"DefaultValue":1500},{"QuotaName":"PolicySize","QuotaValue":6144,"DefaultValue":6144},
         {"QuotaName":"SSHPublicKeysPerUser","QuotaValue":5,"DefaultValue":5},{"QuotaName":"ServerCertificatesPerAccount","QuotaValue":20,"DefaultValue":20},
         {"QuotaName":"UserPolicySize","QuotaValue":2048,"DefaultValue":2048},{"QuotaName":"UsersPerAccount","QuotaValue":5000,"DefaultValue":5000},{"QuotaName":"VersionsPerPolicy","QuotaValue":5,"DefaultValue":5}]}
        """);

    [Theory, MemberData(nameof(Names))]
    public void Each_can_be_set_to_its_most_and_no_other_changes(string name)
    {
        var most = Quotas.MostOf(name);
        Quotas.Default[name].ShouldBeInRange(1, most);
        When(new SetAccountQuota(name, most), AsOperator).Then(new AccountQuotaSet(name, most));
        foreach (var other in Quotas.Names) After.Quotas[other].ShouldBe(other.Value == name ? most : Quotas.Default[other]);
    }

    [Fact] public void Every_quota_has_a_name() => Quotas.Names.Count.ShouldBe(typeof(Quotas).GetProperties().Count(property => property.PropertyType == typeof(int) && property.GetIndexParameters().Length is 0));
}

public class GetAccountSummaryTests : Specification
{
    // AWS's names of the numbers: botocore 1.43.11, summaryKeyType.
    static readonly string[] Keys =
    [
        "Users", "UsersQuota", "Groups", "GroupsQuota", "ServerCertificates", "ServerCertificatesQuota", "UserPolicySizeQuota", "GroupPolicySizeQuota", "GroupsPerUserQuota", "SigningCertificatesPerUserQuota",
        "AccessKeysPerUserQuota", "MFADevices", "MFADevicesInUse", "AccountMFAEnabled", "AccountAccessKeysPresent", "AccountPasswordPresent", "AccountSigningCertificatesPresent", "AttachedPoliciesPerGroupQuota",
        "AttachedPoliciesPerRoleQuota", "AttachedPoliciesPerUserQuota", "Policies", "PoliciesQuota", "PolicySizeQuota", "PolicyVersionsInUse", "PolicyVersionsInUseQuota", "VersionsPerPolicyQuota",
        "GlobalEndpointTokenVersion", "AssumeRolePolicySizeQuota", "InstanceProfiles", "InstanceProfilesQuota", "Providers", "RolePolicySizeQuota", "Roles", "RolesQuota",
    ];

    IReadOnlyDictionary<string, int> Summary => Ask(new GetAccountSummary()).SummaryMap;

    [Fact] public void It_has_AWSs_numbers() => Summary.Keys.ShouldBe(Keys, ignoreOrder: true);
    [Fact] public void It_counts() => Given(Alice, Bob, Admins, Read, AliceReads, AdminsRead).Numbers("Users", "Groups", "Policies", "PolicyVersionsInUse", "AccountAccessKeysPresent").ShouldBe([2, 1, 1, 1, 1]);
    [Fact] public void What_is_gone_does_not_count() =>
        Given(Alice, Bob, Read, AliceReads, new UserPolicyDetached(AliceId, ReadId), new UserDeleted(BobId), new AccessKeyDeleted(RootKey, null)).Numbers("Users", "Groups", "Policies", "PolicyVersionsInUse", "AccountAccessKeysPresent").ShouldBe([1, 0, 1, 0, 0]);
    [Fact] public void It_says_the_quotas() => Given(new AccountQuotaSet("UsersPerAccount", 1_000_000)).Numbers("UsersQuota", "GroupsQuota", "AccessKeysPerUserQuota", "PolicySizeQuota", "RolesQuota").ShouldBe([1_000_000, 300, 2, 6144, 0]);

    int[] Numbers(params string[] keys) => [.. keys.Select(key => Summary[key])];

    new GetAccountSummaryTests Given(params AccountEvent[] events)
    {
        base.Given(events);
        return this;
    }
}

public class GetAccountAuthorizationDetailsTests : Specification
{
    [Fact]
    public void It_has_everything_that_grants_rights() => Given(Alice, Admins, AliceJoins, Read, ReadV2, AliceReads, AdminsRead, new UserPermissionsBoundaryPut(AliceId, ReadId, null), new UserPolicyPut(AliceId, "own", Writing), new GroupPolicyPut(AdminsId, "all", Everything))
        .When(new GetAccountAuthorizationDetails()).ThenAnswers($$$"""
        {"UserDetailList":[{"Path":"/team/","UserName":"alice","UserId":"AIDAALICE00000000001","Arn":"arn:aws:iam::111122223333:user/team/alice","CreateDate":"2030-01-01T12:00:00.000000Z",
           "UserPolicyList":[{"PolicyName":"own","PolicyDocument":{{{System.Text.Json.JsonSerializer.Serialize(Writing)}}}}],"GroupList":["admins"],"AttachedManagedPolicies":[{"PolicyName":"Read","PolicyArn":"arn:aws:iam::111122223333:policy/std/Read"}],
           "PermissionsBoundary":{"PermissionsBoundaryType":"Policy","PermissionsBoundaryArn":"arn:aws:iam::111122223333:policy/std/Read"}}],
         "GroupDetailList":[{"Path":"/eng/","GroupName":"admins","GroupId":"AGPAADMINS0000000001","Arn":"arn:aws:iam::111122223333:group/eng/admins","CreateDate":"2030-01-01T12:00:00.000000Z",
           "GroupPolicyList":[{"PolicyName":"all","PolicyDocument":{{{System.Text.Json.JsonSerializer.Serialize(Everything)}}}}],"AttachedManagedPolicies":[{"PolicyName":"Read","PolicyArn":"arn:aws:iam::111122223333:policy/std/Read"}]}],
         "RoleDetailList":[],
         "Policies":[{"PolicyName":"Read","PolicyId":"ANPAREAD000000000001","Arn":"arn:aws:iam::111122223333:policy/std/Read","Path":"/std/","DefaultVersionId":"v1","AttachmentCount":2,"PermissionsBoundaryUsageCount":1,
           "IsAttachable":true,"Description":"Reads.","CreateDate":"2030-01-01T12:00:00.000000Z","UpdateDate":"2030-01-01T12:00:00.000000Z",
           "PolicyVersionList":[{"Document":{{{System.Text.Json.JsonSerializer.Serialize(Writing)}}},"VersionId":"v2","IsDefaultVersion":false,"CreateDate":"2030-01-01T12:00:00.000000Z"},
             {"Document":{{{System.Text.Json.JsonSerializer.Serialize(Reading)}}},"VersionId":"v1","IsDefaultVersion":true,"CreateDate":"2030-01-01T12:00:00.000000Z"}]}],
         "IsTruncated":false}
        """);

    [Theory]
    [InlineData(null, 1, "alice Bob admins Read IAMReadOnlyAccess ReadOnlyAccess")] [InlineData(null, 2, "alice Bob admins Read IAMReadOnlyAccess ReadOnlyAccess")] [InlineData(null, 3, "alice Bob admins Read IAMReadOnlyAccess ReadOnlyAccess")] [InlineData("User", 1, "alice Bob")] [InlineData("Group", 5, "admins")]
    [InlineData("LocalManagedPolicy", 1, "Read")] [InlineData("Role", 1, "")] [InlineData("LocalManagedPolicy User", 1, "alice Bob Read")]
    [InlineData("AWSManagedPolicy", 1, "IAMReadOnlyAccess ReadOnlyAccess")] [InlineData("AWSManagedPolicy LocalManagedPolicy", 1, "Read IAMReadOnlyAccess ReadOnlyAccess")]
    public void A_page_at_a_time_through_all_kinds(string? filter, int most, string names)
    {
        Given(Alice, Bob, Admins, Read, new CatalogueAdopted(Catalogue.BuiltIn.Digest),
            new UserPolicyAttached(AliceId, Catalogue.IdOf("arn:aws:iam::aws:policy/ReadOnlyAccess")), new UserPermissionsBoundaryPut(BobId, Catalogue.IdOf("arn:aws:iam::aws:policy/IAMReadOnlyAccess"), null));
        List<string> seen = [];
        for (Marker? marker = null; ;)
        {
            var page = Ask(new GetAccountAuthorizationDetails(filter is null ? null : [.. filter.Split(' ').Select(kind => new EntityType(kind))], most, marker));
            string[] here = [.. page.UserDetailList.Select(user => user.UserName.Value), .. page.GroupDetailList.Select(group => group.GroupName.Value), .. page.Policies.Select(policy => policy.PolicyName.Value)];
            here.Length.ShouldBeLessThanOrEqualTo(most);
            seen.AddRange(here);
            page.IsTruncated.ShouldBe(page.Marker is not null);
            if ((marker = page.Marker) is null) break;
        }
        string.Join(' ', seen).ShouldBe(names);
    }
}
