namespace IamEventSourced.PolicyEngine;

/// <summary>IpAddress and NotIpAddress (R68).</summary>
internal sealed class IpCondition(PolicyCondition condition) : CompiledCondition(condition)
{
    private readonly IpRange[] ranges = [.. condition.Values.Select(value => IpRange.Parse(value)).OfType<IpRange>()];

    protected override bool MatchesAny(string value, RequestContext context)
    {
        if (IpValue.Parse(value) is not { } address) return false;
        foreach (ref readonly var range in ranges.AsSpan())
            if (range.Contains(address)) return true;
        return false;
    }
}
