using System.Globalization;

namespace IamEventSourced.PolicyEngine;

/// <summary>The moments at which the clock alone may change what policies come to.</summary>
public static class ClockMoments
{
    private const long First = -62_135_596_800, Last = 253_402_300_798; // the years 1 to 9999

    /// <summary>
    /// Of each value that a Date or Numeric condition compares <c>aws:CurrentTime</c> or <c>aws:EpochTime</c> with: the microsecond and the second of it, and
    /// the next ones. What compares the time as a text is not among them.
    /// </summary>
    /// <param name="set">The policies.</param>
    public static IReadOnlyList<DateTimeOffset> Of(GrantSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        var moments = new SortedSet<DateTimeOffset>();
        foreach (var condition in set.Grants.SelectMany(grant => grant.Policy.Statements).SelectMany(statement => statement.Source.Conditions))
        {
            if (!condition.Key.Equals("aws:CurrentTime", StringComparison.OrdinalIgnoreCase) && !condition.Key.Equals("aws:EpochTime", StringComparison.OrdinalIgnoreCase)) continue;
            foreach (var value in condition.Values)
            {
                if (Read(condition.Operator.Test, value) is not { Seconds: > First and < Last } instant) continue;
                var second = DateTimeOffset.FromUnixTimeSeconds(instant.Seconds);
                var microsecond = second.AddTicks(instant.Nanoseconds / 1000 * TimeSpan.TicksPerMicrosecond);
                moments.UnionWith([second, second.AddSeconds(1), microsecond, microsecond.AddTicks(TimeSpan.TicksPerMicrosecond)]);
            }
        }
        return [.. moments];
    }

    private static Instant? Read(ConditionTest test, string value) => test switch
    {
        >= ConditionTest.DateEquals and <= ConditionTest.DateGreaterThanEquals => Instant.Parse(value),
        >= ConditionTest.NumericEquals and <= ConditionTest.NumericGreaterThanEquals when decimal.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is > First and < Last => new((long)decimal.Floor(seconds), 0),
        _ => null,
    };
}
