namespace IamEventSourced;

/// <summary>The account's groups in the order of their names, a page at a time.</summary>
/// <param name="PathPrefix">Only groups whose path begins so, with case; none: all.</param>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListGroups(PathPrefix? PathPrefix = null, Marker? Marker = null, MaxItems? MaxItems = null) : IQuery<ListGroupsAnswer>, IPaged
{
    Extent IQuery.Extent => new Extent.Groups(PathPrefix);

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Arn.Of(directory.Account, $"group{PathPrefix?.Value ?? "/"}")];

    /// <inheritdoc/>
    public Answer<ListGroupsAnswer> Answer(Directory directory, Call call)
    {
        var page = this.Page(directory, directory.Groups.After(this.After).Where(group => group.IsUnder(PathPrefix?.Value)), group => group.Name.Value);
        return new ListGroupsAnswer([.. page.Items.Select(group => GroupAnswer.Of(directory, group))], page.IsTruncated, page.Marker);
    }
}

/// <summary>A page of groups.</summary>
/// <param name="Groups">In the order of their names.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListGroupsAnswer(IReadOnlyList<GroupAnswer> Groups, bool IsTruncated, Marker? Marker);
