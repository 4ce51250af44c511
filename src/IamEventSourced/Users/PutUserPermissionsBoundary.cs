namespace IamEventSourced;

/// <summary>Makes a managed policy the permissions boundary of a user, in place of one that it had. One that is so already stays so.</summary>
/// <param name="UserName">The user.</param>
/// <param name="PermissionsBoundary">The policy; also the condition key <c>iam:PermissionsBoundary</c>.</param>
public sealed record PutUserPermissionsBoundary(UserName UserName, Arn PermissionsBoundary) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [new Permission(directory.ArnOf(UserName).Value).WithBoundary(PermissionsBoundary)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);
        if (directory.FindPolicy(PermissionsBoundary) is not { } policy) return IamError.NoSuchAttachable(PermissionsBoundary);
        if (user.Boundary?.PolicyId == policy.Id) return Outcome.Unchanged;

        return new UserPermissionsBoundaryPut(user.Id, policy.Id, user.Boundary?.PolicyId);
    }
}
