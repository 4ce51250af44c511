using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

/// <summary>Guesses from ever new addresses over many accounts, as fast as they go; long: <c>IAM_LONG=1</c>.</summary>
[Collection(Alone.Name)]
public class SignInFloodTests(PostgresFixture postgres)
{
    const string Password = "Correct-Horse-7";
    const int Attackers = 128, GuessesOfAddress = 40;

    [Fact]
    public async Task While_many_accounts_are_guessed_at_their_users_sign_in_where_they_have_before()
    {
        var (accounts, guesses) = Alone.Times is 1 ? (4, 1_000) : (20, 100_000);
        await using var server = await ServerFixture.Start(postgres);
        List<Browser> users = [];
        for (var i = 0; i < accounts; i++)
        {
            AccountId account = $"5000000000{i:D2}";
            var root = await server.CreateAccount(account);
            foreach (var command in (ICommand[])[new CreateAccountAlias($"works-{i}"), new CreateUser("alice"), new CreateLoginProfile("alice", Password)]) (await server.Post(command, root, account: account)).Code.ShouldBeNull();
            users.Add(new(server, $"127.0.2.{i + 1}"));
            (await users[i].SignIn($"works-{i}", "alice", Password)).Status.ShouldBe(200);
        }

        var (next, addresses, codes) = (0, 0, new ConcurrentDictionary<string, int>());
        var flood = Task.WhenAll(Enumerable.Range(0, Attackers).Select(_ => Task.Run(async () =>
        {
            Browser? attacker = null;
            for (int i, own = 0; (i = Interlocked.Increment(ref next)) <= guesses; own++)
            {
                if (own % GuessesOfAddress is 0)
                {
                    attacker?.Dispose();
                    var address = Interlocked.Increment(ref addresses);
                    attacker = new(server, $"127.10.{address / 250}.{1 + address % 250}");
                }
                var reply = await attacker!.SignIn($"works-{i % (accounts + 2)}", i % 3 is 0 ? null : "alice", $"Guess-No-{i}"); // two of the accounts are none
                codes.AddOrUpdate(reply.Code ?? "signed in", 1, (_, before) => before + 1);
            }
            attacker?.Dispose();
        })));
        var times = new ConcurrentBag<double>();
        await Task.WhenAll(users.Select((user, i) => Task.Run(async () =>
        {
            for (var turn = 0; turn < 2 || !flood.IsCompleted; turn++)
            {
                var since = Stopwatch.GetTimestamp();
                var reply = await user.SignIn($"works-{i}", "alice", Password);
                reply.Status.ShouldBe(200, reply.Body);
                times.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
            }
        })));
        await flood;

        var sorted = times.Order().ToList();
        TestContext.Current.TestOutputHelper!.WriteLine($"{guesses} guesses ({string.Join(", ", codes.Select(code => $"{code.Key} {code.Value}"))}); {sorted.Count} sign-ins, p50 {sorted[sorted.Count / 2]:0} ms, p99 {sorted[sorted.Count * 99 / 100]:0} ms, longest {sorted[^1]:0} ms");
        codes.Keys.Order().ShouldBe(["AuthenticationFailed", "Throttling"]); // nothing was guessed, nothing broke; not all were worth the work
        codes.Values.Sum().ShouldBe(guesses);
        sorted[^1].ShouldBeLessThan(30_000);
        server.Node(0).GetRequiredService<SignInAttempts>().Held.ShouldBeLessThanOrEqualTo(100_002);
        foreach (var user in users) user.Dispose();
    }
}
