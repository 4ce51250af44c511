namespace IamEventSourced.PolicyEngine;

/// <summary>What a statement can match, as sets that can be compared. True is proven, false is not known.</summary>
internal sealed class StatementScope
{
    private readonly bool variables;
    private readonly ActionScope[] actions;
    private readonly ResourceScope[] resources;

    // A whole action is found at once; only patterns have to be tried.
    private readonly HashSet<string> wholeActions;
    private readonly ActionScope[] actionPatterns;

    private StatementScope(PolicyGrant grant, PolicyStatement source, bool variables, ActionScope[] actions, ResourceScope[] resources)
    {
        Grant = grant;
        Source = source;
        this.variables = variables;
        this.actions = actions;
        this.resources = resources;
        wholeActions = actions.Where(action => action.IsWhole).Select(action => action.Folded).ToHashSet(StringComparer.Ordinal);
        actionPatterns = Array.FindAll(actions, action => !action.IsWhole);
    }

    internal PolicyGrant Grant { get; }

    internal PolicyStatement Source { get; }

    internal IReadOnlyList<ActionScope> Actions => actions;

    internal IReadOnlyList<ResourceScope> Resources => resources;

    /// <summary>Whether one of the action patterns, inverted or not, takes all that this one does.</summary>
    internal bool Names(ActionScope action) => action.IsWhole && wholeActions.Contains(action.Folded) || Array.Exists(actionPatterns, own => own.Covers(action));

    internal bool IsAllow => Source.Effect == Effect.Allow;

    private bool ActionsInverted => Source.Actions.Inverted;

    private bool ResourcesInverted => Source.Resources is { Inverted: true };

    internal static StatementScope Of(PolicyGrant grant, PolicyStatement source)
    {
        var hasVariables = grant.Policy.Document!.HasVariables;
        return new(grant, source, hasVariables,
            [.. source.Actions.Patterns.Select(ActionScope.Read).OfType<ActionScope>()],
            [.. (source.Resources?.Patterns ?? ["*"]).Select(pattern => ResourceScope.Read(pattern, hasVariables, source.Principals is null))]);
    }

    /// <summary>The scopes of a set's statements.</summary>
    internal static StatementScope[] Of(GrantSet set) =>
        [.. set.Grants.SelectMany(grant => grant.Policy.Statements.Select(statement => Of(grant, statement.Source))).Where(scope => scope is not { IsAllow: true, Source.Principals: not null })];

    /// <summary>The statement cut into pieces with one action and one resource each; what is inverted is not cut.</summary>
    internal IEnumerable<StatementScope> Pieces() =>
        from action in ActionsInverted ? [actions] : actions.Select(one => new[] { one })
        from resource in ResourcesInverted ? [resources] : resources.Select(one => new[] { one })
        select new StatementScope(Grant, Source, variables, action, resource);

    /// <summary>Whether this statement matches whatever the other does.</summary>
    internal bool Covers(StatementScope other) => CoversActions(other) && CoversResources(other) && Source.Conditions.All(own => other.Source.Conditions.Any(theirs => Same(own, theirs, other)));

    /// <summary>Whether no request is matched by both.</summary>
    internal bool IsApartFrom(StatementScope other) =>
        !ActionsInverted && !other.ActionsInverted && actions.All(own => other.actions.All(own.IsApartFrom))
        || !ResourcesInverted && !other.ResourcesInverted && resources.All(own => other.resources.All(own.IsApartFrom))
        || ActionsInverted && !other.ActionsInverted && Array.TrueForAll(other.actions, Names)
        || !ActionsInverted && other.ActionsInverted && Array.TrueForAll(actions, other.Names)
        || ResourcesInverted && !other.ResourcesInverted && !HasVariables && other.resources.All(theirs => resources.Any(own => own.Covers(theirs)))
        || !ResourcesInverted && other.ResourcesInverted && !other.HasVariables && resources.All(own => other.resources.Any(theirs => theirs.Covers(own)));

    private bool HasVariables => resources.Any(resource => resource.HasVariables);

    private bool CoversActions(StatementScope other) => (ActionsInverted, other.ActionsInverted) switch
    {
        (false, false) => Array.TrueForAll(other.actions, Names),
        (true, true) => Array.TrueForAll(actions, other.Names),
        (true, false) => actions.All(own => other.actions.All(own.IsApartFrom)),
        (false, true) => actions.Any(own => own.IsAny),
    };

    private bool CoversResources(StatementScope other) => (ResourcesInverted, other.ResourcesInverted) switch
    {
        (false, false) => other.resources.All(theirs => resources.Any(own => own.Covers(theirs))),
        (true, true) => resources.All(own => other.resources.Any(theirs => theirs.Covers(own))),
        (true, false) => resources.All(own => other.resources.All(own.IsApartFrom)),
        (false, true) => resources.Any(own => own.IsEverything),
    };

    private bool Same(PolicyCondition own, PolicyCondition theirs, StatementScope other) =>
        own.Operator == theirs.Operator && own.Key.Equals(theirs.Key, StringComparison.OrdinalIgnoreCase) && own.Values.ToHashSet(StringComparer.Ordinal).SetEquals(theirs.Values)
        && (variables == other.variables || !own.Values.Any(value => value.Contains("${", StringComparison.Ordinal)));
}

/// <summary>An action pattern, folded; without a service it is <c>*</c>.</summary>
internal sealed record ActionScope(string? Service, SymbolicPattern Name, string Text, string Folded, bool IsWhole)
{
    internal bool IsAny => Service is null;

    internal static ActionScope? Read(string pattern)
    {
        if (pattern == "*") return new(null, SymbolicPattern.OfName("*"), pattern, pattern, false);
        var compiled = new ActionPatterns(new(false, [pattern]));
        if (compiled.Literals.Count == 0 && compiled.Globs.Length == 0) return null;
        var folded = FoldedAction.Fold(pattern);
        var colon = folded.IndexOf(':', StringComparison.Ordinal);
        return new(folded[..colon], SymbolicPattern.OfName(folded[(colon + 1)..]), pattern, folded, compiled.Literals.Count > 0);
    }

    internal bool Covers(ActionScope other) => IsAny || Service == other.Service && Name.Covers(other.Name);

    internal bool IsApartFrom(ActionScope other) => !IsAny && !other.IsAny && (Service != other.Service || Name.IsApartFrom(other.Name));
}

/// <summary>A resource pattern with its readings.</summary>
internal sealed record ResourceScope(string Text, SymbolicPattern[] Readings, bool IsEverything, bool HasVariables)
{
    internal static ResourceScope Read(string pattern, bool variables, bool pads)
    {
        var everything = ResourcePatterns.IsEverything(pattern);
        var tokens = PatternToken.Read(pattern, wildcards: true, variables);
        return new(pattern, everything ? [SymbolicPattern.OfName("*")] : SymbolicPattern.OfResource(tokens, pads), everything, Array.Exists(tokens, token => token.Variable is not null));
    }

    // The request resource * is matched by nothing but * (R36). What a variable stands for is known only to be the same in the same text.
    internal bool Covers(ResourceScope other) => IsEverything
        || HasVariables && other.HasVariables && Text == other.Text
        || !HasVariables && !other.IsEverything && other.Readings.All(theirs => Readings.Any(own => own.Covers(theirs)));

    internal bool IsApartFrom(ResourceScope other) => !IsEverything && !other.IsEverything && Readings.All(own => other.Readings.All(own.IsApartFrom));
}
