using System.Diagnostics;
using IamEventSourced.Server;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace IamEventSourced.Benchmarks;

/// <summary>Where the time of one batch of commands goes: the steps of the live account's writer, one after the other, by themselves.</summary>
static class AnatomyBenchmark
{
    static readonly string[] Steps = ["hash of the requests", "decide and apply", "connection", "write all, commit"];

    public static async Task Run(Options options)
    {
        var (rounds, loadBefore) = (options.Number("rounds", 300), Machine.Load);
        await using var node = await Node.Start(options.Text("connection", ""), statements: true);
        await using var owner = NpgsqlDataSource.Create(node.Owner);
        await Execute(owner, "create extension if not exists pg_stat_statements");
        await RawBatch.Prepare(owner);
        await using var inserts = await RawInserts.Open(owner, 1);
        var insert = await Times(rounds, inserts.Callers[0]);
        var trip = await Times(rounds, async () => { await using var one = owner.CreateCommand("select 1"); await one.ExecuteNonQueryAsync(); });

        Console.WriteLine($"Medians of {rounds}, one at a time, µs. For comparison: a `select 1` {trip.Short()}, an autocommit INSERT {insert.Short()}.");
        Console.WriteLine();
        var store = node.Services.GetRequiredService<AccountStore>();
        var next = 0;
        foreach (var size in options.Numbers("batches", "1,32"))
        {
            AccountId account = $"{200_000_000_000 + ++next}";
            var (root, _) = await node.CreateAccount(account);
            await node.Carry(account, new CreateGroup("developers"), root);
            for (var i = 0; i < size; i++) await node.Carry(account, new CreateUser($"user-{i}"), root);
            var directory = (await store.ReadAfter(new Directory(account), default)).Directory;
            var ids = node.Services.GetRequiredService<IIdSource>();
            await Execute(owner, "select pg_stat_statements_reset()");

            var times = new List<double[]>();
            for (var round = 0; round < rounds + 20; round++)
            {
                ICommand[] commands = [.. Enumerable.Range(0, size).Select(i => round % 2 is 0 ? (ICommand)new AddUserToGroup("developers", $"user-{i}") : new RemoveUserFromGroup("developers", $"user-{i}"))];
                CommandId[] names = [.. commands.Select(_ => (CommandId)Guid.CreateVersion7().ToString())];
                var watch = Stopwatch.StartNew();
                List<double> at = [];
                byte[][] hashes = [.. commands.Select(command => RequestHash.Of(command))];
                at.Add(watch.Elapsed.TotalMicroseconds);
                var after = directory;
                List<RecordedEvent> events = [];
                var now = DateTimeOffset.UtcNow;
                now = new(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
                for (var i = 0; i < size; i++)
                {
                    var outcome = after.Decide(commands[i], new(root, names[i], now, ids));
                    foreach (var @event in outcome.Events)
                    {
                        after = after.Apply(@event, now);
                        events.Add(new(account, after.Revision, @event, now, new(root.PrincipalId, root.Key, after.ArnOf(root)), names[i], 0, names[i].Value, null));
                    }
                }
                if (events.Count != size) throw new InvalidOperationException("A command was refused.");
                CarriedOut[] carried = [.. names.Select((name, i) => new CarriedOut(name, root.PrincipalId, hashes[i], directory.Revision + 1 + i, null))];
                at.Add(watch.Elapsed.TotalMicroseconds);
                await using (var transaction = await store.Begin(account, default))
                {
                    at.Add(watch.Elapsed.TotalMicroseconds);
                    await transaction.Commit(new(directory.Revision, events, carried, now, [], []), () => { }, default);
                    at.Add(watch.Elapsed.TotalMicroseconds);
                }
                directory = after;
                if (round >= 20) times.Add([.. at.Select((until, i) => i is 0 ? until : until - at[i - 1])]);
            }

            Console.WriteLine($"| step of a batch of {size} | µs | µs a command | share |");
            Console.WriteLine("|---|---|---|---|");
            var medians = Steps.Select((_, i) => times.Select(round => round[i]).Median()).ToArray();
            for (var i = 0; i < Steps.Length; i++) Console.WriteLine($"| {Steps[i]} | {medians[i].Short()} | {(medians[i] / size).Short()} | {medians[i] / medians.Sum():P0} |");
            Console.WriteLine($"| together | {medians.Sum().Short()} | {(medians.Sum() / size).Short()} | {(medians.Sum() / insert).Short()} × an autocommit INSERT |");
            Console.WriteLine();
            Console.WriteLine("| PostgreSQL's statement | times a batch | µs to plan | µs to execute | its rows |");
            Console.WriteLine("|---|---|---|---|---|");
            await using var command = owner.CreateCommand("select left(regexp_replace(query, '\\s+', ' ', 'g'), 90), calls, mean_plan_time * 1000, mean_exec_time * 1000, rows::float8 / calls from pg_stat_statements where calls >= $1 order by calls * (mean_plan_time + mean_exec_time) desc limit 14");
            command.Parameters.Add(new() { Value = (long)rounds / 2 });
            await using var rows = await command.ExecuteReaderAsync();
            while (await rows.ReadAsync())
                Console.WriteLine($"| `{rows.GetString(0).Replace("|", "\\|", StringComparison.Ordinal)}` | {((double)rows.GetInt64(1) / (rounds + 20)).Short()} | {rows.GetDouble(2).Short()} | {rows.GetDouble(3).Short()} | {rows.GetDouble(4).Short()} |");
            Console.WriteLine();
        }
        Console.WriteLine(Machine.Describe(loadBefore));
    }

    static async Task<double> Times(int rounds, Func<Task> once)
    {
        List<double> times = [];
        for (var i = 0; i < rounds; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await once();
            times.Add(Stopwatch.GetElapsedTime(began).TotalMicroseconds);
        }
        return times.Median();
    }

    static async Task Execute(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
