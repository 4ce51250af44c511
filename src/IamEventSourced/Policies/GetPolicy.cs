namespace IamEventSourced;

/// <summary>A managed policy's description, without its text.</summary>
/// <param name="PolicyArn">The policy.</param>
public sealed record GetPolicy(Arn PolicyArn) : IQuery<GetPolicyAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [PolicyArn];

    /// <inheritdoc/>
    public Answer<GetPolicyAnswer> Answer(Directory directory, Call call) =>
        directory.FindPolicy(PolicyArn) is { } policy ? new GetPolicyAnswer(PolicyAnswer.Whole(directory, policy)) : IamError.NoSuchPolicy(PolicyArn);
}

/// <summary>The policy.</summary>
public sealed record GetPolicyAnswer(PolicyAnswer Policy);
