using System.Text;
using FsCheck.Xunit;
using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

/// <summary>Virtual MFA devices: made, enabled by two codes, whose they are, and gone.</summary>
public class MFADeviceTests : Specification
{
    const string Phone = "arn:aws:iam::111122223333:mfa/team/phone";
    static readonly MFADeviceId PhoneId = "AMFAPHONE00000000001";
    static readonly VirtualMFADeviceCreated Made = new(PhoneId, "phone", "/team/", Print);
    static readonly MFADeviceEnabled Alices = new(PhoneId, AliceId, 1), Roots = new(PhoneId, null, 0);
    static readonly MatchedCodes Good = new(PhoneId, 1), Wrong = new(PhoneId, null);

    Call WithCodes(MatchedCodes? codes, Caller? by = null) => CallOf(by) with { Codes = codes };

    [Fact] public void One_is_made_with_a_seed_that_is_shown_once() => When(new CreateVirtualMFADevice("phone", "/team/", [new("owner", "alice")]))
        .Then(new VirtualMFADeviceCreated("AMFA00000000000000001", "phone", "/team/", Print), new MFADeviceTagged("AMFA00000000000000001", "owner", "alice"))
        .ThenAnswers($$$"""{"VirtualMFADevice":{"SerialNumber":"{{{Phone}}}","Base32StringSeed":"c2VjcmV0","QRCodePNG":"otpauth://totp/phone%40111122223333?secret=secret","Tags":[{"Key":"owner","Value":"alice"}]}}""");
    [Fact] public void Its_picture_says_the_accounts_alias_where_it_has_one() => Given(new AccountAliasCreated("works")).When(new CreateVirtualMFADevice("phone"))
        .ThenAnswers($$$"""{"VirtualMFADevice":{"SerialNumber":"arn:aws:iam::111122223333:mfa/phone","Base32StringSeed":"c2VjcmV0","QRCodePNG":"otpauth://totp/phone%40works?secret=secret"}}""");
    [Fact] public void A_name_is_given_once_without_case() => Given(Made).When(new CreateVirtualMFADevice("PHONE")).ThenRefused("EntityAlreadyExists", "MFADevice with name phone already exists.");
    [Fact] public void There_are_as_many_as_users_at_most() => Given(Made).GivenQuotas(Quotas.Default with { UsersPerAccount = 1 }).When(new CreateVirtualMFADevice("other")).ThenRefused("LimitExceeded");
    [Fact] public void A_serial_number_has_256_characters_at_most() => When(new CreateVirtualMFADevice(new string('a', 128), $"/{new string('b', 128)}/")).ThenRefused("InvalidInput");

    [Fact] public void A_device_becomes_a_users_by_two_codes() => Enabled(Good, Alice, Made).Events.ShouldBe([Alices]);
    [Fact] public void Or_roots_who_calls_and_names_the_accounts_number()
    {
        Given(Alice, AliceKeyCreated, Made, new UserPolicyPut(AliceId, "all", Everything));
        EnableMFADevice command = new("111122223333", Phone, "123456", "654321");
        Directory.Decide(command, WithCodes(new(PhoneId, 0))).Events.ShouldBe([Roots]);
        Directory.Decide(command, WithCodes(new(PhoneId, 0), AsAlice)).Refusal!.Code.ShouldBe("NoSuchEntity"); // to others it is a user's name
    }
    [Fact] public void Not_by_codes_that_are_not_good() => Enabled(Wrong, Alice, Made).Refusal.ShouldBe(new("InvalidAuthenticationCode", 403, "Authentication code for device is not valid."));
    [Fact] public void Not_by_codes_that_were_looked_at_for_another_device() => Enabled(new("AMFAOTHER00000000001", 0), Alice, Made).Refusal!.Code.ShouldBe("EntityTemporarilyUnmodifiable");
    [Fact] public void Nor_before_the_device_was_known() => Enabled(null, Alice, Made).Refusal!.Code.ShouldBe("EntityTemporarilyUnmodifiable");
    [Fact] public void One_that_is_somebodys_stays_so() => Enabled(Good, Alice, Bob, Made, new MFADeviceEnabled(PhoneId, BobId, 0)).Refusal!.Code.ShouldBe("EntityAlreadyExists");
    [Fact] public void The_user_must_exist() => Enabled(Good, Made).Refusal!.Message.ShouldBe("The user with name alice cannot be found.");
    [Fact] public void The_device_must_exist() => Enabled(Good, Alice).Refusal!.Message.ShouldBe($"The MFA Device with name {Phone} cannot be found.");
    [Fact] public void A_user_has_eight_at_most()
    {
        Given(Alice, Made);
        for (var i = 0; i < 8; i++) Given(new VirtualMFADeviceCreated($"AMFA{i:D17}", $"key-{i}", "/", Print), new MFADeviceEnabled($"AMFA{i:D17}", AliceId, 0));
        Enabled(Good).Refusal.ShouldBe(IamError.LimitExceeded("MFADevicesPerUser", 8));
    }

