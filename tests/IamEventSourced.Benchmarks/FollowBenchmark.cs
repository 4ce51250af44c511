using System.Diagnostics;
using IamEventSourced.Server;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace IamEventSourced.Benchmarks;

/// <summary>
/// How long after a commit a change is in force on another node: commands come at a steady rate, whatever becomes of those before.
/// The floor is a bare NOTIFY of an autocommit transaction, at the same rate, until another connection hears it.
/// </summary>
static class FollowBenchmark
{
    const int Users = 64;

    sealed class Signed(AccessKeyId key, SigningScope scope, string date, Secret secret) : GivenSignature(key, scope, date, "signed", SignatureV4.Sign(SignatureV4.DeriveKey(secret, scope), "signed"));

    sealed record Delays(double P50, double P99, double Longest, int Count);

    public static async Task Run(Options options)
    {
        var (seconds, rounds, rate, loadBefore) = (options.Number("seconds", 5), options.Number("rounds", 3), options.Number("rate", 200), Machine.Load);
        await using var node = await Node.Start();
        await using var other = await node.StartServer(announced: false);
        AccountId account = "600000000001";
        var (root, _) = await node.CreateAccount(account);
        GroupName group = "developers";
        await node.Carry(account, new CreateGroup(group), root);
        for (var i = 0; i < Users; i++) await node.Carry(account, new CreateUser($"user-{i}"), root);
        await other.Services.GetRequiredService<Dispatcher>().Dispatch(new(account, new Authorize("iam:GetUser"), root, "opened") { Consistency = new() { Newest = true } }, default);
        var (writer, follower) = (Live(node.Services), Live(other.Services));

        List<Delays> ours = [], floor = [];
        var turn = 0;
        for (var round = -1; round < rounds; round++)
        {
            var (raw, whole) = (await Notify(node.Owner, rate, seconds), await Follow(round < 0 ? 1 : seconds));
            if (round < 0) continue; // warming up
            floor.Add(raw);
            ours.Add(whole);
        }

        Console.WriteLine($"AddUserToGroup/RemoveUserFromGroup of one account, {rate} a second; PostgreSQL {node.Postgres.Version}, fsync on; medians of {rounds} rounds of {seconds} s, variants in turn; both nodes in one process");
        Console.WriteLine();
        Console.WriteLine("| | p50 ms | p99 ms | longest ms | counted |");
        Console.WriteLine("|---|---|---|---|---|");
        Show("a bare NOTIFY, sent → heard (floor)", floor);
        Show("committed → in force on the other node", ours);
        Show("a key is made inactive: answered → it does not sign on the other node", await Refused());
        Console.WriteLine();
        Console.WriteLine($"÷ floor {ours.Zip(floor, (one, other) => one.P50 / other.P50).Median().Short()} (p50), {ours.Zip(floor, (one, other) => one.P99 / other.P99).Median().Short()} (p99). {Machine.Describe(loadBefore)}");

        // One after the other, each until the other node, which is asked without a pause, refuses the key.
        async Task<List<Delays>> Refused()
        {
            var key = ((CreateAccessKeyAnswer)await node.Carry(account, new CreateAccessKey("user-0"), root)).AccessKey;
            var callers = other.Services.GetRequiredService<Callers>();
            var date = SignatureV4.Date(DateTimeOffset.UtcNow);
            var signature = new Signed(key.AccessKeyId, new(date[..8], "us-east-1", "iam"), date, key.SecretAccessKey!);
            List<Delays> all = [];
            for (var round = -1; round < rounds; round++)
            {
                List<long> delays = [];
                for (var i = 0; i < (round < 0 ? 20 : seconds * rate); i++)
                {
                    if (await Refusal() is { } early) throw new InvalidOperationException(early.Code);
                    await node.Carry(account, new UpdateAccessKey(key.AccessKeyId, "Inactive", "user-0"), root);
                    var answered = Stopwatch.GetTimestamp();
                    while (await Refusal() is null) await Task.Yield();
                    delays.Add(Stopwatch.GetTimestamp() - answered);
                    await node.Carry(account, new UpdateAccessKey(key.AccessKeyId, "Active", "user-0"), root);
                }
                if (round >= 0) all.Add(Of(delays));
            }
            return all;

            async Task<IamError?> Refusal() => (await callers.Find(signature, "iam:ListUsers", null, null, default)).Refusal;
        }

        LiveAccount Live(IServiceProvider services) => services.GetRequiredService<LiveAccounts>().Live(account)!;

        async Task<Delays> Follow(int seconds)
        {
            using var end = new CancellationTokenSource();
            var (committed, inForce) = (Watch(writer, end.Token), Watch(follower, end.Token));
            var first = writer.Directory.Revision + 1;
            List<Task> sent = [];
            await Steadily(rate, seconds, () =>
            {
                var (user, add) = (turn % Users, turn / Users % 2 is 0);
                turn++;
                sent.Add(node.Carry(account, add ? new AddUserToGroup(group, $"user-{user}") : new RemoveUserFromGroup(group, $"user-{user}"), root));
                return Task.CompletedTask;
            });
            await Task.WhenAll(sent);
            var last = writer.Directory.Revision;
            for (var since = Stopwatch.GetTimestamp(); follower.Directory.Revision < last; await Task.Delay(10))
                if (Stopwatch.GetElapsedTime(since).TotalSeconds > 10) throw new InvalidOperationException("The other node does not follow.");
            await end.CancelAsync();
            var (here, there) = (await committed, await inForce);
            return Of([.. Enumerable.Range(0, (int)(last - first + 1)).Select(i => When(there, first + i) - When(here, first + i))]);
        }

        static void Show(string name, List<Delays> of) =>
            Console.WriteLine($"| {name} | {of.Select(one => one.P50).Median().Short()} | {of.Select(one => one.P99).Median().Short()} | {of.Max(one => one.Longest).Short()} | {of.Sum(one => one.Count):#,0} |");
    }

