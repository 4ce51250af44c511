using IamEventSourced.Client;

namespace IamEventSourced.Server.Tests;

public sealed class SignedMessageTests
{
    static readonly AccessKeyId Key = "AKIAIOSFODNN7EXAMPLE";
    static readonly Secret Secret = new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    static readonly DateTimeOffset Now = new(2026, 11, 24, 5, 6, 7, TimeSpan.Zero);
    static readonly byte[] Body = "{\"UserName\":\"alice\"}"u8.ToArray();

    sealed class Clock(DateTimeOffset now) : TimeProvider { public override DateTimeOffset GetUtcNow() => now; }

    static Dictionary<string, string?> Signed() =>
        new MessageSigner(Key, Secret, new Clock(Now)).Headers("123456789012", "c1", "CreateUser", Body).ToDictionary(header => header.Key, header => (string?)header.Value);

    static string Result(Dictionary<string, string?> headers, string type = "CreateUser", byte[]? body = null, DateTimeOffset? now = null) =>
        SignedMessage.Read(headers, type, body ?? Body, now ?? Now) switch
        {
            { Refusal: { } refusal } => $"{refusal.Code} {refusal.Status}",
            { Value: { } signature } => signature.Matches(Secret) ? "true" : "false",
            _ => "neither",
        };

    [Fact] public void A_message_that_the_client_signed_passes()
    {
        var message = SignedMessage.Read(Signed(), "CreateUser", Body, Now).Value!;
        (message.Account, message.Id, message.Key, message.Scope).ShouldBe(("123456789012", "c1", Key, new SigningScope("20261124", "bus", "iam")));
        message.Matches(Secret).ShouldBeTrue();
        message.Matches(new Secret("other")).ShouldBeFalse();
        new SigningKeys().Matches(message, () => Secret, 0).ShouldBeTrue();
    }

    [Fact] public void What_is_signed_is_written_down() =>
        MessageSignature.StringToSign("20261124T050607Z", "123456789012", "c1", "CreateUser", Body)
            .ShouldBe($"IAM4-MESSAGE-SHA256\n20261124T050607Z\n123456789012\nc1\nCreateUser\n{SignatureV4.PayloadHash(Body)}");

    [Theory]
    [InlineData("iam-account", "123456789013")] [InlineData("iam-command-id", "c2")] [InlineData("iam-date", "20261124T050608Z")]
    [InlineData("iam-signature", "00")]
    public void Whatever_header_is_changed_the_signature_is_anothers(string name, string value) => Result(new(Signed()) { [name] = value }).ShouldBe("false");

    [Fact] public void So_with_another_type() => Result(Signed(), type: "DeleteUser").ShouldBe("false");
    [Fact] public void So_with_another_body() => Result(Signed(), body: "{\"UserName\":\"alicf\"}"u8.ToArray()).ShouldBe("false");

    [Theory]
    [InlineData("iam-account")] [InlineData("iam-command-id")] [InlineData("iam-date")] [InlineData("iam-key")] [InlineData("iam-signature")]
    public void Every_header_has_to_be_there(string name)
    {
        var headers = Signed();
        headers.Remove(name).ShouldBeTrue();
        Result(headers).ShouldBe("IncompleteSignature 400");
    }

    [Theory]
    [InlineData("iam-account", "12345")] [InlineData("iam-command-id", "a b")] [InlineData("iam-command-id", "a\nb")] [InlineData("iam-date", "2026-11-24")] [InlineData("iam-key", "")]
    public void Every_header_has_its_form(string name, string value) => Result(new(Signed()) { [name] = value }).ShouldBe("IncompleteSignature 400");

    [Fact] public void Unsigned_is_missing() => Result([]).ShouldBe("MissingAuthenticationToken 403");
    [Fact] public void A_key_that_cannot_be_ours_is_not_known() => Result(new(Signed()) { ["iam-key"] = "root" }).ShouldBe("InvalidClientTokenId 403");
    [Fact] public void A_body_has_a_limit() => Result(Signed(), body: new byte[PlainRequest.MaxBodyBytes + 1]).ShouldBe("RequestEntityTooLarge 413");

    [Theory]
    [InlineData(86400, "true")] [InlineData(86401, "RequestExpired 400")] [InlineData(-300, "true")] [InlineData(-301, "RequestExpired 400")]
    public void A_queue_may_hold_it_a_day(int seconds, string result) => Result(Signed(), now: Now.AddSeconds(seconds)).ShouldBe(result);

    [Fact] public void An_HTTP_signature_of_the_same_scope_is_none_of_a_message()
    {
        var headers = Signed();
        var scope = MessageSignature.Scope("20261124T050607Z");
        headers["iam-signature"] = SignatureV4.Sign(SignatureV4.DeriveKey(Secret, scope), SignatureV4.StringToSign("20261124T050607Z", scope, ""));
        Result(headers).ShouldBe("false");
    }
}
