using Npgsql;
using Wolverine.Runtime.Serialization;

namespace IamEventSourced.Server;

/// <summary>
/// Takes rows out of the inbox that are no messages. Whoever may write to the queue may write one, and Wolverine, which reads what
/// a node that is gone left behind a page at a time, would stop at it for ever: no such node's commands would be carried out any more.
/// </summary>
public sealed partial class UnreadableRows(string connectionString, ILogger<UnreadableRows> log) : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(5); // as often as Wolverine looks for what nodes left behind

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Remove(stoppingToken);
                await Task.Delay(Pause, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogFailure(log, e);
                await Task.Delay(Pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    async Task Remove(CancellationToken cancellation)
    {
        List<Guid> unreadable = [];
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellation);
        await using (var ask = new NpgsqlCommand($"select id, body from {Messages.StoreSchema}.wolverine_incoming_envelopes where owner_id = 0 and status = 'Incoming'", connection))
        await using (var rows = await ask.ExecuteReaderAsync(cancellation)) // row by row: nodes that fell behind may leave many
            while (await rows.ReadAsync(cancellation))
                if (!IsMessage(await rows.GetFieldValueAsync<byte[]>(1, cancellation))) unreadable.Add(rows.GetGuid(0));
        if (unreadable.Count == 0) return;

        await using var delete = new NpgsqlCommand($"delete from {Messages.StoreSchema}.wolverine_incoming_envelopes where id = any($1)", connection) { Parameters = { new() { Value = unreadable } } };
        LogRemoved(log, await delete.ExecuteNonQueryAsync(cancellation));
    }

#pragma warning disable CA1031 // whatever it is that reading throws, Wolverine would meet it too
    static bool IsMessage(byte[] body)
    {
        try
        {
            EnvelopeSerializer.Deserialize(body);
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }
#pragma warning restore CA1031

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} rows of the inbox were no messages and have been removed")]
    static partial void LogRemoved(ILogger log, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The inbox could not be looked through")]
    static partial void LogFailure(ILogger log, Exception failure);
}