    /// <summary>When a node's directory came to which revision, until the end.</summary>
    static async Task<List<(long Revision, long At)>> Watch(LiveAccount account, CancellationToken end)
    {
        List<(long, long)> seen = [];
        while (!end.IsCancellationRequested)
        {
            var advanced = account.Advanced;
            seen.Add((account.Directory.Revision, Stopwatch.GetTimestamp()));
            await advanced.WaitAsync(end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        seen.Add((account.Directory.Revision, Stopwatch.GetTimestamp())); // on a busy machine the end comes before the last look
        return seen;
    }

    static long When(List<(long Revision, long At)> seen, long revision) => seen.First(one => one.Revision >= revision).At;

    static async Task<Delays> Notify(string database, int rate, int seconds)
    {
        await using var sender = new NpgsqlConnection(database);
        await using var hearer = new NpgsqlConnection(database);
        await sender.OpenAsync();
        await hearer.OpenAsync();
        List<long> delays = [];
        hearer.Notification += (_, hint) => delays.Add(Stopwatch.GetTimestamp() - long.Parse(hint.Payload, System.Globalization.CultureInfo.InvariantCulture));
        await using (var listen = new NpgsqlCommand("listen floor", hearer)) await listen.ExecuteNonQueryAsync();
        using var end = new CancellationTokenSource();
        var hearing = Task.Run(async () =>
        {
            try { for (; ; ) await hearer.WaitAsync(end.Token); }
            catch (OperationCanceledException) { }
        });
        await using (var notify = new NpgsqlCommand("select pg_notify('floor', $1)", sender) { Parameters = { new NpgsqlParameter<string>() } })
            await Steadily(rate, seconds, async () =>
            {
                ((NpgsqlParameter<string>)notify.Parameters[0]).TypedValue = Stopwatch.GetTimestamp().ToString(System.Globalization.CultureInfo.InvariantCulture);
                await notify.ExecuteNonQueryAsync();
            });
        await end.CancelAsync();
        await hearing;
        return Of(delays);
    }

    /// <summary>Does it at this rate, catching up where the timer was late.</summary>
    static async Task Steadily(int rate, int seconds, Func<Task> once)
    {
        var began = Stopwatch.GetTimestamp();
        for (var done = 0; done < rate * seconds; await Task.Delay(1))
            for (; done < Math.Min(rate * seconds, Stopwatch.GetElapsedTime(began).TotalSeconds * rate); done++) await once();
    }

    static Delays Of(List<long> ticks)
    {
        var sorted = ticks.Order().Select(one => Stopwatch.GetElapsedTime(0, one).TotalMilliseconds).ToArray();
        return new(sorted[sorted.Length / 2], sorted[(int)(sorted.Length * 0.99)], sorted[^1], sorted.Length);
    }
}
