using System.Text.Json;
using IamEventSourced.Client;

namespace IamEventSourced.Server.Tests;

/// <summary>An export answers alone what the server answers.</summary>
public sealed class ExportedAccountTests(PostgresFixture postgres) : IAsyncLifetime
{
    readonly string _file = Path.Combine(System.IO.Directory.CreateTempSubdirectory("iam-export-").FullName, "export.jsonl");
    ServerFixture _server = null!;
    IamTool _iam = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await ServerFixture.Start(postgres);
        await Story.Play(_server);
        _iam = IamTool.For(_server);
        (await _iam.Run("export", "-f", _file)).Status.ShouldBe(0);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        System.IO.Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);
    }

    [Fact] public async Task A_thousand_decisions_are_the_same_on_another_node_and_from_the_export_with_their_reasons()
    {
        var other = await _server.StartNode();
        var stream = await _server.Stream();
        var history = new RecordedHistory(_server.Account, stream);
        var random = new Random(7);
        foreach (var at in Enumerable.Range(0, 40).Select(_ => random.Next(1, stream.Count + 1)).Append(stream.Count))
        {
            var then = history.At(at);
            Arn[] who = [.. then.Users.After(null).Select(user => then.ArnOf(user)), Arn.Of(_server.Account, "root"), Arn.Of(_server.Account, "user/nobody")];
            var batch = new AuthorizeBatch([.. Enumerable.Range(0, 25).Select(_ => new AuthorizationRequest(Actions[random.Next(Actions.Length)], Resources[random.Next(Resources.Length)], who[random.Next(who.Length)]))]);
            var live = await _server.Client().Ask(batch, ReadAt.Revision(at));
            var (answer, refusal) = await history.Answer(batch, new RootCaller(_server.Account, _server.Root.Id), at, null);
            refusal.ShouldBe(live.Refusal);
            Text(answer!).ShouldBe(Text(live.Answer!), $"at {at}");
            Text((await _server.Client(url: other).Ask(batch, ReadAt.Revision(at))).Answer!).ShouldBe(Text(live.Answer!), $"at {at}, on the other node");
        }
    }

    static readonly ActionName[] Actions = ["s3:GetObject", "s3:GetBucketAcl", "s3:PutObject", "iam:CreateUser", "iam:GetUser", "iam:ChangePassword", "ec2:DescribeInstances"];
    static readonly ResourceName[] Resources = ["*", "arn:aws:s3:::reports/q3.csv", "arn:aws:iam::123456789012:user/kestrel.wren"];

    [Fact] public async Task Every_question_of_the_command_line_is_answered_from_the_export_as_by_the_server()
    {
        var stream = await _server.Stream();
        var holding = stream.First(recorded => recorded.Event is UserPolicyPut { PolicyName.Value: Story.Inline }).Revision;
        (await Both("history", "-o", "json")).ShouldBe(0);
        (await Both("history", "--newest-first", "--max", "7", "-o", "json")).ShouldBe(0);
        foreach (var at in new[] { holding, stream.Count / 2, stream.Count })
        {
            var moment = $"{at}";
            foreach (var user in (string[])[$"user/aviary/{Story.User}", $"user/{Story.Second}", "user/nobody", "root"])
            {
                await Both("can", user, "s3:GetObject", "arn:aws:s3:::b/k", "--as-of", moment);
                await Both("why", user, "s3:GetObject", "arn:aws:s3:::b/k", "--as-of", moment);
                await Both("when", user, "s3:Get*", "arn:aws:s3:::b/k", "--as-of", moment);
                await Both("access", user, "--as-of", moment);
                await Both("history", user, "--as-of", moment);
            }
            (await Both("who-can", "s3:GetObject", "arn:aws:s3:::b/k", "--as-of", moment)).ShouldBe(0);
            await Both("undo-plan", $"user/{Story.Second}", "--to", $"{holding}", "--as-of", moment);
        }
        (await Both("diff", $"{holding}", $"{stream.Count}")).ShouldBe(0);
        (await Both("notices", "-o", "table")).ShouldBe(0);
        (await Both("notices", "--from", $"{holding}", "--to", $"{holding + 150}", "-o", "jsonl")).ShouldBe(0);
        var commands = _file + ".commands";
        await File.WriteAllTextAsync(commands, JsonSerializer.Serialize(new Dictionary<string, object> { ["PutUserPolicy"] = new PutUserPolicy(Story.Second, "more", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}""") }, Json.Options));
        (await Both("try", commands, "--as-of", $"{holding}")).ShouldBe(0);
        (await Both("can", "root", "s3:GetObject", "--as-of", $"{stream.Count + 1}")).ShouldBe(2);
        (await Both("can", "root", "s3:GetObject", "--as-of", "2001-01-01")).ShouldBe(2);
        (await new IamTool([]).Run("can", "root", "s3:GetObject", "--as-of", "0", "--export", _file)).ShouldBe((2, "", $"InvalidInput: at: the account has no revision 0; its newest is {stream.Count}.\n"));
        (await Both("can", $"user/{Story.Second}", "iam:GetUser", "--as-of", Json.Write(stream[^2].At))).ShouldBe(0);

        async Task<int> Both(params string[] args)
        {
            var (asked, alone) = (await _iam.Run(args), await new IamTool([]).Run([.. args, "--export", _file]));
            foreach (var (one, other) in asked.Output.Split('\n').Zip(alone.Output.Split('\n'))) other.ShouldBe(one, string.Join(' ', args)); // the first line that differs
            alone.ShouldBe(asked, string.Join(' ', args));
            return asked.Status;
        }
    }

    [Fact] public async Task What_is_no_whole_export_is_not_believed_and_what_needs_a_server_says_so()
    {
        var lines = await File.ReadAllLinesAsync(_file);
        await Refuses("r 5 is not where it should be", [.. lines.Where(line => !line.Contains("\"revision\":5,", StringComparison.Ordinal))]);
        await Refuses("is no export", [.. lines, "[]"]);
        await Refuses("is no export", [.. lines, "x"]);
        await Refuses("there is no event", []);
        await Refuses("kind that this version does not know", [.. lines, lines[^1].Replace($"\"type\":\"", "\"type\":\"no-", StringComparison.Ordinal)]);
        (await new IamTool([]).Run("can", "root", "s3:GetObject", "--export", _file + ".none")).Status.ShouldBe(1);
        await File.WriteAllLinesAsync(_file, lines);
        (await new IamTool([]).Run("history", "--follow", "--export", _file)).ShouldBe((2, "", "--export: this needs a server.\n"));

        async Task Refuses(string why, string[] content)
        {
            await File.WriteAllLinesAsync(_file, content);
            var (status, output, error) = await new IamTool([]).Run("can", "root", "s3:GetObject", "--export", _file);
            (status, output).ShouldBe((2, ""), error);
            error.ShouldContain(why);
        }
    }

    static string Text(object answer) => JsonSerializer.Serialize(answer, answer.GetType(), Json.Options);
}
