using System.Diagnostics;
using System.Globalization;
using System.Text;
using IamEventSourced.Client;
using IamEventSourced.PolicyEngine;
using IamEventSourced.Server;

namespace IamEventSourced.Benchmarks;

/// <summary>Decisions a second of one principal with 5 groups, 4 policies each, 5 statements each: the evaluator, the operation, HTTP.</summary>
static class AuthorizeBenchmark
{
    const int Groups = 5, PoliciesPerGroup = 4, Questions = 1 << 16;
    static readonly string[] Verbs = ["Get", "List", "Put", "Delete", "Create", "Update", "Tag", "Run"];
    static readonly string[] Nouns = ["Object", "Bucket", "Item", "Table", "Function"];

    public static async Task Run(Options options)
    {
        var (seconds, rounds, connections, loadBefore) = (options.Number("seconds", 3), options.Number("rounds", 5), options.Number("connections", 32), Machine.Load);
        Console.WriteLine($"Medians of {rounds} rounds of {seconds} s, variants in turn; questions of {Questions:#,0}, each text made afresh");
        Console.WriteLine();
        Evaluate(1, seconds, rounds);
        Evaluate(10, seconds, rounds);
        await Operation(seconds, rounds, connections);
        Console.WriteLine(Machine.Describe(loadBefore));
    }

    /// <summary>A statement before it is written as a policy.</summary>
    sealed record Rule(bool Deny, string[] Actions, string Resource)
    {
        public string Json => $$"""{"Effect":"{{(Deny ? "Deny" : "Allow")}}","Action":[{{string.Join(',', Actions.Select(action => $"\"{action}\""))}}],"Resource":"{{Resource}}"}""";
    }

    static IEnumerable<string> ActionsOf(int service) => Verbs.SelectMany(verb => Nouns.Select(noun => $"svc{service}:{verb}{noun}"));

    /// <summary>Statements: two of five by whole actions, two by a prefix of actions, one Deny.</summary>
    static List<Rule> Policy(Random random, int services, int statements) => [.. Enumerable.Range(0, statements).Select(i =>
    {
        var service = random.Next(services);
        var all = ActionsOf(service).ToArray();
        string[] actions = i % 5 is 1 or 3 ? [$"svc{service}:{Verbs[random.Next(Verbs.Length)]}*"] : [.. Enumerable.Range(0, 3).Select(_ => all[random.Next(all.Length)]).Distinct()];
        var resource = random.Next(4) switch { 0 => "*", 1 => $"arn:aws:svc{service}:::thing-{random.Next(40)}", _ => $"arn:aws:svc{service}:::team-{random.Next(4)}/*" };
        return new Rule(i % 5 is 4, actions, resource);
    })];

    static (string Action, string Resource)[] Ask(Random random, int services) => [.. Enumerable.Range(0, Questions).Select(_ =>
    {
        var service = random.Next(services);
        return ($"svc{service}:{Verbs[random.Next(Verbs.Length)]}{Nouns[random.Next(Nouns.Length)]}", random.Next(2) is 0 ? $"arn:aws:svc{service}:::thing-{random.Next(40)}" : $"arn:aws:svc{service}:::team-{random.Next(4)}/file-{random.Next(100_000)}");
    })];

    /// <summary>The floor: every known action in a dictionary with the resources of its statements, denies first. No wildcards within, variables or conditions.</summary>
    sealed class FlatTable(IEnumerable<Rule> rules, int services, StringComparer actions)
    {
        readonly record struct Entry(bool Deny, string Resource, bool Prefix);

        readonly Dictionary<string, Entry[]> _entries = Enumerable.Range(0, services).SelectMany(ActionsOf).ToDictionary(action => action, action => rules
            .Where(rule => rule.Actions.Any(pattern => pattern == action || pattern.EndsWith('*') && action.StartsWith(pattern[..^1], StringComparison.Ordinal)))
            .OrderByDescending(rule => rule.Deny)
            .Select(rule => new Entry(rule.Deny, rule.Resource.TrimEnd('*'), rule.Resource.EndsWith('*'))).ToArray(), actions);

        public AccessOutcome Decide(string action, string resource)
        {
            if (_entries.TryGetValue(action, out var entries))
                foreach (ref readonly var entry in entries.AsSpan())
                    if (entry.Prefix ? resource.StartsWith(entry.Resource, StringComparison.Ordinal) : string.Equals(resource, entry.Resource, StringComparison.Ordinal))
                        return entry.Deny ? AccessOutcome.ExplicitDeny : AccessOutcome.Allowed;
            return AccessOutcome.ImplicitDeny;
        }
    }

