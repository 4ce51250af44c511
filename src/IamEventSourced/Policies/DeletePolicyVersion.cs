namespace IamEventSourced;

/// <summary>Deletes a version of a managed policy that is not in force. Its number is not used again.</summary>
/// <param name="PolicyArn">The policy.</param>
/// <param name="VersionId">The version; the one in force: DeleteConflict; one that is not kept: NoSuchEntity.</param>
public sealed record DeletePolicyVersion(Arn PolicyArn, VersionId VersionId) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [PolicyArn];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (PolicyArn.IsOfAwsPolicy) return directory.NotForChange(this, call, PolicyArn);
        if (directory.FindPolicy(PolicyArn) is not { } policy) return IamError.NoSuchPolicy(PolicyArn);
        if (policy.Find(VersionId) is null) return IamError.NoSuchVersion(PolicyArn, VersionId);
        if (policy.DefaultVersionId == VersionId) return IamError.DeleteConflict("Cannot delete the default version of a policy.");

        return new PolicyVersionDeleted(policy.Id, VersionId);
    }
}
