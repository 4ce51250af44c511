using System.Text;
using IamEventSourced.Client;
using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

/// <summary>MFA devices with their codes: each is good once, on whatever node, for a short while, and guesses are few.</summary>
public class MFADevicesTests(PostgresFixture postgres)
{
    const string WithMfa = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":"300"}}}}""";

    [Fact]
    public async Task The_seed_and_its_picture_are_shown_once_and_go_with_the_device()
    {
        await using var server = await ServerFixture.Start(postgres);
        (string, string) key = ("Idempotency-Key", "make-phone");
        var made = await server.Post(new CreateVirtualMFADevice("phone"), headers: key);
        var seed = Encoding.ASCII.GetString(Convert.FromBase64String(made.Json["VirtualMFADevice"]!["Base32StringSeed"]!.GetValue<string>()));
        OneTimePassword.Read(seed).Length.ShouldBe(20);
        Convert.FromBase64String(made.Json["VirtualMFADevice"]!["QRCodePNG"]!.GetValue<string>())[..8].ShouldBe([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        (await server.Post(new CreateVirtualMFADevice("phone"), headers: key)).Body.ShouldBe("""{"VirtualMFADevice":{"SerialNumber":"arn:aws:iam::123456789012:mfa/phone"}}""");
        (await server.Form(new CreateVirtualMFADevice("other"))).Body.ShouldContain("<QRCodePNG>iVBOR");
        (await server.Form(new ListVirtualMFADevices())).Body.ShouldNotContain("Seed");

        // Nowhere in the database, and with the device it is gone.
        var text = string.Join('\n', (await server.Query("select e::text from iam.mt_events e union all select c::text from iam.commands c union all select encode(sealed, 'escape') from iam.secrets")).Select(row => row[0]));
        text.ShouldNotContain(seed);
        (await server.Query("select count(*) from iam.secrets where kind = 'mfa-seed'"))[0][0].ShouldBe(2L);
        (await server.Client().Send(new DeleteVirtualMFADevice("arn:aws:iam::123456789012:mfa/phone"))).Refusal.ShouldBeNull();
        (await server.Query("select count(*) from iam.secrets where kind = 'mfa-seed'"))[0][0].ShouldBe(1L);
    }

    [Fact]
    public async Task Two_codes_in_order_enable_it_and_none_of_them_is_good_again()
    {
        await using var server = await ServerFixture.Start(postgres);
        var other = await server.StartNode();
        var root = server.Client();
        var nobody = await server.CreateUser("nobody");
        await root.Send(new CreateUser("alice"));
        var made = (await root.Send(new CreateVirtualMFADevice("phone"))).Answer!.VirtualMFADevice;
        var (seed, serial) = (Encoding.ASCII.GetString(Convert.FromBase64String(made.Base32StringSeed!.Reveal())), made.SerialNumber);
        var (one, next) = MFACodes.At(seed, DateTimeOffset.UtcNow, -5);
        foreach (var (first, second) in new[] { (next, one), (one, one), MFACodes.At(seed, DateTimeOffset.UtcNow, -40), MFACodes.At(seed, DateTimeOffset.UtcNow, 40) })
            (await root.Send(new EnableMFADevice("alice", serial, first, second))).Refusal!.Code.ShouldBe("InvalidAuthenticationCode");
        // Who may not uses nothing up.
        for (var i = 0; i < 12; i++) (await server.Post(new EnableMFADevice("alice", serial, one, next), nobody)).Code.ShouldBe("AccessDenied");
        var enabled = await root.Send(new EnableMFADevice("alice", serial, one, next), "enable");
        enabled.Refusal.ShouldBeNull();
        (await root.Send(new EnableMFADevice("alice", serial, one, next), "enable")).Revision.ShouldBe(enabled.Revision); // sent again, it is done
        (await root.Send(new DeleteUser("alice"))).Refusal!.Code.ShouldBe("DeleteConflict");
        (await root.Send(new DeactivateMFADevice(serial, "alice"))).Refusal.ShouldBeNull();
        foreach (var url in (string[])[server.Url, other])
        {
            await server.Post(new GetCallerIdentity(), at: "newest", url: url);
            (await server.Post(new EnableMFADevice("alice", serial, one, next), url: url)).Code.ShouldBe("InvalidAuthenticationCode");
        }
        var (third, fourth) = MFACodes.At(seed, DateTimeOffset.UtcNow);
        (await server.Post(new EnableMFADevice("alice", serial, third, fourth), url: other)).Status.ShouldBe(204);
        (await server.Stream()).Select(recorded => recorded.Event).OfType<MFADeviceEnabled>().Select(one => one.Drift).Order().First().ShouldBeInRange(-6, -5);
    }

    [Fact]
    public async Task A_code_opens_a_session_with_MFA_once_on_all_nodes_together_and_guesses_are_few()
    {
        var clock = new SetClock();
        await using var server = await ServerFixture.Start(postgres, clock.Of);
        var other = await server.StartNode(clock.Of);
        var alice = await server.CreateUser("alice");
        (await server.Client().Send(new PutUserPolicy("alice", "mfa", WithMfa))).Refusal.ShouldBeNull();
        var (serial, seed) = await server.EnableMFADevice("phone", "alice");
        (await server.Post(new GetMFADevice(serial), server.Root)).Code.ShouldBe("NoSuchEntity");
        foreach (var url in (string[])[server.Url, other]) await server.Post(new GetCallerIdentity(), at: "newest", url: url);

        // Many at once with one code: one of them gets a session.
        clock.Offset = TimeSpan.FromMinutes(1); // the codes that enabled it are used up
        var code = MFACodes.At(seed, DateTimeOffset.UtcNow + clock.Offset, -1).One;
        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => server.Post(new GetSessionToken(900, serial, code), alice, url: i % 2 is 0 ? server.Url : other)));
        replies.Count(reply => reply.Status is 200).ShouldBe(1, string.Join('\n', replies.Select(reply => reply.Body)));
        replies.Where(reply => reply.Status is not 200).ShouldAllBe(reply => reply.Code == "AccessDenied" && reply.Body.Contains("MultiFactorAuthentication failed, with invalid MFA one time pass code", StringComparison.Ordinal));
        var given = replies.Single(reply => reply.Status is 200).Json["Credentials"]!;
        Key session = new(given["AccessKeyId"]!.GetValue<string>(), new(given["SecretAccessKey"]!.GetValue<string>()), new(given["SessionToken"]!.GetValue<string>()));
        (await server.Post(new CreateGroup("devs"), alice)).Code.ShouldBe("AccessDenied");
        (await server.Post(new CreateGroup("devs"), session, url: other)).Status.ShouldBe(200);

        // Wrong ones, until there were too many: then a good one is not looked at, until an hour is over.
        clock.Offset = TimeSpan.FromMinutes(2);
        for (var i = 0; i < 10; i++) (await Opens(Wrong(), i % 2 is 0 ? server.Url : other)).ShouldBe("AccessDenied");
        (await Opens(Good())).ShouldBe("AccessDenied");
        clock.Offset = TimeSpan.FromMinutes(64);
        (await Opens(Good())).ShouldBeNull();
        // And a good one begins the count anew.
        clock.Offset = TimeSpan.FromMinutes(66);
        for (var i = 0; i < 9; i++) (await Opens(Wrong())).ShouldBe("AccessDenied");
        (await Opens(Good())).ShouldBeNull();
        clock.Offset = TimeSpan.FromMinutes(68);
        for (var i = 0; i < 9; i++) (await Opens(Wrong())).ShouldBe("AccessDenied");
        (await Opens(Good())).ShouldBeNull();

        AuthenticationCode Good() => MFACodes.At(seed, DateTimeOffset.UtcNow + clock.Offset).One;
        AuthenticationCode Wrong() => MFACodes.At(seed, DateTimeOffset.UtcNow + clock.Offset, 30).One;
        async Task<string?> Opens(AuthenticationCode shown, string? url = null)
        {
            var raw = Raw.Of(server.Account, new GetSessionToken(900, serial, shown)) with { Signed = DateTimeOffset.UtcNow + clock.Offset };
            return (await raw.To(url ?? server.Url, alice)).Code;
        }
    }

