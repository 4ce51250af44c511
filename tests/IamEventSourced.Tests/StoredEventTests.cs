using System.Buffers;
using System.Reflection;
using System.Text;
using System.Text.Json;

namespace IamEventSourced.Tests;

/// <summary>
/// One stored example of every event, and one more where a member may be absent: read for ever. The leaves were computed once, by
/// <c>StoredEvents/leaf.py</c>, which shares no code with the service. A sample that does not fit any more means: a new event name, not a new sample.
/// </summary>
public class StoredEventTests
{
    const string Text = "{\"Version\":\"2012-10-17\",\r\n\t\"Statement\":{\"Sid\":\"Ä\",\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"a\\/b<&'>\"}}";
    static readonly UserId User = "AIDABOB0000000000001";
    static readonly GroupId Group = "AGPAADMINS0000000001";
    static readonly PolicyId Policy = "ANPAREAD000000000001";
    static readonly AccessKeyId Key = "AKIAQNZGKIQY56JQ7WML";
    static readonly PasswordId Password = "APWDBOBS000000000001";
    static readonly MFADeviceId Device = "AMFAPHONE00000000001";
    static readonly ServerCertificateId Certificate = "ASCAWWW0000000000001";
    const string Pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
    static readonly SSHPublicKeyId SSHKeyId = "APKABOBSKEY000000001";

