namespace IamEventSourced.PolicyEngine;

/// <summary>The Numeric operators (R60).</summary>
internal sealed class NumericCondition(PolicyCondition condition) : CompiledCondition(condition)
{
    private readonly Ordering ordering = Comparing.OrderingOf(condition.Operator.Test);
    private readonly ExactDecimal[] values = [.. condition.Values.Select(ExactDecimal.Parse).OfType<ExactDecimal>()];

    protected override bool MatchesAny(string value, RequestContext context)
    {
        if (ExactDecimal.Parse(value) is not { } number) return false;
        foreach (ref readonly var own in values.AsSpan())
            if (Comparing.Fits(number.CompareTo(own), ordering)) return true;
        return false;
    }
}
