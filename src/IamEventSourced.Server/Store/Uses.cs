using System.Collections.Concurrent;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// When things were last used, beside the stream, since it is much. A use is noted in memory, and what is new is written in the background, all together, so that
/// no request waits for it. A node that is killed loses what it noted since it last wrote.
/// </summary>
/// <typeparam name="TKey">What is used.</typeparam>
/// <typeparam name="TUse">What is known of a use beside its time.</typeparam>
abstract partial class Uses<TKey, TUse>(TimeProvider time, ILogger log) : BackgroundService where TKey : notnull
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    /// <summary>How many things wait to be written at most; beyond, as in a long outage, further ones are noted when they are used after it.</summary>
    const int MostNoted = 100_000;
    const int MostAtOnce = 5_000;

    readonly ConcurrentDictionary<TKey, (DateTimeOffset At, TUse Use)> _noted = new();

    protected DateTimeOffset Now => time.GetUtcNow();

    /// <summary>It is used now. Of several uses within a second, the first is noted.</summary>
    protected void Note(TKey key, TUse use, DateTimeOffset now)
    {
        if (_noted.TryGetValue(key, out var last) ? last.At.UtcTicks + TimeSpan.TicksPerSecond > now.UtcTicks : _noted.Count >= MostNoted || !HasRoomFor(key)) return;
        _noted[key] = (new(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero), use);
    }

    /// <summary>Whether one more thing like this may wait to be written.</summary>
    protected virtual bool HasRoomFor(TKey key) => true;

    /// <summary>What waited was written.</summary>
    protected virtual void Written() { }

    /// <summary>Writes uses, in an order in which no two nodes wait for each other's rows; one that another node wrote later stays.</summary>
    protected abstract NpgsqlCommand Writing(KeyValuePair<TKey, (DateTimeOffset At, TUse Use)>[] uses);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await Write();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
    }

    /// <summary>What was noted is written, also when we stop.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Write();
    }

    /// <summary>Writes what was noted. What can't be written stays noted.</summary>
    internal async Task Write()
    {
        try
        {
            foreach (var some in _noted.Chunk(MostAtOnce))
            {
                await using (var writing = Writing(some)) await writing.ExecuteNonQueryAsync();
                foreach (var one in some) _noted.TryRemove(one); // unless it was used again
            }
            Written();
        }
        catch (Exception e) { LogFailure(log, e); }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "When something was used could not be written; it will be tried again")]
    static partial void LogFailure(ILogger log, Exception failure);
}
