using System.Diagnostics;
using Npgsql;

namespace IamEventSourced.Server.Tests;

/// <summary>Waiting for something that has to come, with an end.</summary>
static class Until
{
    static readonly TimeSpan Often = TimeSpan.FromMilliseconds(10);

    /// <summary>Asks again until it is so; how long that took.</summary>
    public static async Task<TimeSpan> True(Func<Task<bool>> condition, TimeSpan deadline, string what)
    {
        for (var since = Stopwatch.GetTimestamp(); ; await Task.Delay(Often))
        {
            if (await condition()) return Stopwatch.GetElapsedTime(since);
            Stopwatch.GetElapsedTime(since).ShouldBeLessThan(deadline, what);
        }
    }
}

/// <summary>A backend that somebody left behind in the midst of a transaction: it holds the row of the account's stream.</summary>
sealed class RowLock : IAsyncDisposable
{
    readonly NpgsqlDataSource _database;
    readonly NpgsqlConnection _connection;

    RowLock(NpgsqlDataSource database, NpgsqlConnection connection) => (_database, _connection) = (database, connection);

    public static async Task<RowLock> Take(ServerFixture server)
    {
        var database = NpgsqlDataSource.Create(server.Database);
        var connection = await database.OpenConnectionAsync();
        await Execute(connection, "begin");
        await Execute(connection, $"select version from iam.mt_streams where id = '{server.Account}' for update");
        return new(database, connection);
    }

    /// <summary>Until somebody waits for the row.</summary>
    public Task<TimeSpan> WaitedFor(ServerFixture server) => Until.True(
        async () => (long)(await server.Query("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"))[0][0]! > 0,
        TimeSpan.FromSeconds(30), "nobody waits for the row");

    static async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Execute(_connection, "rollback");
        await _connection.DisposeAsync();
        await _database.DisposeAsync();
    }
}