    static void Evaluate(int times, int seconds, int rounds)
    {
        var (random, services) = (new Random(7), 10 * times);
        var policies = Enumerable.Range(0, Groups * PoliciesPerGroup).Select(_ => Policy(random, services, 5 * times)).ToList();
        var grants = GrantSet.Of(policies.Select((rules, i) => new PolicyGrant($"p{i}", CompiledPolicy.Compile(Text(rules)))));
        var flat = new FlatTable(policies.SelectMany(rules => rules), services, StringComparer.Ordinal);
        var flatWithoutCase = new FlatTable(policies.SelectMany(rules => rules), services, StringComparer.OrdinalIgnoreCase);
        var asked = Ask(random, services);

        var outcomes = new int[3];
        foreach (var (action, resource) in asked)
        {
            var outcome = Evaluator.Decide(grants, null, new(action, resource, RequestContext.Empty));
            if (outcome != flat.Decide(action, resource)) throw new InvalidOperationException($"{action} on {resource}: the floor and the evaluator differ.");
            outcomes[(int)outcome]++;
        }
        Console.WriteLine($"{policies.Sum(rules => rules.Count)} statements; {outcomes[2] * 100 / Questions} % allowed, {outcomes[1] * 100 / Questions} % explicit, {outcomes[0] * 100 / Questions} % implicit deny; one thread");
        Console.WriteLine();
        Console.WriteLine("| in-process | decisions/s | ns | bytes each | ÷ floor |");
        Console.WriteLine("|---|---|---|---|---|");
        List<double> floor = [], withoutCase = [], ours = [], bytes = [];
        for (var round = -1; round < rounds; round++)
        {
            var f = Rate(seconds, () => { foreach (var (action, resource) in asked) Sink += (int)flat.Decide(action, resource); });
            var c = Rate(seconds, () => { foreach (var (action, resource) in asked) Sink += (int)flatWithoutCase.Decide(action, resource); });
            var o = Rate(seconds, () => { foreach (var (action, resource) in asked) Sink += (int)Evaluator.Decide(grants, null, new(action, resource, RequestContext.Empty)); });
            if (round < 0) continue; // warming up
            (floor, withoutCase, ours, bytes) = ([.. floor, f.PerSecond], [.. withoutCase, c.PerSecond], [.. ours, o.PerSecond], [.. bytes, o.Bytes]);
        }
        Console.WriteLine($"| flat table, actions as spelled (floor) | {floor.Median().Short()} | {(1e9 / floor.Median()).Short()} | 0 | |");
        Console.WriteLine($"| flat table, actions in any case, as IAM has them | {withoutCase.Median().Short()} | {(1e9 / withoutCase.Median()).Short()} | 0 | {withoutCase.Zip(floor, (one, other) => one / other).Median().Short()} |");
        Console.WriteLine($"| `Evaluator.Decide` | {ours.Median().Short()} | {(1e9 / ours.Median()).Short()} | {bytes.Median().Short()} | {ours.Zip(floor, (one, other) => one / other).Median().Short()} |");
        Console.WriteLine();

        (double PerSecond, double Bytes) Rate(double seconds, Action all)
        {
            var (allocated, began, count) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp(), 0L);
            while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds) { all(); count += Questions; }
            return (count / Stopwatch.GetElapsedTime(began).TotalSeconds, (double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / count);
        }
    }

    static int Sink;

    static string Text(List<Rule> rules) => $$"""{"Version":"2012-10-17","Statement":[{{string.Join(',', rules.Select(rule => rule.Json))}}]}""";

    static async Task Operation(int seconds, int rounds, int connections)
    {
        await using var node = await Node.Start();
        AccountId account = "400000000001";
        var (root, _) = await node.CreateAccount(account);
        var random = new Random(7);
        UserName alice = "alice";
        var user = ((CreateUserAnswer)await node.Carry(account, new CreateUser(alice), root)).User;
        for (var i = 0; i < Groups; i++)
        {
            GroupName group = $"group-{i}";
            await node.Carry(account, new CreateGroup(group), root);
            for (var j = 0; j < PoliciesPerGroup; j++)
            {
                var policy = ((CreatePolicyAnswer)await node.Carry(account, new CreatePolicy($"policy-{i}-{j}", Text(Policy(random, 10, 5))), root)).Policy;
                await node.Carry(account, new AttachGroupPolicy(group, policy.Arn), root);
            }
            await node.Carry(account, new AddUserToGroup(group, alice), root);
        }
        var key = ((CreateAccessKeyAnswer)await node.Carry(account, new CreateAccessKey(alice), root)).AccessKey;
        var caller = new UserCaller(account, key.AccessKeyId, user.UserId);
        var asked = Ask(random, 10).Take(4096).ToArray();
        Authorize[] questions = [.. asked.Select(one => new Authorize(one.Action, one.Resource))];
        AuthorizeBatch batch = new([.. asked.Take(1000).Select(one => new AuthorizationRequest(one.Action, one.Resource))]);
        CommandId id = "question";

        Console.WriteLine("| the operation, in-process, one caller: with reasons | decisions/s | µs | bytes each |");
        Console.WriteLine("|---|---|---|---|");
        await Measure("Authorize", 1, async i => Good(await node.Dispatcher.Dispatch(new(account, questions[i % questions.Length], caller, id), default)));
        await Measure("AuthorizeBatch of 1,000", 1000, async _ => Good(await node.Dispatcher.Dispatch(new(account, batch, caller, id), default)));
        Console.WriteLine();

        async Task Measure(string name, int each, Func<int, Task> once)
        {
            List<double> rates = [], bytes = [];
            for (var round = -1; round < rounds; round++)
            {
                var (allocated, began, count) = (GC.GetTotalAllocatedBytes(), Stopwatch.GetTimestamp(), 0);
                for (; Stopwatch.GetElapsedTime(began).TotalSeconds < seconds; count++) await once(count);
                if (round < 0) continue; // warming up
                rates.Add(count * (double)each / Stopwatch.GetElapsedTime(began).TotalSeconds);
                bytes.Add((GC.GetTotalAllocatedBytes() - allocated) / (count * (double)each));
            }
            Console.WriteLine($"| {name} | {rates.Median().Short()} | {(1e6 / rates.Median()).Short()} | {bytes.Median().Short()} |");
        }

        // Signatures are good for minutes: the requests are signed before.
        var folder = System.IO.Directory.CreateTempSubdirectory("iam-load-").FullName;
        try
        {
            Load[] loads =
            [
                new("fixed answer, unsigned", Path.Combine(folder, "fixed"), 1),
                new("GetCallerIdentity, signed", Path.Combine(folder, "identity"), 1),
                new("Authorize, signed", Path.Combine(folder, "authorize"), 1),
                new("AuthorizeBatch of 100, signed", Path.Combine(folder, "batch"), 100),
            ];
            await File.WriteAllBytesAsync(loads[0].File, HttpLoad.Packed([Encoding.ASCII.GetBytes($"GET /health/live HTTP/1.1\r\nHost: {node.Url.Authority}\r\n\r\n")]));
            await File.WriteAllBytesAsync(loads[1].File, HttpLoad.Packed([await Signed(nameof(GetCallerIdentity), new GetCallerIdentity(), "sts")]));
            await File.WriteAllBytesAsync(loads[2].File, HttpLoad.Packed([.. await Task.WhenAll(questions.Take(1000).Select(one => Signed(nameof(Authorize), one, "iam")))]));
            await File.WriteAllBytesAsync(loads[3].File, HttpLoad.Packed([await Signed(nameof(AuthorizeBatch), batch with { Requests = batch.Requests[..100] }, "iam")]));

            for (var round = -1; round < rounds; round++)
                foreach (var load in loads)
                {
                    var own = Machine.OwnProcessor;
                    var count = await HttpLoad.Start(load.File, node.Url.Port, connections, seconds);
                    if (round < 0) continue; // warming up
                    load.Rates.Add(count / (double)seconds);
                    load.Microseconds.Add((Machine.OwnProcessor - own).TotalMicroseconds / count);
                }
            Console.WriteLine($"| HTTP, {connections} connections from another process of this machine | requests/s | decisions/s | µs of the server's processors a request | ÷ fixed answer | ÷ fixed answer, by the server's processors |");
            Console.WriteLine("|---|---|---|---|---|---|");
            foreach (var load in loads)
                Console.WriteLine($"| {load.Name} | {load.Rates.Median().Short()} | {(load == loads[0] || load == loads[1] ? "" : (load.Rates.Median() * load.Decisions).Short())} | {load.Microseconds.Median().Short()} | "
                    + $"{load.Rates.Zip(loads[0].Rates, (one, other) => one / other).Median().Short()} | {load.Microseconds.Zip(loads[0].Microseconds, (one, other) => other / one).Median().Short()} |");
            Console.WriteLine();
        }
        finally { System.IO.Directory.Delete(folder, recursive: true); }

        async Task<byte[]> Signed(string operation, IOperation what, string service)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(node.Url, $"/accounts/{account}/{operation}"));
            var body = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(what, what.GetType(), Json.Options);
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
            await RequestSigner.SignAsync(request, key.AccessKeyId, key.SecretAccessKey!, "us-east-1", service, DateTimeOffset.UtcNow);
            var head = new StringBuilder().Append(CultureInfo.InvariantCulture, $"POST {request.RequestUri!.AbsolutePath} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n");
            foreach (var (name, values) in request.Headers.NonValidated) head.Append(CultureInfo.InvariantCulture, $"{name}: {values}\r\n");
            return [.. Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), .. body];
        }

        static void Good(Reply reply)
        {
            if (reply.Refusal is { } refusal) throw new InvalidOperationException($"{refusal.Code} {refusal.Message}");
        }
    }

    sealed record Load(string Name, string File, int Decisions)
    {
        public List<double> Rates { get; } = [];
        public List<double> Microseconds { get; } = [];
    }
}