    [Fact] public void Its_clock_is_learnt_anew() => Resynced(new(PhoneId, -3), Alice, Made, Alices).Events.ShouldBe([new MFADeviceResynced(PhoneId, AliceId, -3)]);
    [Fact] public void The_same_again_changes_nothing() => (Resynced(Good, Alice, Made, Alices) is { Refusal: null, Events.Count: 0 }).ShouldBeTrue();
    [Fact] public void Not_by_wrong_codes() => Resynced(Wrong, Alice, Made, Alices).Refusal!.Code.ShouldBe("InvalidAuthenticationCode");
    [Fact] public void Nobodys_is_not_resynced() => Resynced(Good, Alice, Made).Refusal!.Code.ShouldBe("NoSuchEntity");
    [Fact] public void Nor_anothers() => Resynced(Good, Alice, Bob, Made, new MFADeviceEnabled(PhoneId, BobId, 0)).Refusal!.Code.ShouldBe("NoSuchEntity");

    [Fact] public void It_is_taken_away_and_can_be_enabled_again()
    {
        Given(Alice, Made, Alices).When(new DeactivateMFADevice(Phone, "ALICE")).Then(new MFADeviceDeactivated(PhoneId, AliceId));
        Enabled(Good, new MFADeviceDeactivated(PhoneId, AliceId)).Events.ShouldBe([Alices]);
    }
    [Fact] public void Roots_own_where_none_is_named() => Given(Made, Roots).When(new DeactivateMFADevice(Phone)).Then(new MFADeviceDeactivated(PhoneId, null));
    [Fact] public void Not_anothers() => Given(Alice, Bob, Made, Alices).When(new DeactivateMFADevice(Phone, "bob")).ThenRefused("NoSuchEntity");
    [Fact] public void What_is_somebodys_is_not_deleted() => Given(Alice, Made, Alices).When(new DeleteVirtualMFADevice(Phone)).ThenRefused("DeleteConflict");
    [Fact] public void What_is_nobodys_is_with_its_tags() => Given(Made, new MFADeviceTagged(PhoneId, "owner", "alice")).When(new DeleteVirtualMFADevice(Phone)).Then(new MFADeviceUntagged(PhoneId, "owner"), new VirtualMFADeviceDeleted(PhoneId));
    [Fact] public void Nothing_is_not() => When(new DeleteVirtualMFADevice("GAHT12345678")).ThenRefused("NoSuchEntity", "The MFA Device with name GAHT12345678 cannot be found.");
    [Fact] public void A_user_with_a_device_stays() => Given(Alice, Made, Alices).When(new DeleteUser("alice")).ThenRefused("DeleteConflict", "Cannot delete entity, must delete MFA device first.");

