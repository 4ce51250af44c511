namespace IamEventSourced.PolicyEngine;

/// <summary>The Date operators (R61).</summary>
internal sealed class DateCondition(PolicyCondition condition) : CompiledCondition(condition)
{
    private readonly Ordering ordering = Comparing.OrderingOf(condition.Operator.Test);
    private readonly Instant[] values = [.. condition.Values.Select(value => Instant.Parse(value)).OfType<Instant>()];

    protected override bool MatchesAny(string value, RequestContext context)
    {
        if (Instant.Parse(value) is not { } instant) return false;
        foreach (ref readonly var own in values.AsSpan())
            if (Comparing.Fits(instant.CompareTo(own), ordering)) return true;
        return false;
    }
}
