namespace IamEventSourced.PolicyEngine;

/// <summary>StringEquals and StringEqualsIgnoreCase with their negations (R59): wildcards are literal.</summary>
internal sealed class EqualsCondition(PolicyCondition condition, bool variables) : CompiledCondition(condition)
{
    private readonly ConditionTexts texts = new(condition, variables, wildcards: false);

    // .NET's ordinal comparison without case is the simple, one-to-one mapping of R59.
    private readonly StringComparison comparison =
        condition.Operator.Test is ConditionTest.StringEqualsIgnoreCase or ConditionTest.StringNotEqualsIgnoreCase
            ? StringComparison.OrdinalIgnoreCase
            : StringComparison.Ordinal;

    protected override bool MatchesAny(string value, RequestContext context) => texts.AnyEquals(value, context, comparison);
}
