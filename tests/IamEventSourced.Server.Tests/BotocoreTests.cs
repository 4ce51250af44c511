using System.Collections.Concurrent;

namespace IamEventSourced.Server.Tests;

/// <summary>Requests that botocore signed are accepted; and of such a request nothing may be another.</summary>
public sealed class BotocoreTests(PostgresFixture postgres)
{
    static readonly SigningDoor Aws = new(new HashSet<string> { "iam", "sts" });
    static readonly bool IsLong = Environment.GetEnvironmentVariable("IAM_LONG") is "1";

    // As the callers are found: of a key nobody has, and of one that has another secret.
    static string Result(PlainRequest request, DateTimeOffset now) => RequestSignature.Read(request, Aws, now) switch
    {
        { Refusal: { } refusal } => refusal.Code,
        { Value: { } signature } => signature.Matches(BotocoreRequest.SecretOf(signature.Key)) ? "true" : "SignatureDoesNotMatch",
        _ => "neither",
    };

    [Fact]
    public void What_botocore_signed_is_accepted_and_refused_with_any_one_place_of_it_changed()
    {
        var places = 0;
        foreach (var signed in BotocoreRequest.Kept)
        {
            var at = SignatureV4.ReadDate(signed.Date)!.Value;
            Result(signed.Request, at).ShouldBe("true", signed.ToString());
            foreach (var (place, altered, expected) in signed.Altered(new(places++)))
            {
                expected.ShouldContain(Result(altered, at), $"{place} of {signed}");
                places++;
            }
            // A second too late, and by the clock of another day.
            Result(signed.Request, at + signed.Life + TimeSpan.FromSeconds(1)).ShouldBe(signed.LateCode);
            Result(signed.Request, at - RequestSignature.Skew - TimeSpan.FromSeconds(1)).ShouldBe("SignatureDoesNotMatch");
        }
        places.ShouldBeGreaterThan(4_000);
    }

    [Fact]
    public async Task Ten_thousand_random_requests_of_the_botocore_that_is_here_are_accepted_and_refused_when_one_place_is_changed()
    {
        var seed = Random.Shared.Next();
        var all = await BotocoreRequest.Signed(10_000, seed);
        all.Count.ShouldBe(10_000);
        Parallel.ForEach(all, (signed, _, i) =>
        {
            var at = SignatureV4.ReadDate(signed.Date)!.Value;
            Result(signed.Request, at).ShouldBe("true", $"{seed}, {i}: {signed}");
            var (place, altered, expected) = One(signed, seed, i);
            expected.ShouldContain(Result(altered, at), $"{seed}, {i}: {place} of {signed}");
        });
    }

    /// <summary>The same over a connection, at both doors, by root, a user and a user's session; long: <c>IAM_LONG=1</c>.</summary>
    [Fact]
    public async Task A_server_accepts_random_requests_of_the_botocore_that_is_here_and_refuses_them_with_AWSs_code_when_one_place_is_changed()
    {
        var (count, seed) = (IsLong ? 10_000 : 1_000, Random.Shared.Next());
        var clock = new SetClock();
        await using var server = await ServerFixture.Start(postgres, clock.Of);
        var user = await server.CreateUser("alice");
        var given = (await server.Client(user).Ask(new GetSessionToken())).Answer!.Credentials;
        Key session = new(given.AccessKeyId, given.SecretAccessKey, given.SessionToken);
        var all = await BotocoreRequest.Signed(count, seed, (server.Url, server.Account, [server.Root, user, session]));
        all.Count.ShouldBe(count);
        clock.Stopped = SignatureV4.ReadDate(all[0].Date); // some were signed for a second

        var (accepted, refused) = (new ConcurrentDictionary<string, int>(), new ConcurrentDictionary<string, int>());
        await Parallel.ForEachAsync(Enumerable.Range(0, 8), async (lane, _) =>
        {
            await using var connection = await Connection.To(server.Url);
            for (var i = lane; i < count; i += 8)
            {
                var reply = await connection.Send(all[i].Request);
                // Whoever signed is known: what is said is of what was asked, or that he may not.
                (reply.Code is null or "ValidationError" or "NoSuchEntity" or "EntityAlreadyExists" or "AccessDenied").ShouldBeTrue($"{seed}, {i}: {reply.Body} of {all[i]}");
                accepted.AddOrUpdate(reply.Code ?? "", 1, (_, before) => before + 1);

                var (place, altered, expected) = One(all[i], seed, i);
                var answer = await connection.Send(altered);
                // What is no request of HTTP or of a door does not come to be judged.
                if (answer.Status is 404 or 405 && place is "method" or "path" || answer is { Status: 400, Body: "" } && place is "value of host" or "without host" or "twice the first") continue;
                expected.ShouldContain(answer.Code ?? "accepted", $"{seed}, {i}: {place} of {all[i]}");
                refused.AddOrUpdate(place, 1, (_, before) => before + 1);
            }
        });
        accepted.Keys.ShouldContain("");
        refused.Count.ShouldBeGreaterThan(30);

        // Later all are refused.
        clock.Stopped += TimeSpan.FromDays(8);
        await using var late = await Connection.To(server.Url);
        foreach (var signed in all.Take(100)) (await late.Send(signed.Request)).Code.ShouldBe(signed.LateCode);
    }

    static (string Place, PlainRequest Request, string[] Expected) One(BotocoreRequest signed, int seed, long i)
    {
        var chance = new Random(unchecked(seed + (int)i));
        var altered = signed.Altered(chance).ToList();
        return altered[chance.Next(altered.Count)];
    }
}
