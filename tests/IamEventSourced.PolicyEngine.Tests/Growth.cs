using System.Diagnostics;
using Shouldly;
using Xunit;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>How cost grows with size. Judged by a ratio of the least of several runs, each so short that a busy machine leaves one alone.</summary>
internal static class Growth
{
    private const int Larger = 8;
    private const int LeastRounds = 5;
    private const int MostRounds = 200;

    /// <summary>Eight times the size costs about eight times as much where the cost is linear, and 64 times where it is quadratic.</summary>
    internal static void ShouldBeLinear<T>(int size, Func<int, T> make, Action<T> work) => ShouldBeAtMost(3 * Larger, size, make, work);

    /// <summary>Where each is compared with each: 64 times as much, and 512 times where it is cubic.</summary>
    internal static void ShouldBeQuadratic<T>(int size, Func<int, T> make, Action<T> work) => ShouldBeAtMost(3 * Larger * Larger, size, make, work);

    private static void ShouldBeAtMost<T>(int times, int size, Func<int, T> make, Action<T> work)
    {
        Assert.SkipWhen(LawAttribute.LeftOut is not null, LawAttribute.LeftOut ?? "");
        var (small, large) = (make(size), make(Larger * size));
        var (leastSmall, leastLarge) = (double.MaxValue, double.MaxValue);
        for (var round = 1; round <= MostRounds; round++)
        {
            leastSmall = Math.Min(leastSmall, Milliseconds(work, small));
            leastLarge = Math.Min(leastLarge, Milliseconds(work, large));
            if (round >= LeastRounds && leastLarge < times * leastSmall) return;
        }
        (leastLarge / leastSmall).ShouldBeLessThan(times, $"{leastSmall} ms, {leastLarge} ms");
    }

    private static double Milliseconds<T>(Action<T> work, T what)
    {
        var watch = Stopwatch.StartNew();
        work(what);
        return watch.Elapsed.TotalMilliseconds;
    }
}
