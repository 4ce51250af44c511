using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using IamEventSourced.Client;
using IamEventSourced.Server;

namespace IamEventSourced.Benchmarks;

/// <summary>Two nodes lose their PostgreSQL for a while: what they decide meanwhile, at what rate, what they refuse, and how soon they are in step again.</summary>
static class OutageBenchmark
{
    const int Users = 50, Clients = 16;
    static readonly AccountId Account = "123456789012";

    /// <summary>A question, and what has to be answered: by how the policies are made, not by any code that decides.</summary>
    sealed record Question(int User, Authorize Asked, string Decision);

    public static async Task Run(Options options)
    {
        var (seconds, aside, loadBefore) = (options.Number("seconds", 120), options.Number("aside", 30), Machine.Load);
        await using var node = await Node.Start();
        await using var other = await node.StartServer(announced: false);
        var (root, secret) = await node.CreateAccount(Account);
        var at = IamClient.Create(node.Url, Account, root.Key, secret);
        var elsewhere = IamClient.Create(new(other.Urls.Single()), Account, root.Key, secret);
        List<(AccessKeyId Id, Secret Secret)> keys = [];
        for (var i = 0; i < Users; i++)
        {
            await Done(at.Send(new CreateUser($"user{i}")));
            await Done(at.Send(new PutUserPolicy($"user{i}", "Own", $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::team{{i % 5}}/*"},{"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::*/sealed/*"}]}""")));
            var key = (await Done(at.Send(new CreateAccessKey($"user{i}")))).Answer!.AccessKey;
            keys.Add((key.AccessKeyId, key.SecretAccessKey!));
        }
        var clients = keys.Select(key => IamClient.Create(node.Url, Account, key.Id, key.Secret)).ToArray();
        var forged = keys.Select(key => IamClient.Create(node.Url, Account, key.Id, new("not this one"))).ToArray();
        Question[] questions = [.. from user in Enumerable.Range(0, Users) from team in Enumerable.Range(0, 5) from action in (string[])["s3:GetObject", "s3:PutObject"] from place in (string[])["open", "sealed"]
            select new Question(user, new(action, $"arn:aws:s3:::team{team}/{place}/{user}.csv"), place is "sealed" ? "explicitDeny" : team == user % 5 && action is "s3:GetObject" ? "allowed" : "implicitDeny")];

        var (asked, wrong, unanswered, forgeries, let) = (0L, new ConcurrentBag<string>(), 0L, 0L, 0L);
        using var stop = new CancellationTokenSource();
        var load = Enumerable.Range(0, Clients).Select(number => Task.Run(async () =>
        {
            var random = new Random(number);
            while (!stop.IsCancellationRequested)
            {
                var question = questions[random.Next(questions.Length)];
                var reply = await clients[question.User].Ask(question.Asked);
                if (reply.Refusal is { } refusal) { Interlocked.Increment(ref unanswered); wrong.Add($"{question}: {refusal}"); }
                else if (reply.Answer!.Decision != question.Decision) wrong.Add($"{question}: {reply.Answer.Decision}");
                Interlocked.Increment(ref asked);
            }
        })).Append(Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                if ((await forged[i % Users].Ask(questions[i % questions.Length].Asked)).Refusal?.Code is not "SignatureDoesNotMatch") Interlocked.Increment(ref let);
                forgeries++;
                await Task.Delay(50);
            }
        })).ToArray();

        await Task.Delay(TimeSpan.FromSeconds(aside)); // code is compiled, connections are made
        var before = await Phase(aside, expected: null);
        await Stopped(node.Postgres);
        var during = await Phase(seconds, expected: 503);
        Signal(KeeperOf(node.Postgres), Continue);
        TimeSpan? answers = null, seen = null, took = null;
        for (var since = Stopwatch.GetTimestamp(); answers is null; await Task.Delay(20))
            if (await Answers(node.Owner)) answers = Stopwatch.GetElapsedTime(since);
        var back = Stopwatch.GetTimestamp();
        long made;
        for (IamReply<CreateUserAnswer> reply; ; await Task.Delay(20))
            if ((reply = await elsewhere.Send(new CreateUser("made-elsewhere"), "made-elsewhere")).Refusal is null) { made = reply.Revision; break; }
        while ((await at.Ask(new Authorize("s3:GetObject"))).Revision < made) await Task.Delay(5);
        seen = Stopwatch.GetElapsedTime(back);
        while ((await at.Send(new CreateUser("made-here"), "made-here")).Refusal is not null) await Task.Delay(20);
        took = Stopwatch.GetElapsedTime(back);
        var after = await Phase(aside, expected: null);
        await stop.CancelAsync();
        await Task.WhenAll(load);

        Console.WriteLine($"PostgreSQL {node.Postgres.Version} stopped for {seconds} s; {Clients} clients ask one of two nodes over HTTP, signed, beside a forger and a sender of a command every half second");
        Console.WriteLine();
        Console.WriteLine("| | decisions/s | ÷ before | decisions a second of processor time | ÷ before | slowest answer to a command, ms | commands refused |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var (name, phase) in new[] { ("before", before), ("during", during), ("after", after) })
            Console.WriteLine($"| {name} | {phase.PerSecond.Short()} | {(phase.PerSecond / before.PerSecond).Short()} | {phase.PerProcessorSecond.Short()} | {(phase.PerProcessorSecond / before.PerProcessorSecond).Short()} | {phase.SlowestMilliseconds.Short()} | {phase.Refused} of {phase.Commands} |");
        Console.WriteLine();
        Console.WriteLine($"{asked:#,0} decisions, {wrong.Count} wrong or not given{(wrong.TryPeek(out var first) ? $" (such as {first})" : "")}; {forgeries:#,0} forged signatures, {let} not refused as such.");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"PostgreSQL answered {answers.Value.TotalSeconds:0.0} s after it was let start; a command made by the other node was seen here {seen.Value.TotalSeconds:0.00} s after that, one was carried out here after {took.Value.TotalSeconds:0.00} s."));
        Console.WriteLine(Machine.Describe(loadBefore));

        async Task<PhaseResult> Phase(int length, int? expected)
        {
            var (began, from, processor, commands, refused, slowest) = (Stopwatch.GetTimestamp(), Interlocked.Read(ref asked), Machine.OwnProcessor, 0, 0, 0.0);
            while (Stopwatch.GetElapsedTime(began).TotalSeconds < length)
            {
                var sent = Stopwatch.GetTimestamp();
                var refusal = (await at.Send(new CreateGroup($"group{sent}"))).Refusal;
                slowest = Math.Max(slowest, Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
                commands++;
                if (refusal is not null) refused++;
                if (refusal?.Status != expected) throw new InvalidOperationException($"A command was answered {refusal?.Code ?? "done"}.");
                await Task.Delay(500);
            }
            var done = Interlocked.Read(ref asked) - from;
            return new(done / Stopwatch.GetElapsedTime(began).TotalSeconds, done / (Machine.OwnProcessor - processor).TotalSeconds, slowest, commands, refused);
        }
    }

    sealed record PhaseResult(double PerSecond, double PerProcessorSecond, double SlowestMilliseconds, int Commands, int Refused);

    /// <summary>Ends PostgreSQL at once, and keeps who would start it again from doing so.</summary>
    static async Task Stopped(PrivatePostgres postgres)
    {
        Signal(KeeperOf(postgres), Suspend);
        using var postmaster = Process.GetProcessById(int.Parse(File.ReadLines(Path.Combine(postgres.ClusterFolder, "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture));
        Signal(postmaster.Id, Immediate);
        await postmaster.WaitForExitAsync();
    }

    /// <summary>The guard's child that starts a cluster which ended.</summary>
    static int KeeperOf(PrivatePostgres postgres)
    {
        var guard = File.ReadAllText(Path.Combine(postgres.ClusterFolder, "guard.pid")).Trim();
        return int.Parse(File.ReadAllText($"/proc/{guard}/task/{guard}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).First(), CultureInfo.InvariantCulture);
    }

    static async Task<bool> Answers(string database)
    {
        try
        {
            await using var connection = new Npgsql.NpgsqlConnection($"{database};Pooling=false");
            await connection.OpenAsync();
            return true;
        }
        catch (Npgsql.NpgsqlException) { return false; }
    }

    static async Task<IamReply<T>> Done<T>(Task<IamReply<T>> sent) => await sent is var reply && reply.Refusal is { } refusal ? throw new InvalidOperationException($"{refusal.Code} {refusal.Message}") : reply;

    const int Immediate = 3, Continue = 18, Suspend = 19; // SIGQUIT, and Linux's SIGCONT and SIGSTOP

    static void Signal(int process, int signal) => _ = kill(process, signal) is 0 ? 0 : throw new InvalidOperationException($"Process {process} can't be signalled.");

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int kill(int process, int signal);
}
