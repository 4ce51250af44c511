using System.Diagnostics;
using System.Globalization;
using System.Text;
using IamEventSourced.Client;
using IamEventSourced.PolicyEngine;
using IamEventSourced.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Benchmarks;

/// <summary>Decisions a second of one principal with 5 groups, 4 policies each, 5 statements each: the operation, HTTP.</summary>
static class AuthorizeBenchmark
{
    const int Groups = 5, PoliciesPerGroup = 4;

    public static async Task Run(Options options)
    {
        var (seconds, rounds, connections, loadBefore) = (options.Number("seconds", 3), options.Number("rounds", 5), options.Number("connections", 32), Machine.Load);
        Console.WriteLine($"Medians of {rounds} rounds of {seconds} s, variants in turn");
        Console.WriteLine();
        await Operation(seconds, rounds, connections);
        Console.WriteLine(Machine.Describe(loadBefore));
    }

    /// <summary>The principal, in an account of its own.</summary>
    public static async Task<(UserCaller Caller, AccessKeyAnswer Key)> Principal(Node node, AccountId account, Random random)
    {
        var (root, _) = await node.CreateAccount(account);
        UserName alice = "alice";
        var user = ((CreateUserAnswer)await node.Carry(account, new CreateUser(alice), root)).User;
        for (var i = 0; i < Groups; i++)
        {
            GroupName group = $"group-{i}";
            await node.Carry(account, new CreateGroup(group), root);
            for (var j = 0; j < PoliciesPerGroup; j++)
            {
                var policy = ((CreatePolicyAnswer)await node.Carry(account, new CreatePolicy($"policy-{i}-{j}", Rule.Policy(Rule.Random(random, 10, 5))), root)).Policy;
                await node.Carry(account, new AttachGroupPolicy(group, policy.Arn), root);
            }
            await node.Carry(account, new AddUserToGroup(group, alice), root);
        }
        var key = ((CreateAccessKeyAnswer)await node.Carry(account, new CreateAccessKey(alice), root)).AccessKey;
        return (new(account, key.AccessKeyId, user.UserId), key);
    }

