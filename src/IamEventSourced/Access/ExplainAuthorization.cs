using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>
/// Why may this principal do this, or why not? The statements that decided, by which ways they are in force, and of each link of these ways the
/// event that made it. It tells who changed what, so it needs a permission also when one asks about oneself.
/// </summary>
/// <param name="ActionName">The action, <c>service:name</c>, without wildcards.</param>
/// <param name="ResourceArn">The resource's ARN; "*" where none is given: the action has no resource.</param>
/// <param name="PrincipalArn">A user's ARN or root's; none: who asks. A group is refused.</param>
/// <param name="ContextEntries">What the request that is judged brings along, as the source address.</param>
public sealed record ExplainAuthorization(ActionName ActionName, ResourceName? ResourceArn = null, Arn? PrincipalArn = null, ContextEntry[]? ContextEntries = null) : IHistoryQuery<ExplainAuthorizationAnswer>
{
    /// <summary>The most ways that are told by which nearest statements are in force.</summary>
    public const int MostNearest = 25;

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [PrincipalArn ?? directory.ArnOf(call.Caller)];

    /// <inheritdoc/>
    public async Task<Answer<ExplainAuthorizationAnswer>> Answer(Directory directory, Call call, IHistory history)
    {
        var (principal, refusal) = directory.Asked(PrincipalArn, call);
        if (principal is null) return refusal!;
        var request = new AuthorizationRequest(ActionName, ResourceArn, PrincipalArn, ContextEntries);
        var (result, unfit) = directory.Authorize(request, principal);
        if (result is null) return unfit!;
        var answer = new ExplainAuthorizationAnswer(result.Decision, result.Reason, PrincipalArn ?? directory.ArnOf(call.Caller), principal.User?.User.Id.Value ?? directory.Account.Value, call.At,
            [], [], null, [], [], result.Revision, result.EngineVersion, result.AllowedByPermissionsBoundary);
        if (principal.User is not { } user || directory.Closed is not null) return answer;

        var asked = directory.RequestOf(request, user).Value;
        var decision = Evaluator.Explain(user.Grants, user.BoundaryGrants, asked);
        var (missing, lacking) = Missing(user, decision, asked);
        AccessWay[] ways = [.. directory.WaysOf(user)];
        List<(AccessWay Way, MatchedStatement Statement)> matched = [.. from way in ways from one in decision.Matched where way.Has(one.PolicyId, one.Source) select (way, one)];
        List<(AccessWay Way, NearMiss Near)> nearest = [.. (from one in Nearest(user, asked, lacking) from way in ways where way.Has(one.PolicyId, one.Source) select (way, one)).Take(MostNearest)];
        List<(AccessWay Way, PolicyFailure Failure)> unread = [.. from failure in decision.Failures from way in ways where way.Source.Grant.PolicyId == failure.PolicyId select (way, failure)];

        var told = matched.Select(one => one.Way).Concat(nearest.Select(one => one.Way)).Concat(unread.Select(one => one.Way));
        var events = (await history.EventsAt([.. told.SelectMany(way => way.Links).Select(link => link.Since.Revision).Distinct()])).ToDictionary(recorded => recorded.Revision, Cause.Of);
        return answer with
        {
            MatchedStatements = [.. matched.Select(one => ExplainedStatement.Of(one.Way, one.Statement.Statement, Links(one.Way)))],
            UnreadablePolicies = [.. unread.Select(one => new UnreadablePolicy(one.Way.Source.PolicyName, one.Way.Source.PolicyArn, one.Way.Source.VersionId, one.Way.Source.Through, one.Way.Kind, one.Failure.Reason, Links(one.Way)))],
            Missing = missing,
            NearestStatements = [.. nearest.Select(one => ExplainedStatement.Of(one.Way, one.Near.Statement, Links(one.Way)) with { FailedPart = one.Near.Failed.ToString(), FailedConditions = [.. one.Near.Conditions.Select(UnmetCondition.Of)] })],
            ContextEntries = [.. asked.Context.Keys.Select(key => Entry(key, asked.Context[key]!.Value))],
        };

        IReadOnlyList<AccessLink> Links(AccessWay way) => [.. way.Links.Select(link => new AccessLink(link.Link, events[link.Since.Revision]))];
    }

