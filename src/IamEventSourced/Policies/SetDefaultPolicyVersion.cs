namespace IamEventSourced;

/// <summary>Puts a version of a managed policy in force, for all who have the policy. One that is in force already stays so.</summary>
/// <param name="PolicyArn">The policy.</param>
/// <param name="VersionId">The version; one that is not kept: NoSuchEntity.</param>
public sealed record SetDefaultPolicyVersion(Arn PolicyArn, VersionId VersionId) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [PolicyArn];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (PolicyArn.IsOfAwsPolicy) return directory.NotForChange(this, call, PolicyArn);
        if (directory.FindPolicy(PolicyArn) is not { } policy) return IamError.NoSuchPolicy(PolicyArn);
        if (policy.Find(VersionId) is null) return IamError.NoSuchVersion(PolicyArn, VersionId);
        if (policy.DefaultVersionId == VersionId) return Outcome.Unchanged;

        return new DefaultPolicyVersionSet(policy.Id, VersionId);
    }
}
