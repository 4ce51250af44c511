namespace IamEventSourced;

/// <summary>A version of a managed policy, with its text.</summary>
/// <param name="PolicyArn">The policy.</param>
/// <param name="VersionId">The version; one that is not kept: NoSuchEntity.</param>
public sealed record GetPolicyVersion(Arn PolicyArn, VersionId VersionId) : IQuery<GetPolicyVersionAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [PolicyArn];

    /// <inheritdoc/>
    public Answer<GetPolicyVersionAnswer> Answer(Directory directory, Call call)
    {
        if (directory.FindPolicy(PolicyArn) is not { } policy) return IamError.NoSuchPolicy(PolicyArn);
        if (policy.Find(VersionId) is not { } version) return IamError.NoSuchVersion(PolicyArn, VersionId);

        return new GetPolicyVersionAnswer(PolicyVersionAnswer.Of(policy, version));
    }
}

/// <summary>The version.</summary>
public sealed record GetPolicyVersionAnswer(PolicyVersionAnswer PolicyVersion);
