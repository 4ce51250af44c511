namespace IamEventSourced;

/// <summary>Deletes an inline policy of a user.</summary>
/// <param name="UserName">The user; the policy that bounds it is the condition key <c>iam:PermissionsBoundary</c>.</param>
/// <param name="PolicyName">The policy; one that the user does not have: NoSuchEntity.</param>
public sealed record DeleteUserPolicy(UserName UserName, PolicyName PolicyName) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.OnPermissionsOf(UserName)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);
        if (user.Policies.Find(PolicyName) is not { } policy) return IamError.NoSuchEntity("user policy", PolicyName);

        return new UserPolicyDeleted(user.Id, policy.Name);
    }
}
