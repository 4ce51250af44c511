using System.Globalization;
using IamEventSourced.Server;

namespace IamEventSourced.Benchmarks;

/// <summary>Who of many users may do something: all pages of a thousand, against asking of each user.</summary>
static class WhoCanBenchmark
{
    const int Groups = 300, Policies = 200;
    static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static void Run(Options options)
    {
        var (users, rounds, loadBefore) = (options.Number("users", 100_000), options.Number("rounds", 7), Machine.Load);
        var directory = Make(users);
        var call = new Call(new RootCaller(directory.Account, AccessKeyId.Of(directory.Account, 0)), "q", Noon, new RandomIds());
        Console.WriteLine($"{users:#,0} users, {directory.Groups.Count} groups, {directory.Policies.Count} policies; medians of {rounds} rounds, one thread; of processor time, the collector's included");
        Console.WriteLine();
        Console.WriteLine("| question | may | first page of 1,000 | all pages | Authorize of each | all pages ÷ each |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var (name, action, resource) in ((string, ActionName, ResourceName)[])[
            ("few may", "s3:GetObject", "arn:aws:s3:::bucket-7/x"), ("most may", "s3:ListBucket", "arn:aws:s3:::shared"), ("own folders: a variable", "s3:PutObject", "arn:aws:s3:::home/user-00000042/x"), ("nobody may", "ec2:RunInstances", "*")])
        {
            List<double> first = [], all = [], each = [];
            var (may, byEach) = (0, 0);
            for (var round = -1; round < rounds; round++)
            {
                var began = Environment.CpuUsage.TotalTime;
                ListPrincipalsAllowed? page = new(action, resource, MaxItems: 1000);
                var (one, count) = (0.0, 0);
                while (page is not null)
                {
                    var answer = page.Answer(directory, call).Value!;
                    count += answer.Principals.Count;
                    if (one is 0) one = (Environment.CpuUsage.TotalTime - began).TotalMilliseconds;
                    page = answer.Marker is { } marker ? page with { Marker = marker } : null;
                }
                var pages = (Environment.CpuUsage.TotalTime - began).TotalMilliseconds;

                began = Environment.CpuUsage.TotalTime;
                byEach = 1; // root
                foreach (var user in directory.Users.After(null))
                    if (new Authorize(action, resource, directory.ArnOf(user)).Answer(directory, call).Value!.Decision is "allowed") byEach++;
                var asked = (Environment.CpuUsage.TotalTime - began).TotalMilliseconds;
                if (count != byEach) throw new InvalidOperationException($"{name}: {count} may, asked of each {byEach}");
                if (round < 0) continue;
                may = count;
                first.Add(one);
                all.Add(pages);
                each.Add(asked);
            }
            Console.WriteLine($"| {name} | {may:#,0} | {first.Median().Short()} ms | {all.Median().Short()} ms | {each.Median().Short()} ms | {all.Zip(each, (one, other) => one / other).Median().Short()} |");
        }
        Console.WriteLine();
        Console.WriteLine(Machine.Describe(loadBefore));
    }

    /// <summary>Each user in three groups; some with a policy of their own, some bounded; one group has a policy with a variable.</summary>
    internal static Directory Make(int users)
    {
        var random = new Random(1);
        var directory = new Directory("500000000001");
        var loading = new Loading(directory);
        void Add(AccountEvent happened) => loading.Add(happened, Noon);
        string Id(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{number:D17}");
        Add(new AccountCreated(null));
        for (var i = 0; i < Policies; i++)
            Add(new PolicyCreated(Id("ANPA", i), $"policy-{i}", IamPath.Root, null, $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":"arn:aws:s3:::bucket-{{i}}/*"},{"Effect":"Allow","Action":"s3:List*","Resource":"arn:aws:s3:::{{(i % 3 is 0 ? "shared" : "other")}}"}]}"""));
        Add(new PolicyCreated(Id("ANPA", Policies), "own-folder", IamPath.Root, null, """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Put*","Resource":"arn:aws:s3:::home/${aws:username}/*"}}"""));
        Add(new PolicyCreated(Id("ANPA", Policies + 1), "limit", IamPath.Root, null, """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"""));
        for (var i = 0; i < Groups; i++)
        {
            Add(new GroupCreated(Id("AGPA", i), $"group-{i}", IamPath.Root));
            for (var j = 0; j < 3; j++) Add(new GroupPolicyAttached(Id("AGPA", i), Id("ANPA", (i + j * 7) % Policies)));
        }
        Add(new GroupPolicyAttached(Id("AGPA", 0), Id("ANPA", Policies)));
        for (var i = 0; i < users; i++)
        {
            UserId user = Id("AIDA", i);
            Add(new UserCreated(user, string.Create(CultureInfo.InvariantCulture, $"user-{i:D8}"), IamPath.Root));
            var (one, step) = (i % 5 is 0 ? 0 : 1 + random.Next(Groups - 1), random.Next(1, 90));
            for (var j = 0; j < 3; j++) Add(new UserAddedToGroup(Id("AGPA", (one + j * step) % Groups), user));
            if (i % 20 is 0) Add(new UserPolicyAttached(user, Id("ANPA", random.Next(Policies))));
            if (i % 10 is 0) Add(new UserPermissionsBoundaryPut(user, Id("ANPA", Policies + 1), null));
        }
        return loading.End();
    }
}
