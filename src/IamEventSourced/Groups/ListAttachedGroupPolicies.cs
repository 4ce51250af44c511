namespace IamEventSourced;

/// <summary>The managed policies that are attached to a group itself, in the order of their names, a page at a time.</summary>
/// <param name="GroupName">The group.</param>
/// <param name="PathPrefix">Only policies whose path begins so, with case; none: all.</param>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListAttachedGroupPolicies(GroupName GroupName, PolicyPath? PathPrefix = null, Marker? Marker = null, MaxItems? MaxItems = null)
    : IQuery<ListAttachedGroupPoliciesAnswer>, IPaged
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(GroupName)];

    /// <inheritdoc/>
    public Answer<ListAttachedGroupPoliciesAnswer> Answer(Directory directory, Call call)
    {
        if (directory.Groups.Find(GroupName) is not { } group) return IamError.NoSuchEntity("group", GroupName);

        var page = this.PageOf(directory, group.Attached, PathPrefix);
        return new ListAttachedGroupPoliciesAnswer(page.Items, page.IsTruncated, page.Marker);
    }
}

/// <summary>A page of the policies that are attached to a group.</summary>
/// <param name="AttachedPolicies">In the order of their names.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListAttachedGroupPoliciesAnswer(IReadOnlyList<AttachedPolicyAnswer> AttachedPolicies, bool IsTruncated, Marker? Marker);
