using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IamEventSourced.Server.Tests;

/// <summary>Directory and rows are asked the same, always; and a row that is wrong is seen.</summary>
public class SamplerTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Of_a_random_history_no_two_answers_differ_and_they_are_of_all_kinds()
    {
        await using var server = await ServerFixture.Start(postgres);
        var commands = new RandomCommands(77, server.Account);
        var sampler = server.Node(0).GetRequiredService<Sampler>();
        var account = (await server.Node(0).GetRequiredService<LiveAccounts>().Find(server.Account, default))!;
        var random = new Random(77);
        List<IQuery> asked = [];
        var samples = Environment.GetEnvironmentVariable("IAM_LONG") is "1" ? 10_000 : 50;
        await RandomCommands.Begin(server);
        for (var i = 0; i < 10; i++)
        {
            await commands.Send(server, 20);
            asked.AddRange(Enumerable.Range(0, 200).Select(_ => RandomQuestions.Next(account.Directory, random)));
            for (var j = 0; j < samples; j++) (await sampler.Sample(account.Directory, random, default)).ShouldBe(true);
        }
        sampler.Differences.ShouldBe(0);

        // What was asked was worth asking.
        var call = new Call(new RootCaller(server.Account, server.Root.Id), "sample", account.Directory.At, new RandomIds());
        var decisions = asked.OfType<Authorize>().Select(question => (((IQuery)question).AnswerOn(account.Directory, call).Value as AuthorizationResult)?.Decision).ToList();
        foreach (var decision in (string[])["allowed", "implicitDeny"]) decisions.Count(one => one == decision).ShouldBeGreaterThan(20, decision);
        asked.Select(question => question.GetType().Name).Distinct().Order().ShouldBe(Operation.All.Values.Where(RandomQuestions.CanAsk).Select(operation => operation.Name).Order());
        Operation.All.Values.Where(operation => operation.Type.IsAssignableTo(typeof(IQuery)) && !RandomQuestions.CanAsk(operation)).Select(operation => operation.Name).ShouldBe([nameof(ListPrincipalsAllowed), nameof(SimulateCommands)], ignoreOrder: true, // of the past the stream answers them, not the rows
            "the sampler knows no values for its parameters");
    }

    [Theory]
    [InlineData("alter table iam.access_keys rename to lost")]
    [InlineData("update iam.adopted_catalogues set digest = repeat('0', 64)")]
    public async Task Rows_that_can_not_be_asked_though_the_database_answers_count_as_a_difference(string harm)
    {
        await using var server = await ServerFixture.Start(postgres);
        var sampler = server.Node(0).GetRequiredService<Sampler>();
        var account = (await server.Node(0).GetRequiredService<LiveAccounts>().Find(server.Account, default))!;
        (await sampler.Sample(account.Directory, new Random(1), default)).ShouldBe(true);
        await server.Query(harm); // the owner's hand
        (await sampler.Sample(account.Directory, new Random(1), default)).ShouldBe(false);
        sampler.Differences.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_planted_wrong_row_is_seen_and_shown_and_the_node_goes_on()
    {
        await using var server = await ServerFixture.Start(postgres);
        foreach (var command in (ICommand[])[new CreateUser("ann"), new PutUserPolicy("ann", "note", RandomCommands.Documents[0])]) (await server.Post(command)).Status.ShouldBeLessThan(300);
        using var log = new Captured();
        var url = await server.StartNode(builder =>
        {
            builder.Configuration["Iam:SamplesPerSecond"] = "200";
            builder.Logging.AddProvider(log);
        });
        await server.Post(new GetUser("ann"), url: url); // the account is live there
        var sampler = server.Node(1).GetRequiredService<Sampler>();
        await Until.True(() => Task.FromResult(sampler.Samples > 50), TimeSpan.FromSeconds(30), "nothing is sampled");
        sampler.Differences.ShouldBe(0);

        await server.Query("update iam.inline_policies set document = replace(document, 'Allow', 'Deny')"); // the owner's hand
        await Until.True(() => Task.FromResult(sampler.Differences > 0), TimeSpan.FromSeconds(30), "the wrong row is not seen");
        using var http = new HttpClient();
        using var response = await http.GetAsync(new Uri($"{url}/health/ready"));
        var health = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        ((int)response.StatusCode, health["checks"]!["sampler"]!["status"]!.GetValue<string>()).ShouldBe((200, "Degraded"));
        health["checks"]!["sampler"]!["differences"]!.GetValue<long>().ShouldBeGreaterThan(0);
        (await server.Post(new Authorize("s3:GetObject"), url: url)).Status.ShouldBe(200);

        await Until.True(() => Task.FromResult(log.Text.Contains("differently", StringComparison.Ordinal)), TimeSpan.FromSeconds(30), "it is not logged");
        log.Text.Split('\n').Where(line => line.Contains("differently", StringComparison.Ordinal)).ShouldAllBe(line => !line.Contains("{\"", StringComparison.Ordinal)); // no parameter
    }
}
