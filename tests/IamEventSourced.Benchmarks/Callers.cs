using System.Diagnostics;

namespace IamEventSourced.Benchmarks;

/// <summary>What callers who each wait for their answer came to.</summary>
/// <param name="PerSecond">Answers a second.</param>
/// <param name="P50">Half of them took at most this, in milliseconds.</param>
/// <param name="P99">All but a hundredth.</param>
/// <param name="Count">How many there were.</param>
sealed record Answered(double PerSecond, double P50, double P99, long Count)
{
    /// <summary>Lets callers work side by side for a while; the beginning is not counted.</summary>
    /// <param name="callers">What each does, again and again.</param>
    /// <param name="seconds">How long.</param>
    /// <param name="counting">Called when the counting begins.</param>
    public static async Task<Answered> Of(IReadOnlyList<Func<Task>> callers, double seconds, Func<Task> counting)
    {
        var stop = false;
        var from = long.MaxValue;
        var latencies = callers.Select(_ => new List<long>(4096)).ToArray();
        var work = callers.Select((caller, i) => Task.Run(async () =>
        {
            while (!Volatile.Read(ref stop))
            {
                var began = Stopwatch.GetTimestamp();
                await caller();
                if (began >= Volatile.Read(ref from)) latencies[i].Add(Stopwatch.GetTimestamp() - began);
            }
        })).ToArray();
        await Task.Delay(TimeSpan.FromSeconds(seconds / 4));
        await counting();
        Volatile.Write(ref from, Stopwatch.GetTimestamp());
        await Task.WhenAny([Task.Delay(TimeSpan.FromSeconds(seconds)), .. work]); // a caller ends early only by failing
        var elapsed = Stopwatch.GetElapsedTime(from).TotalSeconds;
        var counted = latencies.Sum(list => (long)list.Count);
        Volatile.Write(ref stop, true);
        await Task.WhenAll(work);
        var all = latencies.SelectMany(list => list).Order().ToArray();
        return new(counted / elapsed, Milliseconds(0.5), Milliseconds(0.99), counted);

        double Milliseconds(double part) => all.Length is 0 ? double.NaN : Stopwatch.GetElapsedTime(0, all[(int)(part * (all.Length - 1))]).TotalMilliseconds;
    }
}
