using System.Diagnostics;

namespace IamEventSourced.Server.Tests;

/// <summary>Whether the time that something takes tells what it was.</summary>
static class Times
{
    /// <summary>Welch's t: below it, either way, nothing is told.</summary>
    const double Told = 4.5;

    /// <summary>Measures kinds of work that take turns, in an order of chance; none may differ from the first.</summary>
    /// <param name="rounds">How often each.</param>
    /// <param name="kinds">The kinds.</param>
    public static async Task AreAlike(int rounds, params Func<Task>[] kinds)
    {
        var times = kinds.Select(_ => new List<double>(rounds)).ToArray();
        foreach (var kind in kinds) await kind(); // the first of each makes what the others find
        for (var i = 0; i < rounds; i++)
            foreach (var kind in Enumerable.Range(0, kinds.Length).OrderBy(_ => Random.Shared.Next()))
            {
                var since = Stopwatch.GetTimestamp();
                await kinds[kind]();
                times[kind].Add(Stopwatch.GetElapsedTime(since).TotalMicroseconds);
            }
        for (var kind = 1; kind < kinds.Length; kind++)
            Math.Abs(Welch(times[0], times[kind])).ShouldBeLessThan(Told, $"kind {kind} takes {Middle(times[kind]).Average():0.0} µs, the first {Middle(times[0]).Average():0.0} µs");
    }

    static double Welch(List<double> one, List<double> other)
    {
        var (a, b) = (Middle(one), Middle(other));
        return (a.Average() - b.Average()) / Math.Sqrt(Variance(a) / a.Count + Variance(b) / b.Count);
    }

    // Of the middle of what was measured: a pause of the machine says nothing.
    static List<double> Middle(List<double> all) => [.. all.Order().Skip(all.Count / 20).Take(all.Count * 9 / 10)];

    static double Variance(List<double> all) => all.Average() is var mean ? all.Sum(one => (one - mean) * (one - mean)) / (all.Count - 1) : 0;
}
