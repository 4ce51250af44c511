namespace IamEventSourced.PolicyEngine;

/// <summary>What may be wrong with policies that AWS would store.</summary>
public enum LintRule
{
    /// <summary>Allows everything on everything.</summary>
    FullAccess,

    /// <summary>Allows every action, on some resources or under conditions.</summary>
    EveryAction,

    /// <summary>Allows all but some actions: also those that come to be later.</summary>
    AllowNotAction,

    /// <summary>Allows all but some resources: also those that come to be later.</summary>
    AllowNotResource,

    /// <summary>A statement that matches no request.</summary>
    NeverMatches,

    /// <summary>An action pattern that matches no action.</summary>
    UnmatchableAction,

    /// <summary>An Allow all of which some Deny takes away.</summary>
    Shadowed,

    /// <summary>A statement all of which another of the same effect does too.</summary>
    Redundant,

    /// <summary>A known way to gain more permissions.</summary>
    PrivilegeEscalation,
}

/// <summary>Something that may be wrong.</summary>
/// <param name="Rule">What kind of thing.</param>
/// <param name="PolicyId">What the caller of the engine calls the policy.</param>
/// <param name="Path">The element, as <c>$.Statement[0].Action[1]</c>.</param>
/// <param name="Start">Its first character.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="Citation">Where the danger is described; only of <see cref="LintRule.PrivilegeEscalation"/>.</param>
public sealed record LintFinding(LintRule Rule, string PolicyId, string Path, TextPosition Start, string Message, string? Citation = null);

/// <summary>Finds what may be wrong with policies of a principal: by the patterns alone, without knowing what exists.</summary>
public static class PolicyLinter
{
    /// <summary>All findings, by policy and statement. Policies that could not be compiled are left to <see cref="GrantSet.Failures"/>.</summary>
    /// <param name="policies">The policies that hold together: one may take away or repeat what another allows.</param>
    public static IReadOnlyList<LintFinding> Check(GrantSet policies)
    {
        ArgumentNullException.ThrowIfNull(policies);
        var statements = StatementScope.Of(policies);
        return
        [
            .. statements.SelectMany((statement, index) => Statement(statement, index, statements)),
            .. EscalationWay.All.SelectMany(way => Escalation(way, statements)),
        ];
    }

    private static IEnumerable<LintFinding> Statement(StatementScope statement, int index, StatementScope[] all)
    {
        var source = statement.Source;
        foreach (var (pattern, place) in source.Actions.Patterns.Select((pattern, place) => (pattern, place)))
            if (ActionScope.Read(pattern) is null) yield return Find(statement, LintRule.UnmatchableAction, ActionPath(statement, place), $"'{pattern}' matches no action.");

        if (NeverMatches(statement) is { } why)
        {
            yield return Find(statement, LintRule.NeverMatches, "", why);
            yield break;
        }
        if (statement.IsAllow)
        {
            var everyAction = !source.Actions.Inverted && statement.Actions.Any(action => action.IsAny);
            var everyResource = source.Resources is not { Inverted: true } && statement.Resources.Any(resource => resource.IsEverything);
            if (everyAction && everyResource && source.Conditions.IsEmpty) yield return Find(statement, LintRule.FullAccess, ".Action", "Allows every action on every resource.");
            else if (everyAction) yield return Find(statement, LintRule.EveryAction, ".Action", "Allows every action of every service.");
            if (source.Actions.Inverted) yield return Find(statement, LintRule.AllowNotAction, ".NotAction", "Allows all other actions, also of services to come.");
            if (source.Resources is { Inverted: true }) yield return Find(statement, LintRule.AllowNotResource, ".NotResource", "Allows all other resources, also those to come.");
            if (Array.Find(all, other => !other.IsAllow && other.Covers(statement)) is { } deny)
                yield return Find(statement, LintRule.Shadowed, "", $"Allows nothing: {Name(deny)} denies all of it.");
        }

        // Of two that say the same the first stays.
        var wider = all.Where((other, place) => other != statement && other.IsAllow == statement.IsAllow && other.Covers(statement) && (place < index || !statement.Covers(other))).FirstOrDefault();
        if (wider is not null) yield return Find(statement, LintRule.Redundant, "", $"Adds nothing: {Name(wider)} {(wider.IsAllow ? "allows" : "denies")} all of it.");
    }

    private static string? NeverMatches(StatementScope statement)
    {
        var source = statement.Source;
        if (source.Actions.Inverted ? statement.Actions.Any(action => action.IsAny) : statement.Actions.Count == 0) return "No action is left.";
        if (source.Resources is { Inverted: true } ? statement.Resources.Any(resource => resource.IsEverything) : statement.Resources.Count == 0) return "No resource is left.";
        return source.Conditions.FirstOrDefault(IsNeverTrue) is { Key: not null } condition ? $"{condition.Operator} {condition.Key} is never true." : null;
    }

