using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace IamEventSourced.Server.Tests;

/// <summary>What the server's role may do to the record, and that it needs no more.</summary>
public class RightsTests(PostgresFixture postgres)
{
    [Fact]
    public async Task The_servers_role_can_add_to_the_record_and_change_nothing_of_it()
    {
        await using var server = await ServerFixture.Start(postgres);
        await server.CreateUser("alice");
        await using var restricted = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server.Database) { Options = $"-c role={Schema.ServerRole}" }.ConnectionString);

        string[] refused =
        [
            "update iam.mt_events set data = data", "update iam.mt_events set is_archived = true", "update iam.mt_events set timestamp = now()", "delete from iam.mt_events", "truncate iam.mt_events", "truncate iam.mt_streams cascade",
            "delete from iam.mt_streams", "update iam.mt_streams set is_archived = true", "update iam.mt_streams set id = '1'",
            "update iam.commands set revision = 1", "delete from iam.commands", "update iam.timeline set revision = 1", "delete from iam.timeline", "update iam.refused_attempts set code = ''", "delete from iam.refused_attempts", "update iam.decisions set decision = 'allowed'", "delete from iam.decisions", "truncate iam.decisions", "update iam.decision_gaps set decisions = 0", "delete from iam.decision_gaps",
            "update iam.catalogues set content = ''", "delete from iam.catalogues", "update iam.data_keys set wrapped = ''", "delete from iam.data_keys", "update iam.account_aliases set account = ''", "truncate iam.account_aliases", "insert into iam.subscribers select * from iam.subscribers", "update iam.subscribers set queue = ''", "delete from iam.subscribers", "update iam.alerts set alert = '{}'", "update iam.alerts set began_revision = 1", "delete from iam.alerts", "update iam.checkpoints set mac = ''", "update iam.checkpoint_chunks set content = ''", "update iam.secrets set sealed = ''",
            "create table iam.mine (id int)", "alter table iam.mt_events add column mine int", "alter table iam.mt_events disable trigger all", "drop table iam.timeline", "create index on iam.mt_events (type)", "create schema mine",
            "create function iam.mine() returns int language sql as 'select 1'", "create role mine", "alter role iam_server superuser",
            .. IntervalTable.All.SelectMany(table => (string[])
            [
                $"delete from {table.Qualified}", $"truncate {table.Qualified}", $"update {table.Qualified} set from_revision = 1", $"update {table.Qualified} set from_at = now()", $"update {table.Qualified} set account = ''",
                .. table.Columns.Select(column => $"update {table.Qualified} set {column} = ''"),
            ]),
        ];
        List<string> allowed = [];
        foreach (var sql in refused)
            if (await StateOf(restricted, sql) is not PostgresErrorCodes.InsufficientPrivilege and var state) allowed.Add($"{sql}: {state ?? "done"}");
        allowed.ShouldBeEmpty();

        // Marten's own ways to change events go the same way.
        var functions = (await server.Query("select p.oid::regprocedure::text, p.prosecdef from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'iam'")).ToList();
        functions.ShouldNotBeEmpty();
        functions.ShouldAllBe(function => !(bool)function[1]!); // none works with its owner's rights

        string[] needed =
        [
            "insert into iam.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id) select seq_id + 1000, gen_random_uuid(), stream_id, version + 1000, data, type, timestamp, tenant_id from iam.mt_events",
            "update iam.mt_streams set version = version + 1", "insert into iam.commands select account, command_id || 'x', caller, request, revision, answer, at from iam.commands",
            "insert into iam.refused_attempts (account, at, operation, code, message) values ('', now(), '', '', '')", "insert into iam.decision_gaps values ('', now(), now(), 1)", "update iam.users set to_revision = 99, to_at = now()", "delete from iam.secrets", "delete from iam.checkpoints",
        ];
        foreach (var sql in needed) (await StateOf(restricted, sql)).ShouldBeNull(sql);
    }

    /// <summary>What PostgreSQL says to it in a transaction that is then rolled back; null: done.</summary>
    static async Task<string?> StateOf(NpgsqlDataSource database, string sql)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        try
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            await command.ExecuteNonQueryAsync();
            return null;
        }
        catch (PostgresException refusal)
        {
            return refusal.SqlState;
        }
    }

    [Fact]
    public async Task Everything_works_for_a_server_that_logs_in_as_that_role()
    {
        await using var server = await ServerFixture.Start(postgres);
        (await server.DatabaseOf().CreateCommand("select current_user::text").ExecuteScalarAsync()).ShouldBe(Schema.ServerRole); // whoever logs in

        var login = new NpgsqlConnectionStringBuilder(server.Database) { Username = Schema.ServerRole };
        if (postgres.RolesNeedPassword)
        {
            await server.Query($"alter role {Schema.ServerRole} password 'of-this-test'");
            login.Password = "of-this-test";
        }
        var url = await server.StartNode(database: login.ConnectionString);
        (await server.DatabaseOf(1).CreateCommand("select session_user::text").ExecuteScalarAsync()).ShouldBe(Schema.ServerRole);
        var sent = await Story.Play(server, url);
        sent.Count.ShouldBeGreaterThan(20);
        foreach (var query in (IOperation[])[new ListUsers(MaxItems: 1), new ListGroups(), new GetUser(Story.Second), new GetEntityHistory(server.Account.Value), new Authorize("s3:GetObject")])
            foreach (var at in (string[])["newest", $"at={sent[8].After}"])
                (await server.Post(query, at: at, url: url)).Status.ShouldBe(200, $"{query} {at}");
    }

    [Fact]
    public async Task Two_databases_of_one_cluster_may_be_migrated_at_the_same_moment()
    {
        Assert.SkipWhen(postgres.RolesNeedPassword, "takes a cluster without the role, and there is but the container's");
        var home = System.IO.Directory.CreateTempSubdirectory("iam-rights-").FullName;
        await using (var cluster = await PrivatePostgres.StartAsync(home, new Dictionary<string, string>()))
        {
            await using var database = NpgsqlDataSource.Create(cluster.ConnectionString);
            await database.CreateCommand("create database second").ExecuteNonQueryAsync();
            var second = new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Database = "second" }.ConnectionString;

            // What the other is about to do: the role is made, but not yet committed.
            await using var other = await database.OpenConnectionAsync();
            await using var transaction = await other.BeginTransactionAsync();
            await using (var make = new NpgsqlCommand($"create role {Schema.ServerRole} login; grant {Schema.ServerRole} to current_user", other)) await make.ExecuteNonQueryAsync();
            var migrating = Schema.Migrate(second);
            await using var waits = new NpgsqlCommand("select count(*) from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))", other);
            while ((long)(await waits.ExecuteScalarAsync())! is 0) migrating.IsCompleted.ShouldBeFalse(migrating.Exception?.ToString());
            await transaction.CommitAsync();
            await migrating;

            await Task.WhenAll(Schema.Migrate(cluster.ConnectionString), Schema.Migrate(second)); // and again, as often as one likes
            NpgsqlConnection.ClearAllPools();
        }
        await PrivatePostgres.DeleteAsync(home);
        System.IO.Directory.Delete(home, recursive: true);
    }
}
