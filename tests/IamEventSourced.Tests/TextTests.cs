using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace IamEventSourced.Tests;

/// <summary>AWS's limits of every parameter that is a text, from AWS's service model (version 2010-05-08); and our own texts'.</summary>
public class TextTests
{
    /// <summary>The least and greatest length; and a text that is right but for its length.</summary>
    static readonly Dictionary<Type, (int Min, int Max, Func<int, string> Of)> Lengths = new()
    {
        [typeof(UserName)] = (1, 64, Letters),
        [typeof(GroupName)] = (1, 128, Letters),
        [typeof(PolicyName)] = (1, 128, Letters),
        [typeof(PolicyText)] = (1, 131072, Letters),
        [typeof(PolicyDescription)] = (0, 1000, Letters),
        [typeof(Arn)] = (20, 2048, Letters),
        [typeof(IamPath)] = (1, 512, Path),
        [typeof(PathPrefix)] = (1, 512, length => length is 0 ? "" : "/" + Letters(length - 1)),
        [typeof(PolicyPath)] = (1, 512, Path),
        [typeof(TagKey)] = (1, 128, Letters),
        [typeof(TagValue)] = (0, 256, Letters),
        [typeof(PolicyScope)] = (3, 5, length => length is 3 ? "All" : length is 5 ? "Local" : Letters(length)),
        [typeof(PolicyUsage)] = (17, 19, length => length is 17 ? "PermissionsPolicy" : length is 19 ? "PermissionsBoundary" : Letters(length)),
        [typeof(VersionId)] = (2, 32, length => "v" + new string('1', length - 1)),
        [typeof(UserId)] = (16, 128, length => "AIDA" + new string('A', length - 4)),
        [typeof(GroupId)] = (16, 128, length => "AGPA" + new string('A', length - 4)),
        [typeof(PolicyId)] = (16, 128, length => "ANPA" + new string('A', length - 4)),
        [typeof(AccessKeyId)] = (16, 128, length => new string('A', length)),
        [typeof(StatusType)] = (6, 8, length => length switch { 6 => "Active", 8 => "Inactive", _ => Letters(length) }),
        [typeof(PolicyEvaluationDecisionType)] = (7, 12, length => length switch { 7 => "allowed", 12 => "implicitDeny", _ => Letters(length) }),
        [typeof(PasswordId)] = (16, 128, length => "APWD" + new string('A', length - 4)),
        [typeof(SSHPublicKeyId)] = (20, 128, Letters),
        [typeof(SSHPublicKeyBody)] = (1, 16384, Letters),
        [typeof(SSHPublicKeyEncoding)] = (3, 3, length => length is 3 ? "SSH" : Letters(length)),
        [typeof(SSHKeyFingerprint)] = (50, 50, length => "SHA256:" + Letters(length - 7)),
        [typeof(AccountId)] = (12, 12, length => new string('1', length)),
        [typeof(AccountName)] = (1, 50, Letters),
        [typeof(AccountState)] = (6, 6, length => length is 6 ? "ACTIVE" : Letters(length)),
        [typeof(RecoveryReason)] = (1, 1000, Letters),
        [typeof(AccountAlias)] = (3, 63, Letters),
        [typeof(ServerCertificateName)] = (1, 128, Letters),
        [typeof(ServerCertificateId)] = (16, 128, length => "ASCA" + new string('A', length - 4)),
        [typeof(VirtualMFADeviceName)] = (1, 128, Letters),
        [typeof(MFADeviceId)] = (16, 128, length => "AMFA" + new string('A', length - 4)),
        [typeof(SerialNumber)] = (9, 256, Letters),
        [typeof(AssignmentStatusType)] = (3, 10, length => length switch { 3 => "Any", 10 => "Unassigned", _ => Letters(length) }),
        [typeof(CertificateBody)] = (1, 16384, Letters),
        [typeof(CertificateChain)] = (1, 2097152, Letters),
        [typeof(QuotaName)] = (10, 28, length => length switch { 10 => "PolicySize", 28 => "ServerCertificatesPerAccount", _ => Letters(length) }),
        [typeof(EntityType)] = (4, 18, length => length switch { 4 => "User", 18 => "LocalManagedPolicy", _ => Letters(length) }),
        [typeof(Marker)] = (1, 320, Letters),
        [typeof(OperationName)] = (1, 128, Letters),
        [typeof(CommandId)] = (1, 128, Letters),
        [typeof(ActionName)] = (3, 128, length => "s:" + Letters(length - 2)),
        [typeof(ResourceOwner)] = (12, 2048, Letters),
        [typeof(ResourceHandlingOption)] = (1, 64, Letters),
        [typeof(PolicyIdentifierType)] = (3, 19, length => length switch { 3 => "scp", 19 => "permission-boundary", _ => Letters(length) }),
        [typeof(AttachmentType)] = (4, 5, length => length switch { 4 => "user", 5 => "group", _ => Letters(length) }),
        [typeof(ResourceName)] = (1, 2048, length => length switch { 0 => "", 1 => "*", _ => "arn:" + Letters(length - 4) }),
        [typeof(ContextKeyName)] = (5, 256, length => "a:" + Letters(length - 2)),
        [typeof(ContextKeyType)] = (2, 11, length => length switch { 2 => "ip", 11 => "numericList", _ => Letters(length) }),
        [typeof(CatalogueDigest)] = (64, 64, Letters),
        [typeof(ActionPattern)] = (3, 128, length => "a:" + Letters(length - 2)),
        [typeof(PrincipalId)] = (1, 128, Letters),
        [typeof(RefusalCode)] = (1, 64, Letters),
        [typeof(EventType)] = (1, 64, Letters),
        [typeof(CorrelationId)] = (1, 128, Letters),
        [typeof(SourceAddress)] = (2, 45, Letters),
        [typeof(JobId)] = (36, 36, Letters),
        [typeof(ServiceNamespace)] = (1, 64, Letters),
        [typeof(AlertType)] = (10, 22, length => length is 10 ? "UserPolicy" : length is 22 ? "UnusedIAMUserAccessKey" : Letters(length)),
        [typeof(AccessAdvisorUsageGranularity)] = (12, 13, length => length is 12 ? "ACTION_LEVEL" : length is 13 ? "SERVICE_LEVEL" : Letters(length)),
        [typeof(Fingerprint)] = (64, 64, Letters),
        [typeof(EntityReference)] = (12, 2048, length => length < 16 ? new string('1', length) : "arn:" + Letters(length - 4)),
    };

