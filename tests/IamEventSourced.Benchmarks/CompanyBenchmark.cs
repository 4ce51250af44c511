using System.Diagnostics;
using System.Globalization;
using IamEventSourced.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace IamEventSourced.Benchmarks;

/// <summary>
/// What history answers in a company of five years: people come, change teams and leave, policies get versions, groups get policies. Each question is asked of random
/// moments and people, first where nothing of that moment is at hand, then at once again; against folding the stream up to the moment, in the same run.
/// </summary>
static class CompanyBenchmark
{
    const int AtOnce = 256, Policies = 200;
    static readonly AccountId Account = "500000000001";
    static readonly DateTimeOffset Founded = new(2021, 1, 4, 8, 0, 0, TimeSpan.Zero);
    static readonly TimeSpan Age = TimeSpan.FromDays(5 * 365);

    public static async Task Run(Options options)
    {
        var (users, events, asked, folds, loadBefore) = (options.Number("users", 10_000), options.Number("events", 1_000_000), options.Number("asked", 200), options.Number("folds", 5), Machine.Load);
        var clock = new CompanyClock { Now = Founded };
        await using var node = await Node.Start(configure: services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock)));
        var company = new Company(node, clock, users, events);
        var began = Stopwatch.GetTimestamp();
        await company.Live();
        var live = (await node.Services.GetRequiredService<LiveAccounts>().Find(Account, default))!;
        var (newest, store) = (live.Directory.Revision, node.Services.GetRequiredService<AccountStore>());
        Console.WriteLine($"{live.Directory.Users.Count:#,0} users, {live.Directory.Groups.Count} groups, {live.Directory.Policies.Count} policies after {newest:#,0} events of five years, made at {(newest / Stopwatch.GetElapsedTime(began).TotalSeconds).Short()} a second through the front door");
        // As after five years; made within minutes, all of it would be looked through while questions are asked.
        await using (var owner = NpgsqlDataSource.Create(node.Owner))
        {
            await using var vacuum = owner.CreateCommand("vacuum analyze");
            vacuum.CommandTimeout = 0;
            await vacuum.ExecuteNonQueryAsync();
        }
        GC.Collect();
        Console.WriteLine($"this process holds {GC.GetTotalMemory(forceFullCollection: true) / 1e6:#,0} MB");

        var random = new Random(2);
        List<double> naive = [], bytes = [];
        for (var i = 0; i < folds; i++)
        {
            var (from, allocated) = (Stopwatch.GetTimestamp(), GC.GetTotalAllocatedBytes());
            await store.ReadAt(new Directory(Account), newest * (2 * i + 1) / (2 * folds), default);
            naive.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
            bytes.Add(GC.GetTotalAllocatedBytes() - allocated);
        }
        Console.WriteLine($"folding the stream up to a moment, {folds} moments evenly spread: p50 {naive.Median().Short()} ms, {(bytes.Median() / 1e6).Short()} MB allocated");
        Console.WriteLine();
        Console.WriteLine("| question | of | nothing warm: p50 | p95 | MB allocated | again: p50 | ÷ fold |");
        Console.WriteLine("|---|---|---|---|---|---|---|");

        const string Action = "s3:GetObject";
        var resource = new ResourceName("arn:aws:s3:::team-7/plan.txt");
        await Ask("`Authorize`", (_, user) => new Authorize(Action, resource, user));
        await Ask("`GetEffectivePermissions`", (_, user) => new GetEffectivePermissions(user));
        await Ask("`ExplainAuthorization`", (_, user) => new ExplainAuthorization(Action, resource, user));
        await Ask("`ListAuthorizationIntervals`", (_, user) => new ListAuthorizationIntervals(user.Value, Action, resource), now: true);
        await Ask("`GetEntityHistory` of a user", (_, user) => new GetEntityHistory(user.Value));
        await Ask("`CompareAccess` of a user, with a moment before", (at, user) => new CompareAccess((int)Math.Max(1, at - newest / 10), Entity: user.Value));
        await Ask("`PlanRestoration` of a user", (at, user) => new PlanRestoration(user.Value, (int)at), Math.Min(asked, 10), now: true);
        await Ask("`SimulateCommands`: out of a group", (_, user) => new SimulateCommands([CommandInput.Of(new DeleteGroupPolicy("team-0", "folder"))]), now: true);
        await Ask("`ListUsers`, a page of 100", (_, user) => new ListUsers(MaxItems: 100));
        await Ask("`ListPrincipalsAllowed`, a page of 100", (_, _) => new ListPrincipalsAllowed(Action, resource, MaxItems: 100), Math.Min(asked, 10));
        await Ask("`ListPrincipalsAllowed`, a page of 100", (_, _) => new ListPrincipalsAllowed(Action, resource, MaxItems: 100), now: true);
        await Ask("`CompareAccess` of the account, a page of 100, with a moment before", (at, _) => new CompareAccess((int)Math.Max(1, at - newest / 100)), Math.Min(asked, 5));
        Console.WriteLine();
        Console.WriteLine(Machine.Describe(loadBefore));

        async Task Ask(string name, Func<long, Arn, IOperation> question, int? times = null, bool now = false)
        {
            List<double> cold = [], warm = [], memory = [];
            for (var i = -1; i < (times ?? asked); i++) // the first is of no count: it prepares statements and code
            {
                var at = now ? newest : random.NextInt64(newest / 50, newest);
                var (who, whole) = company.SomebodyAt(random, now ? random.NextInt64(newest / 2, newest) : at, now);
                var operation = question(now ? whole : at, who);
                var allocated = GC.GetTotalAllocatedBytes();
                var taken = await Once(operation, now ? Consistency.Any : new() { At = at });
                if (i < 0) continue;
                memory.Add((GC.GetTotalAllocatedBytes() - allocated) / 1e6);
                cold.Add(taken);
                warm.Add(await Once(operation, now ? Consistency.Any : new() { At = at }));
            }
            cold.Sort();
            Console.WriteLine($"| {name} | {(now ? "now" : "any revision")} | {cold.Median().Short()} ms | {cold[cold.Count * 95 / 100].Short()} ms | {memory.Median().Short()} | {warm.Median().Short()} ms | {(cold.Median() / naive.Median()).ToString("0.0000", CultureInfo.InvariantCulture)} |");
        }

        async Task<double> Once(IOperation operation, Consistency at)
        {
            var from = Stopwatch.GetTimestamp();
            var reply = await node.Dispatcher.Dispatch(new(Account, operation, company.Root, "q") { Consistency = at }, default);
            return reply.Refusal is { } refusal ? throw new InvalidOperationException($"{operation} at {at.At}: {refusal.Code} {refusal.Message}") : Stopwatch.GetElapsedTime(from).TotalMilliseconds;
        }
    }

    /// <summary>Tells the company's time; waits as long as any.</summary>
    sealed class CompanyClock : TimeProvider
    {
        long _ticks;
        public DateTimeOffset Now { get => new(Volatile.Read(ref _ticks), TimeSpan.Zero); set => Volatile.Write(ref _ticks, value.UtcTicks); }
        public override DateTimeOffset GetUtcNow() => Now;
    }

    /// <summary>The company: the same each time but for the order within a wave of commands.</summary>
    sealed class Company(Node node, CompanyClock clock, int users, int events)
    {
        readonly Random _random = new(1);
        readonly List<Employee> _staff = [];
        readonly List<(Arn Arn, long From, long To)> _careers = [];
        int _hired;

        /// <summary>Somebody, in at least one team; null: in none yet.</summary>
        sealed class Employee(string name, long since)
        {
            public string Name => name;
            public long Since => since;
            public HashSet<int> Teams { get; } = [];
        }

        public RootCaller Root { get; private set; } = null!;

        int Teams => Math.Max(20, users / 100);

        /// <summary>Somebody who was there at a revision; where it is of now, who still is.</summary>
        /// <returns>Who, and a revision at which it was there.</returns>
        public (Arn Who, long At) SomebodyAt(Random random, long revision, bool now)
        {
            for (; ; )
                if (_careers[random.Next(_careers.Count)] is var (arn, from, to) && from <= revision && (now ? to is long.MaxValue : to > revision)) return (arn, revision);
        }

        public async Task Live()
        {
            (Root, _) = await node.CreateAccount(Account);
            foreach (var (quota, value) in ((QuotaName, int)[])[("UsersPerAccount", users + 1000), ("GroupsPerAccount", Teams + 10), ("PoliciesPerAccount", Policies + 10)])
                await node.Carry(Account, new SetAccountQuota(quota, value), new OperatorCaller("AKIAIOSFODNN7EXAMPLE"));
            for (var i = 0; i < Policies; i++) await Carry(new CreatePolicy($"policy-{i}", Text(i)));
            for (var i = 0; i < Teams; i++)
            {
                await Carry(new CreateGroup($"team-{i}"));
                await Carry(new PutGroupPolicy($"team-{i}", "folder", $$$"""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::team-{{{i}}}/*","arn:aws:s3:::home/${aws:username}/*"]}}"""));
                for (var j = 0; j < 3; j++) await Carry(new AttachGroupPolicy($"team-{i}", Policy((i + j * 7) % Policies)));
            }
            while (Revision < events)
            {
                List<Func<Task>> wave = [];
                // A company that is not grown yet hires; later it hires whom it loses.
                var growing = _staff.Count < users * Math.Min(1, 0.2 + (double)Revision / events);
                var free = _staff.Count is 0 ? [] : Enumerable.Range(0, growing ? AtOnce / 8 : AtOnce).Select(_ => _random.Next(_staff.Count)).Distinct().ToList();
                foreach (var place in free) wave.Add(Move(_staff[place]));
                for (var i = growing ? AtOnce - wave.Count : 0; i > 0; i--) wave.Add(Hire());
                if (!growing && free.Count > 0)
                    foreach (var place in free.Where(place => _random.Next(100) < 4).OrderDescending().ToList())
                    {
                        var employee = _staff[place];
                        _staff.RemoveAt(place);
                        wave.RemoveAll(step => step.Target is Step { Of: var of } && of == employee);
                        wave.Add(Leave(employee));
                    }
                if (_random.Next(3) is 0) wave.Add(Revise(_random.Next(Policies)));
                await Task.WhenAll(wave.Select(step => step()));
                clock.Now = Founded + Age * Math.Min(1, (double)Revision / events);
            }
            foreach (var employee in _staff) _careers.Add((ArnOf(employee.Name), employee.Since, long.MaxValue));
        }

        long _revision;
        long Revision => Volatile.Read(ref _revision);

        sealed record Step(Employee Of, Func<Task> Do)
        {
            public Task Run() => Do();
        }

        Func<Task> Hire()
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"user-{_hired++:D7}");
            var team = _random.Next(Teams);
            return async () =>
            {
                var since = await Carry(new CreateUser(name));
                await Carry(new AddUserToGroup($"team-{team}", name));
                var employee = new Employee(name, since);
                employee.Teams.Add(team);
                lock (_staff) _staff.Add(employee);
            };
        }

        Func<Task> Move(Employee employee)
        {
            var (team, leaves) = (_random.Next(Teams), employee.Teams.Count > 2 ? employee.Teams.First() : -1);
            return new Step(employee, async () =>
            {
                if (employee.Teams.Add(team)) await Carry(new AddUserToGroup($"team-{team}", employee.Name));
                if (leaves >= 0 && leaves != team && employee.Teams.Remove(leaves)) await Carry(new RemoveUserFromGroup($"team-{leaves}", employee.Name));
            }).Run;
        }

        Func<Task> Leave(Employee employee) => async () =>
        {
            foreach (var team in employee.Teams) await Carry(new RemoveUserFromGroup($"team-{team}", employee.Name));
            var left = await Carry(new DeleteUser(employee.Name));
            lock (_careers) _careers.Add((ArnOf(employee.Name), employee.Since, left));
        };

        readonly Dictionary<int, int> _versions = [];

        Func<Task> Revise(int policy)
        {
            var version = _versions[policy] = _versions.GetValueOrDefault(policy, 1) + 1;
            var text = Text(_random.Next());
            return async () =>
            {
                if (version > 4) await Carry(new DeletePolicyVersion(Policy(policy), $"v{version - 4}"));
                await Carry(new CreatePolicyVersion(Policy(policy), text, SetAsDefault: true));
            };
        }

        static PolicyText Text(int seed) => $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:Describe*","s3:GetObject","s3:ListBucket"],"Resource":"arn:aws:s3:::bucket-{{seed % 1000}}/*"},{"Effect":"Deny","Action":"s3:Delete*","Resource":"*"}]}""";
        static Arn Policy(int policy) => $"arn:aws:iam::{Account}:policy/policy-{policy}";
        static Arn ArnOf(string name) => $"arn:aws:iam::{Account}:user/{name}";

        async Task<long> Carry(ICommand command)
        {
            var reply = await node.Dispatcher.Dispatch(new(Account, command, Root, Guid.CreateVersion7().ToString()), default);
            if (reply.Refusal is { } refusal) throw new InvalidOperationException($"{command}: {refusal.Code} {refusal.Message}");
            for (long seen; (seen = Revision) < reply.Revision && Interlocked.CompareExchange(ref _revision, reply.Revision, seen) != seen;) { }
            return reply.Revision;
        }
    }
}
