using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

/// <summary>
/// What is refused in the same words takes the same time, so that it does not tell which of them it was. (Whether there is a key that somebody
/// names is told by AWS's codes themselves: InvalidClientTokenId, or SignatureDoesNotMatch.) Long: <c>IAM_LONG=1</c>.
/// </summary>
[Collection(Alone.Name)]
public class SignatureTimesTests(PostgresFixture postgres)
{
    static readonly int Rounds = Alone.Times is 1 ? 300 : 5_000;
    static readonly string Now = SignatureV4.Date(DateTimeOffset.UtcNow);
    static readonly SigningScope Day = new(Now[..8], "us-east-1", "iam");
    const string Signed = "what was signed";

    sealed class Given(AccessKeyId key, string signature) : GivenSignature(key, Day, Now, Signed, signature);

    [Fact]
    public async Task Time_does_not_tell_a_key_id_of_an_account_that_there_is_from_others()
    {
        await using var server = await ServerFixture.Start(postgres);
        var ended = await server.CreateUser("ed");
        (await server.Client().Send(new DeleteAccessKey(ended.Id, "ed"))).Refusal.ShouldBeNull();
        await server.CreateAccount("210987654321");
        var asleep = await server.StartNode(); // where no account is live
        AccessKeyId[] keys = [AccessKeyId.Of("310987654321", 7), AccessKeyId.Of(server.Account, 7), ended.Id, AccessKeyId.Of("210987654321", 7)];
        foreach (var node in (int[])[0, 1])
        {
            var callers = server.Node(node).GetRequiredService<Callers>();
            await Times.AreAlike(Rounds, [.. keys.Select(key => (Func<Task>)(async () =>
                (await callers.Find(new Given(key, new string('0', 64)), "iam:ListUsers", null, null, default)).Refusal!.Code.ShouldBe("InvalidClientTokenId")))]);
        }
    }

    [Fact]
    public async Task Time_does_not_tell_how_much_of_a_signature_is_right()
    {
        await using var server = await ServerFixture.Start(postgres);
        var key = await server.CreateUser("alice");
        (await server.Client(key).Ask(new GetCallerIdentity())).Refusal.ShouldBeNull(); // its signing key is held
        var callers = server.Node(0).GetRequiredService<Callers>();
        var right = SignatureV4.Sign(SignatureV4.DeriveKey(key.Secret, Day), Signed);
        (await callers.Find(new Given(key.Id, right), "iam:ListUsers", null, null, default)).Refusal.ShouldBeNull();
        static char Other(char nibble) => nibble is '0' ? '1' : '0';
        string[] wrong = [Other(right[0]) + right[1..], right[..32] + Other(right[32]) + right[33..], right[..63] + Other(right[63]), new([.. right.Select(Other)])];
        await Times.AreAlike(20 * Rounds, [.. wrong.Select(signature => (Func<Task>)(async () =>
            (await callers.Find(new Given(key.Id, new(signature.AsSpan())), "iam:ListUsers", null, null, default)).Refusal!.Code.ShouldBe("SignatureDoesNotMatch")))]); // each in a place of its own in memory
    }
}
