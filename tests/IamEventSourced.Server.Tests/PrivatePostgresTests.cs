using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Npgsql;

namespace IamEventSourced.Server.Tests;

using Directory = System.IO.Directory; // not the account's

/// <summary>Each starts clusters of its own. Skipped where there are no server programs: Docker serves then, and this class nobody.</summary>
public sealed class PrivatePostgresTests : IAsyncLifetime
{
    const string HolderVariable = "IAM_TESTS_HOLD_CLUSTER";
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly List<string> homes = [];

    static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if ((await PostgresBinaries.FindAsync()).Count == 0) Assert.Skip("no PostgreSQL server programs on this machine");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var home in homes)
        {
            await PrivatePostgres.DeleteAsync(home);
            Directory.Delete(home, recursive: true);
        }
    }

    [Fact]
    public async Task Starts_and_answers_to_every_role()
    {
        await using var cluster = await PrivatePostgres.StartAsync(NewHome(), cancellation: Cancelled);

        (await Ask(cluster, "select current_user || ' ' || current_setting('fsync') || ' [' || current_setting('listen_addresses') || ']'")).ShouldBe("iam on []");
        await Ask(cluster, "create role somebody login");
        var other = new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Username = "somebody" };
        (await Ask(other.ConnectionString, "select current_user::text")).ShouldBe("somebody");
        cluster.Version.ShouldMatch(@"^[0-9]+\.[0-9]+");
    }

    [Fact]
    public async Task A_setting_given_is_in_force()
    {
        await using var cluster = await PrivatePostgres.StartAsync(NewHome(), new Dictionary<string, string> { ["max_connections"] = "37", ["cluster_name"] = @"it's \ here" }, Cancelled);

        (await Ask(cluster, "select current_setting('max_connections')")).ShouldBe("37");
        (await Ask(cluster, "select current_setting('cluster_name')")).ShouldBe(@"it's \ here");
    }

    [Fact]
    public async Task A_second_start_on_the_same_home_is_refused_and_names_the_first()
    {
        var home = NewHome();
        await using var first = await PrivatePostgres.StartAsync(home, cancellation: Cancelled);

        var refused = await Should.ThrowAsync<PostgresUnavailableException>(() => PrivatePostgres.StartAsync(home, cancellation: Cancelled));

        refused.Message.ShouldContain(home);
        refused.Message.ShouldContain($"in use by this same process ({Environment.ProcessId})");
        (await Ask(first, "select 'alive'")).ShouldBe("alive");
    }

    [Fact]
    public async Task Data_are_kept_over_a_restart()
    {
        var home = NewHome();
        await using (var cluster = await PrivatePostgres.StartAsync(home, cancellation: Cancelled)) await Ask(cluster, "create table kept as select 42 as x");

        File.Exists(Path.Combine(home, "postgres/data/postmaster.pid")).ShouldBeFalse();
        await using var again = await PrivatePostgres.StartAsync(home, cancellation: Cancelled);
        (await Ask(again, "select x::text from kept")).ShouldBe("42");
    }

    [Theory]
    [InlineData("a home/with spaces")]
    [InlineData("it's, \u00e9;x=1")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789/0123456789012345678901234567890123456789012345678901234567890123456789")]
    public async Task Any_ordinary_path_will_do(string below)
    {
        var home = Path.Combine(NewHome(), below);
        try
        {
            await using var cluster = await PrivatePostgres.StartAsync(home, cancellation: Cancelled);
            (await Ask(cluster, "select 'alive'")).ShouldBe("alive");
        }
        finally
        {
            await PrivatePostgres.DeleteAsync(home);
        }
    }

    [Fact]
    public async Task A_home_that_the_clusters_user_cannot_enter_will_do()
    {
        var closed = Path.Combine(NewHome(), "closed");
        if (!OperatingSystem.IsWindows()) Directory.CreateDirectory(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var home = Path.Combine(closed, "home");

        string folder;
        await using (var cluster = await PrivatePostgres.StartAsync(home, cancellation: Cancelled))
        {
            folder = cluster.ClusterFolder;
            await Ask(cluster, "create table kept as select 42 as x");
        }

        await using (var again = await PrivatePostgres.StartAsync(home, cancellation: Cancelled)) (await Ask(again, "select x::text from kept")).ShouldBe("42");
        await PrivatePostgres.DeleteAsync(home);
        Directory.Exists(folder).ShouldBeFalse();
    }

    [Fact]
    public async Task After_a_killed_postmaster_the_next_start_works_and_has_the_data()
    {
        var home = NewHome();
        await using (var cluster = await PrivatePostgres.StartAsync(home, cancellation: Cancelled))
        {
            await Ask(cluster, "create table kept as select 42 as x");
            using var postmaster = Process.GetProcessById(PostmasterOf(cluster.ClusterFolder));
            postmaster.Kill(); // SIGKILL
        }

        await using var again = await PrivatePostgres.StartAsync(home, cancellation: Cancelled);
        (await Ask(again, "select x::text from kept")).ShouldBe("42");
    }

    [Fact]
    public async Task When_the_process_that_holds_it_is_killed_the_cluster_stops_and_keeps_its_data()
    {
        var home = NewHome();
        using var holder = StartHolder(home);
        var folder = await holder.StandardOutput.ReadLineAsync(Cancelled).AsTask().WaitAsync(Patience, Cancelled) ?? throw new InvalidOperationException("The holder did not start.");
        await Ask($"Host={folder};Username=iam;Database=postgres", "create table kept as select 42 as x");
        var refused = await Should.ThrowAsync<PostgresUnavailableException>(() => PrivatePostgres.StartAsync(home, cancellation: Cancelled));
        refused.Message.ShouldContain($"process {holder.Id} (");

        holder.Kill(); // SIGKILL, of this process alone

        await Eventually(() => !File.Exists(Path.Combine(folder, "data/postmaster.pid")) && !File.Exists(Path.Combine(folder, "guard.pid")));
        (await File.ReadAllTextAsync(Path.Combine(folder, "log"), Cancelled)).ShouldContain("database system is shut down");
        await using var again = await PrivatePostgres.StartAsync(home, cancellation: Cancelled);
        (await Ask(again, "select x::text from kept")).ShouldBe("42");
    }

    [Fact]
    public async Task A_start_right_after_a_kill_waits_for_the_former_guard()
    {
        var home = NewHome();
        using var holder = StartHolder(home);
        await holder.StandardOutput.ReadLineAsync(Cancelled).AsTask().WaitAsync(Patience, Cancelled);

        holder.Kill();
        await holder.WaitForExitAsync(Cancelled);

        await using var again = await PrivatePostgres.StartAsync(home, cancellation: Cancelled);
        (await Ask(again, "select 'alive'")).ShouldBe("alive");
    }

    [Fact]
    public async Task A_cluster_that_lost_its_guard_too_is_taken_over()
    {
        var home = NewHome();
        using var holder = StartHolder(home);
        var folder = (await holder.StandardOutput.ReadLineAsync(Cancelled).AsTask().WaitAsync(Patience, Cancelled)).ShouldNotBeNull();
        using var guard = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "guard.pid"), Cancelled), CultureInfo.InvariantCulture));
        var before = PostmasterOf(folder);
        guard.Kill();
        holder.Kill();
        await holder.WaitForExitAsync(Cancelled);

        await using var again = await PrivatePostgres.StartAsync(home, cancellation: Cancelled);
        (await Ask(again, "select 'alive'")).ShouldBe("alive");
        PostmasterOf(folder).ShouldNotBe(before);
    }

    [Fact]
    public async Task Data_of_another_major_version_are_refused_untouched()
    {
        var home = NewHome();
        string file;
        await using (var cluster = await PrivatePostgres.StartAsync(home, cancellation: Cancelled)) file = Path.Combine(cluster.ClusterFolder, "data/PG_VERSION");
        var own = await File.ReadAllTextAsync(file, Cancelled);
        await File.WriteAllTextAsync(file, "9\n", Cancelled);

        var refused = await Should.ThrowAsync<PostgresUnavailableException>(() => PrivatePostgres.StartAsync(home, cancellation: Cancelled));
        refused.Message.ShouldContain("made by PostgreSQL 9, but this machine has");

        await File.WriteAllTextAsync(file, own, Cancelled);
        await using var again = await PrivatePostgres.StartAsync(home, cancellation: Cancelled);
        (await Ask(again, "select 'alive'")).ShouldBe("alive");
    }

    [Fact]
    public async Task An_initdb_that_was_killed_leaves_nothing_that_is_taken_for_a_cluster()
    {
        var home = NewHome();
        await using (await PrivatePostgres.StartAsync(home, cancellation: Cancelled))
        {
        }

        Directory.Move(Path.Combine(home, "postgres/data"), Path.Combine(home, "postgres/new.1"));
        Directory.Delete(Path.Combine(home, "postgres/new.1/global"), recursive: true);

        await using var cluster = await PrivatePostgres.StartAsync(home, cancellation: Cancelled);
        (await Ask(cluster, "select 'alive'")).ShouldBe("alive");
        Directory.Exists(Path.Combine(home, "postgres/new.1")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_cluster_that_cannot_start_says_why_in_PostgreSQLs_words()
    {
        var refused = await Should.ThrowAsync<PostgresUnavailableException>(
            () => PrivatePostgres.StartAsync(NewHome(), new Dictionary<string, string> { ["nonsense"] = "1" }, Cancelled));
        refused.Message.ShouldContain("unrecognized configuration parameter \"nonsense\"");
    }

    /// <summary>A child of this test program, which holds a cluster until it is killed and first writes the cluster's folder.</summary>
    static Process StartHolder(string home)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(PrivatePostgresTests).Assembly.Location]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment[HolderVariable] = home;
        return Process.Start(start)!;
    }

