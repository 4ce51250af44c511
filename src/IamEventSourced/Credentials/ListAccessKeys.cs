namespace IamEventSourced;

/// <summary>The access keys of a user or of root, without their secrets, in the order of their ids, a page at a time.</summary>
/// <param name="UserName">Whose; none: the caller's own.</param>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListAccessKeys(UserName? UserName = null, Marker? Marker = null, MaxItems? MaxItems = null) : IQuery<ListAccessKeysAnswer>, IPaged
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(UserName, call)];

    /// <inheritdoc/>
    public Answer<ListAccessKeysAnswer> Answer(Directory directory, Call call)
    {
        var user = directory.Find(UserName, call);
        // A caller of today need not have been there at the moment that is asked about.
        if (user is null && (UserName is not null || call.Caller is not RootCaller)) return IamError.NoSuchEntity("user", UserName?.Value ?? call.Caller.PrincipalId);

        var page = this.PageByName(directory, (user?.AccessKeys ?? directory.RootKeys).Select(key => key.Value), key => key.Id.Value);
        return new ListAccessKeysAnswer([.. page.Items.Select(key => new AccessKeyMetadata(user?.Name, key.Id, key.Status, key.Created.At))], page.IsTruncated, page.Marker);
    }
}

/// <summary>A page of access keys.</summary>
/// <param name="AccessKeyMetadata">In the order of their ids.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListAccessKeysAnswer(IReadOnlyList<AccessKeyMetadata> AccessKeyMetadata, bool IsTruncated, Marker? Marker);

/// <summary>An access key, as AWS lists it.</summary>
/// <param name="UserName">Whose; absent for root.</param>
/// <param name="AccessKeyId">Its id.</param>
/// <param name="Status">Active or Inactive.</param>
/// <param name="CreateDate">When it was made.</param>
public sealed record AccessKeyMetadata(UserName? UserName, AccessKeyId AccessKeyId, StatusType Status, DateTimeOffset CreateDate);
