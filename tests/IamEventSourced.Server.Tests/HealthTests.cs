using System.Net;
using System.Text.Json.Nodes;
using IamEventSourced.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace IamEventSourced.Server.Tests;

/// <summary>What a node says of itself to whoever has to decide whether it gets requests.</summary>
[Collection(Alone.Name)]
public class HealthTests(PostgresFixture postgres)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    static readonly HttpClient Http = new();

    [Fact]
    public async Task A_node_without_its_database_is_degraded_says_how_old_its_knowledge_is_and_goes_on_answering()
    {
        await using var server = await ServerFixture.Start(postgres);
        await using var proxy = new FaultProxy(server.Database);
        var url = await server.StartNode(builder => builder.Configuration["Iam:MaxAge"] = "00:00:02", database: proxy.Database);
        var client = server.Client(url: url);
        (await client.Ask(new Authorize("s3:GetObject"))).Answer!.Decision.ShouldBe("allowed");

        await Until.True(async () => (await Ready(url)) is (HttpStatusCode.OK, { } body) && Status(body) is "Healthy", Patience, "the node does not become ready");
        var (_, healthy) = await Ready(url);
        foreach (var check in (string[])["following", "database", "knowledge", "bus"]) Status(healthy["checks"]![check]!).ShouldBe("Healthy", healthy.ToJsonString());

        proxy.Refuse();
        await Until.True(async () => (await Ready(url)) is (HttpStatusCode.OK, { } body) && Status(body["checks"]!["database"]!) is "Degraded" && Status(body["checks"]!["knowledge"]!) is "Degraded", Patience, "the loss of the database is not shown");
        var (status, lost) = await Ready(url);
        (status, Status(lost)).ShouldBe((HttpStatusCode.OK, "Degraded"));
        lost["checks"]!["database"]!["unheardSeconds"]!.GetValue<double>().ShouldBeGreaterThan(2);
        lost["checks"]!["knowledge"]!["ageSeconds"]!.GetValue<double>().ShouldBeGreaterThan(2);
        (await client.Ask(new Authorize("s3:GetObject"))).Answer!.Decision.ShouldBe("allowed");
        (await Http.GetAsync(new Uri($"{url}/health/live"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Health.Ask(url)).ShouldBeTrue();

        proxy.Admit();
        await Until.True(async () => Status((await Ready(url)).Body) is "Healthy", Patience, "the node does not recover");
    }

    [Fact]
    public async Task A_node_that_has_not_caught_up_is_not_ready_and_one_that_is_not_there_is_not_either()
    {
        await using var server = await ServerFixture.Start(postgres);
        var following = server.Node(0).GetRequiredService<Following>();
        await Until.True(() => Task.FromResult(following.CaughtUp), Patience, "the node does not catch up");

        await using var fresh = Hosting.Build([], builder => builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:iam"] = server.Database, ["Iam:MasterKeyFile"] = Path.Combine(System.IO.Directory.CreateTempSubdirectory("iam-keys-").FullName, "master"),
        }));
        var report = await fresh.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        (report.Status, report.Entries["following"].Status, report.Entries["database"].Status).ShouldBe((HealthStatus.Unhealthy, HealthStatus.Unhealthy, HealthStatus.Unhealthy));

        (await Health.Ask(server.Url)).ShouldBeTrue();
        (await Health.Ask("http://127.0.0.1:9")).ShouldBeFalse();
        (await Health.Ask(server.Url.Replace("127.0.0.1", "*", StringComparison.Ordinal))).ShouldBeTrue();
    }

    [Fact]
    public async Task A_loop_that_has_ended_is_named_and_the_node_goes_on()
    {
        await using var server = await ServerFixture.Start(postgres, node => node.Services.AddHostedService<EndsAtOnce>());
        await Until.True(async () => (await Ready(server.Url)) is (HttpStatusCode.OK, { } body) && body["checks"]!["loops"] is { } loops && Status(loops) is "Degraded" && loops["description"]!.GetValue<string>().Contains(nameof(EndsAtOnce), StringComparison.Ordinal),
            Patience, "its end is not shown");
        (await server.Client().Ask(new Authorize("s3:GetObject"))).Answer!.Decision.ShouldBe("allowed");
    }

    sealed class EndsAtOnce : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Yield();
            throw new NotSupportedException("a defect");
        }
    }

    static async Task<(HttpStatusCode Status, JsonNode Body)> Ready(string url)
    {
        using var response = await Http.GetAsync(new Uri($"{url}/health/ready"));
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    static string Status(JsonNode node) => node["status"]!.GetValue<string>();
}
