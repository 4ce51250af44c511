namespace IamEventSourced;

/// <summary>Deletes a managed policy that nobody has and of which only the version in force is left; its tags go with it.</summary>
/// <param name="PolicyArn">The policy; one that is attached, is a permissions boundary or has more versions: DeleteConflict.</param>
public sealed record DeletePolicy(Arn PolicyArn) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [PolicyArn];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (PolicyArn.IsOfAwsPolicy) return directory.NotForChange(this, call, PolicyArn);
        if (directory.FindPolicy(PolicyArn) is not { } policy) return IamError.NoSuchPolicy(PolicyArn);
        if (policy.IsAttached) return IamError.DeleteConflict("Cannot delete a policy attached to entities.");
        if (policy.IsHeld) return IamError.DeleteConflict("Cannot delete a policy that is the permissions boundary of entities.");
        if (policy.Versions.Count > 1) return IamError.DeleteConflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.");

        return policy.Tags.TakeAll(key => new PolicyUntagged(policy.Id, key)).Append(new PolicyDeleted(policy.Id, policy.DefaultVersionId)).ToArray();
    }
}
