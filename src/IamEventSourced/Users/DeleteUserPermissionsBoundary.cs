namespace IamEventSourced;

/// <summary>Takes away a user's permissions boundary, so that its own policies alone say what it may do. A user without one stays so.</summary>
/// <param name="UserName">The user; the policy that bounds it is the condition key <c>iam:PermissionsBoundary</c>.</param>
public sealed record DeleteUserPermissionsBoundary(UserName UserName) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.OnPermissionsOf(UserName)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);
        if (user.Boundary is not { } boundary) return Outcome.Unchanged;

        return new UserPermissionsBoundaryDeleted(user.Id, boundary.PolicyId);
    }
}
