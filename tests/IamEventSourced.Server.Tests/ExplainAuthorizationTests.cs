using IamEventSourced.Client;

namespace IamEventSourced.Server.Tests;

/// <summary>Why a decision is as it is: the statements, the ways, and the events behind each link.</summary>
public sealed class ExplainAuthorizationTests(PostgresFixture postgres)
{
    const string Report = "arn:aws:s3:::reports/q3.csv";
    const string Reading = "{\"Version\":\"2012-10-17\",\n \"Statement\":[\n  {\"Sid\":\"Read\",\"Effect\":\"Allow\",\"Action\":\"s3:Get*\",\"Resource\":\"*\"}]}";
    const string Office = """{"Version":"2012-10-17","Statement":[{"Sid":"Office","Effect":"Allow","Action":"s3:PutObject","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}]}""";
    const string NoDelete = """{"Version":"2012-10-17","Statement":[{"Sid":"Keep","Effect":"Deny","Action":"s3:Delete*","Resource":"*"},{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}""";

    [Fact] public async Task Each_link_of_a_way_names_the_event_that_made_it()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        Arn alice = Arn.Of(server.Account, "user/alice"), read = Arn.Of(server.Account, "policy/Read"), group = Arn.Of(server.Account, "group/devs"), limit = Arn.Of(server.Account, "policy/Limit");
        await root.Send(new CreateUser("alice"));
        await root.Send(new CreateGroup("devs"));
        var created = (await root.Send(new CreatePolicy("Read", Reading), new CommandId("write-v1"))).Revision;
        var written = (await root.Send(new CreatePolicyVersion(read, Reading + " "))).Revision;
        await root.Send(new AttachGroupPolicy("devs", read));
        await root.Send(new DetachGroupPolicy("devs", read));
        var attached = (await root.Send(new AttachGroupPolicy("devs", read))).Revision; // again: what was undone is no cause
        var joined = (await root.Send(new AddUserToGroup("devs", "alice"))).Revision;
        await root.Send(new CreatePolicy("Limit", NoDelete));
        var bounded = (await root.Send(new PutUserPermissionsBoundary("alice", limit))).Revision;

        var why = await Ask(root, new("s3:GetObject", Report, alice));
        (why.Decision, why.Missing, why.PrincipalArn, why.Revision).ShouldBe(("allowed", null, alice, bounded));
        why.MatchedStatements.Select(one => (one.Way, one.Through, one.Sid)).ShouldBe([("Group", group, "Read"), ("PermissionsBoundary", alice, null)]);
        var statement = why.MatchedStatements[0];
        (statement.PolicyArn, statement.VersionId, statement.Effect, statement.Statement, statement.EndPosition.Line, statement.Text).ShouldBe((read, "v1", "Allow", 1, 3, """{"Sid":"Read","Effect":"Allow","Action":"s3:Get*","Resource":"*"}"""));
        Links(statement).ShouldBe([("Membership", joined, "user-added-to-group"), ("Attachment", attached, "group-policy-attached"), ("PolicyVersion", created, "policy-created"), ("DefaultVersion", created, "policy-created")]);
        var cause = statement.Links[2].Event;
        (cause.Command, cause.By.Arn, cause.By.AccessKeyId, cause.Correlation, cause.Index).ShouldBe((new("write-v1"), Arn.Of(server.Account, "root"), server.Root.Id, "write-v1", 0));
        Links(why.MatchedStatements[1])[0].ShouldBe(("PermissionsBoundary", bounded, "user-permissions-boundary-put"));

        // Another version in force, and back: going back is a new cause, the writing is the old one.
        await root.Send(new SetDefaultPolicyVersion(read, "v2"));
        Links((await Ask(root, new("s3:GetObject", Report, alice))).MatchedStatements[0])[2].ShouldBe(("PolicyVersion", written, "policy-version-created"));
        var back = (await root.Send(new SetDefaultPolicyVersion(read, "v1"))).Revision;
        Links((await Ask(root, new("s3:GetObject", Report, alice))).MatchedStatements[0])[2..].ShouldBe([("PolicyVersion", created, "policy-created"), ("DefaultVersion", back, "default-policy-version-set")]);

