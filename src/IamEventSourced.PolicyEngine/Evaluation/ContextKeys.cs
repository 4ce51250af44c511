namespace IamEventSourced.PolicyEngine;

/// <summary>The context keys that policies ask for (R126, R127).</summary>
public static class ContextKeys
{
    /// <summary>
    /// Every condition key and variable name anywhere in the documents, each once without regard to case, in first spelling and in the order written.
    /// Resources come before conditions within a statement.
    /// </summary>
    public static IReadOnlyList<string> Of(params IEnumerable<PolicyDocument> documents)
    {
        ArgumentNullException.ThrowIfNull(documents);
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return [.. documents.SelectMany(All).Where(seen.Add)];
    }

    /// <summary>Those of the keys that a context lacks (R126); a key with an empty list is there.</summary>
    public static IReadOnlyList<string> Missing(IEnumerable<PolicyDocument> documents, RequestContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return [.. Of(documents).Where(key => context[key] is null)];
    }

    /// <summary>The keys that a decision on an action may look at: those of the statements whose actions it is one of. Each once without regard to case.</summary>
    public static IReadOnlyList<string> Of(GrantSet set, string action)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(action);
        var folded = new FoldedAction(action, stackalloc char[FoldedAction.StackLength]);
        List<string> keys = [];
        foreach (var grant in set.Grants)
            foreach (var statement in grant.Policy.Statements)
                if (statement.ReadsContext && statement.MatchesAction(folded)) keys.AddRange(All(grant.Policy.Document!, statement.Source));
        return [.. keys.Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>The names of the variables in a statement of a document: in its resources, then in the values of its conditions (R41, R43).</summary>
    public static IEnumerable<string> Variables(PolicyDocument document, PolicyStatement statement)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(statement);
        return Variables(document, statement.Resources?.Patterns ?? []).Concat(statement.Conditions.SelectMany(condition => Variables(document, condition)));
    }

    private static IEnumerable<string> All(PolicyDocument document) => document.Statements.SelectMany(statement => All(document, statement));

    private static IEnumerable<string> All(PolicyDocument document, PolicyStatement statement) =>
        Variables(document, statement.Resources?.Patterns ?? []).Concat(statement.Conditions.SelectMany(condition => Variables(document, condition).Prepend(condition.Key)));

    private static IEnumerable<string> Variables(PolicyDocument document, PolicyCondition condition) => Variables(document, HasVariables(condition.Operator.Test) ? condition.Values : []);

    private static IEnumerable<string> Variables(PolicyDocument document, IEnumerable<string> patterns) =>
        patterns.SelectMany(pattern => new Template(PatternToken.Read(pattern, wildcards: false, document.HasVariables)).Variables).Select(variable => variable.Name);

    // R41.
    private static bool HasVariables(ConditionTest test) =>
        test is (>= ConditionTest.StringEquals and <= ConditionTest.StringNotLike) or ConditionTest.Bool or (>= ConditionTest.ArnEquals and <= ConditionTest.ArnNotLike);
}
