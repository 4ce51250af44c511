namespace IamEventSourced;

/// <summary>The names of a user's inline policies, in order, a page at a time.</summary>
/// <param name="UserName">The user.</param>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListUserPolicies(UserName UserName, Marker? Marker = null, MaxItems? MaxItems = null) : IQuery<ListUserPoliciesAnswer>, IPaged
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(UserName)];

    /// <inheritdoc/>
    public Answer<ListUserPoliciesAnswer> Answer(Directory directory, Call call)
    {
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);

        var page = this.PageOf(directory, user.Policies);
        return new ListUserPoliciesAnswer(page.Items, page.IsTruncated, page.Marker);
    }
}

/// <summary>A page of the names of a user's inline policies.</summary>
/// <param name="PolicyNames">In order.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListUserPoliciesAnswer(IReadOnlyList<PolicyName> PolicyNames, bool IsTruncated, Marker? Marker);