    public static TheoryData<string> Types => [.. Texts.Select(type => type.Name)];
    static readonly Type[] Texts = [.. typeof(UserName).Assembly.GetTypes().Where(type => type.BaseType is { IsGenericType: true } text && text.GetGenericTypeDefinition() == typeof(Text<>))];

    static string Letters(int length) => new('a', length);
    static string Path(int length) => length switch { 0 => "", 1 => "/", _ => $"/{Letters(length - 2)}/" };

    [Fact]
    public void What_is_matched_in_one_pass_is_what_the_pattern_says()
    {
        var shown = new System.Text.RegularExpressions.Regex($@"\A(?:{ResourceName.Limits.Pattern})\z");
        string[] parts = ["", "*", "arn:", "a", "\0", "\n", "é", "\uFFFF", "\uD83D\uDE00", "\uD83D", "\uDE00"];
        foreach (var text in from one in parts from two in parts from three in parts from four in parts select one + two + three + four)
            if (text.Length > 0) (ResourceName.Limits.Violation(text) is null).ShouldBe(shown.IsMatch(text), string.Join(' ', text.Select(letter => (int)letter)));
    }

    [Fact] public void Every_kind_of_text_is_in_the_table() => Texts.Select(type => type.Name).Order().ShouldBe(Lengths.Keys.Select(type => type.Name).Order());

    [Theory, MemberData(nameof(Types))]
    public void Its_length_may_be_at_the_limits_and_not_beyond(string name)
    {
        var (type, (min, max, of)) = Lengths.Single(text => text.Key.Name == name);
        Problem(type, of(min)).ShouldBeNull();
        Problem(type, of(max)).ShouldBeNull();
        Problem(type, of(max + 1)).ShouldBe($"Member must have length less than or equal to {max}");
        if (min > 0) Problem(type, of(min - 1)).ShouldBe($"Member must have length greater than or equal to {min}");
    }

