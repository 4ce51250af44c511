using System.Globalization;
using IamEventSourced.Client;
using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

/// <summary>Temporary credentials over the doors: what they open, how they end, and that nobody makes any.</summary>
public class SessionsTests(PostgresFixture postgres)
{
    const string Everything = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""";
    const string WithMfa = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}}""";

    [Fact]
    public async Task A_user_gets_some_and_they_say_who_it_is_at_every_door_and_of_every_form()
    {
        await using var server = await ServerFixture.Start(postgres);
        var alice = await server.CreateUser("alice");
        var asked = await server.Form(new GetSessionToken(900), alice);
        asked.Body.ShouldContain("<GetSessionTokenResult><Credentials><AccessKeyId>ASIA");
        var (session, answer) = await Open(server, alice, new GetSessionToken(900));
        session.Id.Account.ShouldBe(server.Account);
        answer.Expiration.ShouldBeInRange(DateTimeOffset.UtcNow.AddSeconds(890), DateTimeOffset.UtcNow.AddSeconds(900));

        (await server.Post(new GetCallerIdentity(), session)).Json["Arn"]!.GetValue<string>().ShouldBe("arn:aws:iam::123456789012:user/alice");
        (await server.Form(new GetCallerIdentity(), session)).Body.ShouldContain("<Arn>arn:aws:iam::123456789012:user/alice</Arn>");
        (await server.Client(session).Ask(new GetCallerIdentity())).Answer!.Arn.Value.ShouldBe("arn:aws:iam::123456789012:user/alice");
        using var http = new HttpClient();
        (await http.GetStringAsync(Presigned(server, session))).ShouldContain("<Arn>arn:aws:iam::123456789012:user/alice</Arn>");

        // Not without the token, with it beside a long-term key, with another's, or one that was changed.
        var other = (await Open(server, alice)).Key;
        foreach (var key in (Key[])[session with { Token = null }, alice with { Token = session.Token }, session with { Token = other.Token }, session with { Token = new("") }, session with { Token = new("x") }, session with { Token = new(new string('A', 20_000)) }])
            (await server.Post(new GetCallerIdentity(), key)).Code.ShouldBe("InvalidClientTokenId");
        (await server.Post(new GetCallerIdentity(), session with { Secret = other.Secret })).Code.ShouldBe("SignatureDoesNotMatch");
        var token = session.Token!.Reveal();
        var random = new Random(5);
        for (var i = 0; i < 40; i++)
        {
            var place = random.Next(token.Length);
            var changed = token[..place] + (token[place] is 'A' ? 'B' : 'A') + token[(place + 1)..];
            (await server.Post(new GetCallerIdentity(), session with { Token = new(changed) })).Code.ShouldBe("InvalidClientTokenId", changed);
        }

        // It is of one account: in another it is nothing.
        var there = await server.CreateAccount("210987654321");
        (await server.Post(new GetCallerIdentity(), session, account: "210987654321")).Code.ShouldBe("AccessDenied");
        (await server.Post(new GetCallerIdentity(), new(AccessKeyId.Of("210987654321", 7).AsTemporary(), session.Secret, session.Token), account: "210987654321")).Code.ShouldBe("InvalidClientTokenId");
        there.Id.Account.ShouldBe(new AccountId("210987654321"));

        // Asked of now alone, by who has a long-term key, and not by the operator.
        (await server.Post(new GetSessionToken(), alice, at: "at=2")).Code.ShouldBe("InvalidInput");
        (await server.Post(new GetSessionToken(), session)).Code.ShouldBe("AccessDenied");
        (await server.Post(new GetSessionToken(), server.Operator)).Code.ShouldBe("AccessDenied");
        (await server.Form("GetSessionToken", alice, "sts", ("DurationSeconds", "899"))).Code.ShouldBe("ValidationError");
        (await server.Form("GetSessionToken", alice, "sts", ("DurationSeconds", "129601"))).Code.ShouldBe("ValidationError");
    }