    [Fact] public void A_users_are_listed() => Given(Alice, Made, Alices).When(new ListMFADevices("alice"))
        .ThenAnswers($$$"""{"MFADevices":[{"UserName":"alice","SerialNumber":"{{{Phone}}}","EnableDate":"2030-01-01T12:00:00.000000Z"}],"IsTruncated":false}""");
    [Fact] public void Roots_are_its_own() => Given(Alice, Made, Roots).When(new ListMFADevices()).ThenAnswers($$$"""{"MFADevices":[{"SerialNumber":"{{{Phone}}}","EnableDate":"2030-01-01T12:00:00.000000Z"}],"IsTruncated":false}""");
    [Fact] public void All_are_listed_with_whose_they_are() => Given(Alice, Made, Alices, new VirtualMFADeviceCreated("AMFAOTHER00000000001", "Key", "/", Print)).When(new ListVirtualMFADevices())
        .ThenAnswers($$$"""{"VirtualMFADevices":[{"SerialNumber":"arn:aws:iam::111122223333:mfa/Key"},{"SerialNumber":"{{{Phone}}}","User":{"Path":"/team/","UserName":"alice","UserId":"AIDAALICE00000000001","Arn":"arn:aws:iam::111122223333:user/team/alice","CreateDate":"2030-01-01T12:00:00.000000Z"},"EnableDate":"2030-01-01T12:00:00.000000Z"}],"IsTruncated":false}""");
    [Fact] public void Only_those_that_are_somebodys() => Given(Made, Roots, new VirtualMFADeviceCreated("AMFAOTHER00000000001", "Key", "/", Print)).When(new ListVirtualMFADevices("Assigned"))
        .ThenAnswers($$$"""{"VirtualMFADevices":[{"SerialNumber":"{{{Phone}}}","User":{"Path":"/","UserId":"111122223333","Arn":"arn:aws:iam::111122223333:root","CreateDate":"2030-01-01T12:00:00.000000Z"},"EnableDate":"2030-01-01T12:00:00.000000Z"}],"IsTruncated":false}""");
    [Fact] public void Or_nobodys_a_page_at_a_time() => Given(Made, Roots, new VirtualMFADeviceCreated("AMFAOTHER00000000001", "Key", "/", Print)).When(new ListVirtualMFADevices("Unassigned", MaxItems: 1))
        .ThenAnswers("""{"VirtualMFADevices":[{"SerialNumber":"arn:aws:iam::111122223333:mfa/Key"}],"IsTruncated":false}""");
    [Fact] public void One_is_shown() => Given(Alice, Made, Alices).When(new GetMFADevice(Phone, "alice")).ThenAnswers($$$"""{"UserName":"alice","SerialNumber":"{{{Phone}}}","EnableDate":"2030-01-01T12:00:00.000000Z"}""");
    [Fact] public void Not_as_anothers() => Given(Alice, Made, Alices).When(new GetMFADevice(Phone)).ThenRefused("NoSuchEntity");

    [Fact] public void Tags_are_put_listed_and_taken_away()
    {
        Given(Made).When(new TagMFADevice(Phone, [new("owner", "alice")])).Then(new MFADeviceTagged(PhoneId, "owner", "alice"));
        Given(new MFADeviceTagged(PhoneId, "owner", "alice")).When(new ListMFADeviceTags(Phone)).ThenAnswers("""{"Tags":[{"Key":"owner","Value":"alice"}],"IsTruncated":false}""");
        When(new UntagMFADevice(Phone, ["OWNER", "other"])).Then(new MFADeviceUntagged(PhoneId, "OWNER"));
    }
    [Fact] public void Its_tags_are_condition_keys() => Given(Alice, AliceKeyCreated, Made, new MFADeviceTagged(PhoneId, "owner", "alice"),
        new UserPolicyPut(AliceId, "own", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/owner":"${aws:username}"}}}}"""))
        .When(new DeleteVirtualMFADevice(Phone), AsAlice).Then(new MFADeviceUntagged(PhoneId, "owner"), new VirtualMFADeviceDeleted(PhoneId));
    [Fact] public void The_summary_counts_them()
    {
        Given(Alice, Made, Alices, new VirtualMFADeviceCreated("AMFAOTHER00000000001", "Key", "/", Print));
        Numbers().ShouldBe((2, 1, 0));
        Given(new MFADeviceEnabled("AMFAOTHER00000000001", null, 0));
        Numbers().ShouldBe((2, 2, 1));
        (int, int, int) Numbers() => Ask(new GetAccountSummary()).SummaryMap is var map ? (map["MFADevices"], map["MFADevicesInUse"], map["AccountMFAEnabled"]) : default;
    }

