using FsCheck;
using FsCheck.Fluent;

namespace IamEventSourced.Server.Tests;

/// <summary>What is sealed opens as what it was, for whom and when it was, and as nothing else.</summary>
public class DataKeyTests
{
    static readonly AccountId Account = "123456789012", OtherAccount = "123456789013";
    const long Revision = 7;
    static readonly SecretId Id = SecretKind.AccessKey.Of(new AccessKeyId("AKIAIOSFODNN7EXAMPLE"));
    static readonly Secret Secret = new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");

    readonly byte[] bytes = [.. Enumerable.Range(32, 32).Select(i => (byte)i)];
    readonly DataKey key;
    readonly byte[] closed;

    public DataKeyTests()
    {
        key = new(Account, bytes);
        closed = key.Seal(Id, Revision, Secret);
    }

    [Fact] public void Whatever_is_sealed_opens() => Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
    {
        var plain = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text.Get)); // without lone surrogates
        return key.Open(Id, Revision, key.Seal(Id, Revision, new(plain))).Reveal() == plain;
    }));

    [Fact] public void Another_process_with_the_same_key_opens_it() => new DataKey(Account, bytes).Open(Id, Revision, closed).Reveal().ShouldBe(Secret.Reveal());

    [Fact] public void The_form_is_version_nonce_ciphertext_tag()
    {
        closed.Length.ShouldBe(1 + 12 + 40 + 16);
        closed[0].ShouldBe((byte)2);
        System.Text.Encoding.Latin1.GetString(closed).ShouldNotContain("wJal");
    }

    [Fact] public void Equal_secrets_look_different() => key.Seal(Id, Revision, Secret).ShouldNotBe(closed);

    [Fact] public void It_does_not_open_for_another_account() => Refused(() => new DataKey(OtherAccount, bytes).Open(Id, Revision, closed));
    [Fact] public void Nor_under_another_key_of_the_account() => Refused(() => DataKey.Create(Account).Open(Id, Revision, closed));
    [Fact] public void Nor_for_another_credential() => Refused(() => key.Open(SecretKind.AccessKey.Of(new AccessKeyId("AKIAIOSFODNN7EXAMPLF")), Revision, closed));
    [Fact] public void Nor_as_a_secret_of_another_kind() => Refused(() => key.Open(SecretKind.PrivateKey.Of(new AccessKeyId(Id.Id)), Revision, closed));
    [Fact] public void Nor_as_the_one_of_another_revision() => Refused(() => key.Open(Id, Revision + 1, closed));
    [Fact] public void What_is_no_key_is_none() => Refused(() => new DataKey(Account, bytes[..31]).Seal(Id, Revision, Secret));

    [Fact] public void No_bit_of_it_may_change()
    {
        for (var bit = 0; bit < closed.Length * 8; bit++)
        {
            byte[] changed = [.. closed];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Refused(() => key.Open(Id, Revision, changed));
        }
    }

    [Theory]
    [InlineData(0)] [InlineData(1)] [InlineData(28)] [InlineData(68)]
    public void Nor_may_it_be_cut(int length) => Refused(() => key.Open(Id, Revision, closed[..length]));

    // Made with Python's cryptography package.
    [Fact] public void What_was_sealed_before_there_were_kinds_opens()
    {
        var before = Convert.FromHexString("01000102030405060708090a0b2b183ccb386dbe98d2bf8c8b6f5c150b5e34ac2a2d3ec4415c5fb5d3f8d88ec06d9342715e5401bc61e4e6898fc585429450e91e4060db32");
        key.Open(Id, Revision, before).Reveal().ShouldBe(Secret.Reveal());
        Refused(() => key.Open(SecretKind.AccessKey.Of(new AccessKeyId("AKIAIOSFODNN7EXAMPLF")), Revision, before));
    }

    [Fact] public void A_key_for_one_purpose_is_none_for_another()
    {
        key.Derive("iam checkpoints").ShouldBe(new DataKey(Account, bytes).Derive("iam checkpoints"));
        key.Derive("iam checkpoints").ShouldNotBe(key.Derive("another"));
        key.Derive("iam checkpoints").ShouldNotBe(bytes);
    }

    [Fact] public void What_nodes_share_is_not_there_before_it_was_read()
    {
        var shared = new ServiceKey();
        Should.Throw<InvalidOperationException>(() => shared.Derive("iam nodes"));
        shared.Is(key);
        shared.Derive("iam nodes").ShouldBe(key.Derive("iam nodes"));
    }

    static void Refused(Action open)
    {
        for (Exception? e = Should.Throw<SecretUnreadableException>(open); e is not null; e = e.InnerException)
        {
            e.ToString().ShouldNotContain("wJal");
            e.ToString().ShouldNotContain("AKIA");
        }
    }
}
