using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

/// <summary>What a server alerts of, over its doors and of past moments; and that each alert ends by the commands that it proposes.</summary>
public class ListAlertsTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Each_begins_at_the_edge_of_its_limit_and_ends_by_the_commands_that_it_proposes()
    {
        var clock = new SetClock();
        await using var server = await ServerFixture.Start(postgres, clock.Of);
        var caller = server.Root.Id;
        var other = (await server.Client().Send(new CreateAccessKey())).Answer!.AccessKey.AccessKeyId; // by which root goes on asking
        await Account(server);
        await server.Post(new Authorize("sqs:SendMessage", null, Arn.Of(server.Account, "user/alice")));
        var key = await server.CreateUser("worker");
        await server.Post(new GetUser(), key);
        await server.Post(new GetCallerIdentity(), key);
        foreach (var uses in (IEnumerable<Func<Task>>)[server.Node(0).GetRequiredService<CredentialUses>().Write, server.Node(0).GetRequiredService<AccessUses>().Write]) await uses();
        var used = new DateTimeOffset((DateTime)(await server.Query($"select used_at from iam.credential_uses where credential_id = '{key.Id}'"))[0][0]!, TimeSpan.Zero);
        var made = new DateTimeOffset((DateTime)(await server.Query($"select from_at from iam.access_keys where access_key_id = '{key.Id}'"))[0][0]!, TimeSpan.Zero);
        var accessed = new DateTimeOffset((DateTime)(await server.Query("select used_at from iam.accesses where service = 'sqs'"))[0][0]!, TimeSpan.Zero);

        foreach (var (type, edge, what) in ((string, DateTimeOffset, string)[])[("UnusedIAMUserAccessKey", used, key.Id.Value), ("AccessKeyNotRotated", made, key.Id.Value), ("UnusedPermission", accessed, "sqs (last at ")])
        {
            (await At(edge.AddDays(90).AddMicroseconds(-1), type)).ShouldNotContain(alert => alert.Reason.Contains(what));
            (await At(edge.AddDays(90), type)).ShouldContain(alert => alert.Reason.Contains(what), type);
        }

        caller = other;
        clock.Stopped = DateTimeOffset.UtcNow.AddDays(91);
        var all = await At(clock.Stopped.Value);
        all.Select(alert => alert.Type.Value).Distinct().Order().ShouldBe(AlertType.Limits.Pattern.Split('|'));
        foreach (var alert in all)
        {
            if (alert.Type == AlertType.ConsoleUserWithoutMFA || alert.Type == AlertType.AdminAccess || alert.AlertId.EndsWith(other.Value, StringComparison.Ordinal)) continue; // what has to be done beside or without a command
            alert.Commands.ShouldNotBeEmpty($"{alert}");
            foreach (var command in alert.Commands) (await Dispatch(command.Read().Value!)).Refusal.ShouldBeNull($"{alert}");
            (await At(clock.Stopped.Value)).ShouldNotContain(one => one.AlertId == alert.AlertId);
        }
        (await At(clock.Stopped.Value)).Select(alert => alert.Type.Value).Distinct().Order().ShouldBe(["AdminAccess", "RootAccessKey"]);

        // A signature would be of another time.
        async Task<Reply> Dispatch(IOperation operation) => await server.Node(0).GetRequiredService<Dispatcher>().Dispatch(new(server.Account, operation, new RootCaller(server.Account, caller), Guid.NewGuid().ToString()), default);

        async Task<IReadOnlyList<Alert>> At(DateTimeOffset time, params AlertType[] types)
        {
            clock.Stopped = time;
            return ((ListAlertsAnswer)(await Dispatch(new ListAlerts(types, MaxItems: 1000))).Answer!).Alerts;
        }
    }

    [Fact]
    public async Task What_was_deleted_by_age_or_by_erasure_or_not_noted_yet_is_not_told_of_as_unused()
    {
        await using var server = await ServerFixture.Start(postgres);
        await using var owner = Npgsql.NpgsqlDataSource.Create(server.Database);
        await Account(server);
        var key = await server.CreateUser("worker");
        var alice = (await server.Client().Ask(new GetUser("alice"))).Answer!.User.UserId;
        var now = DateTimeOffset.UtcNow;
        (await Unused(now.AddDays(91))).ShouldBe(["UnusedIAMUserAccessKey", "UnusedIAMUserPassword", "UnusedPermission"]);
        await server.Query($"insert into iam.accesses (account, user_id, service, action, used_at) select '{server.Account}', '{alice}', 's' || n, 'Do', now() from generate_series(1, {AccessUses.MostOfUser}) n");
        (await Alerts(now.AddDays(91))).Single(alert => alert.Type == AlertType.UnusedPermission).Commands.ShouldBeEmpty();
        await Retention.Apply(owner, now.AddDays(91), 30, 30); // accesses until the 61st day
        (await Unused(now.AddDays(150))).ShouldBe(["UnusedIAMUserAccessKey", "UnusedIAMUserPassword"]);
        (await Unused(now.AddDays(152))).ShouldBe(["UnusedIAMUserAccessKey", "UnusedIAMUserPassword", "UnusedPermission"]);
        await server.Query("update iam.uses_known set since = '2020-01-01'"); // as of accounts that are older
        await Erasure.Run(owner, server.Account, alice);
        await server.Query("update iam.uses_known set since = since + interval '1 day' where account <> ''");
        (await Unused(now.AddDays(90.5))).ShouldBe(["UnusedIAMUserAccessKey"]); // the worker's
        (await Unused(now.AddDays(92))).ShouldBe(["UnusedIAMUserAccessKey", "UnusedIAMUserPassword", "UnusedPermission"]);
        await server.Query("drop table iam.uses_known");
        await Schema.Migrate(server.Database);
        await server.Query("update iam.uses_known set since = since + interval '1 day'");
        (await Unused(now.AddDays(90.5))).ShouldBeEmpty();

        async Task<IEnumerable<string>> Unused(DateTimeOffset at) => (await Alerts(at)).Select(alert => alert.Type.Value).Distinct().Order(StringComparer.Ordinal);

        async Task<IReadOnlyList<Alert>> Alerts(DateTimeOffset at)
        {
            var (node, call) = (server.Node(0), new Call(new RootCaller(server.Account, server.Root.Id), "c", at, new RandomIds()));
            var directory = (await node.GetRequiredService<LiveAccounts>().Find(server.Account, default))!.Directory;
            var (answer, _) = await new ListAlerts(["UnusedIAMUserAccessKey", "UnusedIAMUserPassword", "UnusedPermission"]).Answer(directory, call, node.GetRequiredService<Dispatcher>().HistoryOf(directory, default));
            return answer!.Alerts;
        }
    }

    [Fact] public void A_limit_that_can_not_be_is_named() =>
        Should.Throw<InvalidOperationException>(() => new ServerOptions { UnusedAccessAge = 0 }.AlertLimits).Message.ShouldBe("Iam__UnusedAccessAge: 1 to 365 days can be said.");

    [Fact]
    public async Task They_are_told_over_every_door_in_pages_of_one_revision_and_of_past_moments_as_things_were_then()
    {
        await using var server = await ServerFixture.Start(postgres);
        await Account(server);
        var root = server.Client();
        var first = (await root.Ask(new ListAlerts(MaxItems: 2))).Answer!;
        await server.EnableMFADevice("phone", "alice");
        var now = (await root.Ask(new ListAlerts())).Answer!;
        List<Alert> paged = [.. first.Alerts];
        for (var page = first; page.IsTruncated; paged.AddRange(page.Alerts)) page = (await root.Ask(new ListAlerts(Marker: page.Marker, MaxItems: 2))).Answer!;
        Arn alice = Arn.Of(server.Account, "user/alice");
        paged.Select(alert => (alert.Type.Value, alert.Arn)).ShouldBe([("RootAccessKey", Arn.Of(server.Account, "root")), ("AdminAccess", alice), ("ConsoleUserWithoutMFA", alice), ("UserPolicy", alice), ("AdminAccess", Arn.Of(server.Account, "policy/all"))]);
        now.Alerts.Select(alert => alert.AlertId).ShouldBe(paged.Where(alert => alert.Type != AlertType.ConsoleUserWithoutMFA).Select(alert => alert.AlertId));
        (await root.Ask(new ListAlerts(), Client.ReadAt.Revision(first.Revision))).Answer!.Alerts.Select(alert => alert.AlertId).ShouldBe(paged.Select(alert => alert.AlertId));
        (await root.Ask(new ListAlerts(), Client.ReadAt.Revision(1))).Answer!.Alerts.ShouldBeEmpty();

        var form = (await server.Form("ListAlerts", fields: [("Types.member.1", "RootAccessKey"), ("MaxAccessKeyAge", "30")])).Body;
        form.ShouldContain($"<ListAlertsResult><Alerts><member><AlertId>{server.Account}/RootAccessKey/{server.Root.Id}</AlertId><Type>RootAccessKey</Type><Arn>arn:aws:iam::{server.Account}:root</Arn>");
        form.ShouldContain("<Commands><member><OperationName>DeleteAccessKey</OperationName><Parameters>");
        (await server.Form("ListAlerts", fields: [("Types.member.1", "Anything")])).Code.ShouldBe("ValidationError");
        (await server.Post(new ListAlerts(["RootAccessKey"]))).Json["Alerts"]!.AsArray().Count.ShouldBe(1);
        (await server.Post(new ListAlerts(), await server.CreateUser("eve"))).Code.ShouldBe("AccessDenied");

        var iam = IamTool.For(server);
        (await iam.Run("alerts", "--type", "UserPolicy", "RootAccessKey", "--exit-code", "-o", "table")).ShouldSatisfyAllConditions(told => told.Status.ShouldBe(7), told => told.Error.ShouldStartWith("2 at revision "), told => told.Output.Split('\n').Select(line => line.Split(':')[0]).ShouldBe(
            ["RootAccessKey  root", "    See that a user can administer the account, then delete the key, as root.", "    {\"DeleteAccessKey\"", "UserPolicy  user/alice", "    Have it get the same by a group; in this order nothing is lost on the way.", "    {\"CreateGroup\"", "    {\"PutGroupPolicy\"", "    {\"AddUserToGroup\"", "    {\"DeleteUserPolicy\"", ""]));
        (await iam.RunWith((await iam.Run("alerts", "--type", "UserPolicy", "-o", "jsonl")).Output, "send", "-")).Status.ShouldBe(0);
        (await iam.Run("alerts", "--type", "UserPolicy", "--exit-code", "-o", "jsonl")).ShouldSatisfyAllConditions(told => told.Status.ShouldBe(0), told => told.Output.ShouldBeEmpty());
        (await iam.Run("alerts", "--type", "Anything")).Status.ShouldBe(2);
        (await iam.Run("alerts", "--unused", "0")).Status.ShouldBe(2);
    }

    /// <summary>An account that there is everything to alert of, in a while.</summary>
    static async Task Account(ServerFixture server)
    {
        const string everything = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""", sending = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*"}}""";
        foreach (var command in (ICommand[])[new CreateUser("alice"), new CreateLoginProfile("alice", "Correct-Horse-7"), new PutUserPolicy("alice", "admin", everything), new CreateGroup("devs"), new AddUserToGroup("devs", "alice"),
            new CreatePolicy("all", everything), new AttachGroupPolicy("devs", Arn.Of(server.Account, "policy/all")), new CreateGroup("senders"), new PutGroupPolicy("senders", "queues", sending), new AddUserToGroup("senders", "alice")])
            (await server.Post(command)).Code.ShouldBeNull();
    }
}
