namespace IamEventSourced;

/// <summary>May this principal do this action on this resource? Asking about oneself needs no permission.</summary>
/// <param name="ActionName">The action, <c>service:name</c>, without wildcards.</param>
/// <param name="ResourceArn">The resource's ARN; "*" where none is given: the action has no resource.</param>
/// <param name="PrincipalArn">A user's ARN or root's; none: who asks. A group is refused.</param>
/// <param name="ContextEntries">What the request that is judged brings along, as the source address.</param>
public sealed record Authorize(ActionName ActionName, ResourceName? ResourceArn = null, Arn? PrincipalArn = null, ContextEntry[]? ContextEntries = null) : IQuery<AuthorizationResult>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => directory.RequiresToAsk(PrincipalArn, call);

    /// <inheritdoc/>
    public Answer<AuthorizationResult> Answer(Directory directory, Call call) =>
        directory.Asked(PrincipalArn, call) is { Value: var principal, Refusal: var refusal } && principal is null ? refusal!
            : directory.Authorize(new AuthorizationRequest(ActionName, ResourceArn, PrincipalArn, ContextEntries), principal);
}
