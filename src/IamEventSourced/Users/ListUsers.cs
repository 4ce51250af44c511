namespace IamEventSourced;

/// <summary>The account's users in the order of their names, a page at a time.</summary>
/// <param name="PathPrefix">Only users whose path begins so, with case; none: all.</param>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListUsers(PathPrefix? PathPrefix = null, Marker? Marker = null, MaxItems? MaxItems = null) : ICompletedQuery<ListUsersAnswer>, IPaged
{
    Extent IQuery.Extent => new Extent.Users(PathPrefix);

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Arn.Of(directory.Account, $"user{PathPrefix?.Value ?? "/"}")];

    /// <inheritdoc/>
    public Answer<ListUsersAnswer> Answer(Directory directory, Call call)
    {
        var page = this.Page(directory, directory.Users.After(this.After).Where(user => user.IsUnder(PathPrefix?.Value)), user => user.Name.Value);
        return new ListUsersAnswer([.. page.Items.Select(user => UserAnswer.Of(directory, user))], page.IsTruncated, page.Marker);
    }

    /// <inheritdoc/>
    public async Task<ListUsersAnswer> Complete(ListUsersAnswer answer, Directory directory, IHistory history) => answer with { Users = await UserAnswer.WithPasswordLastUsed(answer.Users, directory, history) };
}

/// <summary>A page of users.</summary>
/// <param name="Users">In the order of their names.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListUsersAnswer(IReadOnlyList<UserAnswer> Users, bool IsTruncated, Marker? Marker);
