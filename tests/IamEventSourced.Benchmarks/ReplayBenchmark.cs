using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using IamEventSourced.Server;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;

namespace IamEventSourced.Benchmarks;

/// <summary>How fast a history becomes a directory: in memory, and from PostgreSQL.</summary>
static class ReplayBenchmark
{
    static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static async Task Run(Options options)
    {
        var (rounds, loadBefore) = (options.Number("rounds", 5), Machine.Load);
        await using var node = await Node.Start();
        await using var owner = NpgsqlDataSource.Create(node.Owner);
        var store = node.Services.GetRequiredService<AccountStore>();
        Console.WriteLine($"PostgreSQL {node.Postgres.Version}; medians of {rounds} rounds; one thread, besides PostgreSQL and the collector");
        Console.WriteLine();
        Console.WriteLine("| events | work | events/s | µs an event | of them ours on a processor | bytes an event |");
        Console.WriteLine("|---|---|---|---|---|---|");
        var next = 0;
        foreach (var count in options.Numbers("events", "100000,300000"))
        {
            AccountId account = $"{300_000_000_000 + ++next}";
            var events = RandomHistory.Of(count);
            var stored = events.Select(@event => (Kind: @event.GetType(), Json: JsonSerializer.Serialize(@event, @event.GetType(), Json.Options))).ToList();
            await Store(owner, account, events, stored.Select(one => one.Json).ToList());

            var recorded = events.Select((@event, i) => new RecordedEvent(account, i + 1, @event, Noon, new("operator", "AKIAIOSFODNN7EXAMPLE", Arn.Of(account, "root")), "c", 0, "c", null)).ToList();
            await Measure("fold one by one", () => { Fold(account, events); return Task.CompletedTask; });
            await Measure("fold together", () => { new Directory(account).Apply(recorded); return Task.CompletedTask; });
            await Measure("fold together, and the order of the names", () => { new Directory(account).Apply(recorded).Users.Find(new UserName("nobody")); return Task.CompletedTask; });
            await Measure("read JSON of the events in memory", () =>
            {
                foreach (var (kind, json) in stored) JsonSerializer.Deserialize(json, kind, Json.Options);
                return Task.CompletedTask;
            });
            var headers = Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7().ToString()).ToList();
            await Measure("check the ids and ARNs of the metadata, no JSON", () =>
            {
                foreach (var id in headers) _ = new Actor(account.Value, "AKIAIOSFODNN7EXAMPLE", $"arn:aws:iam::{account}:root") is null || new CommandId(id) is null;
                return Task.CompletedTask;
            });
            await Measure("read rows from PostgreSQL, no JSON", async () =>
            {
                await using var command = owner.CreateCommand("select version, type, timestamp, user_name, correlation_id, causation_id, headers, data from iam.mt_events where tenant_id = $1 and stream_id = $1 order by version");
                command.Parameters.Add(new() { Value = account.Value });
                await using var rows = await command.ExecuteReaderAsync();
                while (await rows.ReadAsync()) for (var i = 0; i < rows.FieldCount; i++) if (!rows.IsDBNull(i)) rows.GetValue(i);
            });
            await Measure("read events from PostgreSQL", async () =>
            {
                await using var connection = await store.Database.OpenConnectionAsync();
                await foreach (var _ in RecordedEvents.Read(connection, account, 0)) { }
            });
            await Measure("read events from PostgreSQL and fold", async () =>
            {
                await using var connection = await store.Database.OpenConnectionAsync();
                var directory = new Directory(account);
                await foreach (var recorded in RecordedEvents.Read(connection, account, 0)) directory = directory.Apply(recorded.Event, recorded.At);
                if (directory.Revision != events.Count) throw new InvalidOperationException("Not all events were read.");
            });
            await Measure("read events from PostgreSQL and fold together, none kept", async () =>
            {
                await using var connection = await store.Database.OpenConnectionAsync();
                var loading = new Loading(new Directory(account));
                await foreach (var recorded in RecordedEvents.Read(connection, account, 0)) loading.Add(recorded.Event, recorded.At);
                if (loading.End().Revision != events.Count) throw new InvalidOperationException("Not all events were read.");
            });
            await Measure("open the account, as the server does", async () =>
            {
                var live = new LiveAccount(account, store, node.Services.GetRequiredService<Secrets>(), node.Services.GetRequiredService<ServiceKey>(), node.Services.GetRequiredService<PasswordHashing>(), node.Services.GetRequiredService<IIdSource>(), TimeProvider.System, (_, _) => { },
                    Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, new SigningKeys(), node.Services.GetRequiredService<DecisionLog>());
                await live.CatchUp();
                if (live.Directory.Revision != events.Count) throw new InvalidOperationException("Not all events were read.");
            });

            async Task Measure(string work, Func<Task> once)
            {
                List<double> seconds = [], processor = [], bytes = [];
                for (var round = -1; round < rounds; round++)
                {
                    GC.Collect();
                    var (allocated, own, began) = (GC.GetTotalAllocatedBytes(precise: true), Machine.OwnProcessor, Stopwatch.GetTimestamp());
                    await once();
                    if (round < 0) continue; // warming up
                    seconds.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
                    processor.Add((Machine.OwnProcessor - own).TotalSeconds);
                    bytes.Add(GC.GetTotalAllocatedBytes(precise: true) - allocated);
                }
                Console.WriteLine($"| {count.ToString("#,0", CultureInfo.InvariantCulture)} | {work} | {(events.Count / seconds.Median()).Short()} | {(seconds.Median() * 1e6 / events.Count).Short()} | {(processor.Median() * 1e6 / events.Count).Short()} | {(bytes.Median() / events.Count).Short()} |");
            }
        }
        Console.WriteLine();
        Console.WriteLine(Machine.Describe(loadBefore));
    }

