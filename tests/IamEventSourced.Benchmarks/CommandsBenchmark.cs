using System.Globalization;
using IamEventSourced.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace IamEventSourced.Benchmarks;

/// <summary>Durable commands through the live account, against single INSERTs and a raw batch in the same run.</summary>
static class CommandsBenchmark
{
    /// <summary>One variant in one round.</summary>
    sealed record Round(Answered Answered, double Batch, double OwnMicroseconds, double PostgresMicroseconds, double OthersCores);

    sealed record Variant(string Name, IReadOnlyList<Func<Task>> Callers, Func<Task<long>> Transactions)
    {
        public List<Round> Rounds { get; } = [];
        public double Median(Func<Round, double> of) => Rounds.Select(of).Median();
    }

    public static async Task Run(Options options)
    {
        var (seconds, rounds, users, hints, loadBefore) = (options.Number("seconds", 3), options.Number("rounds", 3), options.Text("mix", "memberships") is "users", options.Text("hints", "yes") is "yes", Machine.Load);
        await using var node = await Node.Start(options.Text("connection", ""));
        await using var owner = NpgsqlDataSource.Create(node.Owner + ";Maximum Pool Size=500");
        await RawBatch.Prepare(owner);

        Console.WriteLine($"{(users ? "CreateUser/DeleteUser" : "AddUserToGroup/RemoveUserFromGroup")}; PostgreSQL {node.Postgres.Version}, fsync on; medians of {rounds} rounds of {seconds} s, variants in turn");
        Console.WriteLine();
        Console.WriteLine("| accounts × callers | variant | commands/s | p50 ms | p99 ms | batch | ÷ INSERT | ÷ floor | CPU µs: ours + PostgreSQL | cores taken by others |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        var (next, warm) = (100_000_000_000, false);
        foreach (var shape in options.Text("shapes", "1x1,1x16,1x64,1x256,16x1").Split(','))
        {
            var (accounts, each) = (int.Parse(shape.Split('x')[0], CultureInfo.InvariantCulture), int.Parse(shape.Split('x')[1], CultureInfo.InvariantCulture));
            var names = Enumerable.Range(0, accounts).Select(_ => (++next).ToString(CultureInfo.InvariantCulture)).ToList();
            await using var inserts = await RawInserts.Open(owner, accounts * each);
            List<RawBatch> batches = [];
            foreach (var name in names) batches.Add(await RawBatch.Open(owner, name, users));
            List<Func<Task>> callers = [];
            foreach (var name in names) callers.AddRange(await Callers(node, name, each, users, hints));

            Variant insert = new("autocommit INSERTs", inserts.Callers, () => Task.FromResult(0L));
            Variant floor = new("raw batch (floor)", [.. batches.SelectMany(batch => Enumerable.Range(0, each).Select(i => batch.Caller($"AIDA{i:D17}")))], () => Task.FromResult(batches.Sum(batch => batch.Batches)));
            Variant ours = new("the service", callers, () => Transactions(owner, names));
            Variant[] variants = [insert, floor, ours];
            if (!warm) foreach (var variant in variants) await Answered.Of(variant.Callers, Math.Max(3, seconds), () => Task.CompletedTask); // the JIT compiler's time is not counted
            warm = true;
            for (var round = 0; round < rounds; round++)
                foreach (var variant in round % 2 is 0 ? variants : variants.Reverse()) variant.Rounds.Add(await Measure(node, variant, seconds));

            foreach (var variant in variants)
            {
                // Ratios within a round: what else the machine did in it met all variants.
                string Ratio(Variant to) => variant == to ? "" : variant.Rounds.Zip(to.Rounds, (one, other) => one.Answered.PerSecond / other.Answered.PerSecond).Median().Short();
                Console.WriteLine($"| {accounts} × {each} | {variant.Name} | {variant.Median(r => r.Answered.PerSecond).Short()} | {variant.Median(r => r.Answered.P50).Short()} | {variant.Median(r => r.Answered.P99).Short()} | "
                    + $"{variant.Median(r => r.Batch).Short()} | {Ratio(insert)} | {Ratio(floor)} | {variant.Median(r => r.OwnMicroseconds).Short()} + {variant.Median(r => r.PostgresMicroseconds).Short()} | {variant.Median(r => r.OthersCores).Short()} |");
            }
            foreach (var batch in batches) await batch.DisposeAsync();
        }
        Console.WriteLine();
        Console.WriteLine(Machine.Describe(loadBefore));
    }

    static async Task<Round> Measure(Node node, Variant variant, double seconds)
    {
        long transactions = 0;
        TimeSpan own = default, postgres = default, all = default;
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        var answered = await Answered.Of(variant.Callers, seconds, async () =>
        {
            transactions = await variant.Transactions();
            (own, postgres, all, began) = (Machine.OwnProcessor, Machine.ProcessorOf(node.Postgres), Machine.AllProcessors(), System.Diagnostics.Stopwatch.GetTimestamp());
        });
        (own, postgres, all) = (Machine.OwnProcessor - own, Machine.ProcessorOf(node.Postgres) - postgres, Machine.AllProcessors() - all);
        var elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(began);
        transactions = await variant.Transactions() - transactions;
        return new(answered, transactions is 0 ? double.NaN : (double)answered.Count / transactions, own.TotalMicroseconds / answered.Count, postgres.TotalMicroseconds / answered.Count, Math.Max(0, (all - own - postgres) / elapsed));
    }

    /// <summary>How many transactions wrote the accounts' events.</summary>
    static async Task<long> Transactions(NpgsqlDataSource owner, List<string> accounts)
    {
        await using var command = owner.CreateCommand("select count(distinct xmin::text) from iam.mt_events where tenant_id = any($1)");
        command.Parameters.Add(new() { Value = accounts.ToArray() });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Callers that each change something of their own back and forth, so that every command is one event.</summary>
    static async Task<List<Func<Task>>> Callers(Node node, AccountId account, int count, bool users, bool hints)
    {
        var (root, _) = await node.CreateAccount(account);
        GroupName group = "developers";
        await node.Carry(account, new CreateGroup(group), root);
        for (var i = 0; i < count && !users; i++) await node.Carry(account, new CreateUser($"user-{i}"), root);

        // Without hints: a live account of our own, which tells no other node.
        var live = hints ? null : new LiveAccount(account, node.Services.GetRequiredService<AccountStore>(), node.Services.GetRequiredService<Secrets>(), node.Services.GetRequiredService<ServiceKey>(), node.Services.GetRequiredService<PasswordHashing>(), node.Services.GetRequiredService<IIdSource>(),
            TimeProvider.System, (_, _) => { }, NullLogger.Instance, new SigningKeys(), node.Services.GetRequiredService<DecisionLog>());
        if (live is not null) await live.CatchUp();
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            UserName user = $"user-{i}";
            var there = false;
            return (Func<Task>)(async () =>
            {
                ICommand command = (users, there = !there) switch
                {
                    (true, true) => new CreateUser(user),
                    (true, false) => new DeleteUser(user),
                    (false, true) => new AddUserToGroup(group, user),
                    (false, false) => new RemoveUserFromGroup(group, user),
                };
                Request request = new(account, command, root, Guid.CreateVersion7().ToString());
                var reply = live is null ? await node.Dispatcher.Dispatch(request, default) : (await live.Execute(request, command))!;
                if (reply.Refusal is { } refusal) throw new InvalidOperationException($"{command}: {refusal.Code} {refusal.Message}");
            });
        })];
    }
}
