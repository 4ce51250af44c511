namespace IamEventSourced;

/// <summary>The tags of a user in the order of their keys, a page at a time.</summary>
/// <param name="UserName">The user.</param>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListUserTags(UserName UserName, Marker? Marker = null, MaxItems? MaxItems = null) : IQuery<ListUserTagsAnswer>, IPaged
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(UserName)];

    /// <inheritdoc/>
    public Answer<ListUserTagsAnswer> Answer(Directory directory, Call call)
    {
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);

        var page = this.PageOf(directory, user.Tags);
        return new ListUserTagsAnswer(page.Items, page.IsTruncated, page.Marker);
    }
}

/// <summary>A page of the tags of a user.</summary>
/// <param name="Tags">In the order of their keys.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListUserTagsAnswer(IReadOnlyList<Tag> Tags, bool IsTruncated, Marker? Marker);