    /// <summary>What an allow lacks, in words, and in which sets of policies; nothing where it is allowed.</summary>
    (string? Words, PolicySource[] Sets) Missing(AskedUser user, AccessDecision decision, in AccessRequest asked)
    {
        if (decision.Outcome is AccessOutcome.Allowed || decision.Failures.Count > 0) return (null, []);
        if (decision.Outcome is AccessOutcome.ExplicitDeny) return ("that no statement denies it", [PolicySource.Identity, PolicySource.PermissionsBoundary]);
        var granted = Evaluator.Decide(user.Grants, null, asked) is AccessOutcome.Allowed;
        var policies = $"a statement that allows {ActionName} on {asked.Resource}, in a policy of the user or of one of its groups";
        var boundary = $"one in its permissions boundary {user.Boundary?.PolicyName}";
        return (granted, decision.AllowedByBoundary) switch
        {
            (true, _) => ($"a statement that allows {ActionName} on {asked.Resource}: {boundary}", [PolicySource.PermissionsBoundary]),
            (_, false) => ($"{policies}; and {boundary}", [PolicySource.Identity, PolicySource.PermissionsBoundary]),
            _ => (policies, [PolicySource.Identity]),
        };
    }

    /// <summary>The statements of these sets that would have allowed it but for one part; first those that only ask for another request, then for another resource, then for another action.</summary>
    static IEnumerable<NearMiss> Nearest(AskedUser user, in AccessRequest asked, PolicySource[] sets) => sets.Length is 0 ? []
        : Evaluator.NearMisses(user.Grants, user.BoundaryGrants, asked).Where(near => near.Statement.Effect is Effect.Allow && sets.Contains(near.Source)).OrderByDescending(near => near.Failed);

    static ContextEntry Entry(string key, ContextValue value) => new(key, [.. value.Values], value.IsMulti ? new ContextKeyType("stringList") : null);
}

/// <summary>Why something is allowed or not.</summary>
/// <param name="Decision">allowed, implicitDeny or explicitDeny (R122).</param>
/// <param name="Reason">One sentence for people.</param>
/// <param name="PrincipalArn">Who was asked about, as named at that moment.</param>
/// <param name="PrincipalId">Its unique id; root's is the account's.</param>
/// <param name="At">The moment that was asked about: the time of conditions.</param>
/// <param name="MatchedStatements">The statements that decided, each with every way by which its policy is in force; none where nothing allows it, of root, and of a closed account.</param>
/// <param name="UnreadablePolicies">Policies that can't be read: as long as there is one, everything is denied.</param>
/// <param name="Missing">What it lacks to be allowed; absent where it is allowed.</param>
/// <param name="NearestStatements">The statements that would have allowed it but for one part, at most 25; a statement that has its policy by several ways counts several times.</param>
/// <param name="ContextEntries">The condition keys that were known of the request; none where no policy looks at any.</param>
/// <param name="Revision">The revision of the account that this was decided on.</param>
/// <param name="EngineVersion">The version of the policy engine.</param>
/// <param name="AllowedByPermissionsBoundary">Whether the principal's permissions boundary by itself allows it; absent where it has none (R128).</param>
public sealed record ExplainAuthorizationAnswer(string Decision, string Reason, Arn PrincipalArn, string PrincipalId, DateTimeOffset At, IReadOnlyList<ExplainedStatement> MatchedStatements, IReadOnlyList<UnreadablePolicy> UnreadablePolicies,
    string? Missing, IReadOnlyList<ExplainedStatement> NearestStatements, IReadOnlyList<ContextEntry> ContextEntries, long Revision, string EngineVersion, bool? AllowedByPermissionsBoundary = null);

