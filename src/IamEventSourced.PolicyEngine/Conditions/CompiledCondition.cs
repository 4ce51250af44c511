namespace IamEventSourced.PolicyEngine;

/// <summary>One (operator, key) pair, its values parsed once (R50–R57, R63–R65).</summary>
internal abstract class CompiledCondition(PolicyCondition source)
{
    private readonly ContextKey key = new(source.Key);
    private readonly SetQuantifier quantifier = source.Operator.Quantifier;
    private readonly bool negated = source.Operator.Negated;
    private readonly bool ifExists = source.Operator.IfExists;

    /// <summary>The condition as read.</summary>
    internal PolicyCondition Source => source;

    internal static CompiledCondition Compile(PolicyCondition condition, bool variables) => condition.Operator.Test switch
    {
        ConditionTest.Null => new NullCondition(condition),
        ConditionTest.Bool => new BoolCondition(condition, variables),
        ConditionTest.BinaryEquals => new BinaryCondition(condition),
        ConditionTest.IpAddress or ConditionTest.NotIpAddress => new IpCondition(condition),
        ConditionTest.StringLike or ConditionTest.StringNotLike => new LikeCondition(condition, variables),
        >= ConditionTest.ArnEquals and <= ConditionTest.ArnNotLike => new ArnCondition(condition, variables),
        >= ConditionTest.NumericEquals and <= ConditionTest.NumericGreaterThanEquals => new NumericCondition(condition),
        >= ConditionTest.DateEquals and <= ConditionTest.DateGreaterThanEquals => new DateCondition(condition),
        _ => new EqualsCondition(condition, variables),
    };

    internal virtual bool Holds(RequestContext context)
    {
        if (context.Find(key) is not { IsEmpty: false } value)
            return quantifier switch { SetQuantifier.ForAllValues => true, SetQuantifier.ForAnyValue => false, _ => ifExists || negated };

        // R63: a list needs a set operator, even under a negation. A single value counts as a list of one (R64).
        if (value.Single is { } single) return Passes(single, context);
        if (quantifier == SetQuantifier.None) return false;

        foreach (var one in value.Many)
            if (Passes(one, context) != (quantifier == SetQuantifier.ForAllValues)) return quantifier == SetQuantifier.ForAnyValue;
        return quantifier == SetQuantifier.ForAllValues;
    }

    /// <summary>Whether the key has a value (R56).</summary>
    protected bool IsPresent(RequestContext context) => context.Find(key) is { IsEmpty: false };

    /// <summary>Whether some value of the policy matches under the positive form of the operator (R54). What cannot be read matches nothing (R69).</summary>
    protected abstract bool MatchesAny(string value, RequestContext context);

    private bool Passes(string value, RequestContext context) => MatchesAny(value, context) != negated;
}
