using System.Diagnostics;
using System.Globalization;
using IamEventSourced.Client;
using IamEventSourced.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace IamEventSourced.Benchmarks;

/// <summary>An account of a million users: made, opened, listed, asked and edited, each against an account of a thousand.</summary>
static class MillionBenchmark
{
    const string Document = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":"*"}]}""";
    const int EachGroup = 1000, Times = 200;

    public static async Task Run(Options options)
    {
        var (users, loadBefore) = (options.Number("users", 1_000_000), Machine.Load);
        await using var node = await Node.Start();
        AccountId large = "400000000001", small = "400000000002";
        var (root, everyone) = (await Make(node, large, users), users / 10);
        var littleRoot = await Make(node, small, EachGroup);

        // Opened beside the one that is live, so that its memory can be told.
        var store = node.Services.GetRequiredService<AccountStore>();
        var checkpoints = node.Services.GetRequiredService<Checkpoints>();
        var live = (await node.Services.GetRequiredService<LiveAccounts>().Find(large, default))!;
        var revision = live.Directory.Revision;
        await Open("from the stream", null);
        var began = Stopwatch.GetTimestamp();
        var written = await checkpoints.Write(live.Directory, default);
        Console.WriteLine($"checkpoint {(written ? "written" : "already there")}: {Stopwatch.GetElapsedTime(began).TotalSeconds.Short()} s, {await Bytes(node) / 1e6:0.0} MB");
        await Open("from the checkpoint", checkpoints);

        foreach (var (name, at) in ((string, Consistency)[])[("newest", Consistency.Any), ("as of the revision before", new() { At = revision - 1 })])
            foreach (var place in (double[])[0, 0.5, 0.99])
            {
                var marker = place is 0 ? null : Marker.Of(at.At ?? revision, NameOf((int)(users * place)));
                await Timed($"ListUsers, {name}, at {place:0 %}", () => Ask(large, new ListUsers(null, marker, 100), root, at));
            }

        var random = new Random(1);
        foreach (var (account, caller, count) in ((AccountId, Caller, int)[])[(small, littleRoot, EachGroup), (large, root, users)])
            await Timed($"Authorize for any of {count:#,0} users", () => Ask(account, new Authorize("s3:GetObject", "arn:aws:s3:::reports/q3.csv", Arn.Of(account, $"user/{NameOf(random.Next(count))}")), caller, Consistency.Any), 20_000, 20_000);

        foreach (var (group, members) in ((GroupName, int)[])[("one", 1), ("everyone", everyone)])
        {
            var turn = 0;
            await Timed($"PutGroupPolicy on a group of {members:#,0}", () => node.Carry(large, new PutGroupPolicy(group, "edited", Document.Replace("reports", $"r{++turn}", StringComparison.Ordinal) + new string(' ', turn % 2 + 1)), root));
        }
        Console.WriteLine();
        Console.WriteLine(Machine.Describe(loadBefore));

        async Task Open(string how, Checkpoints? from)
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            var opening = Stopwatch.GetTimestamp();
            var opened = new LiveAccount(large, store, node.Services.GetRequiredService<Secrets>(), node.Services.GetRequiredService<ServiceKey>(), node.Services.GetRequiredService<PasswordHashing>(), node.Services.GetRequiredService<IIdSource>(), TimeProvider.System, (_, _) => { }, NullLogger.Instance, new SigningKeys(), node.Services.GetRequiredService<DecisionLog>(), from);
            await opened.Open();
            opened.Directory.Users.Find(new UserName(NameOf(1)));
            var taken = Stopwatch.GetElapsedTime(opening);
            var held = GC.GetTotalMemory(forceFullCollection: true) - before;
            Console.WriteLine($"opened {how}: {taken.TotalSeconds.Short()} s, {(opened.Directory.Revision / taken.TotalSeconds).Short()} events/s, {((double)held / opened.Directory.Users.Count).Short()} bytes a user");
            GC.KeepAlive(opened);
        }

