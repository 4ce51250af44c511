using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace IamEventSourced.Server.Tests;

/// <summary>The rows say what the directory says: of every revision, however the events came into batches.</summary>
public class IntervalRowsTests(PostgresFixture postgres)
{
    /// <summary>A row, or a fact of the directory: its table and its columns' texts, and since which event.</summary>
    readonly record struct Fact(string Table, string Columns, Stamp Since);

    [Theory, InlineData(1), InlineData(20261124)]
    public async Task At_every_revision_of_a_random_history_the_rows_are_the_directorys_facts(int seed)
    {
        await using var server = await ServerFixture.Start(postgres);
        await Story.Play(server); // has every kind of event in it
        await new RandomCommands(seed, server.Account).Send(server, 300);
        foreach (var command in (ICommand[])[new RecoverRoot("lost"), new CloseAccount()]) (await server.Post(command, server.Operator)).Code.ShouldBeNull();

        var events = await server.Stream();
        AccountEvent.Kinds.Keys.Except(events.Select(recorded => recorded.Event.StoredName())).ShouldBeEmpty("the history is too poor to show anything");
        var rows = await Rows(server);
        var directories = events.Directories(server.Account);
        for (var revision = 1; revision < directories.Length; revision++)
        {
            var held = rows.Where(row => row.Fact.Since.Revision <= revision && !(row.To?.Revision <= revision)).Select(row => row.Fact).ToHashSet();
            var facts = FactsOf(directories[revision], events).ToHashSet();
            held.Except(facts).ShouldBeEmpty($"seed {seed}: rows at revision {revision} that the directory does not know");
            facts.Except(held).ShouldBeEmpty($"seed {seed}: facts of revision {revision} without a row");
        }
        rows.Where(row => row.To is { } to && to != new Stamp(to.Revision, events[(int)to.Revision - 1].At)).ShouldBeEmpty();
        rows.Select(row => (row.Fact.Table, row.Fact.Columns, row.Fact.Since)).ShouldBeUnique();

        (await Comparison.FirstDifference(server.DatabaseOf(), server.Account)).ShouldBeNull();
        var kept = await Everything(server);
        await using var owner = NpgsqlDataSource.Create(server.Database);
        await Comparison.Rebuild(owner, server.Account);
        (await Everything(server)).ShouldBe(kept);
        await server.Query($"truncate {string.Join(", ", IntervalTable.All.Select(table => table.Qualified))}, iam.timeline");
        await Comparison.Rebuild(owner, server.Account);
        (await Everything(server)).ShouldBe(kept);
    }

    [Fact]
    public async Task Many_changes_of_one_fact_in_one_batch_are_each_an_interval()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        foreach (var command in (ICommand[])[new CreateUser("ann"), new CreateUser("bo"), new CreateGroup("devs"), new AddUserToGroup("devs", "bo"), new CreatePolicy("read", RandomCommands.Documents[0])])
            (await root.Send(command)).Refusal.ShouldBeNull();
        Arn read = $"arn:aws:iam::{server.Account}:policy/read";
        ICommand add = new AddUserToGroup("devs", "ann"), remove = new RemoveUserFromGroup("devs", "ann"), addBo = new AddUserToGroup("devs", "bo"), removeBo = new RemoveUserFromGroup("devs", "bo");

        await InOneBatch(server, add, remove, add, remove, add);
        await InOneBatch(server, remove, add, remove);
        await InOneBatch(server, removeBo, addBo, removeBo, addBo, removeBo);
        await InOneBatch(server, addBo, add);
        await InOneBatch(server, new UpdateUser("ann", "/a/"), new UpdateUser("ann", null, "anna"), new UpdateUser("anna", "/b/", "ann"), new UpdateUser("bo", null, "boris"), new UpdateUser("ann", null, "bo"));
        await InOneBatch(server, new CreateUser("cyd"), new PutUserPolicy("cyd", "note", RandomCommands.Documents[0]), new PutUserPolicy("cyd", "NOTE", RandomCommands.Documents[0] + " "), new DeleteUserPolicy("cyd", "note"),
            new AttachUserPolicy("cyd", read), new DetachUserPolicy("cyd", read), new AttachUserPolicy("cyd", read), new DetachUserPolicy("cyd", read), new DeleteUser("cyd"), new CreateUser("cyd"));
        await InOneBatch(server, new CreatePolicyVersion(read, RandomCommands.Documents[1], true), new SetDefaultPolicyVersion(read, "v1"), new SetDefaultPolicyVersion(read, "v2"), new CreatePolicyVersion(read, RandomCommands.Documents[3], true));
        await InOneBatch(server, new CreateGroup("ops"), new DeleteGroup("ops"), new CreateGroup("OPS"), new PutGroupPolicy("ops", "x", RandomCommands.Documents[0]), new DeleteGroupPolicy("ops", "x"), new PutGroupPolicy("ops", "X", RandomCommands.Documents[0]));

