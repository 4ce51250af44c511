namespace IamEventSourced;

/// <summary>Writes an inline policy on a group, in place of one of the same name. The same text again changes nothing.</summary>
/// <param name="GroupName">The group.</param>
/// <param name="PolicyName">Unique on the group without case.</param>
/// <param name="PolicyDocument">Its text; one that is no policy: MalformedPolicyDocument; all texts of the group together too long: LimitExceeded.</param>
public sealed record PutGroupPolicy(GroupName GroupName, PolicyName PolicyName, PolicyText PolicyDocument) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(GroupName)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Groups.Find(GroupName) is not { } group) return IamError.NoSuchEntity("group", GroupName);
        if (PolicyDocument.Malformation is { } malformation) return IamError.MalformedPolicyDocument(malformation);
        if (group.Policies.Find(PolicyName)?.Text == PolicyDocument) return Outcome.Unchanged;
        if (group.Policies.SizeWith(PolicyName, PolicyDocument) > directory.Quotas.GroupPolicySize) return IamError.InlineTooLong(directory.Quotas.GroupPolicySize, "group", group.Name);

        return new GroupPolicyPut(group.Id, PolicyName, PolicyDocument);
    }
}
