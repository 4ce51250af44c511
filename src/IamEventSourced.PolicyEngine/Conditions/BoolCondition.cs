namespace IamEventSourced.PolicyEngine;

/// <summary>Bool (R62): true and false without case; anything else matches nothing.</summary>
internal sealed class BoolCondition(PolicyCondition condition, bool variables) : CompiledCondition(condition)
{
    private readonly ConditionTexts texts = new(condition, variables, wildcards: false);

    protected override bool MatchesAny(string value, RequestContext context) =>
        (value.Equals("true", StringComparison.OrdinalIgnoreCase) || value.Equals("false", StringComparison.OrdinalIgnoreCase))
        && texts.AnyEquals(value, context, StringComparison.OrdinalIgnoreCase);
}
