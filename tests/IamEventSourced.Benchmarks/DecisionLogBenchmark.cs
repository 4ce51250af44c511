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
        public List<(double Rate, double Microseconds)> Alone { get; } = [];
        public List<(double Rate, double Microseconds)> Batch { get; } = [];
        public List<(double Rate, double Microseconds)> Http { get; } = [];
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
                var alone = await Measure(variant, 1, Each(async i => Good(await variant.Dispatcher.Dispatch(new(account, questions[i % questions.Length], caller, id), default))));
                var many = await Measure(variant, 1000, Each(async _ => Good(await variant.Dispatcher.Dispatch(new(account, batch, caller, id), default))));
                var http = await Measure(variant, 1, () => HttpLoad.Start(variant.Requests, new Uri(variant.App.Urls.Single()).Port, connections, seconds));
                if (round < 0) continue; // warming up
                variant.Alone.Add(alone);
                variant.Batch.Add(many);
                variant.Http.Add(http);
            }

        Console.WriteLine($"Medians of {rounds} rounds of {seconds} s, variants in turn; ÷ off in the same round");
        Console.WriteLine();
        Console.WriteLine($"| decision log | Authorize in-process, decisions/s | ÷ off | µs of this process's processors | ÷ off | AuthorizeBatch of 1,000, decisions/s | ÷ off | µs | ÷ off | HTTP signed, {connections} connections, requests/s | ÷ off | µs | ÷ off |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var variant in variants)
            Console.WriteLine($"| {variant.Name} | {Of(variant, one => one.Alone)} | {Of(variant, one => one.Batch)} | {Of(variant, one => one.Http)} |");
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

        string Of(Variant variant, Func<Variant, List<(double Rate, double Microseconds)>> measured)
        {
            var pairs = measured(variant).Zip(measured(variants[0])).ToList();
            return string.Join(" | ", pairs.Select(pair => pair.First.Rate).Median().Short(), pairs.Select(pair => pair.First.Rate / pair.Second.Rate).Median().Short(),
                pairs.Select(pair => pair.First.Microseconds).Median().Short(), pairs.Select(pair => pair.First.Microseconds / pair.Second.Microseconds).Median().Short());
        }

        // With the processor time of what is left to be written then, which is not to burden the next.
        async Task<(double Rate, double Microseconds)> Measure(Variant variant, int each, Func<Task<long>> load)
        {
            var (own, began) = (Machine.OwnProcessor, Stopwatch.GetTimestamp());
            var count = await load() * each;
            var elapsed = Stopwatch.GetElapsedTime(began);
            await variant.App.Services.GetRequiredService<DecisionLog>().Write();
            return (count / elapsed.TotalSeconds, (Machine.OwnProcessor - own).TotalMicroseconds / count);
        }

        Func<Task<long>> Each(Func<int, Task> once) => async () =>
        {
            var (began, count) = (Stopwatch.GetTimestamp(), 0);
            for (; Stopwatch.GetElapsedTime(began).TotalSeconds < seconds; count++) await once(count);
            return count;
        };

        static void Good(Reply reply)
        {
            if (reply.Refusal is { } refusal) throw new InvalidOperationException($"{refusal.Code} {refusal.Message}");
        }
    }
}