    internal static readonly Dictionary<string, AccountEvent> Events = new()
    {
        ["account-created"] = new AccountCreated("Example Works"),
        ["account-created.unnamed"] = new AccountCreated((AccountName?)null),
        ["account-renamed"] = new AccountRenamed("Example Works"),
        ["account-primary-email-set"] = new PrimaryEmailSet(),
        ["account-root-recovered"] = new RootRecovered("The last key went with a laptop; ticket 4711."),
        ["account-closed"] = new AccountClosed(),
        ["account-alias-created"] = new AccountAliasCreated("example-works"),
        ["account-alias-deleted"] = new AccountAliasDeleted(),
        ["account-quota-set"] = new AccountQuotaSet("UsersPerAccount", 1_000_000),
        ["account-password-policy-updated"] = new AccountPasswordPolicyUpdated(14, true, false, true, false, true, 365, 5, true),
        ["account-password-policy-updated.defaults"] = new AccountPasswordPolicyUpdated(6, false, false, false, false, false, 0, 0, false),
        ["account-password-policy-deleted"] = new AccountPasswordPolicyDeleted(),
        ["catalogue-adopted"] = CatalogueAdopted.Of(Catalogue.Read("""{"Policies":[]}""")),
        ["user-created"] = new UserCreated(User, "Bob", "/team/"),
        ["user-renamed"] = new UserRenamed(User, "Carol", "/"),
        ["user-deleted"] = new UserDeleted(User),
        ["user-policy-put"] = new UserPolicyPut(User, "own", Text),
        ["user-policy-deleted"] = new UserPolicyDeleted(User, "own"),
        ["user-policy-attached"] = new UserPolicyAttached(User, Policy),
        ["user-policy-detached"] = new UserPolicyDetached(User, Policy),
        ["user-permissions-boundary-put"] = new UserPermissionsBoundaryPut(User, Policy, null),
        ["user-permissions-boundary-put.replacing"] = new UserPermissionsBoundaryPut(User, Policy, "ANPAWRITE00000000001"),
        ["user-permissions-boundary-deleted"] = new UserPermissionsBoundaryDeleted(User, Policy),
        ["user-tagged"] = new UserTagged(User, "Team: \u00c4 1", "blue/+=@_-."),
        ["user-tagged.empty"] = new UserTagged(User, "team", ""),
        ["user-untagged"] = new UserUntagged(User, "team"),
        ["policy-tagged"] = new PolicyTagged(Policy, "team", "blue"),
        ["policy-untagged"] = new PolicyUntagged(Policy, "team"),
        ["group-created"] = new GroupCreated(Group, "Admins", "/eng/"),
        ["group-renamed"] = new GroupRenamed(Group, "Chiefs", "/"),
        ["group-deleted"] = new GroupDeleted(Group),
        ["user-added-to-group"] = new UserAddedToGroup(Group, User),
        ["user-removed-from-group"] = new UserRemovedFromGroup(Group, User),
        ["group-policy-put"] = new GroupPolicyPut(Group, "own", Text),
        ["group-policy-deleted"] = new GroupPolicyDeleted(Group, "own"),
        ["group-policy-attached"] = new GroupPolicyAttached(Group, Policy),
        ["group-policy-detached"] = new GroupPolicyDetached(Group, Policy),
        ["policy-created"] = new PolicyCreated(Policy, "Read", "/std/", "Reads €😀.", Text),
        ["policy-created.undescribed"] = new PolicyCreated(Policy, "Read", "/", null, Text),
        ["policy-version-created"] = new PolicyVersionCreated(Policy, "v2", Text),
        ["default-policy-version-set"] = new DefaultPolicyVersionSet(Policy, "v2"),
        ["policy-version-deleted"] = new PolicyVersionDeleted(Policy, "v1"),
        ["policy-deleted"] = new PolicyDeleted(Policy, "v2"),
        ["access-key-created"] = new AccessKeyCreated(Key, User, Cast.Print),
        ["access-key-created.root"] = new AccessKeyCreated(Key, null, Cast.Print),
        ["access-key-status-set"] = new AccessKeyStatusSet(Key, User, "Inactive"),
        ["access-key-status-set.root"] = new AccessKeyStatusSet(Key, null, "Active"),
        ["access-key-deleted"] = new AccessKeyDeleted(Key, User),
        ["access-key-deleted.root"] = new AccessKeyDeleted(Key, null),
        ["login-profile-created"] = new LoginProfileCreated(Password, User, true),
        ["login-profile-created.root"] = new LoginProfileCreated("APWDOLD0000000000001", null, false),
        ["password-changed"] = new PasswordChanged(Password, User, "APWDOLD0000000000001", true),
        ["password-changed.root"] = new PasswordChanged(Password, null, "APWDOLD0000000000001", false),
        ["password-reset-required-set"] = new PasswordResetRequiredSet(Password, User, true),
        ["login-profile-deleted"] = new LoginProfileDeleted(Password, User),
        ["login-profile-deleted.root"] = new LoginProfileDeleted(Password, null),
        ["virtual-mfa-device-created"] = new VirtualMFADeviceCreated(Device, "Phone", "/team/", Cast.Print),
        ["mfa-device-enabled"] = new MFADeviceEnabled(Device, User, -2),
        ["mfa-device-enabled.root"] = new MFADeviceEnabled(Device, null, 0),
        ["mfa-device-resynced"] = new MFADeviceResynced(Device, User, 3),
        ["mfa-device-resynced.root"] = new MFADeviceResynced(Device, null, -3),
        ["mfa-device-deactivated"] = new MFADeviceDeactivated(Device, User),
        ["mfa-device-deactivated.root"] = new MFADeviceDeactivated(Device, null),
        ["mfa-device-tagged"] = new MFADeviceTagged(Device, "team", "blue"),
        ["mfa-device-untagged"] = new MFADeviceUntagged(Device, "team"),
        ["virtual-mfa-device-deleted"] = new VirtualMFADeviceDeleted(Device),
        ["ssh-public-key-uploaded"] = new SSHPublicKeyUploaded(SSHKeyId, User, Cast.EdKey),
        ["ssh-public-key-status-set"] = new SSHPublicKeyStatusSet(SSHKeyId, User, "Inactive"),
        ["ssh-public-key-deleted"] = new SSHPublicKeyDeleted(SSHKeyId, User),
        ["server-certificate-uploaded"] = new ServerCertificateUploaded(Certificate, "WWW", "/cloudfront/", Pem, $"{Pem}\n{Pem}", Cast.Print),
        ["server-certificate-uploaded.unchained"] = new ServerCertificateUploaded(Certificate, "WWW", "/", Pem, null, Cast.Print),
        ["server-certificate-renamed"] = new ServerCertificateRenamed(Certificate, "www-2", "/"),
        ["server-certificate-tagged"] = new ServerCertificateTagged(Certificate, "team", "blue"),
        ["server-certificate-untagged"] = new ServerCertificateUntagged(Certificate, "team"),
        ["server-certificate-deleted"] = new ServerCertificateDeleted(Certificate),
    };

