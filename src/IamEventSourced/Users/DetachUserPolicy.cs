namespace IamEventSourced;

/// <summary>Detaches a managed policy from a user.</summary>
/// <param name="UserName">The user; the policy that bounds it is the condition key <c>iam:PermissionsBoundary</c>.</param>
/// <param name="PolicyArn">The policy; also the condition key <c>iam:PolicyARN</c>. One that is not attached: NoSuchEntity.</param>
public sealed record DetachUserPolicy(UserName UserName, Arn PolicyArn) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.OnPermissionsOf(UserName).WithPolicy(PolicyArn)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);
        if (directory.FindPolicy(PolicyArn) is not { } policy || !user.Attached.Contains(policy.Id)) return IamError.NoSuchPolicy(PolicyArn);

        return new UserPolicyDetached(user.Id, policy.Id);
    }
}
