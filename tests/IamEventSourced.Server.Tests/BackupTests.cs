using System.Diagnostics;
using System.Globalization;
using IamEventSourced.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace IamEventSourced.Server.Tests;

using Directory = System.IO.Directory; // not the account's

/// <summary>The drill that README describes, by the script that it names: a machine is lost, and its database comes back from a base backup and the log, as it was last and as it was before.</summary>
public sealed class BackupTests : IAsyncLifetime
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    static readonly string Script = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "deploy", "backup.sh"));

    readonly string? _owner = Environment.IsPrivilegedProcess ? "postgres" : null; // PostgreSQL refuses to run as root
    string _programs = "", _work = "";

    string Archive => Path.Combine(_work, "archive");
    string Key => Path.Combine(_work, "ledger");
    string Heads(string folder, ServerFixture server) => Path.Combine(_work, folder, $"{server.Account}.heads");

    public async ValueTask InitializeAsync()
    {
        var found = await PostgresBinaries.FindAsync();
        if (found.Count is 0) Assert.Skip("no PostgreSQL server programs on this machine");
        // Of the programs' folders not all hold those for clients.
        string[] needed = ["pg_basebackup", "pg_receivewal", "pg_verifybackup", "psql"];
        if (found.FirstOrDefault(one => one.Version == found[0].Version && needed.All(program => File.Exists(Path.Combine(one.Folder, program)))) is not { } whole)
        {
            Assert.Skip($"no {string.Join(", ", needed)} of version {found[0].Version} on this machine");
            return;
        }
        _programs = whole.Folder;
        var made = await Tool.RunAsync("mktemp", ["-d", "/var/tmp/iam-backup-XXXXXX"], _owner);
        made.Succeeded.ShouldBeTrue(made.LastWords);
        _work = made.Output.Trim();
    }

    public ValueTask DisposeAsync()
    {
        if (_work.Length > 0) Directory.Delete(_work, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task What_was_answered_comes_back_whole_and_an_earlier_revision_as_it_was_of_which_nothing_is_signed_until_the_operator_puts_the_heads_aside()
    {
        LedgerKeyFile.CreateIfNone(Key);
        var cluster = await PrivatePostgres.StartAsync(Path.Combine(_work, "first"));
        await using var server = await ServerFixture.Start(cluster.ConnectionString, node => Signing(node, "heads"));
        using var archiving = Start(cluster, "archive", Archive);
        await Until.True(async () => await Scalar(cluster, "select count(*) from pg_stat_replication where application_name = 'iam_archive'") is 1L, Patience, "the log is not received");
        await Scalar(cluster, "alter system set synchronous_standby_names = 'iam_archive'");
        await Scalar(cluster, "select pg_reload_conf()");
        await Until.True(async () => await Scalar(cluster, "select count(*) from pg_stat_replication where sync_state = 'sync'") is 1L, Patience, "the log is not waited for");

        List<(CommandId Id, CreateUser Command, long Revision)> answered = [];
        for (var i = 0; i < 3; i++) await Create(i);
        (await Run(cluster, "base", Archive)).ShouldStartWith(Path.Combine(Archive, "base-"));
        for (var i = 3; i < 9; i++) await Create(i);
        var (earlier, newest) = (answered[4].Revision, answered[^1].Revision);
        await Until.True(async () => (await server.Client().Ask(new GetTreeHead())).Answer?.Size == newest, Patience, "no head is signed");

        // The database's machine is gone.
        await server.StopNode(0);
        using (var postmaster = Process.GetProcessById(int.Parse((await File.ReadAllLinesAsync(Path.Combine(cluster.ClusterFolder, "data", "postmaster.pid")))[0], CultureInfo.InvariantCulture))) postmaster.Kill();
        archiving.Kill();
        await Lost(cluster, "first");

        // As it was last.
        var restored = await Restore("newest");
        var iam = IamTool.For(server, url: await server.StartNode(node => Signing(node, "heads"), restored.ConnectionString));
        foreach (var (id, command, revision) in answered) (await server.Client(url: iam.Url).Send(command, id)).Revision.ShouldBe(revision, id.Value);
        (await Verify(iam, "newest.jsonl", Heads("heads", server))).ShouldBe((0, $"r 1–{newest} of account {server.Account} are as they were signed, by "));
        var transaction = (await Run(restored, "transaction", server.Account.Value, earlier.ToString(CultureInfo.InvariantCulture))).Trim();
        await server.StopNode(1);
        await Lost(restored, "newest");

        // As it was earlier: every head since tells, and the node with them signs nothing.
        restored = await Restore("earlier", "xid", transaction);
        iam = IamTool.For(server, url: await server.StartNode(node => Signing(node, "heads"), restored.ConnectionString));
        (await Verify(iam, "earlier.jsonl", Heads("heads", server))).ShouldBe((7, $"CutOff         r {earlier + 1}–{newest} are not there any more: cut off, or rolled back\n"));
        await Until.True(() => Task.FromResult(server.Node(2).GetRequiredService<TreeHeads>().Refused.ContainsKey(server.Account)), Patience, "it is signed");
        var ahead = await server.Client(url: iam.Url).Ask(new ListUsers(), ReadAt.AtLeast(newest));
        (ahead.Refusal!.Status, ahead.Refusal.Message).ShouldBe((503, $"This node has revision {earlier}, not yet {newest}."));
        await server.StopNode(2);

        // The operator has decided: the heads of what is void go aside, and the ledger goes on from there.
        Directory.Move(Path.Combine(_work, "heads"), Path.Combine(_work, "void"));
        iam = IamTool.For(server, url: await server.StartNode(node => Signing(node, "heads"), restored.ConnectionString));
        (await server.Client(url: iam.Url).Send(new CreateUser("again"))).Revision.ShouldBe(earlier + 1);
        await Until.True(async () => (await server.Client(url: iam.Url).Ask(new GetTreeHead())).Answer?.Size == earlier + 1, Patience, "nothing is signed");
        (await Verify(iam, "again.jsonl", Heads("heads", server))).ShouldBe((0, $"r 1–{earlier + 1} of account {server.Account} are as they were signed, by "));
        (await Verify(iam, "again.jsonl", Heads("void", server))).Status.ShouldBe(7);
        await server.StopNode(3);
        await Lost(restored, "earlier");

        async Task Create(int number)
        {
            var (id, command) = (new CommandId($"drill-{number}"), new CreateUser($"u{number}"));
            var reply = await server.Client().Send(command, id);
            reply.Refusal.ShouldBeNull();
            answered.Add((id, command, reply.Revision));
        }
    }

    void Signing(WebApplicationBuilder node, string heads) => (node.Configuration["Iam:LedgerKeyFile"], node.Configuration["Iam:HeadsFolder"]) = (Key, Path.Combine(_work, heads));

    /// <summary>An export of the account, and what the verifier says of it; of a good one, all but how many heads there are.</summary>
    async Task<(int Status, string Said)> Verify(IamTool iam, string export, string heads)
    {
        var file = Path.Combine(_work, export);
        (await iam.Run("export", "-f", file)).Status.ShouldBe(0);
        var (status, output, _) = await iam.Run("verify", file, "--heads", heads, "--key", Key + ".pub", "-o", "table");
        return (status, status is 0 ? output[..(output.LastIndexOf(" by ", StringComparison.Ordinal) + 4)] : output);
    }

    /// <summary>A new cluster from the archive, once it is open for writing.</summary>
    async Task<PrivatePostgres> Restore(string home, params string[] until)
    {
        var folder = Path.Combine(_work, home, "postgres");
        (await Tool.RunAsync("mkdir", ["-p", folder], _owner)).Succeeded.ShouldBeTrue();
        await Run(null, ["restore", Directory.GetDirectories(Archive, "base-*").Single(), Path.Combine(folder, "data"), .. until]);
        var restored = await PrivatePostgres.StartAsync(Path.Combine(_work, home));
        await Until.True(async () => await Scalar(restored, "select pg_is_in_recovery()") is false, Patience, "it is not restored");
        return restored;
    }

    async Task Lost(PrivatePostgres cluster, string home)
    {
        NpgsqlConnection.ClearPool(new(cluster.ConnectionString));
        await cluster.DisposeAsync();
        await PrivatePostgres.DeleteAsync(Path.Combine(_work, home));
    }

    async Task<string> Run(PrivatePostgres? cluster, params string[] arguments)
    {
        var result = await Tool.RunAsync("/bin/sh", ["-s", .. arguments], _owner, Script, Surroundings(cluster), TestContext.Current.CancellationToken);
        result.Succeeded.ShouldBeTrue(result.LastWords);
        return result.Output;
    }

    Process Start(PrivatePostgres cluster, params string[] arguments)
    {
        var started = Tool.Start("/bin/sh", ["-s", .. arguments], _owner, Surroundings(cluster));
        started.StandardInput.Write(Script);
        started.StandardInput.Close();
        return started;
    }

    Dictionary<string, string> Surroundings(PrivatePostgres? cluster)
    {
        var environment = new Dictionary<string, string> { ["PATH"] = $"{_programs}:{Environment.GetEnvironmentVariable("PATH")}" };
        if (cluster is not null) (environment["PGHOST"], environment["PGUSER"], environment["PGDATABASE"]) = (new NpgsqlConnectionStringBuilder(cluster.ConnectionString).Host!, "iam", "postgres");
        return environment;
    }

    static async Task<object?> Scalar(PrivatePostgres cluster, string sql)
    {
        await using var connection = new NpgsqlConnection(cluster.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
