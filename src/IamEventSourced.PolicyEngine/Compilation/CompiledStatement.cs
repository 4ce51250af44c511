namespace IamEventSourced.PolicyEngine;

/// <summary>A statement in the form that is asked: action patterns for the index, resources and conditions to test.</summary>
internal sealed class CompiledStatement
{
    private readonly ResourcePatterns resources;
    private readonly CompiledCondition[] conditions;

    internal CompiledStatement(PolicyStatement source, bool variables)
    {
        Source = source;
        Actions = new(source.Actions);
        resources = new(source, variables);
        conditions = [.. source.Conditions.Select(condition => CompiledCondition.Compile(condition, variables))];
    }

    /// <summary>The statement as read.</summary>
    internal PolicyStatement Source { get; }

    internal ActionPatterns Actions { get; }

    /// <summary>What every resource that matches starts with.</summary>
    internal string ResourcePrefix => resources.Prefix;

    /// <summary>Resource and condition; the action is what the index finds statements by.</summary>
    internal bool MatchesBesidesAction(string resource, RequestContext context)
    {
        if (!resources.Matches(resource, context)) return false;
        foreach (var condition in conditions)
            if (!condition.Holds(context)) return false;
        return true;
    }
}