    // R54, R57, R65, R69.
    private static bool IsNeverTrue(PolicyCondition condition)
    {
        var op = condition.Operator;
        if (op.Test == ConditionTest.Null) return !condition.Values.Any(value => bool.TryParse(value, out _));
        return !op.Negated && op.Quantifier != SetQuantifier.ForAllValues && !(op.IfExists && op.Quantifier == SetQuantifier.None) && !condition.Values.Any(value => CanMatch(op.Test, value));
    }

    private static bool CanMatch(ConditionTest test, string value) => test switch
    {
        >= ConditionTest.NumericEquals and <= ConditionTest.NumericGreaterThanEquals => ExactDecimal.Parse(value) is not null,
        >= ConditionTest.DateEquals and <= ConditionTest.DateGreaterThanEquals => Instant.Parse(value) is not null,
        ConditionTest.BinaryEquals => BinaryCondition.Bytes(value) is not null,
        ConditionTest.IpAddress => IpRange.Parse(value) is not null,
        ConditionTest.Bool => value.Contains("${", StringComparison.Ordinal) || bool.TryParse(value, out _),
        ConditionTest.ArnEquals or ConditionTest.ArnLike => value.Contains("${", StringComparison.Ordinal) || ArnSegments.Split(value).Length == ArnSegments.Count,
        _ => true,
    };

    private static IEnumerable<LintFinding> Escalation(EscalationWay way, StatementScope[] statements)
    {
        var found = way.Actions.Select(action => Granting(way, action, statements)).ToArray();
        if (found.Any(one => one is null)) yield break;
        var (statement, place) = found[0]!.Value;
        var conditions = found.Any(one => !one!.Value.Statement.Source.Conditions.IsEmpty) ? ", under conditions" : "";
        yield return Find(statement, LintRule.PrivilegeEscalation, ActionPath(statement, place), $"{string.Join(" with ", way.Actions)}: who has it {way.Name}{conditions}.", way.Citation);
    }

    /// <summary>The first statement that allows the action on resources of the way and is not denied there in any case; and which of its patterns does.</summary>
    private static (StatementScope Statement, int Place)? Granting(EscalationWay way, string actionName, StatementScope[] statements)
    {
        var action = ActionScope.Read(actionName)!;
        var target = ResourceScope.Read(way.Resource, variables: false, pads: true);
        foreach (var statement in statements.Where(statement => statement.IsAllow && NeverMatches(statement) is null))
        {
            if (statement.Names(action) == statement.Source.Actions.Inverted) continue;
            var resources = statement.Source.Resources is { Inverted: true } ? [target] : statement.Resources.Where(own => Reaches(own, target) && !(way.OnOthers && IsOwn(own))).ToArray();
            if (!resources.Any(resource => !IsDenied(action, resource, statements))) continue;
            return (statement, statement.Source.Actions.Inverted ? 0 : statement.Source.Actions.Patterns.IndexOf(statement.Actions.First(own => own.Covers(action)).Text));
        }
        return null;
    }

    // R36: an action without resources is matched by nothing but *.
    private static bool Reaches(ResourceScope own, ResourceScope target) => target.IsEverything ? own.IsEverything : !own.IsApartFrom(target);

    private static bool IsOwn(ResourceScope resource) => resource.HasVariables && resource.Text.EndsWith("${aws:username}", StringComparison.OrdinalIgnoreCase);

    private static bool IsDenied(ActionScope action, ResourceScope resource, StatementScope[] statements) => Array.Exists(statements, deny =>
        !deny.IsAllow && deny.Source.Conditions.IsEmpty
        && deny.Names(action) != deny.Source.Actions.Inverted
        && deny.Source.Resources is not { Inverted: true } && deny.Resources.Any(own => own.Covers(resource)));

    private static string ActionPath(StatementScope statement, int place)
    {
        var member = statement.Source.Actions.Inverted ? ".NotAction" : ".Action";
        return statement.Source.Actions.Inverted || statement.Source.Actions.Patterns.Length == 1 ? member : member + (PathStep)place;
    }

    private static string Name(StatementScope statement) =>
        $"{(statement.Source.Sid is { Length: > 0 } sid ? $"\"{sid}\"" : $"statement {statement.Source.Index + 1}")} of {statement.Grant.PolicyId}";

    private static LintFinding Find(StatementScope statement, LintRule rule, string member, string message, string? citation = null)
    {
        var document = statement.Grant.Policy.Document!;
        var path = document.PathOf(statement.Source) + member;
        return new(rule, statement.Grant.PolicyId, path, document.Find(path)?.Start ?? statement.Source.Start, message, citation);
    }
}
