using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using IamEventSourced.PolicyEngine;

namespace IamEventSourced.Benchmarks;

/// <summary>
/// The policy engine beside libraries that people would otherwise pick, on the part of the language that each has, after all agree on every answer.
/// Each has a process of its own and one thread; they take turns, the others wait. What is not ours runs as its makers made it, from npm.
/// </summary>
static class PeersBenchmark
{
    const int Questions = 1024, Copies = 16, Services = 10, Policies = 4, Statements = 5, GroupsOfUser = 5;

    /// <param name="Wildcards">Actions and resources may end in *; else names are whole, or the resource is *.</param>
    sealed record Part(string Name, int Groups, int Users, bool Wildcards, string[] Peers);

    sealed record Workload(Dictionary<string, List<Rule>[]> Groups, Dictionary<string, string[]> Users, string[][] Questions);

    sealed record Peer(string Name, Process Process)
    {
        public Timings Timings { get; } = new();

        public async Task<JsonElement> Ask(string line)
        {
            await Process.StandardInput.WriteLineAsync(line);
            return await Said();
        }

        public async Task<JsonElement> Said() => await Process.StandardOutput.ReadLineAsync() is { } answer
            ? JsonSerializer.Deserialize<JsonElement>(answer) : throw new InvalidOperationException($"{Name} ended: {await Process.StandardError.ReadToEndAsync()}");
    }

    readonly struct Engine(GrantSet[] sets, string[][] asked) : IAnswers
    {
        public AccessOutcome Answer(int question) => Evaluator.Decide(sets[question % Questions], null, new(asked[question][1], asked[question][2], RequestContext.Empty));
    }

    readonly struct EngineByName(Dictionary<string, GrantSet> sets, string[][] asked) : IAnswers
    {
        public AccessOutcome Answer(int question) => Evaluator.Decide(sets[asked[question][0]], null, new(asked[question][1], asked[question][2], RequestContext.Empty));
    }

    readonly struct Flat(FlatTable[] tables, string[][] asked) : IAnswers
    {
        public AccessOutcome Answer(int question) => tables[question % Questions].Decide(asked[question][1], asked[question][2]);
    }

    static readonly Part[] Parts =
    [
        new("one user of 5 groups, 100 statements; whole names", GroupsOfUser, 1, Wildcards: false, ["casl", "cedar", "casbin", "iam-simulate"]),
        new("one user of 5 groups, 100 statements; prefixes too", GroupsOfUser, 1, Wildcards: true, ["cedar", "casbin", "iam-simulate"]),
        new("1,000 users, 100 groups, 100 statements a user; whole names", 100, 1000, Wildcards: false, ["casl", "cedar", "casbin", "iam-simulate"]),
        new("1,000 users, 100 groups, 100 statements a user; prefixes too", 100, 1000, Wildcards: true, ["cedar", "casbin", "iam-simulate"]),
    ];

