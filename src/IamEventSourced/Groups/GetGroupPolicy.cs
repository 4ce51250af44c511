namespace IamEventSourced;

/// <summary>An inline policy of a group, with its text.</summary>
/// <param name="GroupName">The group.</param>
/// <param name="PolicyName">The policy.</param>
public sealed record GetGroupPolicy(GroupName GroupName, PolicyName PolicyName) : IQuery<GetGroupPolicyAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(GroupName)];

    /// <inheritdoc/>
    public Answer<GetGroupPolicyAnswer> Answer(Directory directory, Call call)
    {
        if (directory.Groups.Find(GroupName) is not { } group) return IamError.NoSuchEntity("group", GroupName);
        if (group.Policies.Find(PolicyName) is not { } policy) return IamError.NoSuchEntity("group policy", PolicyName);

        return new GetGroupPolicyAnswer(group.Name, policy.Name, policy.Text);
    }
}

/// <summary>An inline policy of a group.</summary>
/// <param name="GroupName">The group.</param>
/// <param name="PolicyName">The policy.</param>
/// <param name="PolicyDocument">Its text; AWS's Query protocol percent-encodes it.</param>
public sealed record GetGroupPolicyAnswer(GroupName GroupName, PolicyName PolicyName, PolicyText PolicyDocument);
