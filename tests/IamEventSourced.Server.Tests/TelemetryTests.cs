using System.Text;
using IamEventSourced.Client;
using Microsoft.Extensions.Logging;

namespace IamEventSourced.Server.Tests;

/// <summary>What leaves the process as metrics, spans and logs: that it is there, and that it names nobody.</summary>
[Collection(Alone.Name)]
public class TelemetryTests(PostgresFixture postgres)
{
    static readonly AccountId Account = "874512369874";

    [Fact]
    public async Task Metrics_spans_and_logs_tell_what_is_done_and_neither_secrets_nor_names_nor_accounts()
    {
        await using var collector = new Collector();
        await using var bus = new BusFixture(postgres);
        await bus.InitializeAsync();
        var server = bus.Server;
        await using var proxy = new FaultProxy(server.Database);
        var metrics = $"http://127.0.0.1:{Collector.FreePort()}";
        var url = await server.StartNode(builder =>
        {
            builder.Logging.SetMinimumLevel(LogLevel.Information);
            builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Url;
            builder.Configuration["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
            builder.Configuration["OTEL_METRIC_EXPORT_INTERVAL"] = "500";
            builder.Configuration["OTEL_BSP_SCHEDULE_DELAY"] = "300";
            builder.Configuration["Iam:MetricsUrl"] = metrics;
        }, proxy.Database);

        // An account of names that stand nowhere else.
        List<string> planted = [Account.Value, server.Operator.Id.Value];
        var root = await server.CreateAccount(Account);
        var client = server.Client(root, Account, url);
        (await client.Send(new CreateUser("Peregrine.Quillfeather", "/aerie-of-many/"), "command-of-quillfeather")).Refusal.ShouldBeNull();
        var key = (await client.Send(new CreateAccessKey("Peregrine.Quillfeather"))).Answer!.AccessKey;
        var user = (await client.Ask(new GetUser("Peregrine.Quillfeather"))).Answer!.User;
        (await client.Send(new CreateGroup("Murmuration"))).Refusal.ShouldBeNull();
        (await client.Send(new AddUserToGroup("Murmuration", "Peregrine.Quillfeather"))).Refusal.ShouldBeNull();
        (await client.Send(new PutUserPolicy("Peregrine.Quillfeather", "plumage-policy", RandomCommands.Documents[0]))).Refusal.ShouldBeNull();
        planted.AddRange([root.Id.Value, root.Secret.Reveal(), key.AccessKeyId.Value, key.SecretAccessKey!.Reveal(), user.UserId, "Quillfeather", "aerie-of-many", "command-of-quill", "Murmuration", "plumage-policy", "wing-bucket", "Ornithopter"]);

        // Questions, refusals, bad signatures, by every door; and a commit of which nobody knows whether it was one.
        var own = new Key(key.AccessKeyId, key.SecretAccessKey);
        (await server.Post(new Authorize("s3:GetObject", "arn:aws:s3:::wing-bucket/x"), own, account: Account, url: url, headers: ("User-Agent", "Ornithopter/1"))).Status.ShouldBe(200);
        (await server.Post(new DeleteUser("Quillfeather"), own, account: Account, url: url)).Code.ShouldBe("AccessDenied");
        (await server.Post(new ListUsers(), own with { Secret = new(new string('x', 40)) }, account: Account, url: url)).Code.ShouldBe("SignatureDoesNotMatch");
        (await server.Post(new DeleteUser("Nobody-Quillfeather"), root, account: Account, url: url)).Code.ShouldBe("NoSuchEntity");
        (await (Raw.Form("ListUsersOfMurmuration") with { }).To(url, root)).Code.ShouldBe("InvalidAction");
        proxy.AtCommit = _ => Cut.After; // whichever it is: the bus commits by this way too
        (await client.Send(new CreateUser("Quillfeather.2"))).Refusal.ShouldBeNull(); // looked up, and found
        proxy.AtCommit = _ => Cut.None;
        (await bus.Answered(new CreateGroup("Murmuration-of-the-bus"), "command-of-quill-by-bus")).Refusal.ShouldBeNull();
        await bus.Send("CreateMurmuration", "{}", "command-of-quill-unknown");
        (await bus.ReplyTo("command-of-quill-unknown"))!.Refusal!.Code.ShouldBe("InvalidAction");

        foreach (var name in (string[])["iam.command.duration", "iam.authorize.duration", "iam.query.duration", "iam.batch.size", "iam.commit.duration", "iam.refusals", "iam.refused_attempts", "iam.live_accounts", "iam.waiting_commands", "iam.knowledge.age", "iam.revision.lag", "http.server.request.duration", "AddUserToGroup", "AccessDenied"])
            await Until.True(() => Task.FromResult(collector.Received("/v1/metrics").Any(body => Holds(body, name))), TimeSpan.FromSeconds(20), $"metrics do not tell {name}");
        foreach (var name in (string[])["CreateGroup", "Authorize", "commit", "POST /accounts/{account}/{operation}", "wolverine", "iam.outcome"])
            await Until.True(() => Task.FromResult(collector.Received("/v1/traces").Any(body => Holds(body, name))), TimeSpan.FromSeconds(20), $"spans do not tell {name}");
        await Until.True(() => Task.FromResult(collector.Received("/v1/logs").Any(body => Holds(body, "whether it was committed will be looked up"))), TimeSpan.FromSeconds(20), "logs do not tell of the commit in doubt");
        using var http = new HttpClient();
        var scraped = await http.GetStringAsync(new Uri($"{metrics}/metrics"));
        scraped.ShouldContain("iam_command_duration_seconds_bucket");

        foreach (var name in planted)
        {
            scraped.Contains(name, StringComparison.OrdinalIgnoreCase).ShouldBeFalse($"{name} is among the metrics");
            foreach (var signal in (string[])["/v1/metrics", "/v1/traces"])
                collector.Received(signal).Any(body => Holds(body, name)).ShouldBeFalse($"{name} is in {signal}");
            if (name != Account.Value) collector.Received("/v1/logs").Any(body => Holds(body, name)).ShouldBeFalse($"{name} is in the logs");
        }
    }

    static bool Holds(byte[] body, string text) => body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
}