        async Task Ask(AccountId account, IOperation query, Caller caller, Consistency at)
        {
            var reply = await node.Dispatcher.Dispatch(new(account, query, caller, "q") { Consistency = at }, default);
            if (reply.Refusal is { } refusal) throw new InvalidOperationException($"{query}: {refusal.Code} {refusal.Message}");
        }
    }

    /// <summary>An account with so many users, each in a group of a thousand, a tenth of them in one more; sent through the front door.</summary>
    static async Task<Caller> Make(Node node, AccountId account, int users)
    {
        var (root, secret) = await node.CreateAccount(account);
        foreach (var quota in (string[])["UsersPerAccount", "GroupsPerAccount"]) await node.Carry(account, new SetAccountQuota(quota, quota is "UsersPerAccount" ? users : users / EachGroup + 10), new OperatorCaller("AKIAIOSFODNN7EXAMPLE"));
        var file = Path.GetTempFileName();
        await using (var lines = File.CreateText(file))
        {
            for (var i = 0; i <= users / EachGroup; i++) Line($$$"""{"CreateGroup":{"GroupName":"group-{{{i}}}"}}""");
            Line("""{"CreateGroup":{"GroupName":"everyone"}}""");
            Line("""{"CreateGroup":{"GroupName":"one"}}""");
            Line("");
            for (var i = 0; i <= users / EachGroup; i++) Line($$$"""{"PutGroupPolicy":{"GroupName":"group-{{{i}}}","PolicyName":"read","PolicyDocument":"{{{Document.Replace("\"", "\\\"", StringComparison.Ordinal)}}}"}}""");
            for (var i = 0; i < users; i++) Line($$$"""{"CreateUser":{"UserName":"{{{NameOf(i)}}}"}}""");
            Line("");
            for (var i = 0; i < users; i++) Line($$$"""{"AddUserToGroup":{"GroupName":"group-{{{i / EachGroup}}}","UserName":"{{{NameOf(i)}}}"}}""");
            for (var i = 0; i < users / 10; i++) Line($$$"""{"AddUserToGroup":{"GroupName":"everyone","UserName":"{{{NameOf(i)}}}"}}""");
            Line($$$"""{"AddUserToGroup":{"GroupName":"one","UserName":"{{{NameOf(0)}}}"}}""");
            void Line(string line) => lines.WriteLine(line);
        }
        var sending = new BulkSend(IamClient.Create(node.Url, account, root.Key, secret), 256, goOn: false, Console.Error);
        var began = Stopwatch.GetTimestamp();
        using (var lines = File.OpenText(file))
            if (await sending.Run(lines) is { } line) throw new InvalidOperationException($"Line {line} was not done.");
        File.Delete(file);
        Console.WriteLine($"{users:#,0} users: {sending.Done:#,0} commands by a bulk send, {(sending.Done / Stopwatch.GetElapsedTime(began).TotalSeconds).Short()} a second");
        return root;
    }

    static string NameOf(int i) => string.Create(CultureInfo.InvariantCulture, $"user-{i:D8}");

    static async Task Timed(string what, Func<Task> once, int warmUp = 20, int times = Times)
    {
        for (var i = 0; i < warmUp; i++) await once();
        List<double> micros = [];
        for (var i = 0; i < times; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await once();
            micros.Add(Stopwatch.GetElapsedTime(began).TotalMicroseconds);
        }
        micros.Sort();
        Console.WriteLine($"{what}: p50 {micros[times / 2].Short()} µs, p95 {micros[times * 95 / 100].Short()} µs");
    }

    static async Task<long> Bytes(Node node)
    {
        await using var owner = NpgsqlDataSource.Create(node.Owner);
        await using var command = owner.CreateCommand("select coalesce(sum(octet_length(content)), 0)::bigint from iam.checkpoint_chunks where account = '400000000001'");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