    static async Task Operation(int seconds, int rounds, int connections)
    {
        AccountId account = "400000000001";
        Caller? known = null;
        // What the JSON door does, but for looking at the signature: whoever asks is who is known.
        await using var node = await Node.Start(map: app => app.MapPost("/unsigned/GetCallerIdentity", (RequestDelegate)(http => Doors.Serve(http, async _ =>
        {
            var plain = (await PlainRequest.ReadAsync(http.Request, http.RequestAborted)).Value!;
            var operation = IamEventSourced.Operation.All[nameof(GetCallerIdentity)];
            var asked = AskedHeaders.Read(http.Request.Headers, operation).Value!;
            var read = operation.Read(StrictJson.Read(plain.Body).Value).Value!;
            var reply = await Doors.Dispatch(http, new(account, read, known!, "unsigned") { Origin = KnownRequest.OriginOf(http), Consistency = asked.Consistency });
            await Doors.Write(http, StatusCodes.Status200OK, "application/json", System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(reply.Answer!, reply.Answer!.GetType(), Json.Options));
        }, (_, _) => Task.CompletedTask))));
        var random = new Random(7);
        var (caller, key) = await Principal(node, account, random);
        known = caller;
        var asked = Enumerable.Range(0, 4096).Select(_ => Rule.Question(random, 10)).ToArray();
        Authorize[] questions = [.. asked.Select(one => new Authorize(one.Action, one.Resource))];
        AuthorizeBatch batch = new([.. asked.Take(1000).Select(one => new AuthorizationRequest(one.Action, one.Resource))]);
        CommandId id = "question";
        var session = ((GetSessionTokenAnswer)(await node.Dispatcher.Dispatch(new(account, new GetSessionToken(), caller, id), default)).Answer!).Credentials;

        Console.WriteLine("| the operation, in-process, one caller: with reasons | decisions/s | µs | bytes each |");
        Console.WriteLine("|---|---|---|---|");
        await Measure("Authorize", 1, async i => Good(await node.Dispatcher.Dispatch(new(account, questions[i % questions.Length], caller, id), default)));
        await Measure("AuthorizeBatch of 1,000", 1000, async _ => Good(await node.Dispatcher.Dispatch(new(account, batch, caller, id), default)));
        var (uses, scope) = (node.Services.GetRequiredService<CredentialUses>(), new SigningScope("20260101", "us-east-1", "iam"));
        await Measure("that the caller's key was used, noted", 1, _ =>
        {
            uses.Note(key.AccessKeyId, scope);
            return Task.CompletedTask;
        });
        // By another instance, which writes nothing.
        using var accesses = new AccessUses(node.Services.GetRequiredService<Npgsql.NpgsqlDataSource>(), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<AccessUses>.Instance);
        var directory = (await node.Services.GetRequiredService<LiveAccounts>().Find(account, default))!.Directory;
        Request[] requests = [.. questions.Select(one => new Request(account, one, caller, id))];
        object[] answers = [.. (await Task.WhenAll(requests.Select(one => node.Dispatcher.Dispatch(one, default)))).Select(reply => reply.Answer!)];
        await Measure($"what was allowed of Authorize ({answers.Count(answer => answer is AuthorizationResult { Decision: "allowed" }) * 100 / answers.Length} %), noted", 1, i =>
        {
            accesses.Note(requests[i % requests.Length], answers[i % answers.Length], directory);
            return Task.CompletedTask;
        });
        Request many = new(account, batch, caller, id);
        var manyAnswers = (await node.Dispatcher.Dispatch(many, default)).Answer;
        await Measure("the same of AuthorizeBatch", 1000, _ =>
        {
            accesses.Note(many, manyAnswers, directory);
            return Task.CompletedTask;
        });
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
                new("GetCallerIdentity, its signature not looked at", Path.Combine(folder, "unsigned"), 1),
                new("GetCallerIdentity, signed with temporary credentials", Path.Combine(folder, "session"), 1),
                new("Authorize, signed", Path.Combine(folder, "authorize"), 1),
                new("AuthorizeBatch of 100, signed", Path.Combine(folder, "batch"), 100),
            ];
            await File.WriteAllBytesAsync(loads[0].File, HttpLoad.Packed([Encoding.ASCII.GetBytes($"GET /health/live HTTP/1.1\r\nHost: {node.Url.Authority}\r\n\r\n")]));
            await File.WriteAllBytesAsync(loads[1].File, HttpLoad.Packed([await Signed(new GetCallerIdentity())]));
            await File.WriteAllBytesAsync(loads[2].File, HttpLoad.Packed([Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(await Signed(new GetCallerIdentity())).Replace($"/accounts/{account}/", "/unsigned/", StringComparison.Ordinal))]));
            await File.WriteAllBytesAsync(loads[3].File, HttpLoad.Packed([await Signed(new GetCallerIdentity(), session)]));
            await File.WriteAllBytesAsync(loads[4].File, HttpLoad.Packed([.. await Task.WhenAll(questions.Take(1000).Select(one => Signed(one)))]));
            await File.WriteAllBytesAsync(loads[5].File, HttpLoad.Packed([await Signed(batch with { Requests = batch.Requests[..100] })]));

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
                Console.WriteLine($"| {load.Name} | {load.Rates.Median().Short()} | {(load.Name.StartsWith("Authorize", StringComparison.Ordinal) is false ? "" : (load.Rates.Median() * load.Decisions).Short())} | {load.Microseconds.Median().Short()} | "
                    + $"{load.Rates.Zip(loads[0].Rates, (one, other) => one / other).Median().Short()} | {load.Microseconds.Zip(loads[0].Microseconds, (one, other) => other / one).Median().Short()} |");
            Console.WriteLine();
            Console.WriteLine($"The signature: {loads[1].Microseconds.Zip(loads[2].Microseconds, (signed, not) => signed - not).Median().Short()} µs of the server's processors a request; {loads[1].Rates.Zip(loads[2].Rates, (signed, not) => signed / not).Median().Short()} of the requests/s without it; with temporary credentials {loads[3].Microseconds.Zip(loads[2].Microseconds, (signed, not) => signed - not).Median().Short()} µs.");
            Console.WriteLine();
        }
        finally { System.IO.Directory.Delete(folder, recursive: true); }

        Task<byte[]> Signed(IOperation what, Credentials? session = null) =>
            HttpLoad.Signed(node.Url, account, what, session?.AccessKeyId ?? key.AccessKeyId, session?.SecretAccessKey ?? key.SecretAccessKey!, session?.SessionToken);

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
