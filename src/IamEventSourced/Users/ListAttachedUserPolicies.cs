namespace IamEventSourced;

/// <summary>The managed policies that are attached to a user itself, in the order of their names, a page at a time.</summary>
/// <param name="UserName">The user.</param>
/// <param name="PathPrefix">Only policies whose path begins so, with case; none: all.</param>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListAttachedUserPolicies(UserName UserName, PolicyPath? PathPrefix = null, Marker? Marker = null, MaxItems? MaxItems = null)
    : IQuery<ListAttachedUserPoliciesAnswer>, IPaged
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(UserName)];

    /// <inheritdoc/>
    public Answer<ListAttachedUserPoliciesAnswer> Answer(Directory directory, Call call)
    {
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);

        var page = this.PageOf(directory, user.Attached, PathPrefix);
        return new ListAttachedUserPoliciesAnswer(page.Items, page.IsTruncated, page.Marker);
    }
}

/// <summary>A page of the policies that are attached to a user.</summary>
/// <param name="AttachedPolicies">In the order of their names.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListAttachedUserPoliciesAnswer(IReadOnlyList<AttachedPolicyAnswer> AttachedPolicies, bool IsTruncated, Marker? Marker);
