namespace IamEventSourced;

/// <summary>An inline policy of a user, with its text.</summary>
/// <param name="UserName">The user.</param>
/// <param name="PolicyName">The policy.</param>
public sealed record GetUserPolicy(UserName UserName, PolicyName PolicyName) : IQuery<GetUserPolicyAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(UserName)];

    /// <inheritdoc/>
    public Answer<GetUserPolicyAnswer> Answer(Directory directory, Call call)
    {
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);
        if (user.Policies.Find(PolicyName) is not { } policy) return IamError.NoSuchEntity("user policy", PolicyName);

        return new GetUserPolicyAnswer(user.Name, policy.Name, policy.Text);
    }
}

/// <summary>An inline policy of a user.</summary>
/// <param name="UserName">The user.</param>
/// <param name="PolicyName">The policy.</param>
/// <param name="PolicyDocument">Its text; AWS's Query protocol percent-encodes it.</param>
public sealed record GetUserPolicyAnswer(UserName UserName, PolicyName PolicyName, PolicyText PolicyDocument);
