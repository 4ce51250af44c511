namespace IamEventSourced;

/// <summary>Writes an inline policy on a user, in place of one of the same name. The same text again changes nothing.</summary>
/// <param name="UserName">The user; the policy that bounds it is the condition key <c>iam:PermissionsBoundary</c>.</param>
/// <param name="PolicyName">Unique on the user without case.</param>
/// <param name="PolicyDocument">Its text; one that is no policy: MalformedPolicyDocument; all texts of the user together too long: LimitExceeded.</param>
public sealed record PutUserPolicy(UserName UserName, PolicyName PolicyName, PolicyText PolicyDocument) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.OnPermissionsOf(UserName)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);
        if (PolicyDocument.Malformation is { } malformation) return IamError.MalformedPolicyDocument(malformation);
        if (user.Policies.Find(PolicyName)?.Text == PolicyDocument) return Outcome.Unchanged;
        if (user.Policies.SizeWith(PolicyName, PolicyDocument) > directory.Quotas.UserPolicySize) return IamError.InlineTooLong(directory.Quotas.UserPolicySize, "user", user.Name);

        return new UserPolicyPut(user.Id, PolicyName, PolicyDocument);
    }
}
