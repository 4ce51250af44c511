using IamEventSourced.Client;

namespace IamEventSourced.Server.Tests;

/// <summary>Who may do something: all that may, and nobody else, of one moment.</summary>
public sealed class ListPrincipalsAllowedTests(PostgresFixture postgres)
{
    const string Own = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::home/${aws:username}/*"}}""";
    const string Team = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"blue"}}},{"Effect":"Deny","Action":"s3:GetObject","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"*/user/c*"}}}]}""";
    const string Office = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:DeleteObject","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"},"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}}}}""";

    [Fact] public async Task It_is_who_Authorize_allows_at_every_revision_of_any_history()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        // In a random history few are in one group, and fewer have tags that policies ask for.
        foreach (var command in (ICommand[])[new CreateGroup("all"), new PutGroupPolicy("all", "own", Own), new PutGroupPolicy("all", "team", Team), new PutGroupPolicy("all", "office", Office), new CreatePolicy("limit", RandomCommands.Documents[0]), new CreateUser("cleo"), new TagUser("cleo", [new("team", "blue")]), new AddUserToGroup("all", "cleo")])
            (await root.Send(command)).Refusal.ShouldBeNull();
        var random = new RandomCommands(61, server.Account);
        for (var i = 0; i < 6; i++)
        {
            await random.Send(server, 40);
            foreach (UserName user in RandomCommands.Users) await root.Send(new AddUserToGroup("all", user));
            await root.Send(new PutUserPermissionsBoundary(RandomCommands.Users[i % 4], Arn.Of(server.Account, "policy/limit")));
        }
        ContextEntry[] here = [new("aws:SourceIp", ["203.0.113.7"], "ip")];
        var (some, none, directories) = (0, 0, (await server.Stream()).Directories(server.Account));
        foreach (var directory in directories.Skip(1))
        {
            var call = new Call(new RootCaller(server.Account, server.Root.Id), "q", directory.At, new GivenIds());
            foreach (var (action, resource, context) in ((ActionName, ResourceName, ContextEntry[]?)[])[("s3:GetObject", "arn:aws:s3:::reports/q3", null), ("s3:PutObject", "arn:aws:s3:::home/bo/x", null), ("s3:PutObject", "arn:aws:s3:::ann/x", null), ("s3:DeleteObject", "*", here), ("s3:DeleteObject", "*", null), ("iam:DeleteUser", directory.Users.After(null).FirstOrDefault() is { } user ? directory.ArnOf(user).Value : "*", null)])
            {
                var expected = directory.Users.After(null).Select(user => (Arn: directory.ArnOf(user), Answer: new Authorize(action, resource, directory.ArnOf(user), context).Answer(directory, call).Value!)).Where(one => one.Answer.Decision is "allowed").ToList();
                List<AllowedPrincipal> told = [];
                for (ListPrincipalsAllowed? page = new(action, resource, context, MaxItems: 2); page is not null;)
                {
                    var answer = page.Answer(directory, call).Value!;
                    answer.Principals.Count.ShouldBeInRange(1, 2);
                    told.AddRange(answer.Principals);
                    page = answer.Marker is { } marker ? page with { Marker = marker } : null;
                }
                told[0].PrincipalArn.ShouldBe(Arn.Of(server.Account, "root"));
                told.Skip(1).Select(one => one.PrincipalArn).ShouldBe(expected.Select(one => one.Arn), $"{action} {resource} at {directory.Revision}");
                told.Skip(1).Select(one => one.Reason).ShouldBe(expected.Select(one => one.Answer.Reason));
                told.Skip(1).SelectMany(one => one.MatchedStatements).ShouldBe(expected.SelectMany(one => one.Answer.MatchedStatements));
                (some, none) = (some + Math.Min(expected.Count, 1), none + (expected.Count is 0 ? 1 : 0));
            }
        }
        (some > 50 && none > 50).ShouldBeTrue($"{some} {none}");
    }

    [Fact] public async Task Its_pages_are_of_the_first_ones_revision_on_every_node()
    {
        await using var server = await ServerFixture.Start(postgres);
        var (root, other) = (server.Client(), server.Client(url: await server.StartNode()));
        await root.Send(new CreateGroup("readers"));
        await root.Send(new PutGroupPolicy("readers", "read", RandomCommands.Documents[0]));
        foreach (var name in (string[])["a", "B", "c", "d"])
        {
            await root.Send(new CreateUser(name));
            await root.Send(new AddUserToGroup("readers", name));
        }
        var first = (await root.Ask(new ListPrincipalsAllowed("s3:GetObject", MaxItems: 2))).Answer!;
        Names(first).ShouldBe(["root", "user/a"]);
        first.Principals[1].MatchedStatements.Single().Through.ShouldBe(Arn.Of(server.Account, "group/readers"));
        await root.Send(new RemoveUserFromGroup("readers", "c"));
        await root.Send(new CreateUser("bb"));
        var end = await root.Send(new AddUserToGroup("readers", "bb"));
        foreach (var client in (IamClient[])[root, other])
        {
            var second = (await client.Ask(new ListPrincipalsAllowed("s3:GetObject", Marker: first.Marker, MaxItems: 2), ReadAt.AtLeast(end.Revision))).Answer!;
            Names(second).ShouldBe(["user/B", "user/c"]);
            var third = (await client.Ask(new ListPrincipalsAllowed("s3:GetObject", Marker: second.Marker, MaxItems: 2))).Answer!;
            (Names(third).Single(), third.IsTruncated, third.Revision, second.Revision).ShouldBe(("user/d", false, first.Revision, first.Revision));
        }
        Names((await root.Ask(new ListPrincipalsAllowed("s3:GetObject"))).Answer!).ShouldBe(["root", "user/a", "user/B", "user/bb", "user/d"]);
        Names((await root.Ask(new ListPrincipalsAllowed("s3:GetObject"), ReadAt.Revision(first.Revision))).Answer!).ShouldBe(["root", "user/a", "user/B", "user/c", "user/d"]);
        (await root.Ask(new ListPrincipalsAllowed("s3:GetObject", ContextEntries: [new("aws:username", ["x"])]))).Refusal!.Code.ShouldBe("InvalidInput");

        static IEnumerable<string> Names(ListPrincipalsAllowedAnswer answer) => answer.Principals.Select(one => one.PrincipalArn.Value[(one.PrincipalArn.Value.LastIndexOf(':') + 1)..]);
    }

    [Fact] public async Task The_command_line_tells_who_can_and_what_one_has()
    {
        await using var server = await ServerFixture.Start(postgres);
        var (root, iam) = (server.Client(), IamTool.For(server));
        await root.Send(new CreateUser("alice"));
        var put = (await root.Send(new PutUserPolicy("alice", "Read", RandomCommands.Documents[0]))).Revision;
        (await iam.Run("who-can", "s3:GetObject", "-o", "table")).ShouldBe((0, $"root        root may do everything in its account\nuser/alice  user/alice > Read > statement 1, since r {put}\n", $"2 at revision {put}\n"));
        (await iam.Run("who-can", "s3:GetObject", "--as-of", $"{put - 1}", "-q")).Status.ShouldBe(0);
        (await iam.Run("who-can", "s3:GetObject", "-o", "jsonl", "--max", "1")).Output.ShouldContain(":root");
        (await iam.Run("access", "user/alice", "-o", "table")).Output.ShouldBe($"since r    {put}  user/alice > Read  {{\"Effect\":\"Allow\",\"Action\":\"s3:Get*\",\"Resource\":\"*\"}}\n");
        (await iam.Run("access", "root", "-o", "table")).Output.ShouldBe("Root may do everything in its account.\n");
        (await iam.Run("access", "user/nobody")).Status.ShouldBe(4);
    }
}
