namespace IamEventSourced.PolicyEngine;

/// <summary>Null (R66): about the presence of the key; a set prefix changes nothing.</summary>
internal sealed class NullCondition(PolicyCondition condition) : CompiledCondition(condition)
{
    private readonly bool whenAbsent = condition.Values.Contains("true", StringComparer.OrdinalIgnoreCase);
    private readonly bool whenPresent = condition.Values.Contains("false", StringComparer.OrdinalIgnoreCase);

    internal override bool Holds(RequestContext context) => IsPresent(context) ? whenPresent : whenAbsent;

    protected override bool MatchesAny(string value, RequestContext context) => whenPresent;
}