    public static async Task<int> Run(Options options)
    {
        var (seconds, rounds, loadBefore) = (options.Decimal("seconds", 1), options.Number("rounds", 5), Machine.Load);
        if (Folder() is not { } folder) { Console.WriteLine("peers/peer.mjs is not in this folder nor in tests/IamEventSourced.Benchmarks: run from the repository."); return 1; }
        try
        {
            if (!System.IO.Directory.Exists(Path.Combine(folder, "node_modules")))
            {
                using var npm = Process.Start(new ProcessStartInfo("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"]) { WorkingDirectory = folder })!;
                await npm.WaitForExitAsync();
                if (npm.ExitCode is not 0) return 1;
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"Medians of {rounds} rounds of {seconds} s, contenders in turn; {Questions:#,0} questions that all answered alike; one thread each; rates by processor time"));
            foreach (var part in Parts)
            {
                Console.WriteLine();
                await Compare(part, folder, seconds, rounds);
            }
        }
        catch (Win32Exception e) { Console.WriteLine($"node and npm are needed: {e.Message}"); return 1; }
        Console.WriteLine();
        Console.WriteLine(Machine.Describe(loadBefore));
        return 0;
    }

    static string? Folder() => new[] { "peers", "tests/IamEventSourced.Benchmarks/peers" }.Select(Path.GetFullPath).FirstOrDefault(folder => File.Exists(Path.Combine(folder, "peer.mjs")));

    static async Task Compare(Part part, string folder, double seconds, int rounds)
    {
        var random = new Random(7);
        var groups = Enumerable.Range(0, part.Groups).ToDictionary(i => $"group-{i}", _ => Enumerable.Range(0, Policies).Select(_ => Rule.Random(random, Services, Statements, part.Wildcards)).ToArray());
        var users = Enumerable.Range(0, part.Users).ToDictionary(i => $"user-{i}", _ => groups.Keys.OrderBy(_ => random.Next()).Take(GroupsOfUser).ToArray());
        var policies = groups.ToDictionary(group => group.Key, group => group.Value.Select((rules, i) => new PolicyGrant($"{group.Key}-{i}", CompiledPolicy.Compile(Rule.Policy(rules)))).ToArray());
        var sets = users.ToDictionary(user => user.Key, user => GrantSet.Of(user.Value.SelectMany(group => policies[group])));
        string[][] asked = [.. Enumerable.Range(0, Questions).Select(_ => Ask())];
        GrantSet[] resolved = [.. asked.Select(one => sets[one[0]])];
        var tables = asked.Select(one => one[0]).Distinct().ToDictionary(user => user, user => new FlatTable(users[user].SelectMany(group => groups[group]).SelectMany(rules => rules), Services, StringComparer.Ordinal));
        FlatTable[] flat = [.. asked.Select(one => tables[one[0]])];

        int[] answers = [.. asked.Select((one, i) => (int)new Engine(resolved, asked).Answer(i))];
        Agree("flat table", [.. asked.Select((_, i) => (int)new Flat(flat, asked).Answer(i))], whole: true);

        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new Workload(groups, users, asked), JsonSerializerOptions.Web));
        List<Peer> peers = [];
        try
        {
            foreach (var name in part.Peers)
            {
                var peer = new Peer(name, Process.Start(new ProcessStartInfo("node", [Path.Combine(folder, "peer.mjs"), name, file]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!);
                peers.Add(peer);
                await peer.Said();
                Agree(name, [.. (await peer.Ask("answers")).EnumerateArray().Select(one => one.GetInt32())], whole: name is "cedar" or "iam-simulate");
            }
            // As the others have it: texts not seen before, the names of files others each time, the answers the same.
            string[][] afresh = [.. Enumerable.Range(0, Copies).SelectMany(_ => asked).Select(one => new[] { new string(one[0].AsSpan()), new string(one[1].AsSpan()), Renamed(one[2]) })];
            Timings ours = new(), byName = new(), floor = new();
            for (var round = -1; round < rounds; round++)
            {
                floor.Time(new Flat(flat, afresh), afresh.Length, seconds, round < 0);
                ours.Time(new Engine(resolved, afresh), afresh.Length, seconds, round < 0);
                byName.Time(new EngineByName(sets, afresh), afresh.Length, seconds, round < 0);
                foreach (var peer in peers)
                {
                    var ran = await peer.Ask(string.Create(CultureInfo.InvariantCulture, $"run {seconds}"));
                    if (round < 0) continue; // warming up
                    peer.Timings.PerSecond.Add(ran.GetProperty("perSecond").GetDouble());
                    peer.Timings.Middle.Add(ran.GetProperty("median").GetDouble());
                    peer.Timings.Worst.Add(ran.GetProperty("worst").GetDouble());
                }
            }
            string[] kinds = [.. answers.CountBy(answer => answer).OrderByDescending(kind => kind.Key).Select(kind => $"{kind.Value * 100 / Questions} % {(AccessOutcome)kind.Key}")];
            Console.WriteLine($"| {part.Name} ({string.Join(", ", kinds)}) | decisions/s | median ns | p99 ns | bytes | ours is × |");
            Console.WriteLine("|---|---|---|---|---|---|");
            Row("flat table (floor)", floor);
            Row("`Evaluator.Decide`", ours);
            Row("the same, principal found by name", byName);
            foreach (var peer in peers) Row(peer.Name, peer.Timings);

            void Row(string name, Timings timings) => Console.WriteLine(
                $"| {name} | {timings.PerSecond.Median().Short()} | {timings.Middle.Median().Short()} | {timings.Worst.Median().Short()} | {(timings.Bytes.Count is 0 ? "" : timings.Bytes.Median().Short())} | {(timings == ours ? "" : ours.Over(timings).Short())} |");
        }
        finally
        {
            foreach (var peer in peers)
            {
                peer.Process.Kill();
                peer.Process.Dispose();
            }
            File.Delete(file);
        }

        string Renamed(string resource) => resource.LastIndexOf("file-", StringComparison.Ordinal) is >= 0 and var at ? $"{resource.AsSpan(0, at)}file-{random.Next(1_000_000)}" : new(resource.AsSpan());

        string[] Ask()
        {
            while (true)
            {
                var user = $"user-{random.Next(part.Users)}";
                var (action, resource) = Rule.Question(random, Services);
                // What nothing names is denied at once: not more than four tenths are of that kind.
                if (Evaluator.Decide(sets[user], null, new(action, resource, RequestContext.Empty)) != AccessOutcome.ImplicitDeny || random.Next(4) is 0) return [user, action, resource];
            }
        }

        void Agree(string name, int[] other, bool whole)
        {
            for (var i = 0; i < Questions; i++)
                if (whole ? other[i] != answers[i] : other[i] is (int)AccessOutcome.Allowed != answers[i] is (int)AccessOutcome.Allowed)
                    throw new InvalidOperationException($"{name} answers {(AccessOutcome)other[i]}, the engine {(AccessOutcome)answers[i]}: {string.Join(' ', asked[i])}");
        }
    }
}
