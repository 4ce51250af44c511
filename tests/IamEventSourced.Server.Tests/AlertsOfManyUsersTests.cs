using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

public class AlertsOfManyUsersTests(PostgresFixture postgres)
{
    /// <summary>Users with a key each; with <c>IAM_LONG=1</c> a hundred thousand. What it took is in the output.</summary>
    [Fact]
    public async Task A_large_account_is_compared_whole()
    {
        var users = Environment.GetEnvironmentVariable("IAM_LONG") is "1" ? 100_000 : 60;
        await using var server = await ServerFixture.Start(postgres);
        (await server.Client(server.Operator).Send(new SetAccountQuota("UsersPerAccount", users))).Refusal.ShouldBeNull();
        await server.Client().Send(new CreateGroup("devs"));
        await server.Client().Send(new AttachGroupPolicy("devs", "arn:aws:iam::aws:policy/ReadOnlyAccess"));
        await Parallel.ForEachAsync(Enumerable.Range(0, users), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, cancel) =>
        {
            foreach (var command in (ICommand[])[new CreateUser($"user{i}"), new AddUserToGroup("devs", $"user{i}"), new CreateAccessKey($"user{i}")]) (await server.Client().Send(command, cancellation: cancel)).Refusal.ShouldBeNull();
        });
        await server.Query($"insert into iam.accesses (account, user_id, service, action, used_at) select '{server.Account}', user_id, 's3', 'GetObject', now() from iam.users");
        var node = server.Node(0).GetRequiredService<AlertNotices>();
        var directory = (await server.Node(0).GetRequiredService<LiveAccounts>().Find(server.Account, default))!.Directory;
        foreach (var (at, what) in ((DateTimeOffset, string)[])[(directory.At, "nothing but root's key"), (directory.At.AddDays(91), "three begin of each user"), (directory.At.AddDays(91), "all go on"), (directory.At, "all but root's end")])
        {
            var (since, before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            await node.Note(directory, at, default);
            TestContext.Current.TestOutputHelper?.WriteLine($"{users} users, {what}: {Stopwatch.GetElapsedTime(since).TotalSeconds:F2} s, of the processor {(Environment.CpuUsage.TotalTime - before).TotalSeconds:F2} s");
            (await server.Query("select count(*) from iam.alerts where resolved_at is null"))[0][0].ShouldBe(at == directory.At ? 1L : 1 + 3L * users);
        }
        var began = Stopwatch.GetTimestamp();
        var page = await new ListAlerts().Answer(directory, new(new RootCaller(server.Account, server.Root.Id), "page", directory.At.AddDays(91), new RandomIds()), server.Node(0).GetRequiredService<Dispatcher>().HistoryOf(directory, default));
        page.Value!.Alerts.Count.ShouldBe(100);
        TestContext.Current.TestOutputHelper?.WriteLine($"a page of 100: {Stopwatch.GetElapsedTime(began).TotalMilliseconds:F0} ms");
    }
}