        // Of an earlier revision as it was said then.
        var then = await Ask(root, new("s3:GetObject", Report, alice), ReadAt.Revision(bounded));
        then.MatchedStatements.Select(Links).ShouldBe(why.MatchedStatements.Select(Links));
        (await Ask(root, new("s3:GetObject", Report, alice), ReadAt.Revision(joined - 1))).Decision.ShouldBe("implicitDeny");
    }

    [Fact] public async Task A_denial_tells_what_is_missing_and_the_nearest_statements()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        Arn alice = Arn.Of(server.Account, "user/alice"), limit = Arn.Of(server.Account, "policy/Limit");
        await root.Send(new CreateUser("alice"));
        var put = (await root.Send(new PutUserPolicy("alice", "Office", Office))).Revision;

        var away = await Ask(root, new("s3:PutObject", Report, alice, [new("aws:SourceIp", ["198.51.100.1"], "ip")]));
        (away.Decision, away.Missing).ShouldBe(("implicitDeny", $"a statement that allows s3:PutObject on {Report}, in a policy of the user or of one of its groups"));
        away.MatchedStatements.ShouldBeEmpty();
        var near = away.NearestStatements.ShouldHaveSingleItem();
        (near.Sid, near.FailedPart).ShouldBe(("Office", "Condition"));
        Links(near).ShouldBe([("InlinePolicy", put, "user-policy-put")]);
        var condition = near.FailedConditions.ShouldHaveSingleItem();
        (condition.Operator, condition.Key, condition.Values.Single(), condition.Given!.Single()).ShouldBe(("IpAddress", "aws:SourceIp", "203.0.113.0/24", "198.51.100.1"));
        away.ContextEntries.ShouldContain(entry => entry.ContextKeyName == "aws:sourceip" && entry.ContextKeyValues.Single() == "198.51.100.1");
        (await Ask(root, new("s3:PutObject", Report, alice))).NearestStatements.Single().FailedConditions!.Single().Given.ShouldBeNull();
        (await Ask(root, new("s3:PutObject", Report, alice, [new("aws:SourceIp", ["203.0.113.9"], "ip")]))).MatchedStatements.Single().Sid.ShouldBe("Office");
        (await Ask(root, new("s3:GetObject", Report, alice, [new("aws:SourceIp", ["203.0.113.9"], "ip")]))).NearestStatements.Single().FailedPart.ShouldBe("Action");

        await root.Send(new PutUserPolicy("alice", "All", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"""));
        await root.Send(new CreatePolicy("Limit", NoDelete));
        await root.Send(new PutUserPermissionsBoundary("alice", limit));
        (await Ask(root, new("ec2:RunInstances", null, alice))).Missing.ShouldBe("a statement that allows ec2:RunInstances on *: one in its permissions boundary Limit");
        var denied = await Ask(root, new("s3:DeleteObject", Report, alice));
        (denied.Decision, denied.Missing, denied.MatchedStatements.Single().Sid, denied.MatchedStatements.Single().Way).ShouldBe(("explicitDeny", "that no statement denies it", "Keep", "PermissionsBoundary"));
    }

    [Fact] public async Task What_the_account_grants_all_users_and_AWSs_policies_have_their_causes_too()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        Arn alice = Arn.Of(server.Account, "user/alice");
        await root.Send(new CreateUser("alice"));
        var policy = (await root.Send(new UpdateAccountPasswordPolicy(AllowUsersToChangePassword: true))).Revision;
        var attached = (await root.Send(new AttachUserPolicy("alice", RandomCommands.AwsPolicies[0]))).Revision;

        var own = (await Ask(root, new("iam:ChangePassword", alice.Value, alice))).MatchedStatements.ShouldHaveSingleItem();
        (own.Way, own.Through).ShouldBe(("AllUsers", Arn.Of(server.Account, "root")));
        Links(own).ShouldBe([("PasswordPolicy", policy, "account-password-policy-updated")]);
        var aws = (await Ask(root, new("s3:GetObject", Report, alice))).MatchedStatements.ShouldHaveSingleItem();
        Links(aws).Select(link => (link.Link, link.Type)).ShouldBe([("Attachment", "user-policy-attached"), ("PolicyVersion", "catalogue-adopted"), ("DefaultVersion", "catalogue-adopted")]);
        aws.Links[0].Event.Revision.ShouldBe(attached);
        var ofRoot = await Ask(root, new("s3:GetObject", Report));
        (ofRoot.Decision, ofRoot.PrincipalId, ofRoot.MatchedStatements.Count).ShouldBe(("allowed", server.Account.Value, 0));
    }

    [Fact] public async Task Of_any_history_the_decision_is_Authorizes_and_its_last_link_is_since_when()
    {
        await using var server = await ServerFixture.Start(postgres);
        await RandomCommands.Begin(server);
        await new RandomCommands(53, server.Account).Send(server, 300);
        var stream = await server.Stream();
        var directories = stream.Directories(server.Account);
        var root = server.Client();
        var told = 0;
        foreach (var revision in Enumerable.Range(1, stream.Count).Where(revision => revision % 13 == 0))
            foreach (var user in directories[revision].Users.After(null))
                foreach (var (action, resource) in ((ActionName, ResourceName)[])[("s3:GetObject", Report), ("s3:PutObject", "arn:aws:s3:::secret/x"), ("s3:PutObject", $"arn:aws:s3:::{user.Name}/x"), ("iam:ChangePassword", directories[revision].ArnOf(user).Value)])
                {
                    var arn = directories[revision].ArnOf(user);
                    var authorized = (await root.Ask(new Authorize(action, resource, arn), ReadAt.Revision(revision))).Answer!;
                    var why = await Ask(root, new(action, resource, arn), ReadAt.Revision(revision));
                    (why.Decision, why.Reason, why.PrincipalId, why.At).ShouldBe((authorized.Decision, authorized.Reason, user.Id.Value, directories[revision].At));
                    why.MatchedStatements.Select(one => (one.PolicyName, one.Through, one.Statement, Since: one.Links.Max(link => link.Event.Revision))).ShouldBe(
                        authorized.MatchedStatements.Select(one => (one.PolicyName, one.Through, one.Statement, Since: one.SinceRevision)), ignoreOrder: true);
                    foreach (var link in why.MatchedStatements.Concat(why.NearestStatements).SelectMany(one => one.Links))
                    {
                        var recorded = stream[(int)link.Event.Revision - 1];
                        link.Event.ShouldBe(Cause.Of(recorded));
                        Makes(link.Link, recorded.Event).ShouldBeTrue($"{link}");
                        told++;
                    }
                    (why.Missing is null).ShouldBe(why.Decision is "allowed");
                }
        told.ShouldBeGreaterThan(20);

        static bool Makes(string link, AccountEvent happened) => link switch
        {
            "Membership" => happened is UserAddedToGroup,
            "Attachment" => happened is UserPolicyAttached or GroupPolicyAttached,
            "InlinePolicy" => happened is UserPolicyPut or GroupPolicyPut,
            "PolicyVersion" => happened is PolicyCreated or PolicyVersionCreated or CatalogueAdopted,
            "DefaultVersion" => happened is PolicyCreated or DefaultPolicyVersionSet or CatalogueAdopted,
            "PermissionsBoundary" => happened is UserPermissionsBoundaryPut,
            "PasswordPolicy" => happened is AccountPasswordPolicyUpdated,
            _ => false,
        };
    }

    [Fact] public async Task The_command_line_tells_why()
    {
        await using var server = await ServerFixture.Start(postgres);
        var (root, iam) = (server.Client(), IamTool.For(server));
        await root.Send(new CreateUser("alice"));
        var put = (await root.Send(new PutUserPolicy("alice", "Office", Office), new CommandId("c-1"))).Revision;
        var (status, output, _) = await iam.Run("why", "user/alice", "s3:PutObject", Report, "--context", "aws:SourceIp=203.0.113.7", "-o", "table");
        status.ShouldBe(0);
        output.ShouldStartWith($"ALLOWED at revision {put}: user/alice > Office > \"Office\", since r {put}\n  user/alice > Office > \"Office\" (line 1) Allow\n    r    {put}  ");
        output.ShouldEndWith("  InlinePolicy  user-policy-put  by root  command c-1\n");
        (status, output, _) = await iam.Run("why", "user/alice", "s3:PutObject", Report, "-o", "table");
        status.ShouldBe(3);
        output.ShouldContain($"It lacks a statement that allows s3:PutObject on {Report}, in a policy of the user or of one of its groups.\n  user/alice > Office > \"Office\" (line 1) Allow, but for its condition: IpAddress aws:SourceIp 203.0.113.0/24, of which the request tells nothing\n");
        (await iam.Run("why", "user/bob", "s3:PutObject")).Status.ShouldBe(4);
    }

    static List<(string Link, long Revision, string Type)> Links(ExplainedStatement statement) => [.. statement.Links.Select(link => (link.Link, link.Event.Revision, link.Event.Type))];

    static async Task<ExplainAuthorizationAnswer> Ask(IamClient client, ExplainAuthorization question, ReadAt? at = null)
    {
        var reply = await client.Ask(question, at);
        reply.Refusal.ShouldBeNull(question.ToString());
        return reply.Answer!;
    }
}