    public static TheoryData<string> Samples => [.. Files.Keys];
    public static TheoryData<string> Kinds => [.. AccountEvent.Kinds.Keys];

    static Dictionary<string, JsonElement> Files { get; } = typeof(StoredEventTests).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(".json", StringComparison.Ordinal))
        .ToDictionary(name => name[..^".json".Length], name => JsonDocument.Parse(typeof(StoredEventTests).Assembly.GetManifestResourceStream(name)!).RootElement);

    [Fact] public void Every_event_has_a_stored_sample() => Files.Keys.Select(name => name.Split('.')[0]).Distinct().Order().ShouldBe(AccountEvent.Kinds.Keys.Order());
    [Fact] public void Every_sample_is_known_here() => Files.Keys.Order().ShouldBe(Events.Keys.Order());

    [Theory, MemberData(nameof(Samples))]
    public void A_stored_sample_is_the_event(string name)
    {
        var data = Files[name].GetProperty("data");
        var read = (AccountEvent)data.Deserialize(AccountEvent.Kinds[name.Split('.')[0]], Json.Options)!;
        read.ShouldBe(Events[name]);
        Members(read).ShouldBe(Members(Events[name])); // a record's own equality forgives the case of names
    }

    [Fact]
    public void What_has_a_fingerprint_keeps_a_secret_and_what_is_kept_can_end()
    {
        // A password could be guessed by a fingerprint, and so could an e-mail address.
        Events.Values.Where(one => one.KeepsSecret() is { } kept && kept.Kind != SecretKind.Password && kept.Kind != SecretKind.PrimaryEmail).Select(one => one.GetType()).Distinct().Order(ByName)
            .ShouldBe(AccountEvent.Kinds.Values.Where(type => type.GetProperties().Any(property => property.PropertyType == typeof(Fingerprint))).Order(ByName));
        Events.Values.Select(one => one.EndsSecret()).OfType<SecretId>().Distinct().ShouldBe(Events.Values.Select(one => one.KeepsSecret()).OfType<SecretId>().Distinct(), ignoreOrder: true);
        SecretKind.All.Select(kind => kind.Name).ShouldBe(Events.Values.Select(one => one.KeepsSecret()?.Kind.Name).OfType<string>().Distinct(), ignoreOrder: true);
    }

    static Comparer<Type> ByName { get; } = Comparer<Type>.Create((one, other) => string.CompareOrdinal(one.Name, other.Name));

    [Theory, MemberData(nameof(Samples))]
    public void An_event_is_written_as_it_was_stored(string name) =>
        Canonical(JsonSerializer.SerializeToElement(Events[name], Events[name].GetType(), Json.Options)).ShouldBe(Canonical(Files[name].GetProperty("data")));

    [Theory, MemberData(nameof(Samples))]
    public void Its_leaf_is_what_another_program_computed(string name)
    {
        var recorded = new RecordedEvent("111122223333", 7, Events[name], new(2026, 11, 24, 5, 6, 7, 123, 456, TimeSpan.Zero),
            new("AIDAALICE00000000001", "AKIAALICEALICEALICEA", "arn:aws:iam::111122223333:user/team/alice"), "c-1", 1, "m-1", "m-2");
        Convert.ToHexStringLower(Ledger.LeafOf(recorded)).ShouldBe(Files[name].GetProperty("leaf").GetString());
    }

    [Fact]
    public void A_leaf_covers_everything_that_is_stored()
    {
        var recorded = new RecordedEvent("111122223333", 7, Events["user-deleted"], Cast.Noon, new("AIDAALICE00000000001", "AKIAALICEALICEALICEA", "arn:aws:iam::111122223333:user/alice"), "c-1", 1, "m-1", "m-2");
        RecordedEvent[] others =
        [
            recorded with { Account = "444455556666" }, recorded with { Revision = 8 }, recorded with { Event = Events["group-deleted"] }, recorded with { At = Cast.Noon.AddMicroseconds(1) },
            recorded with { By = recorded.By with { PrincipalId = "AIDABOB0000000000001" } }, recorded with { By = recorded.By with { AccessKeyId = Key } },
            recorded with { By = recorded.By with { Arn = "arn:aws:iam::111122223333:user/Alice" } }, recorded with { Command = "c-2" }, recorded with { Index = 0 },
            recorded with { Correlation = "m-0" }, recorded with { Causation = null }, recorded with { Causation = "m-0" }, recorded with { Schema = 2 },
        ];
        others.Append(recorded).Select(each => Convert.ToHexStringLower(Ledger.LeafOf(each))).ShouldBeUnique();
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Stored_names_are_lower_case_with_hyphens(string name) => name.ShouldMatch("^[a-z]+(-[a-z]+)*$");

    [Theory, MemberData(nameof(Kinds))]
    public void Events_hold_texts_whole_numbers_and_booleans(string name)
    {
        foreach (var property in Properties(name))
            (property.PropertyType is { IsPrimitive: true } plain && plain != typeof(float) && plain != typeof(double) && plain != typeof(char)
                || property.PropertyType == typeof(string) || property.PropertyType.BaseType is { IsGenericType: true } text && text.GetGenericTypeDefinition() == typeof(Text<>))
                .ShouldBeTrue($"{name}.{property.Name} is a {property.PropertyType}");
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Names_and_paths_stand_only_where_they_are_given(string name)
    {
        if (name is "account-created" or "account-renamed" or "account-alias-created" or "user-created" or "user-renamed" or "group-created" or "group-renamed" or "policy-created" or "server-certificate-uploaded" or "server-certificate-renamed" or "virtual-mfa-device-created") return;
        Type[] names = [typeof(UserName), typeof(GroupName), typeof(AccountName), typeof(AccountAlias), typeof(ServerCertificateName), typeof(VirtualMFADeviceName), typeof(IamPath), typeof(PolicyPath), typeof(Arn)];
        Properties(name).Select(property => property.PropertyType).Intersect(names).ShouldBeEmpty(name);
        // An inline policy has no id: on its principal the name is the identity.
        if (!name.StartsWith("user-policy-", StringComparison.Ordinal) && !name.StartsWith("group-policy-", StringComparison.Ordinal))
            Properties(name).ShouldNotContain(property => property.PropertyType == typeof(PolicyName), name);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Every_event_but_the_accounts_own_touches_something_by_id(string name) =>
        Properties(name).Any(property => property.PropertyType.IsAssignableTo(typeof(IEntityId))).ShouldBe(!name.StartsWith("account-", StringComparison.Ordinal) && name is not "catalogue-adopted");

    [Fact] public void The_entities_of_an_event_are_its_ids() => new UserAddedToGroup(Group, User).Entities().ShouldBe([Group.Value, User.Value], ignoreOrder: true);
    [Fact] public void An_id_that_is_absent_is_no_entity() => new AccessKeyCreated(Key, null, Cast.Print).Entities().ShouldBe([Key.Value]);

    static PropertyInfo[] Properties(string name) => AccountEvent.Kinds[name].GetProperties();
    static string Members(AccountEvent @event) => string.Join("|", @event.GetType().GetProperties().Select(property => $"{property.Name}={property.GetValue(@event)}"));

    static string Canonical(JsonElement value)
    {
        var bytes = new ArrayBufferWriter<byte>();
        CanonicalJson.Write(value, bytes);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