    [Theory]
    [InlineData(typeof(UserName), "a b")]
    [InlineData(typeof(UserName), "ä")]
    [InlineData(typeof(UserName), "a/b")]
    [InlineData(typeof(UserName), "a\n")]
    [InlineData(typeof(UserName), "a*")]
    [InlineData(typeof(OperationName), "a b")]
    [InlineData(typeof(GroupName), "a:b")]
    [InlineData(typeof(PolicyName), "a\\b")]
    [InlineData(typeof(IamPath), "team")]
    [InlineData(typeof(IamPath), "/team")]
    [InlineData(typeof(IamPath), "team/")]
    [InlineData(typeof(IamPath), "//")]
    [InlineData(typeof(IamPath), "/a b/")]
    [InlineData(typeof(IamPath), "/ä/")]
    [InlineData(typeof(IamPath), "/a/\n")]
    [InlineData(typeof(PathPrefix), "team")]
    [InlineData(typeof(PathPrefix), "/a b")]
    [InlineData(typeof(PolicyPath), "/a//b/")]
    [InlineData(typeof(PolicyPath), "/a:b/")]
    [InlineData(typeof(PolicyPath), "/a")]
    [InlineData(typeof(TagKey), "a*")]
    [InlineData(typeof(TagKey), "a\tb")]
    [InlineData(typeof(TagValue), "a;b")]
    [InlineData(typeof(PolicyScope), "local")]
    [InlineData(typeof(EventType), "User-Created")]
    [InlineData(typeof(CorrelationId), "a\tb")]
    [InlineData(typeof(EntityType), "user")]
    [InlineData(typeof(PolicyUsage), "permissionspolicy")]
    [InlineData(typeof(VersionId), "v0")]
    [InlineData(typeof(VersionId), "v01")]
    [InlineData(typeof(VersionId), "V1")]
    [InlineData(typeof(VersionId), "v1x")]
    [InlineData(typeof(UserId), "AGPAALICE00000000001")]
    [InlineData(typeof(UserId), "AIDAalice00000000001")]
    [InlineData(typeof(GroupId), "AIDAALICE00000000001")]
    [InlineData(typeof(PolicyId), "AIDAALICE00000000001")]
    [InlineData(typeof(AccessKeyId), "AKIA-LICEALICEALICEA")]
    [InlineData(typeof(StatusType), "active")]
    [InlineData(typeof(StatusType), "Expired")]
    [InlineData(typeof(ServerCertificateName), "a/b")]
    [InlineData(typeof(ServerCertificateId), "AIDAALICE00000000001")]
    [InlineData(typeof(CertificateBody), "a\u0100")]
    [InlineData(typeof(CertificateChain), "a\0")]
    [InlineData(typeof(PrivateKey), "a\0")]
    [InlineData(typeof(Password), "a\0")]
    [InlineData(typeof(Password), "a\u0100")]
    [InlineData(typeof(PasswordId), "AIDAALICE00000000001")]
    [InlineData(typeof(SSHPublicKeyId), "APKA-LICEALICEALICEA")]
    [InlineData(typeof(SSHPublicKeyBody), "ssh-rsa\0")]
    [InlineData(typeof(SSHPublicKeyEncoding), "pem")]
    [InlineData(typeof(SSHKeyFingerprint), "SHA256:bbXpuKG6zhzdmnxq256TlqzFBzRl2f6OOg722cYNbU=")]
    [InlineData(typeof(AccountId), "11112222333x")]
    [InlineData(typeof(AccountId), "１１１１２２２２３３３３")]
    [InlineData(typeof(PolicyText), "a\u0100")]
    [InlineData(typeof(PolicyText), "a\0")]
    [InlineData(typeof(PolicyDescription), "a\tb")]
    [InlineData(typeof(AccountName), "Wörks")]
    [InlineData(typeof(AccountAlias), "-ab")]
    [InlineData(typeof(AccountAlias), "ab-")]
    [InlineData(typeof(AccountAlias), "a--b")]
    [InlineData(typeof(AccountAlias), "Abc")]
    [InlineData(typeof(AccountAlias), "a_b")]
    [InlineData(typeof(AccountAlias), "abc\n")]
    [InlineData(typeof(QuotaName), "usersPerAccount")]
    [InlineData(typeof(QuotaName), "UsersPerAccountX")]
    [InlineData(typeof(Marker), "a=")]
    [InlineData(typeof(CommandId), "a b")]
    [InlineData(typeof(ActionName), "s3:Get*")]
    [InlineData(typeof(ActionName), "s3::Get")]
    [InlineData(typeof(ActionName), "s3Get")]
    public void What_does_not_fit_the_pattern_is_refused(Type type, string text) => Problem(type, text).ShouldNotBeNull().ShouldStartWith("Member must satisfy regular expression pattern: ");

    [Theory]
    [InlineData(typeof(UserName), "aZ09_+=,.@-")]
    [InlineData(typeof(GroupName), "aZ09_+=,.@-")]
    [InlineData(typeof(PolicyName), "aZ09_+=,.@-")]
    [InlineData(typeof(IamPath), "/!/~//a/")]
    [InlineData(typeof(PathPrefix), "/")]
    [InlineData(typeof(PolicyPath), "/a.,+@=_-/B9/")]
    [InlineData(typeof(VersionId), "v10")]
    [InlineData(typeof(AccountAlias), "1-2-a")]
    [InlineData(typeof(TagKey), "Größe: 1_.:/=+-@ x")]
    [InlineData(typeof(TagValue), "Größe: 1_.:/=+-@ x")]
    [InlineData(typeof(PolicyText), "\t\n\r ÿ")]
    [InlineData(typeof(Password), "\t\n\r ~ÿ")]
    [InlineData(typeof(PolicyDescription), "Größe: 5 € – 😀 \u0301")]
    public void What_fits_it_is_accepted(Type type, string text) => Problem(type, text).ShouldBeNull();

