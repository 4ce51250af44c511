using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Wolverine.Runtime.Serialization;

namespace IamEventSourced.Server.Tests;

/// <summary>What is told on the bus of alerts: that each began and that it ended, once, whatever fails on the way.</summary>
public sealed class AlertNoticesTests(PostgresFixture postgres) : IAsyncLifetime
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly SetClock _clock = new();
    readonly List<(string, string)> _told = [];
    ServerFixture _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await ServerFixture.Start(postgres, Telling);
        (await Verbs.Run(["migrate", "--Iam:AlertsQueue=iam_alerts", $"--ConnectionStrings:iamowner={_server.Database}"])).ShouldBe(0); // what was to be sent before waits
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    void Telling(WebApplicationBuilder node)
    {
        _clock.Of(node);
        (node.Configuration["Iam:AlertsQueue"], node.Configuration["Iam:MaxCredentialUsageAge"]) = ("iam_alerts", "1");
    }

    [Fact]
    public async Task Each_alert_is_told_when_it_begins_and_when_it_ends_once_through_a_restart_and_while_the_bus_is_down()
    {
        var root = _server.Client();
        await root.Send(new CreateUser("alice"));
        var profile = await root.Send(new CreateLoginProfile("alice", "Correct-Horse-7"));
        await Told("ACTIVE", "RootAccessKey", "ACTIVE", "ConsoleUserWithoutMFA");
        var told = (await Sent())[^1];
        (told.Account, told.Alert.Arn, told.Revision, told.Alert.Commands.Single().OperationName.Value).ShouldBe((_server.Account, Arn.Of(_server.Account, "user/alice"), profile.Revision, "CreateVirtualMFADevice"));
        told.NoticeId.ShouldBe($"{told.Alert.AlertId}@{Json.Write(told.At)}/ACTIVE");
        await _server.EnableMFADevice("phone", "alice");
        await Told("RESOLVED", "ConsoleUserWithoutMFA");

        await _server.Query("revoke insert on queues.wolverine_queue_iam_alerts from iam_server");
        await root.Send(new PutUserPolicy("alice", "own", RandomCommands.Documents[0]));
        await Noted("UserPolicy", "resolved_at is null");
        await root.Send(new DeleteUserPolicy("alice", "own"));
        await Noted("UserPolicy", "resolved_at is not null");
        await Until.True(() => Task.FromResult(_server.Node(0).GetRequiredService<AlertNotices>().Failing is 1), Patience, "nobody says that it fails");
        await _server.StopNode(0);
        _clock.Offset = TimeSpan.FromDays(1); // nothing changes in the account
        var url = await _server.StartNode(Telling);
        await Noted("UnusedIAMUserPassword", "resolved_at is null");
        (await Sent()).Count.ShouldBe(_told.Count);
        await _server.Query("grant insert on queues.wolverine_queue_iam_alerts to iam_server");
        await Told("ACTIVE", "UserPolicy", "RESOLVED", "UserPolicy", "ACTIVE", "UnusedIAMUserPassword");

        var unused = (await Sent())[^1];
        _clock.Offset = TimeSpan.Zero;
        foreach (var command in unused.Alert.Commands) (await _server.Client(url: url).Send(command.Read().Value!)).Refusal.ShouldBeNull();
        await Told("RESOLVED", "UnusedIAMUserPassword");
        JsonSerializer.Serialize((await Sent())[^1].Alert, Json.Options).ShouldBe(JsonSerializer.Serialize(unused.Alert, Json.Options));
        (await Sent()).Select(notice => notice.NoticeId).ShouldBeUnique();

        await Noted("UnusedIAMUserPassword", "sent = 2");
        await using var owner = Npgsql.NpgsqlDataSource.Create(_server.Database);
        await Retention.Apply(owner, DateTimeOffset.UtcNow.AddDays(401), 400, 400);
        (await _server.Query("select split_part(alert_id, '/', 2) from iam.alerts")).Select(row => row[0]).ShouldBe(["RootAccessKey"]); // which goes on
    }

    [Fact]
    public async Task A_node_that_lags_undoes_nothing_and_two_that_both_tell_tell_once()
    {
        await Told("ACTIVE", "RootAccessKey");
        var (node, account) = (_server.Node(0).GetRequiredService<AlertNotices>(), (await _server.Node(0).GetRequiredService<LiveAccounts>().Find(_server.Account, default))!);
        await _server.Client().Send(new CreateUser("alice"));
        var without = account.Directory;
        await _server.StartNode(Telling);
        await _server.Client().Send(new PutUserPolicy("alice", "own", RandomCommands.Documents[0]));
        var with = account.Directory;
        await Told("ACTIVE", "UserPolicy");
        await node.Note(without, DateTimeOffset.UtcNow, default);
        await Noted("UserPolicy", "resolved_at is null");
        await _server.Client().Send(new DeleteUserPolicy("alice", "own"));
        await Told("RESOLVED", "UserPolicy");
        await node.Note(with, DateTimeOffset.UtcNow, default);
        (await _server.Query("select from iam.alerts where resolved_at is null")).Count.ShouldBe(1);
        (await Sent()).Count.ShouldBe(3);
    }

    [Fact]
    public async Task What_was_compared_at_a_later_revision_an_earlier_one_neither_ends_nor_begins()
    {
        await _server.StopNode(0);
        var url = await _server.StartNode(node => _clock.Of(node)); // which tells nothing by itself
        var (node, account) = (_server.Node(1).GetRequiredService<AlertNotices>(), (await _server.Node(1).GetRequiredService<LiveAccounts>().Find(_server.Account, default))!);
        List<Directory> at = [];
        foreach (var command in (ICommand[])[new CreateUser("alice"), new PutUserPolicy("alice", "own", RandomCommands.Documents[0]), new DeleteUserPolicy("alice", "own"), new PutUserPolicy("alice", "own", RandomCommands.Documents[0]), new CreateLoginProfile("alice", "Correct-Horse-7"), new DeleteLoginProfile("alice")])
        {
            (await _server.Client(url: url).Send(command)).Refusal.ShouldBeNull();
            at.Add(account.Directory);
        }
        foreach (var (revision, active) in ((int, string[])[])[(1, ["RootAccessKey", "UserPolicy"]), (3, ["RootAccessKey", "UserPolicy"]), (2, ["RootAccessKey", "UserPolicy"]), (5, ["RootAccessKey", "UserPolicy"]), (4, ["RootAccessKey", "UserPolicy"])])
        {
            await node.Note(at[revision], DateTimeOffset.UtcNow, default);
            (await _server.Query("select split_part(alert_id, '/', 2) from iam.alerts where resolved_at is null order by 1")).Select(row => row[0]).ShouldBe(active);
        }
        (await _server.Query("select from iam.alerts where resolved_at is not null")).ShouldBeEmpty();
    }

    [Fact]
    public async Task One_that_goes_on_is_stripped_by_an_erasure_and_its_end_is_told()
    {
        await _server.Client().Send(new CreateUser("alice"));
        await _server.Client().Send(new PutUserPolicy("alice", "own", RandomCommands.Documents[0]));
        await Told("ACTIVE", "RootAccessKey", "ACTIVE", "UserPolicy");
        var told = (await Sent())[^1];
        await Noted("UserPolicy", "sent = 1");
        await using var owner = Npgsql.NpgsqlDataSource.Create(_server.Database);
        await Erasure.Run(owner, _server.Account, told.Alert.EntityId);
        await _server.Client().Send(new DeleteUserPolicy("alice", "own"));
        await Told("RESOLVED", "UserPolicy");
        var end = (await Sent())[^1];
        (end.Alert.AlertId, end.Alert.Arn, end.Alert.Reason, end.Alert.Recommendation, end.Alert.Commands.Count).ShouldBe((told.Alert.AlertId, told.Alert.Arn, "", "", 0));
    }

    /// <summary>Next these are told, each with its status.</summary>
    async Task Told(params string[] next)
    {
        _told.AddRange(next.Chunk(2).Select(one => (one[0], one[1])));
        List<AlertNotice> sent = [];
        await Until.True(async () => (sent = await Sent()).Count >= _told.Count, Patience, $"not told: {string.Join(' ', next)}");
        sent.Select(notice => (notice.Status, notice.Alert.Type.Value)).ShouldBe(_told);
    }

    async Task Noted(string type, string so) => await Until.True(async () => (await _server.Query($"select from iam.alerts where split_part(alert_id, '/', 2) = '{type}' and {so}")).Count > 0, Patience, $"{type} is not {so}");

    /// <summary>What is in the queue, in the order in which it is taken from it.</summary>
    async Task<List<AlertNotice>> Sent() => [.. (await _server.Query("select body from queues.wolverine_queue_iam_alerts order by timestamp")).Select(row => EnvelopeSerializer.Deserialize((byte[])row[0]!))
        .Select(envelope => envelope.MessageType is SubscriberQueues.AlertType ? JsonSerializer.Deserialize<AlertNotice>(envelope.Data, Json.Options)! : throw new InvalidOperationException(envelope.MessageType))];
}
