namespace IamEventSourced;

/// <summary>Detaches a managed policy from a group.</summary>
/// <param name="GroupName">The group.</param>
/// <param name="PolicyArn">The policy; also the condition key <c>iam:PolicyARN</c>. One that is not attached: NoSuchEntity.</param>
public sealed record DetachGroupPolicy(GroupName GroupName, Arn PolicyArn) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [new Permission(directory.ArnOf(GroupName).Value).WithPolicy(PolicyArn)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Groups.Find(GroupName) is not { } group) return IamError.NoSuchEntity("group", GroupName);
        if (directory.FindPolicy(PolicyArn) is not { } policy || !group.Attached.Contains(policy.Id)) return IamError.NoSuchPolicy(PolicyArn);

        return new GroupPolicyDetached(group.Id, policy.Id);
    }
}
