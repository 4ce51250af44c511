using IamEventSourced.Client;
using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

/// <summary>What is an account's own: its alias, which no two have, its quotas, and its end.</summary>
public class AccountsTests(PostgresFixture postgres)
{
    const string Other = "210987654321";
    const string Everything = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""";

    [Fact]
    public async Task Of_two_accounts_on_two_nodes_that_want_one_alias_one_gets_it()
    {
        await using var server = await ServerFixture.Start(postgres);
        var second = await server.StartNode();
        var other = await server.CreateAccount(Other);
        IamClient[] accounts = [server.Client(), server.Client(other, Other, second)];
        for (var round = 0; round < 20; round++)
        {
            var replies = await Task.WhenAll(accounts.Select(account => account.Send(new CreateAccountAlias($"alias-{round}"))));
            replies.Select(reply => reply.Refusal?.Code).ShouldBe([null, "EntityAlreadyExists"], ignoreOrder: true);
        }
        var created = (await server.Query("select tenant_id, data->>'AccountAlias' from iam.mt_events where type = 'account-alias-created'")).Select(row => ((string)row[0]!, (string)row[1]!)).ToList();
        created.Select(one => one.Item2).ShouldBe(Enumerable.Range(0, 20).Select(round => $"alias-{round}"), ignoreOrder: true); // of the loser no event
        foreach (var (account, client) in ((string, IamClient)[])[(server.Account.Value, accounts[0]), (Other, accounts[1])])
        {
            var held = (await server.Query($"select alias from iam.account_aliases where account = '{account}'")).Select(row => (string)row[0]!);
            held.ShouldBe((await client.Ask(new ListAccountAliases())).Answer!.AccountAliases.Select(alias => alias.Value));
            (await Comparison.FirstDifference(server.DatabaseOf(), account)).ShouldBeNull();
        }

        // What is given up, or replaced, is free.
        (await accounts[0].Send(new CreateAccountAlias("mine"))).Refusal.ShouldBeNull();
        (await accounts[1].Send(new CreateAccountAlias("mine"))).Refusal!.Code.ShouldBe("EntityAlreadyExists");
        (await accounts[0].Send(new CreateAccountAlias("mine-too"))).Refusal.ShouldBeNull();
        (await accounts[1].Send(new CreateAccountAlias("mine"))).Refusal.ShouldBeNull();
        (await server.Form("DeleteAccountAlias", other, fields: ("AccountAlias", "mine"))).Status.ShouldBe(200);
        (await server.Form("CreateAccountAlias", fields: ("AccountAlias", "mine"))).Status.ShouldBe(200);
        (await server.Form("ListAccountAliases")).Body.ShouldContain("<AccountAliases><member>mine</member></AccountAliases>");
    }

    [Fact]
    public async Task An_alias_that_is_taken_fails_its_command_and_not_its_batch()
    {
        await using var server = await ServerFixture.Start(postgres);
        var other = await server.CreateAccount(Other);
        (await server.Client(other, Other).Send(new CreateAccountAlias("taken"))).Refusal.ShouldBeNull();

        var dispatcher = server.Node(0).GetRequiredService<Dispatcher>();
        List<Task<Reply>> replies = [];
        await using (var hold = await RowLock.Take(server))
        {
            replies.Add(Send(new CreateGroup("first")));
            await hold.WaitedFor(server);
            foreach (var command in (ICommand[])[new CreateUser("ann"), new CreateAccountAlias("taken"), new CreateUser("bo"), new CreateAccountAlias("free"), new CreateUser("ann")]) replies.Add(Send(command));
        }
        (await Task.WhenAll(replies)).Select(reply => reply.Refusal?.Code).ShouldBe([null, null, "EntityAlreadyExists", null, null, "EntityAlreadyExists"]);
        (await server.Stream()).Select(recorded => recorded.Event).OfType<AccountAliasCreated>().ShouldBe([new("free")]);
        (await Comparison.FirstDifference(server.DatabaseOf(), server.Account)).ShouldBeNull();

        Task<Reply> Send(ICommand command) => dispatcher.Dispatch(new(server.Account, command, new RootCaller(server.Account, server.Root.Id), Guid.NewGuid().ToString()), default);
    }

    [Fact]
    public async Task In_a_closed_account_nobody_is_anybody_and_the_operator_reads_what_happened()
    {
        await using var server = await ServerFixture.Start(postgres);
        var second = await server.StartNode();
        var alice = await server.CreateUser("alice");
        var root = server.Client();
        await root.Send(new CreateAccountAlias("works"));
        var allowed = await root.Send(new PutUserPolicy("alice", "all", Everything));
        (await server.Post(new Authorize("s3:GetObject"), alice, $"at-least={allowed.Revision}", url: second)).Status.ShouldBe(200);
        var user = (await root.Ask(new GetUser("alice"))).Answer!.User.UserId;

        (await server.Form("CloseAccount", server.Operator, fields: ("AccountId", server.Account.Value))).Status.ShouldBe(200);
        foreach (var key in (Key[])[server.Root, alice])
        {
            foreach (var operation in (IOperation[])[new CreateUser("late"), new ListUsers(), new Authorize("s3:GetObject"), new GetCallerIdentity()])
                foreach (var url in (string[])[server.Url, second])
                    (await server.Post(operation, key, operation is ICommand ? null : "newest", url: url)).Code.ShouldBe("InvalidClientTokenId", $"{operation}");
            (await server.Post(new Authorize("s3:GetObject"), key, $"at={allowed.Revision}")).Code.ShouldBe("InvalidClientTokenId"); // nor then
        }
        // What waited when it was closed is refused by the writer.
        (await server.Node(0).GetRequiredService<Dispatcher>().Dispatch(new(server.Account, new CreateUser("late"), new UserCaller(server.Account, alice.Id, user), "late"), default)).Refusal!.Code.ShouldBe("InvalidClientTokenId");

        var @operator = server.Client(server.Operator);
        (await @operator.Ask(new GetEntityHistory(server.Account.Value))).Answer!.Events[^1].Type.ShouldBe("account-closed");
        (await @operator.Ask(new GetEntityHistory($"arn:aws:iam::{server.Account}:user/alice"), ReadAt.Revision(allowed.Revision))).Answer!.EntityId.ShouldBe(user);
        (await @operator.Ask(new ListUsers())).Refusal!.Code.ShouldBe("AccessDenied");
        (await @operator.Send(new CloseAccount())).Refusal.ShouldBeNull();
        (await @operator.Send(new CreateAccount())).Refusal!.Code.ShouldBe("EntityAlreadyExists");
        (await server.Client(await server.CreateAccount(Other), Other).Send(new CreateAccountAlias("works"))).Refusal!.Code.ShouldBe("EntityAlreadyExists"); // its alias stays its own
        (await Comparison.FirstDifference(server.DatabaseOf(), server.Account)).ShouldBeNull();
    }

    [Fact]
    public async Task Root_alone_names_its_account_lets_its_administrator_in_again_and_closes_it()
    {
        await using var server = await ServerFixture.Start(postgres);
        var second = await server.StartNode();
        var (root, alice) = (server.Client(), await server.CreateUser("alice"));
        await root.Send(new PutUserPolicy("alice", "all", Everything));
        foreach (var operation in (IOperation[])[new PutAccountName("Hers"), new PutPrimaryEmail("hers@example.com"), new GetPrimaryEmail(), new CloseAccount()]) (await server.Post(operation, alice)).Code.ShouldBe("AccessDenied");
        (await server.Form("PutAccountName", alice, fields: ("AccountName", "Hers"))).Code.ShouldBe("AccessDenied");
        var unnamed = await root.Ask(new GetAccountInformation());
        var named = await root.Send(new PutAccountName("Works"));
        (await server.Form("PutAccountName", fields: ("AccountName", "New Works"))).Status.ShouldBe(200);
        (await server.Form("PutAccountName", fields: ("AccountName", new string('x', 51)))).Code.ShouldBe("ValidationError");
        (await server.Form("GetAccountInformation", alice)).Body.ShouldContain("<AccountName>New Works</AccountName>");
        (await root.Ask(new GetAccountInformation(), ReadAt.Revision(named.Revision))).Answer!.AccountName.ShouldBe("Works");
        (await root.Ask(new GetAccountInformation(), ReadAt.Revision(unnamed.Revision))).Answer!.AccountName.ShouldBeNull();

        // The administrator denies everything to everybody, itself too.
        var shut = await server.Client(alice).Send(new PutUserPolicy("alice", "none", Everything.Replace("Allow", "Deny", StringComparison.Ordinal)));
        shut.Refusal.ShouldBeNull();
        (await server.Post(new DeleteUserPolicy("alice", "none"), alice, url: second)).Code.ShouldBe("AccessDenied");
        var open = await server.Client(url: second).Send(new DeleteUserPolicy("alice", "none"));
        open.Refusal.ShouldBeNull();
        (await server.Post(new ListUsers(), alice, $"at-least={open.Revision}")).Status.ShouldBe(200);

        (await root.Send(new CloseAccount())).Refusal.ShouldBeNull();
        foreach (var key in (Key[])[server.Root, alice]) (await server.Post(new GetCallerIdentity(), key, "newest", url: second)).Code.ShouldBe("InvalidClientTokenId");
        var @operator = server.Client(server.Operator);
        (await @operator.Ask(new GetEntityHistory(server.Account.Value))).Answer!.Events[^1].Type.ShouldBe("account-closed");
        var closed = (await @operator.Ask(new GetAccountInformation())).Answer!;
        (closed.AccountName, closed.AccountState).ShouldBe(((AccountName)"New Works", AccountState.Closed));
        (await Comparison.FirstDifference(server.DatabaseOf(), server.Account)).ShouldBeNull();
    }

    [Fact]
    public async Task The_operator_breaks_the_glass_and_why_stays_in_the_history()
    {
        await using var server = await ServerFixture.Start(postgres);
        var (second, lost) = (await server.StartNode(), server.Root);
        var made = (await server.Client().Send(new CreateAccessKey())).Answer!.AccessKey;
        Key stolen = new(made.AccessKeyId, made.SecretAccessKey!);
        foreach (var key in (Key[])[lost, stolen]) (await server.Post(new GetCallerIdentity(), key, url: second)).Status.ShouldBe(200);
        foreach (var key in (Key[])[lost, await server.CreateUser("alice")]) (await server.Post(new RecoverRoot("mine"), key)).Code.ShouldBe("AccessDenied");

        var folder = System.IO.Directory.CreateTempSubdirectory("iam-root-").FullName;
        var (file, operators) = (Path.Combine(folder, "root"), Path.Combine(folder, "operator"));
        CredentialsFile.Write(operators, "operator", server.Operator.Id, server.Operator.Secret);
        string[] verb = ["recover-root", server.Account.Value, file, $"--Urls={server.Url}", $"--Iam:OperatorKeyFile={operators}"];
        (await Verbs.Run(verb)).ShouldBe(1); // no reason
        (await Verbs.Run([.. verb, "--reason=The last key went with a laptop"])).ShouldBe(0);
        (await Verbs.Run([.. verb, "--reason=Again"])).ShouldBe(1); // the file has the key
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var (id, secret) = CredentialsFile.Read(file);

        foreach (var url in (string[])[server.Url, second])
        {
            foreach (var key in (Key[])[lost, stolen]) (await server.Post(new GetCallerIdentity(), key, "newest", url: url)).Code.ShouldBe("InvalidClientTokenId");
            (await server.Client(new(id, secret), url: url).Ask(new ListAccessKeys())).Answer!.AccessKeyMetadata.ShouldHaveSingleItem().AccessKeyId.ShouldBe(id);
        }
        var history = (await server.Client(new(id, secret)).Ask(new GetEntityHistory(server.Account.Value))).Answer!.Events;
        history.TakeLast(4).Select(entry => entry.Type).ShouldBe(["account-root-recovered", "access-key-deleted", "access-key-deleted", "access-key-created"]);
        history[^4].Data.GetProperty("Reason").GetString().ShouldBe("The last key went with a laptop");
        history[^4].By.PrincipalId.ShouldBe("operator");
        (await server.Query($"select credential_id from iam.secrets where account = '{server.Account}' and credential_id = any('{{{lost.Id},{stolen.Id}}}')")).ShouldBeEmpty();
        (await Comparison.FirstDifference(server.DatabaseOf(), server.Account)).ShouldBeNull();
        System.IO.Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_quota_decides_from_its_revision_on_and_is_what_it_was_before()
    {
        await using var server = await ServerFixture.Start(postgres);
        var @operator = server.Client(server.Operator);
        (await @operator.Send(new SetAccountQuota("UsersPerAccount", 1))).Refusal.ShouldBeNull();
        (await server.Client().Send(new CreateUser("ann"))).Refusal.ShouldBeNull();
        var full = await server.Client().Send(new CreateUser("bo"));
        full.Refusal!.Code.ShouldBe("LimitExceeded");
        (await @operator.Send(new SetAccountQuota("UsersPerAccount", 1_000_000))).Refusal.ShouldBeNull();
        (await server.Client().Send(new CreateUser("bo"))).Refusal.ShouldBeNull();

        (await UsersPerAccount(null)).ShouldBe(1_000_000);
        (await UsersPerAccount(ReadAt.Revision(full.Revision))).ShouldBe(1);
        (await UsersPerAccount(ReadAt.Revision(2))).ShouldBe(5000);
        (await server.Client().Send(new SetAccountQuota("UsersPerAccount", 2))).Refusal!.Code.ShouldBe("AccessDenied");
        (await server.Form("SetAccountQuota", server.Operator, fields: [("AccountId", server.Account.Value), ("QuotaName", "AccessKeysPerUser"), ("QuotaValue", "101")])).Code.ShouldBe("InvalidInput");
        (await server.Form("SetAccountQuota", server.Operator, fields: [("AccountId", server.Account.Value), ("QuotaName", "UsersPerAccount"), ("QuotaValue", "10000001")])).Code.ShouldBe("ValidationError");

        async Task<int> UsersPerAccount(ReadAt? at) => (await server.Client().Ask(new ListAccountQuotas(), at)).Answer!.Quotas.Single(quota => quota.QuotaName.Value is "UsersPerAccount").QuotaValue;
    }

    [Fact]
    public async Task The_summary_and_the_details_are_written_as_AWS_writes_them()
    {
        await using var server = await ServerFixture.Start(postgres);
        await server.CreateUser("alice");
        await server.Client().Send(new PutUserPolicy("alice", "all", Everything));
        var summary = (await server.Form("GetAccountSummary")).Body;
        summary.ShouldContain("<GetAccountSummaryResult><SummaryMap><entry><key>Users</key><value>1</value></entry><entry><key>UsersQuota</key><value>5000</value></entry>");
        var details = (await server.Form("GetAccountAuthorizationDetails", fields: [("Filter.member.1", "User"), ("Filter.member.2", "Role")])).Body;
        details.ShouldContain($"<UserPolicyList><member><PolicyName>all</PolicyName><PolicyDocument>{Uri.EscapeDataString(Everything)}</PolicyDocument></member></UserPolicyList>");
        details.ShouldContain("<RoleDetailList /><Policies />");
        (await server.Form("GetAccountAuthorizationDetails", fields: ("Filter.member.1", "Users"))).Code.ShouldBe("ValidationError");
    }
}
