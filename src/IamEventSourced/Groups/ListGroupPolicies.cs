namespace IamEventSourced;

/// <summary>The names of a group's inline policies, in order, a page at a time.</summary>
/// <param name="GroupName">The group.</param>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListGroupPolicies(GroupName GroupName, Marker? Marker = null, MaxItems? MaxItems = null) : IQuery<ListGroupPoliciesAnswer>, IPaged
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(GroupName)];

    /// <inheritdoc/>
    public Answer<ListGroupPoliciesAnswer> Answer(Directory directory, Call call)
    {
        if (directory.Groups.Find(GroupName) is not { } group) return IamError.NoSuchEntity("group", GroupName);

        var page = this.PageOf(directory, group.Policies);
        return new ListGroupPoliciesAnswer(page.Items, page.IsTruncated, page.Marker);
    }
}

/// <summary>A page of the names of a group's inline policies.</summary>
/// <param name="PolicyNames">In order.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListGroupPoliciesAnswer(IReadOnlyList<PolicyName> PolicyNames, bool IsTruncated, Marker? Marker);
