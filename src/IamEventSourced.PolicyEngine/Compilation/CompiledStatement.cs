namespace IamEventSourced.PolicyEngine;

/// <summary>A statement in the form that is asked: action patterns for the index, resources and conditions to test.</summary>
internal sealed class CompiledStatement
{
    private readonly ResourcePattern[] resources;
    private readonly bool anyResource;
    private readonly bool notResource;
    private readonly CompiledCondition[] conditions;

    internal CompiledStatement(PolicyStatement source, bool variables)
    {
        Source = source;
        Actions = new(source.Actions);

        // Only resource policies name principals, and leave out Resource (R9, R10, R35).
        var pads = source.Principals is null;
        var patterns = source.Resources?.Patterns ?? [];
        notResource = source.Resources is { Inverted: true };
        resources = [.. patterns.Select(pattern => new ResourcePattern(pattern, variables, pads))];
        anyResource = source.Resources is null || Array.Exists(resources, pattern => pattern.IsEverything);
        conditions = [.. source.Conditions.Select(condition => CompiledCondition.Compile(condition, variables))];
    }

    /// <summary>The statement as read.</summary>
    internal PolicyStatement Source { get; }

    internal ActionPatterns Actions { get; }

    /// <summary>Resource and condition; the action is what the index finds statements by.</summary>
    internal bool MatchesBesidesAction(string resource, RequestContext context) => MatchesResource(resource, context) && MatchesConditions(context);

    private bool MatchesResource(string resource, RequestContext context)
    {
        if (anyResource) return !notResource;

        // R36: the resource * is matched by nothing but *.
        if (resource == "*") return notResource;
        var anything = notResource && Source.Effect == Effect.Allow;
        foreach (var pattern in resources)
            if (pattern.IsMatch(resource, context, anything)) return !notResource;
        return notResource;
    }

    private bool MatchesConditions(RequestContext context)
    {
        foreach (var condition in conditions)
            if (!condition.Holds(context)) return false;
        return true;
    }
}
