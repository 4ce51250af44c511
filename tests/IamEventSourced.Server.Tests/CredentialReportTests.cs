using System.Diagnostics;
using System.Text;

namespace IamEventSourced.Server.Tests;

/// <summary>The credential report over the doors, and of past moments.</summary>
public class CredentialReportTests(PostgresFixture postgres)
{
    [Fact]
    public async Task The_report_of_a_past_moment_is_the_one_that_was_made_then()
    {
        await using var server = await ServerFixture.Start(postgres);
        var key = await server.CreateUser("alice");
        await server.CreateUser("bob");
        foreach (var command in (ICommand[])[new UpdateAccountPasswordPolicy(MaxPasswordAge: 90), new CreateLoginProfile("alice", "Correct-Horse-7"), new CreateLoginProfile(null, "Correct-Horse-7"), new CreateAccessKey("alice"), new UpdateAccessKey(key.Id, "Inactive", "alice")])
            (await server.Post(command)).Code.ShouldBeNull();
        await server.EnableMFADevice("phone", "alice");
        var then = await Report(server);
        then.Text.Split('\n').Length.ShouldBe(4);
        then.Text.ShouldContain("\nalice,");

        foreach (var command in (ICommand[])[new UpdateAccessKey(key.Id, "Active", "alice"), new DeleteLoginProfile("alice"), new DeactivateMFADevice($"arn:aws:iam::{server.Account}:mfa/phone", "alice"), new UpdateUser("bob", null, "carl"), new DeleteAccountPasswordPolicy(), new CreateUser("dora")])
            (await server.Post(command)).Code.ShouldBeNull();
        var now = await Report(server);
        Users(await Report(server, $"at={then.Revision}")).ShouldBe(Users(then));
        now.Text.Split('\n').Select(line => line.Split(',')[0]).ShouldBe(["user", "<root_account>", "alice", "carl", "dora"]);
        Users(await Report(server, $"at={now.Revision}")).ShouldBe(Users(now)); // from the rows what the directory says

        // Root's key is used all the time.
        static string[] Users((string Text, long Revision) report) => [.. report.Text.Split('\n').Where(line => !line.StartsWith('<'))];
    }

    [Fact]
    public async Task AWSs_tools_get_it_as_AWS_gives_it()
    {
        await using var server = await ServerFixture.Start(postgres);
        (await server.Form("GenerateCredentialReport")).Body.ShouldContain("<GenerateCredentialReportResult><State>COMPLETE</State></GenerateCredentialReportResult>");
        var got = (await server.Form("GetCredentialReport")).Body;
        got.ShouldContain($"<GetCredentialReportResult><Content>{Convert.ToBase64String("user,arn,user_creation_time"u8)}");
        got.ShouldContain("</Content><ReportFormat>text/csv</ReportFormat><GeneratedTime>2");
    }

    /// <summary>A hundred thousand users: with <c>IAM_LONG=1</c> alone; the time is in the output.</summary>
    [Fact]
    public async Task A_report_of_many_users_is_whole()
    {
        var users = Environment.GetEnvironmentVariable("IAM_LONG") is "1" ? 100_000 : 300;
        await using var server = await ServerFixture.Start(postgres);
        (await server.Client(server.Operator).Send(new SetAccountQuota("UsersPerAccount", users))).Refusal.ShouldBeNull();
        await Parallel.ForEachAsync(Enumerable.Range(0, users), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, cancel) => (await server.Client().Send(new CreateUser($"user{i}"), cancellation: cancel)).Refusal.ShouldBeNull());
        await server.Query($"insert into iam.credential_uses (account, credential_id, day, used_at, service, region) select account, access_key_id, '2026-01-01', '2026-01-01', 'iam', 'x' from iam.access_keys on conflict do nothing");
        foreach (var at in (string?[])["newest", null])
        {
            var since = Stopwatch.GetTimestamp();
            var report = await Report(server, at ?? $"at={(await server.Post(new GetUser(), at: "newest")).Revision}");
            TestContext.Current.TestOutputHelper?.WriteLine($"{users} users, {at ?? "of a past moment"}: {Stopwatch.GetElapsedTime(since).TotalSeconds:F2} s, {report.Text.Length} characters");
            report.Text.Split('\n').Length.ShouldBe(users + 2);
        }
    }

    static async Task<(string Text, long Revision)> Report(ServerFixture server, string at = "newest")
    {
        var reply = await server.Post(new GetCredentialReport(), at: at);
        reply.Status.ShouldBe(200, reply.Body.Length > 500 ? "" : reply.Body);
        return (Encoding.UTF8.GetString(Convert.FromBase64String(reply.Json["Content"]!.GetValue<string>())), reply.Revision);
    }
}
