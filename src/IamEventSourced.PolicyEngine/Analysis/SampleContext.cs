namespace IamEventSourced.PolicyEngine;

/// <summary>Contexts under which conditions may hold: guesses, which the evaluator confirms or not.</summary>
internal static class SampleContext
{
    /// <summary>What every variable stands for that no condition asks for.</summary>
    internal const string Value = "Zz9";

    internal static RequestContext Of(IEnumerable<PolicyStatement> statements)
    {
        var builder = new RequestContext.Builder();
        foreach (var statement in statements)
        {
            foreach (var condition in statement.Conditions)
                if (Guess(condition) is { } value) builder.TryAdd(condition.Key, condition.Operator.Quantifier == SetQuantifier.None ? value : ContextValue.List(value));
            foreach (var pattern in statement.Resources?.Patterns ?? [])
                foreach (var token in PatternToken.Read(pattern, wildcards: true, variables: true))
                    if (token.Variable is { } variable) builder.TryAdd(variable.Name, Value);
        }
        return builder.Build();
    }

    /// <summary>A value that makes one condition true, or null where the key had better be absent.</summary>
    private static string? Guess(PolicyCondition condition)
    {
        if (condition.Operator.Negated) return null;
        if (condition.Operator.Test == ConditionTest.Null) return condition.Values.Contains("false", StringComparer.OrdinalIgnoreCase) ? Value : null;
        if (condition.Values is not [var first, ..]) return null;
        return condition.Operator.Test switch
        {
            ConditionTest.IpAddress => first.Split('/')[0],
            ConditionTest.NumericLessThan => "-" + new string('9', 18),
            ConditionTest.NumericGreaterThan => new string('9', 18),
            ConditionTest.DateLessThan => "1970-01-01",
            ConditionTest.DateGreaterThan => "9999-12-31",
            _ => first, // a pattern is a text of its own
        };
    }
}