    [Fact]
    public async Task A_code_that_one_of_several_devices_shows_is_no_wrong_one_of_the_others()
    {
        var clock = new SetClock();
        await using var server = await ServerFixture.Start(postgres, clock.Of);
        await server.CreateUser("alice");
        foreach (var command in (ICommand[])[new CreateAccountAlias("works"), new CreateLoginProfile("alice", "Correct-Horse-7")]) (await server.Post(command)).Code.ShouldBeNull();
        string[] seeds = [(await server.EnableMFADevice("phone", "alice")).Seed, (await server.EnableMFADevice("watch", "alice")).Seed];
        for (var i = 0; i < 12; i++) (await SignsIn(i, MFACodes.At(seeds[1], At(i)).One)).ShouldBeNull($"{i}");
        (await SignsIn(12, MFACodes.At(seeds[0], At(12)).One)).ShouldBeNull();

        // A wrong one is a wrong one of each.
        for (var i = 0; i < 10; i++) (await SignsIn(13 + 20 * i, MFACodes.At(seeds[0], At(0), 999).One, 13)).ShouldBe("AuthenticationFailed");
        foreach (var seed in seeds) (await SignsIn(14, MFACodes.At(seed, At(14)).One)).ShouldBe("AuthenticationFailed");

        static DateTimeOffset At(int i) => DateTimeOffset.UtcNow.AddMinutes(2 + i);
        async Task<string?> SignsIn(int from, AuthenticationCode code, int? at = null)
        {
            clock.Offset = TimeSpan.FromMinutes(2 + (at ?? from));
            using var browser = new Browser(server, $"127.0.1.{from}");
            return (await browser.SignIn("works", "alice", "Correct-Horse-7", code: code.Reveal())).Code;
        }
    }