    [Fact]
    public async Task Without_MFA_they_are_none_for_IAM_and_with_it_they_carry_commands_to_whatever_node_and_are_the_actor()
    {
        await using var server = await ServerFixture.Start(postgres, ServerFixture.Announced);
        var other = await server.StartNode(ServerFixture.Announced);
        var alice = await server.CreateUser("alice");
        (await server.Client().Send(new PutUserPolicy("alice", "mfa", WithMfa))).Refusal.ShouldBeNull();
        (await server.Post(new CreateGroup("a"), alice)).Code.ShouldBe("AccessDenied");
        var plain = (await Open(server, alice)).Key;
        (await server.Post(new CreateGroup("a"), plain)).Code.ShouldBe("InvalidClientTokenId");
        (await server.Post(new GetAccessKeyInfo(alice.Id), plain)).Code.ShouldBe("AccessDenied");

        var live = (await server.Node(0).GetRequiredService<LiveAccounts>().Find(server.Account, default))!;
        var now = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        var id = live.Directory.Users.Find((UserName)"alice")!.Id;
        var given = live.CredentialsFor(id, new(alice.Id, now, now.AddHours(1), MultiFactorAuth: true));
        Key session = new(given.AccessKeyId, given.SecretAccessKey, given.SessionToken);
        foreach (var (url, name) in ((string, GroupName)[])[(server.Url, "a"), (other, "b")]) (await server.Post(new CreateGroup(name), session, url: url)).Status.ShouldBe(200, url);
        var made = (await server.Stream()).Where(recorded => recorded.Event is GroupCreated).ToList();
        made.Count.ShouldBe(2);
        made.ShouldAllBe(recorded => recorded.By.AccessKeyId == session.Id && recorded.By.PrincipalId == id.Value);
        await server.Node(0).GetRequiredService<CredentialUses>().Write();
        (await server.Query($"select count(*) from iam.credential_uses where credential_id like 'ASIA%'"))[0][0].ShouldBe(0L); // the use of a session is none of a key
    }

    [Fact]
    public async Task They_end_with_their_time_with_the_key_that_opened_them_and_with_the_user_on_every_node()
    {
        var clock = new SetClock();
        await using var server = await ServerFixture.Start(postgres);
        var late = await server.StartNode(clock.Of);
        var root = server.Client();
        var alice = await server.CreateUser("alice");
        var session = (await Open(server, alice, new GetSessionToken(900))).Key;
        await Says(null);

        // The clock of one node is beyond the time; what is signed for its now is refused there.
        clock.Offset = TimeSpan.FromSeconds(901);
        var expired = await (Raw.Of(server.Account, new GetCallerIdentity()) with { Signed = DateTimeOffset.UtcNow + clock.Offset }).To(late, session);
        (expired.Code, expired.Status).ShouldBe(("ExpiredToken", 403));
        (await (Raw.Of(server.Account, new GetCallerIdentity()) with { Signed = DateTimeOffset.UtcNow + clock.Offset }).To(late, session with { Secret = alice.Secret })).Code.ShouldBe("SignatureDoesNotMatch");
        clock.Offset = TimeSpan.Zero;

        (await root.Send(new UpdateAccessKey(alice.Id, "Inactive", "alice"))).Refusal.ShouldBeNull();
        await Says("InvalidClientTokenId");
        (await root.Send(new UpdateAccessKey(alice.Id, "Active", "alice"))).Refusal.ShouldBeNull();
        await Says(null);
        (await root.Send(new DeleteAccessKey(alice.Id, "alice"))).Refusal.ShouldBeNull();
        await Says("InvalidClientTokenId");
        var next = (await root.Send(new CreateAccessKey("alice"))).Answer!.AccessKey;
        session = (await Open(server, new(next.AccessKeyId, next.SecretAccessKey!))).Key;
        await Says(null);
        var ofRoot = (await Open(server, server.Root)).Key;
        (await server.Post(new GetCallerIdentity(), ofRoot, url: late)).Json["Arn"]!.GetValue<string>().ShouldEndWith(":root");
        (await server.Client(server.Operator).Send(new CloseAccount())).Refusal.ShouldBeNull();
        await Says("InvalidClientTokenId");
        (await server.Post(new GetCallerIdentity(), ofRoot)).Code.ShouldBe("InvalidClientTokenId");

        async Task Says(string? code)
        {
            (await server.Post(new GetCallerIdentity(), session)).Code.ShouldBe(code);
            // The other node hears of it soon; a session whose key seems out of force there is looked up anew.
            await Until.True(async () => (await server.Post(new GetCallerIdentity(), session, url: late)).Code == code, TimeSpan.FromSeconds(30), $"the other node does not say {code}");
        }
    }