/// <summary>A statement, where it stands, and the way by which it is in force.</summary>
/// <param name="Effect">Allow or Deny.</param>
/// <param name="PolicyName">The policy's name.</param>
/// <param name="PolicyArn">Its ARN; absent for an inline policy.</param>
/// <param name="VersionId">The version in force; absent for an inline policy.</param>
/// <param name="Sid">The statement's own id, where it has one.</param>
/// <param name="Statement">Which statement of the document, from 1.</param>
/// <param name="StartPosition">Where it begins in the policy's text, as AWS's simulator counts (R125).</param>
/// <param name="EndPosition">Where it ends.</param>
/// <param name="Text">The statement as it was written.</param>
/// <param name="Through">The user or group that has the policy: its ARN; root's, for what the account grants all its users.</param>
/// <param name="Way">Direct, Group, PermissionsBoundary or AllUsers.</param>
/// <param name="Links">What the way consists of, and the event that made each of it.</param>
/// <param name="FailedPart">Of a statement that did not match: Action, Resource, Principal or Condition.</param>
/// <param name="FailedConditions">The conditions that did not hold, where it was these.</param>
public sealed record ExplainedStatement(string Effect, PolicyName PolicyName, Arn? PolicyArn, VersionId? VersionId, string? Sid, int Statement, Position StartPosition, Position EndPosition, string Text,
    Arn Through, string Way, IReadOnlyList<AccessLink> Links, string? FailedPart = null, IReadOnlyList<UnmetCondition>? FailedConditions = null)
{
    internal static ExplainedStatement Of(AccessWay way, PolicyStatement statement, IReadOnlyList<AccessLink> links) => new(statement.Effect.ToString(), way.Source.PolicyName, way.Source.PolicyArn, way.Source.VersionId, statement.Sid, statement.Index + 1,
        Position.Of(statement.Start), Position.Of(statement.End), way.Source.Text.Document!.Text[statement.Span], way.Source.Through, way.Kind, links);
}

/// <summary>A place in a policy's text.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1: of the character after the token, in UTF-16 code units.</param>
public sealed record Position(int Line, int Column)
{
    internal static Position Of(TextPosition place) => new(place.Line, place.Column);
}

/// <summary>One link of the way by which a policy is in force.</summary>
/// <param name="Link">Membership (of the user in the group), Attachment, InlinePolicy (its text was put there), PolicyVersion (it was written), DefaultVersion (it was put in force), PermissionsBoundary (it was set) or PasswordPolicy (the account's).</param>
/// <param name="Event">The event that made it; what happened before, and was undone, is no cause any more.</param>
public sealed record AccessLink(string Link, Cause Event);

/// <summary>A policy that can't be read, so that everything is denied.</summary>
/// <param name="PolicyName">The policy's name.</param>
/// <param name="PolicyArn">Its ARN; absent for an inline policy.</param>
/// <param name="VersionId">The version in force; absent for an inline policy.</param>
/// <param name="Through">The user or group that has the policy: its ARN.</param>
/// <param name="Way">Direct, Group, PermissionsBoundary or AllUsers.</param>
/// <param name="Problem">Why it can't be read.</param>
/// <param name="Links">What the way consists of, and the event that made each of it.</param>
public sealed record UnreadablePolicy(PolicyName PolicyName, Arn? PolicyArn, VersionId? VersionId, Arn Through, string Way, string Problem, IReadOnlyList<AccessLink> Links);

/// <summary>A condition that did not hold.</summary>
/// <param name="Operator">As <c>IpAddress</c>.</param>
/// <param name="Key">The condition key.</param>
/// <param name="Values">What the statement asks of it.</param>
/// <param name="Given">What the request had; absent: nothing was known.</param>
public sealed record UnmetCondition(string Operator, string Key, IReadOnlyList<string> Values, IReadOnlyList<string>? Given)
{
    internal static UnmetCondition Of(FailedCondition failed) => new(failed.Condition.Operator.ToString(), failed.Condition.Key, [.. failed.Condition.Values], failed.Value is { } value ? [.. value.Values] : null);
}
