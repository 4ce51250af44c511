using static IamEventSourced.Server.Tests.Signing;

namespace IamEventSourced.Server.Tests;

/// <summary>Keys that were derived to check signatures are held, but not longer than what they were derived from.</summary>
public sealed class SigningKeysTests
{
    [Fact] public void A_derived_key_is_held_and_asks_for_no_secret()
    {
        var (keys, asked) = (new SigningKeys(), 0);
        var signature = RequestSignature.Read(Good.Request(), Aws, Now).Value!;
        Secret Ask() { asked++; return Signing.Secret; }
        (keys.Matches(signature, Ask, keys.Forgotten), keys.Matches(signature, Ask, keys.Forgotten), asked, keys.Count).ShouldBe((true, true, 1, 1));
    }

    [Fact] public void A_key_that_did_not_sign_is_not_held()
    {
        var keys = new SigningKeys();
        keys.Matches(RequestSignature.Read(Good.Request(), Aws, Now).Value!, () => new("other"), keys.Forgotten).ShouldBeFalse();
        keys.Count.ShouldBe(0);
    }

    [Fact] public void What_was_derived_of_a_key_or_an_account_is_let_go_with_it()
    {
        var keys = new SigningKeys();
        AccessKeyId own = AccessKeyId.Of("123456789012", 1);
        var signature = RequestSignature.Read((Good with { KeyId = own.Value }).Request(), Aws, Now).Value!;
        foreach (var forget in (Action[])[() => keys.Forget(own), () => keys.Forget((AccountId)"123456789012")])
        {
            keys.Matches(signature, () => Signing.Secret, keys.Forgotten).ShouldBeTrue();
            keys.Forget(AccessKeyId.Of("123456789012", 2));
            keys.Forget((AccountId)"123456789013");
            keys.Count.ShouldBe(1);
            forget();
            keys.Count.ShouldBe(0);
        }
    }

    [Theory, InlineData(true), InlineData(false)]
    public void What_is_derived_while_its_key_goes_is_not_held(bool account)
    {
        var keys = new SigningKeys();
        AccessKeyId own = AccessKeyId.Of("123456789012", 1);
        var signature = RequestSignature.Read((Good with { KeyId = own.Value }).Request(), Aws, Now).Value!;
        Secret Last()
        {
            if (account) keys.Forget((AccountId)"123456789012"); else keys.Forget(own);
            return Signing.Secret;
        }
        (keys.Matches(signature, Last, keys.Forgotten), keys.Count).ShouldBe((true, 0));
        (keys.Matches(signature, () => Signing.Secret, keys.Forgotten), keys.Count).ShouldBe((true, 1));
    }

    [Fact] public void Held_keys_are_bounded()
    {
        var keys = new SigningKeys(capacity: 3);
        for (var i = 0; i < 10; i++)
            keys.Matches(RequestSignature.Read((Good with { Scope = $"20261124/r{i}/iam/aws4_request" }).Request(), Aws, Now).Value!, () => Signing.Secret, keys.Forgotten).ShouldBeTrue();
        keys.Count.ShouldBeInRange(1, 3);
    }
}