    [Fact] public void A_session_with_MFA_is_opened_with_ones_own_device()
    {
        Given(Alice, AliceKeyCreated, Made, Alices);
        new GetSessionToken(900, Phone, "123456").Open(Directory, CallOf(AsAlice)).Value!.MultiFactorAuth.ShouldBeTrue();
        new GetSessionToken(900).Open(Directory, CallOf(AsAlice)).Value!.MultiFactorAuth.ShouldBeFalse();
        new GetSessionToken(900, Phone, "123456").Open(Directory, CallOf(AsRoot)).Refusal!.Code.ShouldBe("AccessDenied");
        new GetSessionToken(900, "GAHT12345678", "123456").Open(Directory, CallOf(AsAlice)).Refusal!.Code.ShouldBe("AccessDenied");
        new GetSessionToken(900, Phone).Open(Directory, CallOf(AsAlice)).Refusal!.Message.ShouldBe("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.");
        new GetSessionToken(900, null, "123456").Open(Directory, CallOf(AsAlice)).Refusal!.Code.ShouldBe("AccessDenied");
    }

    Outcome Enabled(MatchedCodes? codes, params AccountEvent[] given)
    {
        Given(given);
        return Directory.Decide(new EnableMFADevice("alice", Phone, "123456", "654321"), WithCodes(codes));
    }

    Outcome Resynced(MatchedCodes? codes, params AccountEvent[] given)
    {
        Given(given);
        return Directory.Decide(new ResyncMFADevice("alice", Phone, "123456", "654321"), WithCodes(codes));
    }
}

public class OneTimePasswordTests
{
    static readonly byte[] Seed = Encoding.ASCII.GetBytes("12345678901234567890");

    // RFC 6238 appendix B, of eight digits the last six.
    [Theory]
    [InlineData(59, "287082")] [InlineData(1_111_111_109, "081804")] [InlineData(1_111_111_111, "050471")]
    [InlineData(1_234_567_890, "005924")] [InlineData(2_000_000_000, "279037")] [InlineData(20_000_000_000, "353130")]
    public void Codes_are_those_of_the_RFC(long seconds, string code)
    {
        var step = OneTimePassword.StepAt(DateTimeOffset.FromUnixTimeSeconds(seconds));
        OneTimePassword.At(Seed, step).Reveal().ShouldBe(code);
        OneTimePassword.Is(code, Seed, step).ShouldBeTrue();
        OneTimePassword.Is(code, Seed, step + 1).ShouldBeFalse();
    }

    [Fact] public void A_step_is_thirty_seconds() => (OneTimePassword.StepAt(DateTimeOffset.FromUnixTimeSeconds(59)), OneTimePassword.StepAt(DateTimeOffset.FromUnixTimeSeconds(60))).ShouldBe((1, 2));

    [Fact] public void Seeds_are_written_as_RFC_4648_says() => OneTimePassword.Write(Seed).ShouldBe("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");

    [Property] public void What_is_written_is_read_again(byte[] bytes) => OneTimePassword.Read(OneTimePassword.Write(bytes.Take(bytes.Length / 5 * 5).ToArray())).ShouldBe(bytes.Take(bytes.Length / 5 * 5));

    [Fact] public void What_is_no_base_32_is_no_seed() => Should.Throw<FormatException>(() => OneTimePassword.Read("GEZ1"));
}