    [Fact]
    public async Task A_device_whose_clock_is_off_is_resynced_and_roots_own_opens_roots_session()
    {
        var clock = new SetClock();
        await using var server = await ServerFixture.Start(postgres, clock.Of);
        var (serial, seed) = await server.EnableMFADevice("safe", server.Account.Value);
        (await server.Client().Ask(new GetAccountSummary())).Answer!.SummaryMap["AccountMFAEnabled"].ShouldBe(1);
        (await Opens(8)).ShouldBe("AccessDenied"); // four minutes ahead
        var (one, next) = MFACodes.At(seed, DateTimeOffset.UtcNow, 8);
        (await server.Client().Send(new ResyncMFADevice(server.Account.Value, serial, one, next))).Refusal.ShouldBeNull();
        (await Opens(9)).ShouldBe("AccessDenied"); // used up by the resync
        clock.Offset = TimeSpan.FromMinutes(1);
        var given = (await server.Client().Ask(new GetSessionToken(900, serial, MFACodes.At(seed, DateTimeOffset.UtcNow + clock.Offset, 8).One))).Answer;
        given.ShouldNotBeNull("the next one is not good");
        Key session = new(given.Credentials.AccessKeyId, given.Credentials.SecretAccessKey, given.Credentials.SessionToken);
        (await server.Post(new CreateUser("carol"), session)).Status.ShouldBe(200);

        async Task<string?> Opens(int drift) => (await server.Post(new GetSessionToken(900, serial, MFACodes.At(seed, DateTimeOffset.UtcNow, drift).One))).Code;
    }
}
