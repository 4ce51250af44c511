using System.Globalization;
using IamEventSourced.Server;

namespace IamEventSourced.Benchmarks;

/// <summary>What it costs to find out what one event gave and took, in accounts of several sizes.</summary>
static class NoticesBenchmark
{
    static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    static readonly GroupId All = "AGPAALLALLALLALLALLAL";
    static readonly PolicyText Before = Text("s3:GetObject", ""), After = Text("s3:PutObject", ""), Tagged = Text("iam:GetUser", """,{"Effect":"Allow","Action":"iam:TagUser","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"blue"}}}""");

    static PolicyText Text(string action, string more) => $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"{{action}}","Resource":"arn:aws:s3:::all/*"}{{more}}]}""";

    public static void Run(Options options)
    {
        var (rounds, loadBefore) = (options.Number("rounds", 9), Machine.Load);
        Console.WriteLine($"Medians of {rounds} rounds; of processor time, the collector's included");
        Console.WriteLine();
        Console.WriteLine("| users | event | concerns | ms |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var users in options.Numbers("users", "1000,100000"))
        {
            var some = WhoCanBenchmark.Make(users);
            var everybody = some.Users.After(null).Select(user => user.Id).ToList();
            var account = Together(some, [new GroupCreated(All, "all", IamPath.Root), new GroupPolicyPut(All, "own", Before), .. everybody.Select(user => new UserAddedToGroup(All, user))]);
            var (group, one) = (some.Groups.After(null).First(), everybody[0]);
            foreach (var (name, directory, happened) in ((string, Directory, AccountEvent)[])
            [
                ("an access key of a user", account, new AccessKeyCreated(AccessKeyId.Of(account.Account, 1), one, new(new string('0', 64)))),
                ("a user leaves the group of all", account, new UserRemovedFromGroup(All, one)),
                ("a policy's text on a group of some", account, new GroupPolicyPut(group.Id, "more", After)),
                ("a policy's text on the group of all", account, new GroupPolicyPut(All, "own", After)),
                ("a tag of a user that no statement looks at", account, new UserTagged(one, "note", "x")),
                ("a tag of a user that a statement of all looks at", Together(account, [new GroupPolicyPut(All, "tagged", Tagged)]), new UserTagged(one, "team", "blue")),
            ])
            {
                List<double> took = [];
                var concerned = 0L;
                for (var round = -2; round < rounds; round++)
                {
                    var following = new AccessNotices(directory);
                    var began = Environment.CpuUsage.TotalTime;
                    following.Take(new(directory.Account, directory.Revision + 1, happened, Noon, new("operator", "AKIAIOSFODNN7EXAMPLE", Arn.Of(directory.Account, "root")), "c", 0, "c", null));
                    if (round >= 0) took.Add((Environment.CpuUsage.TotalTime - began).TotalMilliseconds);
                    concerned = following.Compared;
                }
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {users:#,0} | {name} | {concerned:#,0} | {took.Median().Short()} |"));
            }
        }
        Console.WriteLine();
        Console.WriteLine(Machine.Describe(loadBefore));
    }

    static Directory Together(Directory directory, IReadOnlyList<AccountEvent> events)
    {
        var loading = new Loading(directory);
        foreach (var happened in events) loading.Add(happened, Noon);
        return loading.End();
    }
}
