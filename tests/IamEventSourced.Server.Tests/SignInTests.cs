using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace IamEventSourced.Server.Tests;

/// <summary>Signing in and out over HTTP, as a browser does.</summary>
public class SignInTests(PostgresFixture postgres)
{
    const string First = "Correct-Horse-7", Second = "Battery-Staple-9", Wrong = "Wrong-Way-Round-3";
    const string Session = "__Host-iam-session", Device = "__Host-iam-device";
    const string Everything = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""";

    async Task<ServerFixture> Start(SetClock? clock = null)
    {
        var server = await ServerFixture.Start(postgres, clock is null ? null : clock.Of);
        foreach (var command in (ICommand[])[new CreateAccountAlias("works"), new CreateUser("alice"), new PutUserPolicy("alice", "all", Everything), new CreateLoginProfile("alice", First), new CreateUser("bob"), new CreateLoginProfile(null, First)])
            (await server.Post(command)).Code.ShouldBeNull();
        return server;
    }

    [Fact]
    public async Task Who_has_a_password_signs_in_and_works_in_its_session()
    {
        await using var server = await Start();
        using var browser = new Browser(server);
        foreach (var (account, user, arn) in ((string, string?, string)[])[(server.Account.Value, "Alice", "user/alice"), ("works", "alice", "user/alice"), ("works", null, "root")])
        {
            var entered = await browser.SignIn(account, user, First);
            (entered.Status, entered.Json["Arn"]?.GetValue<string>()).ShouldBe((200, $"arn:aws:iam::{server.Account}:{arn}"), entered.Body);
            foreach (var cookie in browser.Set) foreach (var part in (string[])["secure", "httponly", "samesite=strict", "path=/", "max-age="]) cookie.ToLowerInvariant().ShouldContain(part);
            browser.Set.Select(cookie => cookie.Split('=')[0]).ShouldBe([Session, Device], ignoreOrder: true);
            (await browser.Ask(new GetCallerIdentity())).Json["Arn"]!.GetValue<string>().ShouldEndWith(arn);
        }
        var made = await browser.Ask(new CreateGroup("devs"));
        made.Status.ShouldBe(200, made.Body);
        var by = (await server.Stream()).Last().By;
        (by.PrincipalId, by.AccessKeyId.Value).ShouldBe((server.Account.Value, browser.Cookies[Session].Split('.')[0])); // the session, as it is named in its cookie
        by.AccessKeyId.Value.ShouldStartWith("ASIA");
        (await server.Query("select count(*) from iam.console_sessions")).Single()[0].ShouldBe(3L);
        (await browser.Ask(new CreateGroup("ops"), null, ("Sec-Fetch-Site", "cross-site"))).Code.ShouldBe("AccessDenied");
        (await browser.Post("/sign-in", new { Account = "works", Password = First }, null, ("Sec-Fetch-Site", "same-site"))).Code.ShouldBe("AccessDenied");
    }

    [Fact]
    public async Task When_a_password_was_last_used_is_told_by_GetUser_and_ListUsers_of_any_moment()
    {
        await using var server = await Start();
        using var browser = new Browser(server);
        var before = (await server.Post(new GetUser("alice"), at: "newest")).Revision;
        var began = DateTimeOffset.UtcNow;
        (await browser.SignIn("works", "alice", Wrong)).Status.ShouldBe(403);
        (await Last("alice")).ShouldBeNull();
        (await browser.SignIn("works", "alice", First)).Status.ShouldBe(200);
        (await browser.SignIn("works", null, First)).Status.ShouldBe(200);
        await server.Node(0).GetRequiredService<CredentialUses>().Write();
        (await server.Post(new CreateGroup("later"))).Code.ShouldBeNull();

        (await Last("alice"))!.Value.ShouldBeInRange(began, DateTimeOffset.UtcNow);
        (await Last(null)).ShouldNotBeNull();
        (await Last("bob")).ShouldBeNull();
        (await server.Client().Ask(new ListUsers())).Answer!.Users.Select(user => user.PasswordLastUsed is not null).ShouldBe([true, false]);
        (await server.Form("GetUser", fields: ("UserName", "alice"))).Body.ShouldContain("</CreateDate><PasswordLastUsed>2");
        (await Last("alice", $"at={before}")).ShouldBeNull();
        (await server.Post(new ListUsers(), at: $"at={before}")).Body.ShouldNotContain("PasswordLastUsed");
        (await Last("alice", $"at={before + 1}")).ShouldNotBeNull();
        (await server.Post(new ListUsers(), at: $"at={before + 1}")).Body.ShouldContain("PasswordLastUsed");
        await server.Post(new DeleteLoginProfile("alice"));
        (await Last("alice")).ShouldBeNull(); // there is no password

        async Task<DateTimeOffset?> Last(UserName? user, string? at = null) => (await server.Post(new GetUser(user), at: at ?? "newest")).Json["User"]!["PasswordLastUsed"]?.GetValue<DateTimeOffset>();
    }

    [Fact]
    public async Task A_session_ends_on_every_node_when_it_is_signed_out_or_what_it_stands_on_ends()
    {
        await using var server = await Start();
        var other = await server.StartNode();
        using var browser = new Browser(server);
        Func<Task>[] ends =
        [
            async () => (await browser.SignOut()).Status.ShouldBe(204),
            async () => (await browser.Ask(new ChangePassword(First, Second))).Code.ShouldBeNull(),
            async () => (await server.Post(new UpdateLoginProfile("alice", First))).Code.ShouldBeNull(),
            async () => (await server.Post(new DeleteLoginProfile("alice"))).Code.ShouldBeNull(),
            async () => (await server.Query("update iam.console_sessions set expires_at = now()")).ShouldBeEmpty(),
            async () => (await server.Client(server.Operator).Send(new CloseAccount())).Refusal.ShouldBeNull(),
        ];
        for (var i = 0; i < ends.Length; i++)
        {
            if (i is 4) (await server.Post(new CreateLoginProfile("alice", First))).Code.ShouldBeNull();
            (await browser.SignIn("works", "alice", i is 2 ? Second : First)).Status.ShouldBe(200);
            foreach (var url in (string[])[server.Url, other]) (await browser.Ask(new GetCallerIdentity(), url)).Status.ShouldBe(200, $"{i}");
            var held = new Dictionary<string, string>(browser.Cookies);
            await ends[i]();
            foreach (var (name, value) in held) browser.Cookies[name] = value; // as a thief of the cookie would
            (await browser.Ask(new GetCallerIdentity())).Code.ShouldBe("InvalidClientTokenId", $"{i}");
            await Soon(async () => (await browser.Ask(new GetCallerIdentity(), other)).Code is "InvalidClientTokenId", $"{i} on the other node");
        }

        static async Task Soon(Func<Task<bool>> holds, string what)
        {
            var since = Stopwatch.GetTimestamp();
            while (!await holds()) Stopwatch.GetElapsedTime(since).ShouldBeLessThan(TimeSpan.FromSeconds(30), what);
        }
    }

    [Fact]
    public async Task What_has_to_be_changed_is_changed_at_the_sign_in()
    {
        await using var server = await Start();
        using var browser = new Browser(server);
        (await server.Post(new UpdateLoginProfile("alice", null, true))).Code.ShouldBeNull();
        (await browser.SignIn("works", "alice", First)).Code.ShouldBe("PasswordResetRequired");
        (await browser.SignIn("works", "alice", Wrong, Second)).Code.ShouldBe("AuthenticationFailed");
        (await browser.SignIn("works", "alice", First, First)).Code.ShouldBe("PasswordPolicyViolation");
        browser.Cookies.ShouldBeEmpty();
        (await browser.SignIn("works", "alice", First, Second)).Status.ShouldBe(200);
        (await browser.Ask(new GetCallerIdentity())).Status.ShouldBe(200);
        (await browser.SignIn("works", "alice", First)).Code.ShouldBe("AuthenticationFailed");

        // Who may not change it does not get in.
        (await server.Post(new CreateLoginProfile("bob", First, true))).Code.ShouldBeNull();
        (await browser.SignIn("works", "bob", First, Second)).Code.ShouldBe("AccessDenied");
    }

    [Fact]
    public async Task Who_has_an_MFA_device_shows_its_code_once_and_policies_see_that_it_did()
    {
        var clock = new SetClock();
        await using var server = await Start(clock);
        var other = await server.StartNode(clock.Of);
        var (_, seed) = await server.EnableMFADevice("phone", "alice");
        clock.Offset = TimeSpan.FromMinutes(1); // the codes that enabled it are used up
        (await server.Post(new PutUserPolicy("alice", "all", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":"300"}}}}"""))).Code.ShouldBeNull();
        using var browser = new Browser(server);
        var code = MFACodes.At(seed, DateTimeOffset.UtcNow + clock.Offset, -1).One.Reveal();
        (await browser.SignIn("works", "alice", First)).Code.ShouldBe("MultiFactorAuthenticationRequired");
        (await browser.SignIn("works", "alice", First, Second)).Code.ShouldBe("MultiFactorAuthenticationRequired");
        (await browser.SignIn("works", "alice", Wrong, code: code)).Code.ShouldBe("AuthenticationFailed"); // and did not use it up
        (await browser.SignIn("works", "alice", First, code: MFACodes.At(seed, DateTimeOffset.UtcNow, 9).One.Reveal())).Code.ShouldBe("AuthenticationFailed");
        browser.Cookies.ShouldBeEmpty();
        (await browser.SignIn("works", "alice", First, code: code)).Status.ShouldBe(200);
        foreach (var (name, url) in ((GroupName, string)[])[("devs", server.Url), ("admins", other)]) (await browser.Ask(new CreateGroup(name), url)).Code.ShouldBeNull(); // also at the node that has to pass it on
        using var second = new Browser(server);
        (await second.SignIn("works", "alice", First, url: other, code: code)).Code.ShouldBe("AuthenticationFailed");
        (await server.Query("select count(*) from iam.console_sessions where mfa")).Single()[0].ShouldBe(1L);

        (await server.Post(new DeactivateMFADevice("arn:aws:iam::123456789012:mfa/phone", "alice"))).Code.ShouldBeNull();
        (await second.SignIn("works", "alice", First)).Status.ShouldBe(200);
        (await second.Ask(new CreateGroup("ops"))).Code.ShouldBe("AccessDenied"); // without MFA
    }

    [Fact]
    public async Task An_expired_password_is_changed_or_where_that_is_hard_set_by_another()
    {
        var clock = new SetClock();
        await using var server = await ServerFixture.Start(postgres, clock.Of);
        using var browser = new Browser(server);
        foreach (var command in (ICommand[])[new CreateAccountAlias("works"), new CreateUser("alice"), new CreateLoginProfile("alice", First), new UpdateAccountPasswordPolicy(MaxPasswordAge: 1, AllowUsersToChangePassword: true)]) (await server.Post(command)).Code.ShouldBeNull();
        (await browser.SignIn("works", "alice", First)).Status.ShouldBe(200);
        clock.Offset = TimeSpan.FromDays(1);
        (await browser.SignIn("works", "alice", First)).Code.ShouldBe("PasswordResetRequired");
        (await browser.SignIn("works", "alice", First, Second)).Status.ShouldBe(200);

        clock.Offset = TimeSpan.Zero; // what is signed, is signed now
        (await server.Post(new UpdateAccountPasswordPolicy(MaxPasswordAge: 1, AllowUsersToChangePassword: true, HardExpiry: true))).Code.ShouldBeNull();
        clock.Offset = TimeSpan.FromDays(2);
        foreach (var next in (string?[])[null, First]) (await browser.SignIn("works", "alice", Second, next)).Code.ShouldBe("PasswordExpired");
        (await browser.SignIn("works", "alice", Wrong)).Code.ShouldBe("AuthenticationFailed");
        clock.Offset = TimeSpan.Zero;
        (await server.Post(new UpdateLoginProfile("alice", First))).Code.ShouldBeNull();
        (await browser.SignIn("works", "alice", First)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Whatever_is_wrong_the_answer_is_the_same()
    {
        await using var server = await Start();
        using var browser = new Browser(server);
        List<string> bodies = [];
        foreach (var (account, user) in ((string, string?)[])[(server.Account.Value, "alice"), ("works", "alice"), ("works", "ghost"), ("works", "bob"), ("works", null), ("nowhere", "alice"), ("210987654321", "alice"), ("210987654321", null)])
        {
            var reply = await browser.SignIn(account, user, Wrong);
            reply.Status.ShouldBe(403);
            bodies.Add(reply.Body);
        }
        (await server.Post(new PutPrimaryEmail("root@example.com"))).Code.ShouldBeNull();
        foreach (var address in (string[])["root@example.com", "nobody@example.com"]) bodies.Add((await browser.Post("/sign-in", new { Email = address, Password = Wrong })).Body);
        bodies.Distinct().ShouldHaveSingleItem();
        foreach (var body in (string[])["{}", """{"Email":"root@example.com","Account":"works","Password":"y"}""", """{"Email":"root@example.com","UserName":"alice","Password":"y"}""", """{"Email":"root","Password":"y"}""", """{"Account":"x","Password":"y"}""", """{"Account":"works","Password":""}""", """{"Account":"works","Password":"a","More":1}""", "no JSON"])
        {
            var reply = await browser.Post("/sign-in", body);
            (reply.Status, reply.Code).ShouldBe((400, "ValidationError"), body);
        }
        foreach (var token in (string[])["x", "ASIA.x", new string('x', 500), "ASIAAAAAAAAAAAAAAAAA.AAAA"])
        {
            browser.Cookies[Session] = token;
            (await browser.Ask(new GetCallerIdentity())).Code.ShouldBe("InvalidClientTokenId", token);
        }
    }

    [Fact]
    public async Task A_flood_of_guesses_keeps_nobody_out()
    {
        var clock = new SetClock();
        await using var server = await Start(clock);
        clock.Stopped = clock.GetUtcNow(); // so that nobody's wait ends
        using var known = new Browser(server, "127.0.0.2");
        using var attacker = new Browser(server, "127.0.0.2"); // behind the same address
        using var elsewhere = new Browser(server, "127.0.0.3");
        (await known.SignIn("works", "alice", First)).Status.ShouldBe(200);

        var guesses = Task.WhenAll(Enumerable.Range(0, 300).Select(i => attacker.SignIn(i % 3 is 0 ? "works" : $"nowhere-{i % 50}", i % 2 is 0 ? "alice" : $"user{i}", $"Guess-No-{i}")));
        (await known.SignIn("works", "alice", First)).Status.ShouldBe(200);
        var codes = (await guesses).Select(reply => reply.Code).ToList();
        codes.Distinct().Order().ShouldBe(["AuthenticationFailed", "Throttling"]);
        codes.Count(code => code is "AuthenticationFailed").ShouldBeInRange(1, SignInAttempts.FreeOfAddress);

        (await attacker.SignIn("works", "alice", First)).Code.ShouldBe("Throttling"); // also when it is right, so that nobody learns that it is
        (await known.SignIn("works", "alice", First)).Status.ShouldBe(200);
        (await elsewhere.SignIn("works", "alice", First)).Status.ShouldBe(200);

        // A known device is bounded by itself, and is nobody else's.
        for (var i = 0; i < SignInAttempts.FreeOfUser; i++) (await known.SignIn("works", "alice", Wrong)).Code.ShouldBe("AuthenticationFailed");
        (await known.SignIn("works", "alice", First)).Code.ShouldBe("Throttling");
        attacker.Cookies[Device] = elsewhere.Cookies[Device];
        (await attacker.SignIn("works", null, First)).Code.ShouldBe("Throttling");
    }

    [Fact]
    public async Task A_hash_that_is_too_weak_by_now_is_made_anew_at_the_sign_in()
    {
        await using var server = await Start();
        var (id, since) = (await server.Stream()).Select(recorded => (recorded.Event as LoginProfileCreated, recorded.Revision)).Where(one => one.Item1?.UserId is not null).Select(one => (one.Item1!.PasswordId, one.Revision)).Single();
        var strong = await Kept();
        var key = await server.Node(0).GetRequiredService<Secrets>().Unwrap(server.Account, strong.DataKey!, default);
        const string weak = "$argon2id$v=19$m=7168,t=5,p=1$c29tZXNhbHRzb21lc2FsdA$vatxNLoTj3x1iw5H9iD35dlQ6ZtGkS3aaUTfCrHGLgo"; // of the same password
        await using (var owner = NpgsqlDataSource.Create(server.Database))
            await Secrets.Replace(owner, server.Account, key, SecretKind.Password.Of(id), since, strong.Sealed!, new($"{weak}\n{weak}"), default);
        using var browser = new Browser(server);
        (await browser.SignIn("works", "alice", First)).Status.ShouldBe(200);
        var lines = Opened(await Kept()).Split('\n');
        (PasswordHashing.IsWeak(lines[0]), lines[1], lines.Length).ShouldBe((false, weak, 2));
        var kept = (await Kept()).Sealed;
        (await browser.SignIn("works", "alice", First)).Status.ShouldBe(200);
        (await Kept()).Sealed.ShouldBe(kept);

        async Task<KeptPassword> Kept() => (await server.Node(0).GetRequiredService<AccountStore>().FindPassword("works", null, "alice", default))!;
        string Opened(KeptPassword password) => key.Open(SecretKind.Password.Of(id), since, password.Sealed!).Reveal();
    }

    /// <summary>Long: <c>IAM_LONG=1</c>.</summary>
    [Fact]
    public async Task Time_does_not_tell_an_unknown_user_from_a_wrong_password()
    {
        await using var server = await Start();
        (await server.Post(new PutPrimaryEmail("root@example.com"))).Code.ShouldBeNull();
        var (signIn, address) = (server.Node(0).GetRequiredService<SignIn>(), 0);
        SignInRequest[] kinds = [new("works", "alice", Wrong), new("works", "ghost", Wrong), new("nowhere", "alice", Wrong), new(null, null, Wrong, Email: "root@example.com"), new(null, null, Wrong, Email: "nobody@example.com")];
        await Times.AreAlike(Alone.Times is 1 ? 25 : 500, [.. kinds.Select(kind => (Func<Task>)(async () =>
            (await signIn.Enter(kind, Origin.Unknown, new IPAddress(new byte[] { 10, (byte)(++address >> 16), (byte)(address >> 8), (byte)address }), null, default)).Refusal.ShouldBe(SignIn.Failed)))]);
    }
}

/// <summary>How often somebody may try.</summary>
public class SignInAttemptsTests
{
    sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch.AddYears(60);
        public override DateTimeOffset GetUtcNow() => Now;
    }

    readonly Clock _clock = new();
    readonly SignInAttempts _attempts;
    static readonly SignInAttempts.Source Alice = Of("alice", "203.0.113.7");

    public SignInAttemptsTests() => _attempts = new(_clock);

    static SignInAttempts.Source Of(string user, string address) => SignInAttempts.Source.Stranger("works", user, IPAddress.Parse(address));

    [Fact]
    public void After_five_failures_each_has_to_wait_twice_as_long_up_to_a_quarter_of_an_hour()
    {
        Fail(Alice, 5);
        foreach (var seconds in (int[])[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900])
        {
            After(seconds - 0.001);
            _attempts.TryBegin(Alice).ShouldBeFalse($"{seconds}");
            After(0.001);
            _attempts.TryBegin(Alice).ShouldBeTrue($"{seconds}");
        }
    }

    [Fact]
    public void Names_are_counted_without_case_and_addresses_of_IPv6_by_their_network()
    {
        Fail(Of("alice", "2001:db8:1:2::7"), 5);
        _attempts.TryBegin(Of("ALICE", "2001:db8:1:2:ffff::1")).ShouldBeFalse();
        _attempts.TryBegin(Of("alice", "2001:db8:1:3::7")).ShouldBeTrue();
        _attempts.TryBegin(Of("bob", "2001:db8:1:2::7")).ShouldBeTrue();
    }

    [Fact]
    public void An_address_is_bounded_over_all_users_and_no_success_of_its_own_helps_it()
    {
        for (var i = 0; i < 49; i++) _attempts.TryBegin(Of($"user{i}", "203.0.113.7")).ShouldBeTrue();
        for (var i = 0; i < 20; i++)
        {
            _attempts.TryBegin(Of("mallory", "203.0.113.7")).ShouldBeTrue();
            _attempts.Succeeded(Of("mallory", "203.0.113.7"));
        }
        _attempts.TryBegin(Of("user50", "203.0.113.7")).ShouldBeTrue();
        _attempts.TryBegin(Of("mallory", "203.0.113.7")).ShouldBeFalse();
        _attempts.TryBegin(Of("mallory", "203.0.113.8")).ShouldBeTrue();
    }

    [Fact]
    public void A_success_forgets_the_users_failures_from_there()
    {
        Fail(Alice, 4);
        _attempts.TryBegin(Alice).ShouldBeTrue();
        _attempts.Succeeded(Alice);
        Fail(Alice, 5);
        _attempts.TryBegin(Alice).ShouldBeFalse();
    }

    [Fact]
    public void Failures_of_others_do_not_reach_a_known_device()
    {
        Fail(Alice, 5);
        _attempts.TryBegin(SignInAttempts.Source.Device("d")).ShouldBeTrue();
    }

    [Fact]
    public void After_an_hour_all_is_forgotten()
    {
        Fail(Alice, 5);
        After(3601);
        Fail(Alice, 5);
    }

    [Fact]
    public void However_many_there_are_memory_is_bounded()
    {
        for (var i = 0; i < 300_000; i++) _attempts.TryBegin(Of("u", new IPAddress([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i]).ToString()));
        _attempts.Held.ShouldBeLessThanOrEqualTo(100_002);
    }

    void Fail(SignInAttempts.Source source, int times)
    {
        for (var i = 0; i < times; i++) _attempts.TryBegin(source).ShouldBeTrue($"{i}");
    }

    void After(double seconds) => _clock.Now += TimeSpan.FromSeconds(seconds);
}