        var events = await server.Stream();
        var directories = events.Directories(server.Account);
        var rows = await Rows(server);
        for (var revision = 1; revision < directories.Length; revision++)
            rows.Where(row => row.Fact.Since.Revision <= revision && !(row.To?.Revision <= revision)).Select(row => row.Fact).ShouldBe(FactsOf(directories[revision], events), ignoreOrder: true, $"revision {revision}");
        (await Comparison.FirstDifference(server.DatabaseOf(), server.Account)).ShouldBeNull();
    }

    /// <summary>Holds the account's writer back until all of them wait, and sees that they became one transaction.</summary>
    static async Task InOneBatch(ServerFixture server, params ICommand[] commands)
    {
        var dispatcher = server.Node(0).GetRequiredService<Dispatcher>();
        Task<Reply> first;
        List<Task<Reply>> replies = [];
        await using (var database = NpgsqlDataSource.Create(server.Database))
        await using (var connection = await database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using (var hold = new NpgsqlCommand($"select 1 from iam.mt_streams where id = '{server.Account}' for update", connection)) await hold.ExecuteScalarAsync();
            first = Send(new PutUserPolicy("bo", "busy", RandomCommands.Documents[Random.Shared.Next(2)] + new string(' ', Random.Shared.Next(9999))));
            await using var waits = new NpgsqlCommand("select count(*) from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))", connection);
            for (var tries = 0; (long)(await waits.ExecuteScalarAsync())! is 0; tries++) tries.ShouldBeLessThan(20_000, "the first command does not wait for the row");
            foreach (var command in commands) replies.Add(Send(command));
        }
        (await first).Refusal.ShouldBeNull();
        var done = await Task.WhenAll(replies);
        done.ShouldAllBe(reply => reply.Refusal == null);
        var transactions = await server.Query($"select count(distinct xmin::text) from iam.mt_events where tenant_id = '{server.Account}' and version between {done[0].Revision} and {done[^1].Revision}");
        transactions.Single()[0].ShouldBe(1L);

        Task<Reply> Send(ICommand command) => dispatcher.Dispatch(new(server.Account, command, new RootCaller(server.Account, server.Root.Id), Guid.NewGuid().ToString()), default);
    }

    [Fact]
    public async Task A_planted_wrong_row_is_named()
    {
        await using var server = await ServerFixture.Start(postgres);
        await new RandomCommands(7, server.Account).Send(server, 60);
        await Story.Play(server);
        await using var owner = NpgsqlDataSource.Create(server.Database);
        var turn = 0;
        foreach (var table in IntervalTable.All)
        {
            // The owner's hand; each time another way of being wrong, mended by what was kept.
            await Execute($"create table kept as table {table.Qualified}");
            List<string> ways =
            [
                $"update {table.Qualified} set from_at = from_at + interval '1 microsecond' where ctid = (select min(ctid) from {table.Qualified})",
                $"insert into {table.Qualified} ({string.Join(", ", table.Columns)}, account, from_revision, from_at) select {string.Join(", ", table.Columns.Select(column => $"'{column}-x'"))}, '{server.Account}', 5, now()",
                $"update {table.Qualified} set to_revision = 1000000, to_at = now() where ctid = (select max(ctid) from {table.Qualified} where to_revision is null)",
                $"update {table.Qualified} set to_revision = to_revision + 1 where ctid = (select max(ctid) from {table.Qualified} where to_revision is not null)",
                .. table.Values.Select(column => $"update {table.Qualified} set {column} = coalesce({column}, '') || 'x' where ctid = (select max(ctid) from {table.Qualified})"),
            ];
            // A lost row in each table, and of each another way; all of each with IAM_LONG=1.
            foreach (var sql in (string[])[LastOf(table), .. Environment.GetEnvironmentVariable("IAM_LONG") is "1" ? ways : [ways[turn++ % ways.Count]]])
            {
                await Named(table.Name, sql, orNone: sql.Contains("to_revision is", StringComparison.Ordinal));
                await Execute($"delete from {table.Qualified}; insert into {table.Qualified} table kept");
            }
            await Execute("drop table kept");
        }
        await Named("timeline", "delete from iam.timeline where ctid = (select max(ctid) from iam.timeline)");
        // Rows made anew mend all at once.
        foreach (var table in IntervalTable.All) (await Execute(LastOf(table))).ShouldBe(1, table.Name);
        await Comparison.Rebuild(owner, server.Account);
        await Named("timeline", "update iam.timeline set at = at + interval '1 microsecond' where revision = 7");
        await Comparison.Rebuild(owner, server.Account);
        (await Comparison.FirstDifference(server.DatabaseOf(), server.Account)).ShouldBeNull();

        static string LastOf(IntervalTable table) => $"delete from {table.Qualified} where ctid = (select max(ctid) from {table.Qualified})";

        async Task<int> Execute(string sql)
        {
            await using var command = owner.CreateCommand(sql);
            return await command.ExecuteNonQueryAsync();
        }

        async Task Named(string table, string sql, bool orNone = false)
        {
            var changed = await Execute(sql);
            if (orNone && changed is 0) return;
            changed.ShouldBeGreaterThan(0, sql);
            (await Comparison.FirstDifference(server.DatabaseOf(), server.Account)).ShouldNotBeNull(sql).ShouldStartWith($"{table}: ");
        }
    }

    [Fact]
    public async Task Rows_are_made_anew_beside_commands_that_go_on()
    {
        await using var server = await ServerFixture.Start(postgres);
        await new RandomCommands(11, server.Account).Send(server, 100);
        await using var owner = NpgsqlDataSource.Create(server.Database);
        var rebuilt = 0;
        var done = false;
        var commands = Enumerable.Range(0, 4).Select(async number =>
        {
            for (var i = 0; !Volatile.Read(ref done); i++) (await server.Client().Send(i % 2 is 0 ? new CreateGroup($"g{number}-{i / 2}") : new DeleteGroup($"g{number}-{i / 2}"))).Refusal.ShouldBeNull();
        }).ToList();
        for (; rebuilt < 5; rebuilt++)
        {
            await server.Query("update iam.groups set path = '/wrong/' where ctid in (select ctid from iam.groups where to_revision is not null limit 3)");
            await server.Query("delete from iam.timeline where revision % 7 = 3");
            await Comparison.Rebuild(owner, server.Account);
            (await Comparison.FirstDifference(owner, server.Account)).ShouldBeNull();
        }
        Volatile.Write(ref done, true);
        await Task.WhenAll(commands);
        (await Comparison.FirstDifference(owner, server.Account)).ShouldBeNull();
    }

    [Fact]
    public async Task Which_account_has_an_alias_is_compared_and_put_right_too()
    {
        await using var server = await ServerFixture.Start(postgres);
        (await server.Client().Send(new CreateAccountAlias("initech"))).Refusal.ShouldBeNull();
        await using var owner = NpgsqlDataSource.Create(server.Database);
        foreach (var harm in (string[])["delete from iam.account_aliases", "update iam.account_aliases set alias = 'another'"])
        {
            (await Comparison.FirstDifference(owner, server.Account)).ShouldBeNull();
            await owner.CreateCommand(harm).ExecuteNonQueryAsync();
            (await Comparison.FirstDifference(owner, server.Account)).ShouldNotBeNull(harm).ShouldStartWith("account_aliases: ");
            await Comparison.Rebuild(owner, server.Account);
        }
        (await server.Client().Send(new DeleteAccountAlias("initech"))).Refusal.ShouldBeNull();
        await owner.CreateCommand($"insert into iam.account_aliases (alias, account) values ('initech', '{server.Account}')").ExecuteNonQueryAsync();
        (await Comparison.FirstDifference(owner, server.Account)).ShouldNotBeNull().ShouldStartWith("account_aliases: ");
        await Comparison.Rebuild(owner, server.Account);
        (await server.Query("select 1 from iam.account_aliases")).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_verbs_compare_all_accounts_and_say_what_an_empty_database_lacks()
    {
        await using var server = await ServerFixture.Start(postgres);
        await server.CreateAccount("210987654321");
        string[] database = [$"--ConnectionStrings:iamowner={server.Database}"];
        (await Verbs.Run(["compare", "--all", .. database])).ShouldBe(0);
        await server.Query("update iam.accounts set from_at = from_at + interval '1 second' where account = '210987654321'");
        (await Verbs.Run(["compare", "--all", .. database])).ShouldBe(1);
        (await Verbs.Run(["compare", server.Account.Value, .. database])).ShouldBe(0);
        (await Verbs.Run(["rebuild", "210987654321", .. database])).ShouldBe(0);
        (await Verbs.Run(["compare", "--all", .. database])).ShouldBe(0);
        (await Verbs.Run(["retain", "--Days=30", .. database])).ShouldBe(0);
        (await Verbs.Run(["retain", "--Days=none", .. database])).ShouldBe(1);

        var empty = $"--ConnectionStrings:iamowner={await postgres.NewDatabase()}";
        foreach (var verb in (string[][])[["compare", "--all"], ["compare", server.Account.Value], ["rebuild", server.Account.Value], ["retain"], ["erase", server.Account.Value, "--all"]]) (await Verbs.Run([.. verb, empty])).ShouldBe(1);
        (await Should.ThrowAsync<InvalidOperationException>(() => Verbs.Migrated([empty]))).Message.ShouldContain("has not been migrated");
    }

    static async Task<List<(Fact Fact, Stamp? To)>> Rows(ServerFixture server)
    {
        List<(Fact, Stamp?)> all = [];
        foreach (var table in IntervalTable.All)
            foreach (var row in await server.Query($"select from_revision, from_at, to_revision, to_at, {string.Join(", ", table.Columns)} from {table.Qualified} where account = '{server.Account}'"))
                all.Add((new(table.Name, Columns(row.Skip(4).Select(value => (string?)value)), new((long)row[0]!, At(row[1]))), row[2] is long to ? new Stamp(to, At(row[3])) : null));
        return all;

        static DateTimeOffset At(object? value) => new((DateTime)value!, TimeSpan.Zero);
    }

    static Task<List<string>> Everything(ServerFixture server) => Task.WhenAll(IntervalTable.All.Select(table => table.Qualified).Append("iam.timeline").Select(async table =>
        string.Join('\n', (await server.Query($"select to_jsonb(t)::text from {table} t order by 1")).Select(row => $"{table} {row[0]}")))).ContinueWith(tables => tables.Result.ToList(), TaskScheduler.Default);

    static string Columns(IEnumerable<string?> values) => string.Join('|', values.Select(value => value is null ? "null" : $"'{value}'"));

    /// <summary>What the directory holds, with the events that put it there, in the rows' columns.</summary>
    static IEnumerable<Fact> FactsOf(Directory directory, List<RecordedEvent> events)
    {
        if (directory.Closed is null) yield return Of("accounts", directory.Renamed ?? directory.Created, directory.Account.Value, directory.Name?.Value);
        if (directory.Alias is var (alias, given)) yield return Of("aliases", given, directory.Account.Value, alias.Value);
        if (directory.PrimaryEmailSet is { } addressed) yield return Of("primary_emails", addressed, directory.Account.Value);
        foreach (var (quota, set) in directory.QuotasSet) yield return Of("quotas", set, quota.Value, $"{directory.Quotas[quota]}");
        if (directory.PasswordPolicy is { } passwords)
            yield return Of("password_policies", passwords.Since, directory.Account.Value, $"{passwords.MinimumPasswordLength}", Said(passwords.RequireSymbols), Said(passwords.RequireNumbers), Said(passwords.RequireUppercaseCharacters), Said(passwords.RequireLowercaseCharacters),
                Said(passwords.AllowUsersToChangePassword), $"{passwords.MaxPasswordAge}", $"{passwords.PasswordReusePrevention}", Said(passwords.HardExpiry));
        if (directory.Adoptions is [.., var (catalogue, adopted)]) yield return Of("adopted_catalogues", adopted, directory.Account.Value, catalogue.Digest.Value);
        foreach (var (principal, login) in directory.Users.After(null).Select(user => (user.Id.Value, user.LoginProfile)).Append((directory.Account.Value, directory.RootLoginProfile)))
        {
            if (login is null) continue;
            yield return Of("login_profiles", login.Created, principal);
            yield return Of("passwords", login.PasswordSince, principal, login.PasswordId.Value);
            if (login.PasswordResetRequired is { } required) yield return Of("password_resets", required, principal);
        }
        foreach (var key in directory.RootKeys) yield return Of("access_keys", key.Value.Created, key.Key.Value, null);
        foreach (var key in directory.RootKeys.Concat(directory.Users.After(null).SelectMany(user => user.AccessKeys))) yield return Of("access_key_statuses", key.Value.StatusSince, key.Key.Value, key.Value.Status.Value);
        foreach (var user in directory.Users.After(null))
        {
            foreach (var key in user.AccessKeys) yield return Of("access_keys", key.Value.Created, key.Key.Value, user.Id.Value);
            foreach (var (id, key) in user.SSHPublicKeys)
            {
                yield return Of("ssh_public_keys", key.Uploaded, id.Value, user.Id.Value, SSHKey.Of(key.Body).Fingerprint.Value, key.Body.Value);
                yield return Of("ssh_public_key_statuses", key.StatusSince, id.Value, key.Status.Value);
            }
            foreach (var (group, since) in user.Groups) yield return Of("memberships", since, group.Value, user.Id.Value);
            foreach (var fact in Policies(user.Id.Value, user.Policies, user.Attached)) yield return fact;
            foreach (var (_, tag) in user.Tags) yield return Of("tags", tag.Since, user.Id.Value, tag.Key.Value.ToUpperInvariant(), tag.Key.Value, tag.Value.Value);
            if (user.Boundary is var (bound, put)) yield return Of("boundaries", put, user.Id.Value, bound.Value);
            yield return Of("users", NamedSince(user.Id), user.Id.Value, user.Name.Value, user.Path.Value);
        }
        foreach (var group in directory.Groups.After(null))
        {
            foreach (var fact in Policies(group.Id.Value, group.Policies, group.Attached)) yield return fact;
            yield return Of("groups", NamedSince(group.Id), group.Id.Value, group.Name.Value, group.Path.Value);
        }
        foreach (var policy in directory.Policies.After(null))
        {
            yield return Of("policies", policy.Created, policy.Id.Value, policy.Name.Value, policy.Path.Value, policy.Description?.Value);
            yield return Of("default_versions", policy.DefaultSince, policy.Id.Value, policy.DefaultVersionId.Value);
            foreach (var (_, tag) in policy.Tags) yield return Of("tags", tag.Since, policy.Id.Value, tag.Key.Value.ToUpperInvariant(), tag.Key.Value, tag.Value.Value);
            foreach (var version in policy.Versions) yield return Of("policy_versions", version.Value.Created, policy.Id.Value, version.Key.Value, version.Value.Text.Value);
        }

        foreach (var device in directory.MFADevices.After(null))
        {
            yield return Of("mfa_devices", device.Created, device.Id.Value, device.Name.Value, device.Path.Value);
            if (device.Assigned is { } assigned) yield return Of("mfa_assignments", assigned.Enabled, device.Id.Value, assigned.UserId?.Value);
            foreach (var (_, tag) in device.Tags) yield return Of("tags", tag.Since, device.Id.Value, tag.Key.Value.ToUpperInvariant(), tag.Key.Value, tag.Value.Value);
        }
        foreach (var certificate in directory.ServerCertificates.After(null))
        {
            yield return Of("server_certificates", NamedSince(certificate.Id), certificate.Id.Value, certificate.Name.Value, certificate.Path.Value);
            yield return Of("server_certificate_bodies", certificate.Uploaded, certificate.Id.Value, certificate.Body.Value, certificate.Chain?.Value);
            foreach (var (_, tag) in certificate.Tags) yield return Of("tags", tag.Since, certificate.Id.Value, tag.Key.Value.ToUpperInvariant(), tag.Key.Value, tag.Value.Value);
        }

        // The directory does not keep when a user, a group or a server certificate got its name.
        Stamp NamedSince(IEntityId entity) => events.Take((int)directory.Revision).Last(recorded => recorded.Event is UserCreated or UserRenamed or GroupCreated or GroupRenamed or ServerCertificateUploaded or ServerCertificateRenamed && recorded.Event.Entities().Contains(entity.Value)) is var last ? new(last.Revision, last.At) : default;
        static Fact Of(string table, Stamp since, params string?[] columns) => new(table, Columns(columns), since);
        static string Said(bool value) => value ? "true" : "false";
        static IEnumerable<Fact> Policies(string owner, Table<PolicyName, InlinePolicy> inline, Table<PolicyId, Stamp> attached)
        {
            foreach (var policy in inline) yield return Of("inline_policies", policy.Value.Since, owner, policy.Value.Name.Value.ToUpperInvariant(), policy.Value.Name.Value, policy.Value.Text.Value);
            foreach (var (policy, since) in attached) yield return Of("attachments", since, owner, policy.Value);
        }
    }
}
