namespace IamEventSourced;

/// <summary>Attaches a managed policy to a user. One that is attached already stays so.</summary>
/// <param name="UserName">The user; the policy that bounds it is the condition key <c>iam:PermissionsBoundary</c>.</param>
/// <param name="PolicyArn">The policy; also the condition key <c>iam:PolicyARN</c>.</param>
public sealed record AttachUserPolicy(UserName UserName, Arn PolicyArn) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.OnPermissionsOf(UserName).WithPolicy(PolicyArn)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);
        if (directory.FindPolicy(PolicyArn) is not { } policy) return IamError.NoSuchAttachable(PolicyArn);
        if (user.Attached.Contains(policy.Id)) return Outcome.Unchanged;
        if (user.Attached.Count >= directory.Quotas.AttachedPoliciesPerUser) return IamError.LimitExceeded("PoliciesPerUser", directory.Quotas.AttachedPoliciesPerUser);

        return new UserPolicyAttached(user.Id, policy.Id);
    }
}
