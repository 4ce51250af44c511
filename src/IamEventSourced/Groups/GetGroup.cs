namespace IamEventSourced;

/// <summary>A group and its members in the order of their names, a page at a time.</summary>
/// <param name="GroupName">The group.</param>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many members at most; 100 where none is given.</param>
public sealed record GetGroup(GroupName GroupName, Marker? Marker = null, MaxItems? MaxItems = null) : IQuery<GetGroupAnswer>, IPaged
{
    Extent IQuery.Extent => new Extent.Members();

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(GroupName)];

    /// <inheritdoc/>
    public Answer<GetGroupAnswer> Answer(Directory directory, Call call)
    {
        if (directory.Groups.Find(GroupName) is not { } group) return IamError.NoSuchEntity("group", GroupName);

        var page = this.PageByName(directory, group.Members.Select(member => directory.Users[member.Key]), user => user.Name.Value);
        return new GetGroupAnswer(GroupAnswer.Of(directory, group), [.. page.Items.Select(user => UserAnswer.Of(directory, user))], page.IsTruncated, page.Marker);
    }
}

/// <summary>The group and a page of its members.</summary>
/// <param name="Group">The group.</param>
/// <param name="Users">Its members in the order of their names.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record GetGroupAnswer(GroupAnswer Group, IReadOnlyList<UserAnswer> Users, bool IsTruncated, Marker? Marker);
