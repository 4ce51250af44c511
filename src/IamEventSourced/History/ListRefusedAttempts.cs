namespace IamEventSourced;

/// <summary>
/// What was tried and refused for lack of permission or of a good signature, newest first. It is kept beside the account's stream, so it is
/// of no revision. Attempts that name no account are the operator's to see, who asks account 000000000000.
/// </summary>
/// <param name="PrincipalId">Only of this principal: a user's id, the account's for its root, or <c>operator</c>.</param>
/// <param name="AccessKeyId">Only with this access key, also one that does not exist.</param>
/// <param name="ActionName">Only of this action.</param>
/// <param name="Code">Only with this error code, as <c>AccessDenied</c>.</param>
/// <param name="SourceIp">Only from this address.</param>
/// <param name="From">Only at this time or later.</param>
/// <param name="To">Only before this time.</param>
/// <param name="Marker">Where to go on, as the page before said.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListRefusedAttempts(PrincipalId? PrincipalId = null, AccessKeyId? AccessKeyId = null, ActionName? ActionName = null, RefusalCode? Code = null, SourceAddress? SourceIp = null,
    DateTimeOffset? From = null, DateTimeOffset? To = null, Marker? Marker = null, MaxItems? MaxItems = null) : IHistoryQuery<ListRefusedAttemptsAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) =>
        [call.Caller is OperatorCaller && directory.Account == AccountId.Operator ? Permission.OfOperator : Permission.OnAccount];

    string IHistoryQuery.OnlyNow => "Refused attempts are of no revision: say From and To.";

    /// <inheritdoc/>
    public async Task<Answer<ListRefusedAttemptsAnswer>> Answer(Directory directory, Call call, IHistory history)
    {
        var before = Marker?.ReadMoment();
        if (Marker is not null && before is null) return Paging.InvalidMarker;
        var count = MaxItems?.Value ?? 100;
        var found = await history.RefusedAttempts(this, before, count + 1);
        var more = found.Count > count;
        return new ListRefusedAttemptsAnswer([.. found.Take(count).Select(one => one.Attempt)], more, more ? Marker.Of(found[count - 1].Attempt.At, found[count - 1].Id) : null);
    }
}

/// <summary>A page of refused attempts.</summary>
/// <param name="Attempts">Newest first.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListRefusedAttemptsAnswer(IReadOnlyList<RefusedAttemptEntry> Attempts, bool IsTruncated, Marker? Marker);

/// <summary>A refused attempt, or a number of them of which no more is kept.</summary>
/// <param name="At">When; of several, at the end of their minute.</param>
/// <param name="PrincipalId">Who it was, or where the signature was wrong, who it would have been; absent: not known.</param>
/// <param name="AccessKeyId">The access key that was named.</param>
/// <param name="Action">What was tried; <c>*</c> for several.</param>
/// <param name="Code">The error code of the answer; <c>*</c> for several of different codes.</param>
/// <param name="Message">The answer's message.</param>
/// <param name="SourceIp">The address of the connection; absent for the bus, and when it was erased.</param>
/// <param name="CommandId">The command's id, where it had one.</param>
/// <param name="Attempts">How many.</param>
public sealed record RefusedAttemptEntry(DateTimeOffset At, string? PrincipalId, string? AccessKeyId, string Action, string Code, string Message, string? SourceIp, string? CommandId, long Attempts);

/// <summary>A principal's unique id: 1–128 letters and digits.</summary>
public sealed record PrincipalId(string Value) : Text<PrincipalId>(Value), IText<PrincipalId>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 128, "[A-Za-z0-9]+");
    /// <inheritdoc/>
    public static implicit operator PrincipalId(string text) => new(text);
}

/// <summary>An error code: 1–64 letters.</summary>
public sealed record RefusalCode(string Value) : Text<RefusalCode>(Value), IText<RefusalCode>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 64, "[A-Za-z]+");
    /// <inheritdoc/>
    public static implicit operator RefusalCode(string text) => new(text);
}

/// <summary>An IPv4 or IPv6 address as it is written, 2–45 characters.</summary>
public sealed record SourceAddress(string Value) : Text<SourceAddress>(Value), IText<SourceAddress>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(2, 45, "[0-9A-Fa-f:.]+");
    /// <inheritdoc/>
    public static implicit operator SourceAddress(string text) => new(text);
}