    static void Fold(AccountId account, List<AccountEvent> events)
    {
        var directory = new Directory(account);
        foreach (var @event in events) directory = directory.Apply(@event, Noon);
    }

    static async Task Store(NpgsqlDataSource owner, AccountId account, List<AccountEvent> events, List<string> data)
    {
        await using var connection = await owner.OpenConnectionAsync();
        await using (var stream = new NpgsqlCommand("insert into iam.mt_streams (id, tenant_id, version, timestamp, is_archived) values ($1, $1, $2, now(), false)", connection) { Parameters = { new() { Value = account.Value }, new() { Value = (long)events.Count } } })
            await stream.ExecuteNonQueryAsync();
        await using (var copy = await connection.BeginBinaryImportAsync("copy iam.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, correlation_id, headers, user_name, is_archived) from stdin (format binary)"))
        {
            var first = long.Parse(account.Value, CultureInfo.InvariantCulture) * 1_000_000; // numbers of its own
            for (var i = 0; i < events.Count; i++)
            {
                var command = Guid.CreateVersion7().ToString();
                await copy.StartRowAsync();
                await copy.WriteAsync(first + i, NpgsqlDbType.Bigint);
                await copy.WriteAsync(Guid.CreateVersion7(), NpgsqlDbType.Uuid);
                await copy.WriteAsync(account.Value, NpgsqlDbType.Text);
                await copy.WriteAsync(i + 1L, NpgsqlDbType.Bigint);
                await copy.WriteAsync(data[i], NpgsqlDbType.Jsonb);
                await copy.WriteAsync(events[i].StoredName(), NpgsqlDbType.Text);
                await copy.WriteAsync(Noon.UtcDateTime, NpgsqlDbType.TimestampTz);
                await copy.WriteAsync(account.Value, NpgsqlDbType.Text);
                await copy.WriteAsync(command, NpgsqlDbType.Text);
                await copy.WriteAsync($$"""{"command":"{{command}}","index":0,"principal":"{{account}}","key":"AKIAIOSFODNN7EXAMPLE","schema":1}""", NpgsqlDbType.Jsonb);
                await copy.WriteAsync($"arn:aws:iam::{account}:root", NpgsqlDbType.Text);
                await copy.WriteAsync(false, NpgsqlDbType.Boolean);
            }
            await copy.CompleteAsync();
        }
        await using var analyze = new NpgsqlCommand("vacuum analyze iam.mt_events", connection);
        await analyze.ExecuteNonQueryAsync();
    }
}
