namespace IamEventSourced.PolicyEngine;

/// <summary>A statement in the form that is asked: action patterns for the index, resources and conditions to test.</summary>
internal sealed class CompiledStatement
{
    private readonly ResourcePatterns resources;
    private readonly CompiledCondition[] conditions;
    private readonly PrincipalPatterns? principals;

    internal CompiledStatement(PolicyStatement source, bool variables)
    {
        Source = source;
        Actions = new(source.Actions);
        resources = new(source, variables);
        conditions = [.. source.Conditions.Select(condition => CompiledCondition.Compile(condition, variables))];
        principals = source.Principals is null ? null : new(source.Principals, source.Effect);
    }

    /// <summary>The statement as read.</summary>
    internal PolicyStatement Source { get; }

    internal ActionPatterns Actions { get; }

    /// <summary>What every resource that matches starts with.</summary>
    internal string ResourcePrefix => resources.Prefix;

    /// <summary>Whether it has conditions or variables.</summary>
    internal bool ReadsContext => conditions.Length > 0 || resources.ReadContext;

    /// <summary>The pattern that alone decides, but for the resource <c>*</c> (R36); null where there are conditions, variables or several.</summary>
    internal Glob? OnlyResource => conditions.Length == 0 ? resources.Only : null;

    /// <summary>Whether the statement names principals (R10).</summary>
    internal bool NamesPrincipals => principals is not null;

    /// <summary>How it names the principal; one that names nobody does not (R76).</summary>
    internal PrincipalMatch Names(Principal principal, bool bounded) => principals?.Of(principal, bounded) ?? PrincipalMatch.None;

    internal bool MatchesAction(in FoldedAction action) => Actions.Matches(action) != Actions.Inverted;

    internal bool MatchesResource(string resource, RequestContext context) => resources.Matches(resource, context);

    /// <summary>The conditions that do not hold.</summary>
    internal IEnumerable<CompiledCondition> Failing(RequestContext context) => conditions.Where(condition => !condition.Holds(context));

    /// <summary>Resource and condition; the action is what the index finds statements by.</summary>
    internal bool MatchesBesidesAction(string resource, RequestContext context)
    {
        if (!resources.Matches(resource, context)) return false;
        foreach (var condition in conditions)
            if (!condition.Holds(context)) return false;
        return true;
    }
}
