namespace IamEventSourced;

/// <summary>The groups that a user is in, in the order of their names, a page at a time.</summary>
/// <param name="UserName">The user.</param>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListGroupsForUser(UserName UserName, Marker? Marker = null, MaxItems? MaxItems = null) : IQuery<ListGroupsForUserAnswer>, IPaged
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(UserName)];

    /// <inheritdoc/>
    public Answer<ListGroupsForUserAnswer> Answer(Directory directory, Call call)
    {
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);

        var page = this.PageByName(directory, user.Groups.Select(membership => directory.Groups[membership.Key]), group => group.Name.Value);
        return new ListGroupsForUserAnswer([.. page.Items.Select(group => GroupAnswer.Of(directory, group))], page.IsTruncated, page.Marker);
    }
}

/// <summary>A page of the groups that a user is in.</summary>
/// <param name="Groups">In the order of their names.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListGroupsForUserAnswer(IReadOnlyList<GroupAnswer> Groups, bool IsTruncated, Marker? Marker);
