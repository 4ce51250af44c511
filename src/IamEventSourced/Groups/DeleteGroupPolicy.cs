namespace IamEventSourced;

/// <summary>Deletes an inline policy of a group.</summary>
/// <param name="GroupName">The group.</param>
/// <param name="PolicyName">The policy; one that the group does not have: NoSuchEntity.</param>
public sealed record DeleteGroupPolicy(GroupName GroupName, PolicyName PolicyName) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(GroupName)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Groups.Find(GroupName) is not { } group) return IamError.NoSuchEntity("group", GroupName);
        if (group.Policies.Find(PolicyName) is not { } policy) return IamError.NoSuchEntity("group policy", PolicyName);

        return new GroupPolicyDeleted(group.Id, policy.Name);
    }
}