#pragma warning disable CA2255 // The test program has no Main of ours to take the verb from.
    [ModuleInitializer]
    internal static void HoldWhenAsked()
    {
        if (Environment.GetEnvironmentVariable(HolderVariable) is not { } home) return;

        // Nothing of this assembly may run on another thread before this ends, which it does not.
        var cluster = PrivatePostgres.StartAsync(home).GetAwaiter().GetResult();
        Console.WriteLine(cluster.ClusterFolder);
        Thread.Sleep(Timeout.Infinite);
    }
#pragma warning restore CA2255

    static int PostmasterOf(string folder) => int.Parse(File.ReadLines(Path.Combine(folder, "data/postmaster.pid")).First(), CultureInfo.InvariantCulture);

    static Task<string?> Ask(PrivatePostgres cluster, string sql) => Ask(cluster.ConnectionString, sql);

    static async Task<string?> Ask(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync(Cancelled);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync(Cancelled) as string;
    }

    static async Task Eventually(Func<bool> condition)
    {
        for (var waited = Stopwatch.StartNew(); !condition(); await Task.Delay(20, Cancelled))
            waited.Elapsed.ShouldBeLessThan(Patience);
    }

    string NewHome()
    {
        // The cluster's user must pass through, when that is not ourselves.
        var home = Directory.CreateTempSubdirectory("iam-test-").FullName;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        homes.Add(home);
        return home;
    }
}
