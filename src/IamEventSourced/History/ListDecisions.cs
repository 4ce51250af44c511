namespace IamEventSourced;

/// <summary>
/// The decision log, newest first, as far as nodes are configured to keep it: what was answered to questions of access of that time, and what was asked of callers' own permissions; each with all that is
/// needed to ask it again. It is kept beside the account's stream, so it is of no revision itself.
/// </summary>
/// <param name="PrincipalId">Only about this principal: a user's id, or the account's for its root.</param>
/// <param name="ActionName">Only of this action; its case has no meaning. A page then looks at 20,000 decisions at most, and has fewer than MaxItems, or none, with a Marker to go on, where they are rare.</param>
/// <param name="Decision">Only these: allowed, implicitDeny or explicitDeny; with pages as for an action.</param>
/// <param name="From">Only at this time or later.</param>
/// <param name="To">Only before this time.</param>
/// <param name="Marker">Where to go on, as the page before said.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListDecisions(PrincipalId? PrincipalId = null, ActionName? ActionName = null, PolicyEvaluationDecisionType? Decision = null, DateTimeOffset? From = null, DateTimeOffset? To = null,
    Marker? Marker = null, MaxItems? MaxItems = null) : IHistoryQuery<ListDecisionsAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    string IHistoryQuery.OnlyNow => "The decision log is of no revision: say From and To.";

    /// <inheritdoc/>
    public async Task<Answer<ListDecisionsAnswer>> Answer(Directory directory, Call call, IHistory history)
    {
        var before = Marker?.ReadMoment();
        if (Marker is not null && before is null) return Paging.InvalidMarker;
        var count = MaxItems?.Value ?? 100;
        var (found, until) = await history.Decisions(this, before, count + 1);
        var last = found.Count > count ? (found[count - 1].Decision.At, found[count - 1].Id) : until;
        return new ListDecisionsAnswer([.. found.Take(count).Select(one => one.Decision)], before is null ? await history.DecisionGaps(From, To, MostGaps) : [], last is not null, last is var (at, id) ? Marker.Of(at, id) : null);
    }

    const int MostGaps = 1000;
}

/// <summary>A page of the decision log.</summary>
/// <param name="Decisions">Newest first.</param>
/// <param name="Gaps">When decisions that were to be kept were not, in the time that is asked about, whatever they were about; newest first, up to 1,000, on the first page alone.</param>
/// <param name="IsTruncated">Whether there are more decisions, or may be.</param>
/// <param name="Marker">Where to go on, when there are more, or may be.</param>
public sealed record ListDecisionsAnswer(IReadOnlyList<DecisionEntry> Decisions, IReadOnlyList<DecisionGap> Gaps, bool IsTruncated, Marker? Marker);

/// <summary>A decision as it was made.</summary>
/// <param name="At">When.</param>
/// <param name="Revision">The revision of the account that it was made on.</param>
/// <param name="EngineVersion">The policy engine's version. That of the catalogue of AWS-managed policies goes with the revision.</param>
/// <param name="OperationName">The operation that asked: Authorize or AuthorizeBatch (AuthZEN's too), or the one that needed the permission.</param>
/// <param name="RequestId">Its command id, or what stood for one.</param>
/// <param name="CallerId">Who sent it: a user's id, or the account's for its root.</param>
/// <param name="SignedBy">By what: an AccessKey, TemporaryCredentials, or a Password in the console.</param>
/// <param name="AccessKeyId">The access key that signed; of the console its session's.</param>
/// <param name="PrincipalId">Whom it is about; absent: nobody had the ARN.</param>
/// <param name="Request">What was asked, with the time and all that came with the request, so that it can be asked again. What the service knows by itself, as names and tags, is the revision's.</param>
/// <param name="Decision">allowed, implicitDeny or explicitDeny.</param>
/// <param name="Reason">One sentence for people, as it was answered.</param>
/// <param name="ErrorCode">Why the question of a batch could not be answered; absent: it was.</param>
/// <param name="NamesRevision">Of a permission to ask about the past: the revision whose names and tags the resource had; absent: the decision's own.</param>
/// <param name="OneIn">Of how many decisions the node kept one, by chance: 1 is all.</param>
public sealed record DecisionEntry(DateTimeOffset At, long Revision, string EngineVersion, OperationName OperationName, string RequestId, string CallerId, string SignedBy, string AccessKeyId, string? PrincipalId,
    AuthorizationRequest Request, string Decision, string Reason, string? ErrorCode, long? NamesRevision, int OneIn);

/// <summary>A time in which decisions were made that were to be kept and are not: they came faster than they could be written, were too large (a context of more than about 60,000 characters), or what came of them was in doubt.</summary>
/// <param name="From">When the first of them was made.</param>
/// <param name="To">When the last.</param>
/// <param name="Decisions">How many.</param>
public sealed record DecisionGap(DateTimeOffset From, DateTimeOffset To, long Decisions);

/// <summary>AWS: allowed, explicitDeny or implicitDeny (R122).</summary>
public sealed record PolicyEvaluationDecisionType(string Value) : Text<PolicyEvaluationDecisionType>(Value), IText<PolicyEvaluationDecisionType>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(7, 12, "allowed|explicitDeny|implicitDeny");
    /// <inheritdoc/>
    public static implicit operator PolicyEvaluationDecisionType(string text) => new(text);
}
