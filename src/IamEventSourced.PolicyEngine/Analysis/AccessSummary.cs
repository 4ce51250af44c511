using System.Text;

namespace IamEventSourced.PolicyEngine;

/// <summary>What a set of policies allows and denies, put together by service for people to read. The evaluator decides, not this.</summary>
/// <param name="Lines">Denies first, then by service.</param>
public sealed record AccessSummary(IReadOnlyList<AccessSummaryLine> Lines)
{
    /// <summary>
    /// The summary of a set: one line for each service of statements with the same resources and conditions. Left out are allows that one deny takes away whole,
    /// statements that add nothing to another, and actions that a pattern of the same line has too.
    /// </summary>
    public static AccessSummary Of(GrantSet policies)
    {
        ArgumentNullException.ThrowIfNull(policies);
        var all = StatementScope.Of(policies);
        return new(
        [
            .. from statement in all.Where((statement, index) => !all.Where((other, place) => other != statement && Hides(other, statement, place < index)).Any())
               let source = statement.Source
               let exceptActions = source.Actions.Inverted
               let exceptResources = source.Resources is { Inverted: true }
               from action in statement.Actions
               group (Action: action, Statement: statement) by (
                   source.Effect, Service: exceptActions ? "*" : action.Service ?? "*", exceptResources,
                   Except: exceptActions ? source : null, // all but a, and all but b, are not all but both
                   Resources: string.Join(", ", statement.Resources.Select(resource => resource.Text)), Conditions: string.Join(" and ", source.Conditions.Select(Text))) into line
               orderby line.Key.Effect, line.Key.Service, line.Key.Resources, line.Key.Conditions
               select new AccessSummaryLine(line.Key.Effect, line.Key.Service, line.Key.Except is not null, Widest([.. line.Select(one => one.Action)]),
                   line.Key.exceptResources, [.. line.First().Statement.Resources.Select(resource => resource.Text)], line.Key.Conditions),
        ]);
    }

    /// <summary>One line each.</summary>
    public override string ToString() => string.Join('\n', Lines);

    private static bool Hides(StatementScope other, StatementScope statement, bool isBefore) =>
        (!other.IsAllow || statement.IsAllow) && other.Covers(statement) && (other.IsAllow != statement.IsAllow || isBefore || !statement.Covers(other));

    private static string[] Widest(ActionScope[] actions)
    {
        actions = [.. actions.DistinctBy(action => action.Text, StringComparer.OrdinalIgnoreCase)];
        (int Place, ActionScope Action)[] patterns = [.. actions.Index().Where(one => !one.Item.IsWhole)];

        // Of two that take the same the first stays.
        return
        [
            .. actions.Where((action, index) => !Array.Exists(patterns, other => other.Place != index && other.Action.Covers(action) && (other.Place < index || !action.Covers(other.Action))))
                .Select(action => action.Text).Order(StringComparer.OrdinalIgnoreCase),
        ];
    }

    private static string Text(PolicyCondition condition) => $"{condition.Key} {condition.Operator} {string.Join(" or ", condition.Values)}";
}

/// <summary>A line of a summary.</summary>
/// <param name="Effect">Allow or Deny.</param>
/// <param name="Service">The service, folded; <c>*</c> for all.</param>
/// <param name="ExceptActions">Whether the actions are those that are left out.</param>
/// <param name="Actions">The action patterns as written.</param>
/// <param name="ExceptResources">Whether the resources are those that are left out.</param>
/// <param name="Resources">The resource patterns as written.</param>
/// <param name="Conditions">The conditions in words; empty where there are none.</param>
public sealed record AccessSummaryLine(Effect Effect, string Service, bool ExceptActions, IReadOnlyList<string> Actions, bool ExceptResources, IReadOnlyList<string> Resources, string Conditions)
{
    /// <summary>As <c>Allow s3:Get*, s3:List* on arn:aws:s3:::b/* where aws:username StringEquals alice</c>.</summary>
    public override string ToString() =>
        new StringBuilder($"{Effect} {(ExceptActions ? "all but " : "")}{string.Join(", ", Actions)} on {(ExceptResources ? "all but " : "")}{string.Join(", ", Resources)}")
            .Append(Conditions.Length > 0 ? $" where {Conditions}" : "").ToString();
}
