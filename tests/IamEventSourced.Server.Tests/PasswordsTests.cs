using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

/// <summary>Passwords over HTTP, on a real database: what is compared, what is kept, and what of it a stolen database tells.</summary>
public class PasswordsTests(PostgresFixture postgres)
{
    const string First = "Correct-Horse-7", Second = "Battery-Staple-9", Third = "Wrong-Way-Round-3", Fourth = "Four-Is-Enough-4";

    [Fact]
    public async Task A_user_changes_its_password_only_by_the_old_one()
    {
        await using var server = await ServerFixture.Start(postgres);
        var alice = await server.CreateUser("alice");
        (await server.Post(new CreateLoginProfile("alice", First, true))).Status.ShouldBe(200);

        (await server.Post(new ChangePassword(First, Second), alice)).Code.ShouldBe("AccessDenied"); // nobody allowed it
        (await server.Post(new UpdateAccountPasswordPolicy(8, AllowUsersToChangePassword: true, PasswordReusePrevention: 2))).Code.ShouldBeNull();
        (await server.Post(new ChangePassword(Second, Third), alice)).Code.ShouldBe("AccessDenied");
        (await server.Post(new GetLoginProfile("alice"))).Json["LoginProfile"]!["PasswordResetRequired"]!.GetValue<bool>().ShouldBeTrue();
        (await server.Post(new ChangePassword(First, "short"), alice)).Code.ShouldBe("PasswordPolicyViolation");
        (await server.Form("ChangePassword", alice, fields: [("OldPassword", First), ("NewPassword", Second)])).Status.ShouldBe(200);
        (await server.Post(new GetLoginProfile("alice"))).Json["LoginProfile"]!["PasswordResetRequired"]!.GetValue<bool>().ShouldBeFalse();

        // The last two are compared, whoever sets the password; the one before them is forgotten.
        (await server.Post(new ChangePassword(Second, Second), alice)).Code.ShouldBe("PasswordPolicyViolation");
        (await server.Post(new UpdateLoginProfile("alice", First))).Code.ShouldBe("PasswordPolicyViolation");
        (await server.Post(new ChangePassword(Second, Third), alice)).Code.ShouldBeNull();
        (await server.Post(new UpdateLoginProfile("alice", First))).Code.ShouldBeNull();
        (await Kept(server)).Length.ShouldBe(2);
        (await server.Post(new UpdateAccountPasswordPolicy(8))).Code.ShouldBeNull();
        (await server.Post(new UpdateLoginProfile("alice", First))).Code.ShouldBeNull();
        (await Kept(server)).ShouldHaveSingleItem();

        (await server.Post(new DeleteUser("alice"))).Code.ShouldBe("DeleteConflict");
        (await server.Post(new DeleteLoginProfile("alice"))).Code.ShouldBeNull();
        (await server.Query("select 1 from iam.secrets where kind = 'password'")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_two_changes_at_a_time_one_is_made_and_the_other_refused()
    {
        await using var server = await ServerFixture.Start(postgres);
        (await server.Post(new CreateLoginProfile(null, First))).Status.ShouldBe(200);
        var replies = await Task.WhenAll(server.Post(new ChangePassword(First, Second)), server.Post(new ChangePassword(First, Third)), server.Post(new ChangePassword(First, Fourth)));
        replies.Select(reply => reply.Code).ShouldBe([null, "AccessDenied", "AccessDenied"], ignoreOrder: true);
        (await server.Post(new GetAccountSummary())).Json["SummaryMap"]!["AccountPasswordPresent"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task A_change_that_is_sent_again_is_made_once()
    {
        await using var server = await ServerFixture.Start(postgres);
        var created = await server.Post(new CreateLoginProfile(null, First), headers: ("Idempotency-Key", "p-1"));
        (await server.Post(new CreateLoginProfile(null, First), headers: ("Idempotency-Key", "p-1"))).Body.ShouldBe(created.Body);
        (await server.Post(new CreateLoginProfile(null, Second), headers: ("Idempotency-Key", "p-1"))).Code.ShouldBe("IdempotentParameterMismatch");
        var changed = await server.Post(new ChangePassword(First, Second), headers: ("Idempotency-Key", "p-2"));
        (await server.Post(new ChangePassword(First, Second), headers: ("Idempotency-Key", "p-2"))).Revision.ShouldBe(changed.Revision);
        (await server.Stream()).Count(recorded => recorded.Event is PasswordChanged).ShouldBe(1);
    }

    [Fact]
    public async Task A_guess_can_t_be_tried_on_what_is_kept_of_a_command()
    {
        await using var server = await ServerFixture.Start(postgres);
        (await server.Post(new CreateUser("alice"), headers: ("Idempotency-Key", "u-1"))).Status.ShouldBe(200);
        (await server.Post(new CreateLoginProfile("alice", First), headers: ("Idempotency-Key", "u-2"))).Status.ShouldBe(200);
        (await Request("u-1")).ShouldBe(Hash(new CreateUser("alice"))); // this is how one would try
        (await Request("u-2")).ShouldNotBe(Hash(new CreateLoginProfile("alice", First)));

        async Task<byte[]> Request(string id) => (byte[])(await server.Query($"select request from iam.commands where command_id = '{id}'")).Single()[0]!;
        static byte[] Hash(ICommand command) => SHA256.HashData([.. Encoding.ASCII.GetBytes(command.GetType().Name + '\n'), .. JsonSerializer.SerializeToUtf8Bytes(command, command.GetType(), Json.Options)]);
    }

    [Fact]
    public async Task A_kept_password_in_another_ones_place_is_noticed()
    {
        await using var server = await ServerFixture.Start(postgres);
        var mallory = await server.CreateUser("mallory");
        await server.Post(new UpdateAccountPasswordPolicy(AllowUsersToChangePassword: true));
        (await server.Post(new CreateLoginProfile("mallory", First))).Status.ShouldBe(200);
        (await server.Post(new CreateLoginProfile(null, Second))).Status.ShouldBe(200);
        await server.Query("update iam.secrets s set sealed = (select o.sealed from iam.secrets o where o.kind = 'password' and o.credential_id <> s.credential_id) where kind = 'password'");
        (await server.Post(new ChangePassword(Second, Third), mallory)).Code.ShouldBe("ServiceFailure");
        (await server.Post(new ChangePassword(First, Third))).Code.ShouldBe("ServiceFailure");
        (await server.Stream()).ShouldNotContain(recorded => recorded.Event is PasswordChanged);
    }

    [Fact]
    public async Task More_passwords_than_can_wait_are_refused_and_others_go_on()
    {
        await using var server = await ServerFixture.Start(postgres);
        (await server.Post(new CreateLoginProfile(null, First))).Status.ShouldBe(200);
        var flood = Task.WhenAll(Enumerable.Range(0, 120).Select(i => server.Post(new ChangePassword($"Guess-No-{i}", Second))));
        (await server.Post(new GetCallerIdentity())).Status.ShouldBe(200);
        (await server.Post(new CreateUser("alice"))).Status.ShouldBe(200);
        var codes = (await flood).Select(reply => reply.Code).ToList();
        codes.Distinct().Order().ShouldBe(["AccessDenied", "Throttling"]);
        codes.Count(code => code == "AccessDenied").ShouldBeGreaterThan(30);
        (await server.Post(new ChangePassword(First, Second))).Code.ShouldBeNull();
    }

    /// <summary>The hashes that are kept of the only password that there is.</summary>
    static async Task<string[]> Kept(ServerFixture server)
    {
        var row = (await server.Query("select credential_id, sealed from iam.secrets where kind = 'password'")).ShouldHaveSingleItem();
        var since = (await server.Stream()).Last(recorded => recorded.Event.KeepsSecret()?.Id == (string)row[0]!).Revision;
        var key = await server.Node(0).GetRequiredService<Secrets>().Unwrap(server.Account, (await server.Node(0).GetRequiredService<AccountStore>().ReadDataKey(server.Account, default))!, default);
        return key.Open(new(SecretKind.Password, (string)row[0]!), since, (byte[])row[1]!).Reveal().Split('\n');
    }
}

/// <summary>The hash itself.</summary>
public class PasswordHashingTests
{
    [Fact]
    public void A_hash_is_its_passwords_alone()
    {
        var hash = PasswordHashing.Hash("Größe & 7");
        hash.ShouldStartWith("$argon2id$v=19$m=19456,t=2,p=1$");
        PasswordHashing.IsOf(hash, "Größe & 7").ShouldBeTrue();
        foreach (var other in (string[])["Größe & 8", "größe & 7", "Größe & 7 ", "Gr"]) PasswordHashing.IsOf(hash, other).ShouldBeFalse(other);
        PasswordHashing.Hash("Größe & 7").ShouldNotBe(hash); // salted
    }

    [Theory] // by another implementation: the generator of BouncyCastle
    [InlineData("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$K13EBUiG7JV+9ZxztmHFTdb7J0WQsnj2V8bZaqyPptE", "password")]
    [InlineData("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$1CN/e/Tgh8WukCTPjWH4VGYrTsdFWPOSF+NXAlX62DU", "Größe & 7")]
    [InlineData("$argon2id$v=19$m=7168,t=5,p=1$c29tZXNhbHRzb21lc2FsdA$vatxNLoTj3x1iw5H9iD35dlQ6ZtGkS3aaUTfCrHGLgo", "Correct-Horse-7")]
    public void It_is_argon2id_and_keeps_its_own_strength(string hash, string password) => PasswordHashing.IsOf(hash, password).ShouldBeTrue();

    [Theory, InlineData(""), InlineData("$argon2i$v=19$m=19456,t=2,p=1$AAAA$AAAA"), InlineData("$argon2id$v=19$m=x,t=2,p=1$AAAA$AAAA")]
    public void What_is_no_hash_is_nobodys(string text) => Should.Throw<FormatException>(() => PasswordHashing.IsOf(text, "Correct-Horse-7")).Message.ShouldNotContain("Correct");
}
