using System.Text.Json;

namespace IamEventSourced.Server.Tests;

/// <summary>The command line iam, against a server.</summary>
public sealed class CommandLineTests(PostgresFixture postgres) : IAsyncLifetime
{
    const string Report = "arn:aws:s3:::reports/q3.csv";
    const string Reports = """{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}]}""";

    ServerFixture _server = null!;
    IamTool _iam = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await ServerFixture.Start(postgres);
        _iam = IamTool.For(_server);
        await _server.Client().Send(new CreateUser("alice"));
        await _server.Client().Send(new PutUserPolicy("alice", "Reports", Reports));
        await _server.Client().Send(new DeleteUserPolicy("alice", "Reports"));
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact] public async Task Who_may_is_told_by_the_exit_status()
    {
        (await _iam.Run("can", "user/alice", "s3:GetObject", Report, "--context", "aws:SourceIp=203.0.113.7", "--as-of", "5", "-o", "table"))
            .ShouldBe((0, "ALLOWED at revision 5: user/alice > Reports > \"Read\", since r 5\n", ""));
        (await _iam.Run("can", "user/alice", "s3:GetObject", Report, "--as-of", "5", "-o", "table")).ShouldBe((3, "DENIED at revision 5: no statement allows it\n", ""));
        (await _iam.Run("can", "user/alice", "s3:GetObject", Report, "-q")).ShouldBe((3, "", ""));
        (await _iam.Run("can", "root", "s3:ListAllMyBuckets", "-q")).ShouldBe((0, "", ""));
    }

    [Fact] public async Task An_answer_as_JSON_is_the_APIs()
    {
        var (_, output, _) = await _iam.Run("can", "user/alice", "s3:GetObject", Report);
        var direct = await _server.Client().Ask(new Authorize("s3:GetObject", Report, $"arn:aws:iam::{_server.Account}:user/alice"));
        JsonElement.DeepEquals(JsonElement.Parse(output), JsonSerializer.SerializeToElement(direct.Answer, Json.Options)).ShouldBeTrue();
    }

    [Fact] public async Task What_does_not_work_has_a_status_of_its_own()
    {
        (await _iam.Run("can", "user/nobody", "s3:GetObject", Report)).Status.ShouldBe(4);
        (await _iam.Run("can", "alice", "s3:GetObject", Report)).Status.ShouldBe(2);
        (await _iam.Run("can", "user/alice", "s3", Report)).Status.ShouldBe(2);
        (await _iam.Run("can", "user/alice", "s3:GetObject", Report, "--as-of", "yesterday")).Error.ShouldContain("yesterday");
        (await _iam.Run("cann", "user/alice")).Status.ShouldBe(2);
        (await _iam.Run("can", "user/alice", "s3:GetObject", Report, "-o", "picture")).Status.ShouldBe(2);
        (await _iam.Run("can", "root", "s3:GetObject", "--server", "http://127.0.0.1:1")).Status.ShouldBe(6);
        (await _iam.Run("can", "root", "s3:GetObject", "--profile", "nobody")).ShouldBe((2, "", "--profile: there is no profile nobody.\n"));
        var bob = await _server.CreateUser("bob");
        (await IamTool.For(_server, bob).Run("can", "user/alice", "s3:GetObject")).Status.ShouldBe(3);
        (await IamTool.For(_server, bob).Run("can", "user/bob", "s3:GetObject")).Status.ShouldBe(3);
        (await _iam.Run("--help")).Output.ShouldContain("history");
    }

    [Fact] public async Task A_question_that_nobody_answers_ends_when_it_is_interrupted()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        using var interrupted = new CancellationTokenSource();
        var asking = _iam.Run(["can", "root", "s3:GetObject", "--server", $"http://{silent.LocalEndpoint}"], interrupted.Token);
        using var heard = await silent.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await interrupted.CancelAsync();
        (await asking.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).ShouldBe((1, "", ""));
    }

    [Fact] public async Task A_history_is_told_whole_page_by_page()
    {
        for (var i = 0; i < 3; i++) await _server.Client().Send(new TagUser("alice", [new("n", $"{i}")]));
        var (status, output, _) = await _iam.Run("history", "user/alice", "-o", "table");
        status.ShouldBe(0);
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(6);
        output.ShouldStartWith("r    4  ");
        output.ShouldContain("user-policy-put");
        (await _iam.Run("history", "-o", "jsonl", "--from", "2", "--max", "2")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonElement.Parse(line).GetProperty("Revision").GetInt64()).ShouldBe([2, 3]);
        (await _iam.Run("history", "user/alice", "--max", "1", "-o", "csv")).Output.ShouldStartWith("Revision,Type,At,By,Command,Index,Correlation,Data,Leaf,Names,Changes\n4,user-created,");
        (await _iam.Run("history", "user/alice", "--max", "1", "-o", "yaml")).Output.ShouldContain("Events:\n  - Revision: 4\n    Type: \"user-created\"\n");
    }

    [Fact] public async Task A_history_is_searched_and_tells_what_was_refused_in_its_place()
    {
        var bob = await _server.CreateUser("bob");
        await _server.Client().Send(new PutUserPolicy("bob", "tags", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:TagUser","Resource":"*"}}"""));
        await _server.Client(bob).Send(new TagUser("alice", [new("team", "red")]), "first.tag");
        await _server.Client(bob).Send(new TagUser("alice", [new("team", "blue")]));
        (await _server.Client(bob).Send(new DeleteUser("alice"))).Refusal.ShouldNotBeNull();

        (await Lines("--by", "user/bob")).ShouldBe(["user-tagged", "user-tagged"]);
        (await Lines("--by", "user/bob", "--newest-first", "--max", "1")).ShouldBe(["user-tagged"]);
        (await Lines("user/alice", "--type", "user-tagged", "--command-id", "first.tag")).ShouldBe(["user-tagged"]);
        (await Lines("--since", "2100-01-01")).ShouldBeEmpty();
        (await _iam.Run("history", "user/alice", "--type", "user-tagged", "-o", "table")).Output.ShouldContain("tag_value: red → blue");
        (await _iam.Run("history", "--by", "user/nobody")).Status.ShouldBe(4);
        (await _iam.Run("history", "user/alice", "--refused")).Status.ShouldBe(2);
        (await _iam.Run("history", "--type", "No Kind")).Status.ShouldBe(2);
        (await _iam.Run("history", "--follow", "--newest-first")).Status.ShouldBe(2);

        // Refused attempts are written in the background.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        string[] lines;
        do lines = await Lines("--by", "user/bob", "--refused");
        while (lines.Length < 3 && !patience.IsCancellationRequested);
        lines.ShouldBe(["user-tagged", "user-tagged", "iam:DeleteUser"]);

        async Task<string[]> Lines(params string[] args) =>
            [.. (await _iam.Run(["history", .. args, "-o", "jsonl"])).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))
                .Select(line => (line.TryGetProperty("Type", out var type) ? type : line.GetProperty("Action")).GetString()!)];
    }

    [Fact] public async Task A_history_of_the_past_goes_on_for_who_may_read_that_entity_alone()
    {
        var bob = await _server.CreateUser("bob");
        var at = (await _server.Client().Send(new PutUserPolicy("bob", "reads", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:GetEntityHistory","Resource":"arn:aws:iam::*:user/alice"}}"""))).Revision;
        await _server.Client().Send(new CreateUser("carol"));
        var alice = (await _server.Client().Ask(new GetUser("alice"))).Answer!.User.UserId;

        (await _server.Client(bob).Ask(new GetEntityHistory(alice, MaxItems: 1), Client.ReadAt.Revision(at))).Answer!.Events.ShouldHaveSingleItem();
        (await IamTool.For(_server, bob).Run("history", "user/alice", "--max", "2", "--as-of", $"{at}", "-q")).Status.ShouldBe(0);
        (await _server.Client(bob).Ask(new GetEntityHistory(bob.Id.Value), Client.ReadAt.Revision(at))).Refusal!.Code.ShouldBe("AccessDenied");
    }

    [Fact] public async Task An_empty_file_is_no_test_that_passes()
    {
        (await _iam.RunWith("", "test", "-")).ShouldBe((2, "", "-: there is nothing in it.\n"));
        (await _iam.RunWith(" \n", "test", "-")).Status.ShouldBe(2);
    }

    [Fact] public async Task Who_asks_is_found_as_AWSs_tools_find_it()
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("iam-aws-").FullName;
        try
        {
            var (config, credentials) = (Path.Combine(folder, "config"), Path.Combine(folder, "credentials"));
            await File.WriteAllTextAsync(config, $"[default]\nendpoint_url = http://127.0.0.1:1\n[profile audit]\nregion = eu-central-1\ns3 =\n  endpoint_url = http://127.0.0.1:2\nendpoint_url = {_server.Url}\n");
            await File.WriteAllTextAsync(credentials, $"[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = no\n# audit\n[audit]\naws_access_key_id = {_server.Root.Id}\naws_secret_access_key={_server.Root.Secret.Reveal()}\n");
            Dictionary<string, string?> files = new() { ["AWS_CONFIG_FILE"] = config, ["AWS_SHARED_CREDENTIALS_FILE"] = credentials };
            (await new IamTool(new(files) { ["AWS_PROFILE"] = "audit" }).Run("can", "root", "s3:GetObject", "-q")).Status.ShouldBe(0);
            (await new IamTool(files).Run("can", "root", "s3:GetObject", "--profile", "audit", "-q")).Status.ShouldBe(0);
            (await new IamTool(files).Run("can", "root", "s3:GetObject", "-q")).Status.ShouldBe(6);
        }
        finally { System.IO.Directory.Delete(folder, recursive: true); }
    }
}
