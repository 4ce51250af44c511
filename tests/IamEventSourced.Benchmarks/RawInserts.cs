using Npgsql;
using NpgsqlTypes;

namespace IamEventSourced.Benchmarks;

/// <summary>The mark: each caller a connection of its own, and each call one row in one prepared INSERT that commits by itself.</summary>
sealed class RawInserts : IAsyncDisposable
{
    readonly List<NpgsqlConnection> _connections = [];

    public List<Func<Task>> Callers { get; } = [];

    public static async Task<RawInserts> Open(NpgsqlDataSource database, int callers)
    {
        var inserts = new RawInserts();
        for (var i = 0; i < callers; i++)
        {
            var connection = await database.OpenConnectionAsync();
            inserts._connections.Add(connection);
            var command = new NpgsqlCommand("insert into floor.plain (id, account, data) values ($1, $2, $3)", connection)
            {
                Parameters = { new NpgsqlParameter<string>(), new NpgsqlParameter<string> { TypedValue = "123456789012" }, new NpgsqlParameter<string> { NpgsqlDbType = NpgsqlDbType.Jsonb } },
            };
            await command.PrepareAsync();
            inserts.Callers.Add(() =>
            {
                var id = Guid.CreateVersion7().ToString();
                ((NpgsqlParameter<string>)command.Parameters[0]).TypedValue = id;
                ((NpgsqlParameter<string>)command.Parameters[2]).TypedValue = $$"""{"GroupId":"AGPAAAAAAAAAAAAAAAAAA","UserId":"AIDAAAAAAAAAAAAAAAAAA","Principal":"123456789012","Command":"{{id}}","Arn":"arn:aws:iam::123456789012:root"}""";
                return command.ExecuteNonQueryAsync();
            });
        }
        return inserts;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections) await connection.DisposeAsync();
    }
}
