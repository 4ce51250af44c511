using System.Globalization;
using System.Text.Json;
using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>What decides of a principal at a moment: every statement that is in force, with its way.</summary>
/// <param name="Statements">The statements of policies that can be read.</param>
/// <param name="Unread">The ways of policies that can't: as long as there is one, everything is denied.</param>
/// <param name="Boundary">The way of the permissions boundary; null: there is none.</param>
/// <param name="Grants">What the policies grant.</param>
/// <param name="BoundaryGrants">What the boundary lets through; null: everything.</param>
/// <param name="Own">The condition keys that the principal and the moment have by themselves.</param>
sealed record AccessInForce(IReadOnlyList<StatementInForce> Statements, IReadOnlyList<AccessWay> Unread, AccessWay? Boundary, GrantSet Grants, GrantSet? BoundaryGrants, RequestContext Own)
{
    /// <summary>Of nobody: nothing is allowed.</summary>
    public static AccessInForce None(RequestContext own) => new([], [], null, GrantSet.Empty, null, own);

    /// <summary>Of a user.</summary>
    public static AccessInForce Of(Directory directory, User user, DateTimeOffset at)
    {
        var asked = new AskedUser(directory, user, at);
        AccessWay[] ways = [.. directory.WaysOf(asked)];
        return Of(ways, asked.Grants, ways.FirstOrDefault(way => way.IsBoundary), asked.BoundaryGrants, directory.ContextOf(user, at).Build());
    }

    /// <summary>Of a group, as its members have it by it.</summary>
    public static AccessInForce Of(Directory directory, Group group, DateTimeOffset at) => Of([.. directory.WaysOf(group)], at);

    /// <summary>Of a policy by itself.</summary>
    public static AccessInForce Of(Directory directory, ManagedPolicy policy, DateTimeOffset at) => Of([directory.WayOf(policy)], at);

    static AccessInForce Of(AccessWay[] ways, DateTimeOffset at) => Of(ways, GrantSet.Of(ways.Select(way => way.Source.Grant)), null, null, Of(at));

    static AccessInForce Of(AccessWay[] ways, GrantSet grants, AccessWay? boundary, GrantSet? boundaryGrants, RequestContext own) =>
        new([.. ways.SelectMany(StatementInForce.Of)], [.. ways.Where(way => way.Source.Text.Document is null)], boundary, grants, boundaryGrants, own);

    /// <summary>What is known of a moment, whoever asks.</summary>
    public static RequestContext Of(DateTimeOffset at) => new RequestContext.Builder().Set("aws:CurrentTime", Json.Write(at)).Set("aws:EpochTime", at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)).Build();
}

/// <summary>A statement that is in force by a way.</summary>
/// <param name="Way">The way.</param>
/// <param name="Statement">The statement.</param>
sealed record StatementInForce(AccessWay Way, PolicyStatement Statement)
{
    /// <summary>The statements of the way's policy that count: one that names principals grants nothing here, but may deny.</summary>
    public static IEnumerable<StatementInForce> Of(AccessWay way) =>
        from statement in way.Source.Text.Document?.Statements ?? [] where statement is not { Effect: Effect.Allow, Principals: not null } select new StatementInForce(way, statement);

    /// <summary>As it was written.</summary>
    public string Text => Way.Source.Text.Document!.Text[Statement.Span];

    /// <summary>Equal for statements that mean the same in the same place, whatever policy they stand in.</summary>
    public (bool IsBoundary, bool HasVariables, string Text) Meaning => (Way.IsBoundary, Way.Source.Text.Document!.HasVariables, Text);

    public bool IsAllow => Statement.Effect is Effect.Allow;

    /// <summary>The statement as a policy of its own.</summary>
    public PolicyGrant Alone => field ??= new(Text, CompiledPolicy.Compile($$$"""{{{{(Way.Source.Text.Document!.HasVariables ? "\"Version\":\"2012-10-17\"," : "")}}}"Statement":{{{Text}}}}"""));

    /// <summary>For people.</summary>
    public string Access => string.Join("; ", AccessSummary.Of(GrantSet.Of(Alone)).Lines);

    /// <summary>Whether it may match otherwise at two moments, of which these condition keys differ.</summary>
    public bool DependsOn(IReadOnlyCollection<string> keys, RequestContext before, RequestContext after) => keys.Count > 0
        && (Variables.Any(name => keys.Contains(name, StringComparer.OrdinalIgnoreCase))
            || Statement.Conditions.Any(condition => keys.Contains(condition.Key, StringComparer.OrdinalIgnoreCase) && (Variables.Count > 0 || Holds(condition, before) != Holds(condition, after))));

    /// <summary>Whether it looks at such a condition key, in a condition or by a variable.</summary>
    public bool Looks(Func<string, bool> isSuch) => Variables.Any(isSuch) || Statement.Conditions.Any(condition => isSuch(condition.Key));

    IReadOnlyList<string> Variables => field ??= [.. ContextKeys.Variables(Way.Source.Text.Document!, Statement)];

    static bool Holds(PolicyCondition condition, RequestContext context)
    {
        var alone = new Dictionary<string, Dictionary<string, string[]>> { [condition.Operator.ToString()] = new() { [condition.Key] = [.. condition.Values] } };
        var policy = CompiledPolicy.Compile($$$"""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{{JsonSerializer.Serialize(alone)}}}}}""");
        return Evaluator.Decide(GrantSet.Of(new PolicyGrant("", policy)), null, new("a:b", "*", context)) is AccessOutcome.Allowed;
    }
}