    [Fact] public void Names_differ_without_case() => (new UserName("Bob") == new UserName("bOB"), new GroupName("Bob") == new GroupName("bOB"), new PolicyName("Bob") == new PolicyName("bOB")).ShouldBe((true, true, true));
    [Fact] public void Equal_names_have_one_hash() => new UserName("Bob").GetHashCode().ShouldBe(new UserName("bOB").GetHashCode());
    [Fact] public void Paths_ids_arns_and_policies_differ_with_case() =>
        (new IamPath("/a/") == new IamPath("/A/"), new Arn("arn:aws:iam::1:user/a") == new Arn("arn:aws:iam::1:user/A"), new PolicyText("a") == new PolicyText("A"), new CommandId("a") == new CommandId("A")).ShouldBe((false, false, false, false));
    [Fact] public void A_name_keeps_the_case_it_was_written_in() => new UserName("bOB").Value.ShouldBe("bOB");

    [Theory, InlineData(0, "Member must have value greater than or equal to 1"), InlineData(1, null), InlineData(1000, null), InlineData(1001, "Member must have value less than or equal to 1000")]
    public void A_page_has_1_to_1000_items(int number, string? problem) => Problem(typeof(MaxItems), number).ShouldBe(problem);

    [Fact]
    public void A_secret_that_is_given_has_limits_too_and_is_shown_to_nobody()
    {
        PrivateKey key = new string('x', 16_384);
        (Problem(typeof(PrivateKey), ""), Problem(typeof(PrivateKey), key.Reveal()), Problem(typeof(PrivateKey), key.Reveal() + "x")).ShouldBe(("Member must have length greater than or equal to 1", null, "Member must have length less than or equal to 16384"));
        (Problem(typeof(Password), ""), Problem(typeof(Password), new string('x', 128)), Problem(typeof(Password), new string('x', 129))).ShouldBe(("Member must have length greater than or equal to 1", null, "Member must have length less than or equal to 128"));
        new ChangePassword("old-xx", "new-xx").ToString().ShouldNotContain("xx");
        key.ToString().ShouldBe("***");
        new UploadServerCertificate("www", "a", key).ToString().ShouldNotContain("xx");
        JsonSerializer.Serialize(key, Json.Options).ShouldBe($"\"{key.Reveal()}\"");
    }

    // What JSON says of it, without what the serializer adds.
    static string? Problem(Type type, object value)
    {
        try
        {
            JsonSerializer.SerializeToElement(value).Deserialize(type, Json.Options);
            return null;
        }
        catch (JsonException e)
        {
            return e.Message.Split(" Path: ")[0];
        }
    }
}

public class MarkerTests
{
    [Property]
    public void It_gives_back_what_it_holds(PositiveInt revision, NonNull<string> name)
    {
        var after = new string([.. name.Get.Where(char.IsAscii).Take(128)]);
        Marker.Of(revision.Get, after).Read().ShouldBe(((long)revision.Get, after));
    }

    [Fact] public void The_longest_name_fits_at_the_highest_revision() => Marker.Of(long.MaxValue, new string('x', 128)).Read().ShouldBe((long.MaxValue, new string('x', 128)));

    [Theory]
    [InlineData("a")]              // no base64
    [InlineData("YWJj")]           // abc
    [InlineData("OmE")]            // :a
    [InlineData("MDph")]           // 0:a
    [InlineData("LTE6YQ")]         // -1:a
    [InlineData("KzE6YQ")]         // +1:a
    [InlineData("IDE6YQ")]         // " 1:a"
    [InlineData("OTIyMzM3MjAzNjg1NDc3NTgwODph")] // 2^63:a
    public void One_that_no_list_gave_is_unreadable(string marker) => new Marker(marker).Read().ShouldBeNull();

    [Property]
    public void Whatever_comes_is_read_or_is_not(NonEmptyArray<byte> letters)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        var marker = new Marker(new([.. letters.Get.Take(320).Select(letter => alphabet[letter % 64])]));
        Should.NotThrow(() => marker.Read());
    }

    [Fact] public void This_is_how_it_is_written() => Marker.Of(1, "a").Value.ShouldBe("MTph");
}
