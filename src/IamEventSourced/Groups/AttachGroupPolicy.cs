namespace IamEventSourced;

/// <summary>Attaches a managed policy to a group. One that is attached already stays so.</summary>
/// <param name="GroupName">The group.</param>
/// <param name="PolicyArn">The policy; also the condition key <c>iam:PolicyARN</c>.</param>
public sealed record AttachGroupPolicy(GroupName GroupName, Arn PolicyArn) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [new Permission(directory.ArnOf(GroupName).Value).WithPolicy(PolicyArn)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Groups.Find(GroupName) is not { } group) return IamError.NoSuchEntity("group", GroupName);
        if (directory.FindPolicy(PolicyArn) is not { } policy) return IamError.NoSuchAttachable(PolicyArn);
        if (group.Attached.Contains(policy.Id)) return Outcome.Unchanged;
        if (group.Attached.Count >= directory.Quotas.AttachedPoliciesPerGroup) return IamError.LimitExceeded("PoliciesPerGroup", directory.Quotas.AttachedPoliciesPerGroup);

        return new GroupPolicyAttached(group.Id, policy.Id);
    }
}
