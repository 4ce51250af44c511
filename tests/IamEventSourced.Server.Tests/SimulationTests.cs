using System.Text.Json;
using System.Text.RegularExpressions;

namespace IamEventSourced.Server.Tests;

/// <summary>A dry run over the doors: it comes to what the run comes to, and leaves nothing behind.</summary>
public sealed partial class SimulationTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_dry_run_of_random_commands_is_what_the_run_comes_to_and_stores_nothing()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        var random = new RandomCommands(77, server.Account);
        await random.Send(server, 60);
        var (revision, commands) = ((await server.Stream()).Count, Enumerable.Range(0, 60).Select(_ => random.Next()).ToList());
        var (refused, done) = (0, 0);
        foreach (var command in commands)
        {
            var tried = (await root.Ask(new SimulateCommands([CommandInput.Of(command)]), IamEventSourced.Client.ReadAt.Newest)).Answer!;
            (await server.Stream()).Count.ShouldBe(revision);
            var outcome = tried.Outcomes.ShouldHaveSingleItem();
            var reply = await server.Post(command);
            // What only the command itself could tell.
            if (outcome.Assuming is not null && reply.Code is "InvalidAuthenticationCode" or "AccessDenied" or "PasswordPolicyViolation") continue;
            (outcome.Error?.Code, outcome.Error?.Message).ShouldBe((reply.Code, reply.Code is null ? null : reply.Json["detail"]!.GetValue<string>()), command.ToString());
            if (outcome.Error is not null) { refused++; continue; }
            var events = (await server.Stream()).Skip(revision).ToList();
            outcome.Events.Select(happening => $"{happening.Revision} {happening.Type} {Anonymous(happening.Data.GetRawText())}").ShouldBe(events.Select(recorded => $"{recorded.Revision} {recorded.Type} {Anonymous(JsonSerializer.Serialize(recorded.Event, recorded.Event.GetType(), Json.Options))}"), command.ToString());
            revision = (int)outcome.Revision;
            (reply.Revision, events.Count).ShouldBe((outcome.Revision, outcome.Events.Count));
            done++;
        }
        (refused, done).ShouldSatisfyAllConditions(counts => counts.refused.ShouldBeGreaterThan(5), counts => counts.done.ShouldBeGreaterThan(10));
    }

    // Ids that are given anew, and the fingerprints of secrets that are made anew.
    static string Anonymous(string data) => Made().Replace(data, "$1");

    [GeneratedRegex("\"(AIDA|AGPA|ANPA|AKIA|ASCA|APKA|APWD|AMFA)[A-Z0-9]+\"|\"[0-9a-f]{64}\"")]
    private static partial Regex Made();

    [Fact]
    public async Task Who_may_not_learns_nothing_and_who_may_learns_it_of_the_past_too()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        var bob = await server.CreateUser("bob");
        var made = await root.Send(new CreateGroup("devs"));
        await root.Send(new DeleteGroup("devs"));
        Arn alice = Arn.Of(server.Account, "user/alice"), self = Arn.Of(server.Account, "user/bob");
        SimulateCommands join = new([CommandInput.Of(new AddUserToGroup("devs", "bob"))]);
        foreach (var simulate in (SimulateCommands[])[join, join with { CallerArn = alice }, join with { CallerArn = self }]) (await server.Client(bob).Ask(simulate)).Refusal!.Code.ShouldBe("AccessDenied");

        await root.Send(new PutUserPolicy("bob", "try", $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:SimulateCommands","iam:AddUserToGroup"],"Resource":["{{self}}","arn:aws:iam::*:group/*"]}]}"""));
        (await server.Client(bob).Ask(join)).Answer!.Outcomes[0].Error!.Code.ShouldBe("NoSuchEntity");
        (await server.Client(bob).Ask(join with { CallerArn = alice })).Refusal!.Code.ShouldBe("AccessDenied");
        var then = await root.Ask(join with { CallerArn = self }, IamEventSourced.Client.ReadAt.Revision(made.Revision));
        (then.Revision, then.Answer!.Outcomes[0].Error!.Code).ShouldBe((made.Revision, "AccessDenied")); // by the rights that it had then
        (await root.Ask(join, IamEventSourced.Client.ReadAt.Revision(made.Revision))).Answer!.Outcomes[0].Events.ShouldHaveSingleItem().Revision.ShouldBe(made.Revision + 1);
    }

    [Fact]
    public async Task Expectations_are_tested_as_things_are_and_after_commands_that_are_only_tried()
    {
        await using var server = await ServerFixture.Start(postgres);
        var (root, iam) = (server.Client(), IamTool.For(server));
        await root.Send(new CreateUser("alice"));
        await root.Send(new PutUserPolicy("alice", "Read", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"""));
        const string expectations = """
            {"Expect":"allowed","Principal":"user/alice","ActionName":"s3:GetObject","Name":"alice reads #1"}
            {"Expect":"denied","Principal":"user/alice","ActionName":"s3:PutObject","ResourceArn":"arn:aws:s3:::b/k"}
            {"Expect":"denied","Principal":"user/nobody","ActionName":"s3:PutObject"}
            """;
        (await iam.RunWith(expectations, "test", "-")).ShouldBe((7, """
            TAP version 14
            1..3
            ok 1 - alice reads \#1
            ok 2 - user/alice s3:PutObject arn:aws:s3:::b/k is denied
            not ok 3 - user/nobody s3:PutObject * is denied
              ---
              decision: implicitDeny
              reason: "The user with name arn:aws:iam::ACCOUNT:user/nobody cannot be found."
              ...

            """.ReplaceLineEndings("\n").Replace("ACCOUNT", server.Account.Value, StringComparison.Ordinal), ""));
        var two = string.Join('\n', expectations.Split('\n')[..2]);
        (await iam.RunWith(two, "test", "-", "-q")).ShouldBe((0, "", ""));
        var commands = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(commands, """{"DeleteUserPolicy":{"UserName":"alice","PolicyName":"Read"}}""");
            var (status, output, _) = await iam.RunWith(two, "test", "-", "--after", commands, "--junit");
            (status, System.Xml.Linq.XElement.Parse(output).Attribute("failures")!.Value).ShouldBe((7, "1"));
            (await iam.RunWith(two, "test", "-", "-q")).Status.ShouldBe(0);
            await File.WriteAllTextAsync(commands, """{"DeleteUser":{"UserName":"nobody"}}""");
            (await iam.RunWith(two, "test", "-", "--after", commands)).Status.ShouldBe(4);
        }
        finally { File.Delete(commands); }
        (await iam.RunWith("""{"Expect":"maybe","ActionName":"s3:GetObject"}""", "test", "-")).Status.ShouldBe(2);
    }

    [Fact]
    public async Task On_the_command_line_commands_are_tried_and_past_requests_replayed()
    {
        await using var server = await ServerFixture.Start(postgres);
        var (root, iam) = (server.Client(), IamTool.For(server));
        await root.Send(new CreateUser("alice"));
        var put = await root.Send(new PutUserPolicy("alice", "Read", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"""));
        var folder = System.IO.Directory.CreateTempSubdirectory("iam-try-").FullName;
        try
        {
            var (commands, requests) = (Path.Combine(folder, "commands.json"), Path.Combine(folder, "requests.jsonl"));
            await File.WriteAllTextAsync(commands, """
                {"DeleteUserPolicy":{"UserName":"alice","PolicyName":"Read"}}
                {"DeleteUserPolicy":{"UserName":"alice","PolicyName":"Read"}}
                """);
            await File.WriteAllLinesAsync(requests, Enumerable.Range(0, 1500).Select(number => JsonSerializer.Serialize(new AuthorizationRequest(number is 3 or 1200 ? "s3:GetObject" : "s3:PutObject", $"arn:aws:s3:::b/{number}", Arn.Of(server.Account, "user/alice")), Json.Options)));
            (await iam.Run("try", commands, "-o", "table")).ShouldBe((0, $$"""
                r {{put.Revision + 1,4}}   DeleteUserPolicy  user-policy-deleted {"UserId":"{{(await root.Ask(new GetUser("alice"))).Answer!.User.UserId}}","PolicyName":"Read"}
                refused  DeleteUserPolicy  NoSuchEntity: The user policy with name Read cannot be found.
                - user/alice: Allow s3:GetObject on *
                    user/alice > Read

                """.ReplaceLineEndings("\n"), ""));
            var (status, output, _) = await iam.Run("try", commands, "--replay", requests, "--exit-code", "-o", "table");
            status.ShouldBe(7);
            output.ShouldContain($"2 of 1500 requests would be answered otherwise.\n  4: user/alice s3:GetObject arn:aws:s3:::b/3: allowed (user/alice > Read > statement 1, since r {put.Revision}) -> implicitDeny (no statement allows it)\n  1201: ");
            (await iam.RunWith("""{"Commands":[{"OperationName":"CreateUser","Parameters":{"UserName":"carol"}}]}""", "try", "-", "--by", "user/alice", "-q", "--exit-code")).Status.ShouldBe(7);
            (await iam.RunWith("""{"CreateUser":{"UserName":"carol"}}""", "try", "-", "-q", "--exit-code")).Status.ShouldBe(0);
            foreach (var wrong in (string[])["", "{", "[]", """{"a b":{}}""", """{"Commands":[{"Name":"CreateUser"}]}"""]) (await iam.RunWith(wrong, "try", "-")).Status.ShouldBe(2, wrong);
        }
        finally { System.IO.Directory.Delete(folder, recursive: true); }
    }
}
