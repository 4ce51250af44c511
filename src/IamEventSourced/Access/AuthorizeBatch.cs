namespace IamEventSourced;

/// <summary>Up to 1,000 questions of access, answered together on one revision.</summary>
/// <param name="Requests">The questions, 1–1,000; the answers come in their order. One that can't be answered is denied, with the error.</param>
public sealed record AuthorizeBatch(AuthorizationRequest[] Requests) : IQuery<AuthorizeBatchAnswer>
{
    /// <summary>The most questions in one batch.</summary>
    public const int Most = 1000;

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) =>
        [.. Requests.Select(request => request.PrincipalArn).Distinct().SelectMany(principal => directory.RequiresToAsk(principal, call)).Select(needed => needed with { Action = "iam:Authorize" })];

    /// <inheritdoc/>
    public Answer<AuthorizeBatchAnswer> Answer(Directory directory, Call call)
    {
        if (Requests.Length is 0 or > Most) return IamError.ValidationError([$"Value at 'Requests' failed to satisfy constraint: Member must have length between 1 and {Most}"]);
        var results = new AuthorizationResult[Requests.Length];
        var asked = new Dictionary<string, Answer<AskedPrincipal>>(StringComparer.Ordinal);
        for (var i = 0; i < results.Length; i++)
        {
            var name = Requests[i].PrincipalArn?.Value ?? "";
            if (!asked.TryGetValue(name, out var principal)) asked[name] = principal = directory.Asked(Requests[i].PrincipalArn, call);
            var (result, refusal) = principal is { Value: { } known } ? directory.Authorize(Requests[i], known) : principal.Refusal!;
            results[i] = result ?? directory.Unanswered(refusal!);
        }
        return new AuthorizeBatchAnswer(results, directory.Revision);
    }
}

/// <summary>The answers, in the order of the questions.</summary>
public sealed record AuthorizeBatchAnswer(IReadOnlyList<AuthorizationResult> Results, long Revision);
