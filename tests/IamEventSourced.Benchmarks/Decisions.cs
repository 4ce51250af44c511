using System.Diagnostics;
using IamEventSourced.PolicyEngine;

namespace IamEventSourced.Benchmarks;

/// <summary>One who answers the questions of a run. A struct, so that the loops below call it directly.</summary>
interface IAnswers
{
    AccessOutcome Answer(int question);
}

/// <summary>What rounds of one contender came to.</summary>
sealed class Timings
{
    /// <summary>Decisions in a second of processor: what others do on the machine counts less.</summary>
    public List<double> PerSecond { get; } = [];
    public List<double> Bytes { get; } = [];
    public List<double> Middle { get; } = [];
    public List<double> Worst { get; } = [];

    /// <summary>Nanoseconds of processor of one decision where the clock is not read in between.</summary>
    public double Mean => 1e9 / PerSecond.Median();

    public double Over(Timings floor) => PerSecond.Zip(floor.PerSecond, (one, other) => one / other).Median();

    public string Row(string name, Timings? floor) =>
        $"| {name} | {PerSecond.Median().Short()} | {Mean.Short()} | {Middle.Median().Short()} | {Worst.Median().Short()} | {Bytes.Median().Short()} | {(floor is null ? "" : Over(floor).Short())} |";

    public const string Head = "| | decisions/s | ns each | median ns | p99 ns | bytes each | ÷ floor |\n|---|---|---|---|---|---|---|";
}

/// <summary>Decisions on one thread, timed.</summary>
static class Decisions
{
    static int Sink;

    /// <summary>All questions over and over for a time; then each once more, with the clock read around it.</summary>
    public static void Time<T>(this Timings timings, T contender, int questions, double seconds, bool warming) where T : struct, IAnswers
    {
        var (allocated, began, used, count) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, 0L);
        while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds)
        {
            for (var i = 0; i < questions; i++) Sink += (int)contender.Answer(i);
            count += questions;
        }
        var rate = count / (Environment.CpuUsage.TotalTime - used).TotalSeconds;
        var bytes = (double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / count;

        // The clock itself takes about as long as a decision: what it takes by itself is taken off.
        var (each, clock) = (new long[questions], new long[questions]);
        for (var i = 0; i < questions; i++) clock[i] = Stopwatch.GetTimestamp() is var start ? Stopwatch.GetTimestamp() - start : 0;
        for (var i = 0; i < questions; i++)
        {
            var start = Stopwatch.GetTimestamp();
            Sink += (int)contender.Answer(i);
            each[i] = Stopwatch.GetTimestamp() - start;
        }
        if (warming) return;
        Array.Sort(each);
        Array.Sort(clock);
        timings.PerSecond.Add(rate);
        timings.Bytes.Add(bytes);
        timings.Middle.Add(Nanoseconds(each[questions / 2] - clock[questions / 2]));
        timings.Worst.Add(Nanoseconds(each[questions * 99L / 100] - clock[questions / 2]));

        static double Nanoseconds(long ticks) => ticks * 1e9 / Stopwatch.Frequency;
    }
}