    [Fact]
    public async Task Two_that_chance_gave_one_access_key_id_are_two()
    {
        await using var server = await ServerFixture.Start(postgres);
        var (alice, bob) = (await server.CreateUser("alice"), await server.CreateUser("bob"));
        var live = (await server.Node(0).GetRequiredService<LiveAccounts>().Find(server.Account, default))!;
        var wrapped = await server.Node(0).GetRequiredService<AccountStore>().ReadDataKey(server.Account, default);
        var dataKey = await server.Node(0).GetRequiredService<Secrets>().Unwrap(server.Account, wrapped!, default);
        var now = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        var (hers, his) = (Of("alice", alice), Of("bob", bob));
        (await Who(hers)).ShouldContain("user/alice");
        (await Who(his)).ShouldContain("user/bob");
        (await server.Post(new GetCallerIdentity(), hers with { Token = his.Token })).Code.ShouldBe("SignatureDoesNotMatch");

        Key Of(UserName name, Key opener)
        {
            var given = SessionToken.Seal(dataKey, AccessKeyId.Of(server.Account, 7).AsTemporary(), live.Directory.Users.Find(name)!.Id, new(opener.Id, now, now.AddHours(1)));
            return new(given.AccessKeyId, given.SecretAccessKey, given.SessionToken);
        }

        async Task<string> Who(Key key) => (await server.Post(new GetCallerIdentity(), key)).Body;
    }

    [Fact]
    public async Task An_account_that_is_not_live_is_opened_for_a_true_signature_alone_and_without_the_database_a_live_one_goes_on()
    {
        var database = await postgres.NewDatabase();
        await using var server = await ServerFixture.Start(database);
        var alice = await server.CreateUser("alice");
        var session = (await Open(server, alice)).Key;
        await using var proxy = new FaultProxy(database);
        var url = await server.StartNode(database: proxy.Database);
        var accounts = server.Node(1).GetRequiredService<LiveAccounts>();
        (await server.Post(new GetCallerIdentity(), session with { Secret = alice.Secret }, url: url)).Code.ShouldBe("SignatureDoesNotMatch");
        (await server.Post(new GetCallerIdentity(), session with { Token = new("AAAA") }, url: url)).Code.ShouldBe("InvalidClientTokenId");
        accounts.Live(server.Account).ShouldBeNull();
        (await server.Post(new GetCallerIdentity(), session, url: url)).Status.ShouldBe(200);
        accounts.Live(server.Account).ShouldNotBeNull();
        proxy.Refuse();
        (await server.Post(new GetCallerIdentity(), session, url: url)).Status.ShouldBe(200);
        proxy.Admit();
    }

    static async Task<(Key Key, Credentials Answer)> Open(ServerFixture server, Key by, GetSessionToken? query = null)
    {
        var given = (await server.Client(by).Ask(query ?? new())).Answer!.Credentials;
        return (new(given.AccessKeyId, given.SecretAccessKey, given.SessionToken), given);
    }

    /// <summary>A request that is signed in its query, the token among what is signed (as botocore does).</summary>
    static Uri Presigned(ServerFixture server, Key key)
    {
        var date = SignatureV4.Date(DateTimeOffset.UtcNow);
        var scope = new SigningScope(date[..8], "us-east-1", "sts");
        var query = $"Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={Uri.EscapeDataString($"{key.Id}/{scope.Date}/{scope.Region}/{scope.Service}/aws4_request")}"
            + $"&X-Amz-Date={date}&X-Amz-Expires=300&X-Amz-Security-Token={Uri.EscapeDataString(key.Token!.Reveal())}&X-Amz-SignedHeaders=host";
        var url = new Uri(server.Url);
        var canonical = SignatureV4.CanonicalRequest("GET", "/", query, [new("host", string.Create(CultureInfo.InvariantCulture, $"{url.Host}:{url.Port}"))], ["host"], SignatureV4.PayloadHash(default));
        return new($"{server.Url}/?{query}&X-Amz-Signature={SignatureV4.Sign(SignatureV4.DeriveKey(key.Secret, scope), SignatureV4.StringToSign(date, scope, canonical))}");
    }
}
