using System.Diagnostics;
using IamEventSourced.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace IamEventSourced.Benchmarks;

/// <summary>What the decision log costs who asks: the principal of <see cref="AuthorizeBenchmark"/> at three servers on one database, which keep none, one in a hundred, all.</summary>
static class DecisionLogBenchmark
{
    sealed record Variant(string Name, WebApplication App, string Requests)
    {
        public Dispatcher Dispatcher => App.Services.GetRequiredService<Dispatcher>();
        public List<double> Alone { get; } = [];
        public List<double> Batch { get; } = [];
        public List<double> Http { get; } = [];
        public List<double> Microseconds { get; } = [];
    }

    public static async Task Run(Options options)
    {
        var (seconds, rounds, connections, loadBefore) = (options.Number("seconds", 3), options.Number("rounds", 5), options.Number("connections", 32), Machine.Load);
        AccountId account = "400000000001";
        CommandId id = "question";
        await using var node = await Node.Start();
        var random = new Random(7);
        var (caller, key) = await AuthorizeBenchmark.Principal(node, account, random);
        Authorize[] questions = [.. Enumerable.Range(0, 4096).Select(_ => Rule.Question(random, 10)).Select(one => new Authorize(one.Action, one.Resource))];
        AuthorizeBatch batch = new([.. questions.Take(1000).Select(one => new AuthorizationRequest(one.ActionName, one.ResourceArn))]);
        var folder = System.IO.Directory.CreateTempSubdirectory("iam-load-").FullName;
        List<Variant> variants = [];
        foreach (var (name, oneIn) in ((string, string)[])[("off", "0"), ("one in 100", "100"), ("all", "1")])
        {
            var app = await node.StartServer(announced: false, ("Iam:LogOneDecisionIn", oneIn), ("Iam:SamplesPerSecond", "0"));
            var requests = Path.Combine(folder, oneIn);
            await File.WriteAllBytesAsync(requests, HttpLoad.Packed(await Task.WhenAll(questions.Take(1000).Select(one => HttpLoad.Signed(new(app.Urls.Single()), account, one, key.AccessKeyId, key.SecretAccessKey!)))));
            variants.Add(new(name, app, requests));
        }

        for (var round = -1; round < rounds; round++)
            foreach (var variant in variants)
            {
                var alone = await Rate(async i => Good(await variant.Dispatcher.Dispatch(new(account, questions[i % questions.Length], caller, id), default)));
                await Written(variant);
                var many = 1000 * await Rate(async _ => Good(await variant.Dispatcher.Dispatch(new(account, batch, caller, id), default)));
                await Written(variant);
                var own = Machine.OwnProcessor;
                var http = await HttpLoad.Start(variant.Requests, new Uri(variant.App.Urls.Single()).Port, connections, seconds);
                var microseconds = (Machine.OwnProcessor - own).TotalMicroseconds / http;
                await Written(variant);
                if (round < 0) continue; // warming up
                variant.Alone.Add(alone);
                variant.Batch.Add(many);
                variant.Http.Add(http / (double)seconds);
                variant.Microseconds.Add(microseconds);
            }

        Console.WriteLine($"Medians of {rounds} rounds of {seconds} s, variants in turn; ÷ off in the same round");
        Console.WriteLine();
        Console.WriteLine($"| decision log | Authorize in-process, decisions/s | ÷ off | AuthorizeBatch of 1,000, decisions/s | ÷ off | HTTP signed, {connections} connections, requests/s | ÷ off | µs of the server's processors a request |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var variant in variants)
            Console.WriteLine($"| {variant.Name} | {Of(variant, one => one.Alone)} | {Of(variant, one => one.Batch)} | {Of(variant, one => one.Http)} | {variant.Microseconds.Median().Short()} |");
        await using (var database = NpgsqlDataSource.Create(node.Owner))
        await using (var command = database.CreateCommand("select (select count(*) from iam.decisions), coalesce((select sum(decisions) from iam.decision_gaps), 0)::bigint, (select sum(pg_total_relation_size(inhrelid)) from pg_inherits where inhparent = 'iam.decisions'::regclass)::bigint"))
        await using (var row = await command.ExecuteReaderAsync())
        {
            await row.ReadAsync();
            Console.WriteLine();
            Console.WriteLine($"{row.GetInt64(0)} decisions kept at {row.GetInt64(2) / Math.Max(1, row.GetInt64(0))} bytes each with their indexes; {row.GetInt64(1)} missing, and told as gaps.");
        }
        foreach (var variant in variants) await variant.App.DisposeAsync();
        System.IO.Directory.Delete(folder, recursive: true);
        Console.WriteLine(Machine.Describe(loadBefore));

        string Of(Variant variant, Func<Variant, List<double>> rates) => $"{rates(variant).Median().Short()} | {rates(variant).Zip(rates(variants[0]), (one, other) => one / other).Median().Short()}";

        // What one variant leaves to be written must not burden the next.
        static Task Written(Variant variant) => variant.App.Services.GetRequiredService<DecisionLog>().Write();

        async Task<double> Rate(Func<int, Task> once)
        {
            var (began, count) = (Stopwatch.GetTimestamp(), 0);
            for (; Stopwatch.GetElapsedTime(began).TotalSeconds < seconds; count++) await once(count);
            return count / Stopwatch.GetElapsedTime(began).TotalSeconds;
        }

        static void Good(Reply reply)
        {
            if (reply.Refusal is { } refusal) throw new InvalidOperationException($"{refusal.Code} {refusal.Message}");
        }
    }
}
