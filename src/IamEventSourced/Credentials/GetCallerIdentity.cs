namespace IamEventSourced;

/// <summary>Who signed this request. Needs no permission.</summary>
[Service("sts")]
public sealed record GetCallerIdentity : IQuery<GetCallerIdentityAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [];

    /// <inheritdoc/>
    public Answer<GetCallerIdentityAnswer> Answer(Directory directory, Call call) =>
        new GetCallerIdentityAnswer(call.Caller.PrincipalId, call.Caller.Account, directory.ArnOf(call.Caller));
}

/// <summary>The caller.</summary>
public sealed record GetCallerIdentityAnswer(string UserId, AccountId Account, Arn Arn);
