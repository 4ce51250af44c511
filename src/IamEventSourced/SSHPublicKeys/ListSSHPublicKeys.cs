namespace IamEventSourced;

/// <summary>The SSH public keys of a user, in the order of their ids, a page at a time.</summary>
/// <param name="UserName">Whose; none: the caller's own. Root has none.</param>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListSSHPublicKeys(UserName? UserName = null, Marker? Marker = null, MaxItems? MaxItems = null) : IQuery<ListSSHPublicKeysAnswer>, IPaged
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(UserName, call)];

    /// <inheritdoc/>
    public Answer<ListSSHPublicKeysAnswer> Answer(Directory directory, Call call)
    {
        var user = directory.Find(UserName, call);
        // A caller of today need not have been there at the moment that is asked about.
        if (user is null && (UserName is not null || call.Caller is not RootCaller)) return IamError.NoSuchEntity("user", UserName?.Value ?? call.Caller.PrincipalId);

        var page = this.PageByName(directory, user?.SSHPublicKeys.Select(key => key.Value) ?? [], key => key.Id.Value);
        return new ListSSHPublicKeysAnswer([.. page.Items.Select(key => new SSHPublicKeyMetadata(user!.Name, key.Id, key.Status, key.Uploaded.At))], page.IsTruncated, page.Marker);
    }
}

/// <summary>A page of SSH public keys.</summary>
/// <param name="SSHPublicKeys">In the order of their ids.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListSSHPublicKeysAnswer(IReadOnlyList<SSHPublicKeyMetadata> SSHPublicKeys, bool IsTruncated, Marker? Marker);

/// <summary>An SSH public key, as AWS lists it.</summary>
/// <param name="UserName">Whose.</param>
/// <param name="SSHPublicKeyId">Its id.</param>
/// <param name="Status">Active or Inactive.</param>
/// <param name="UploadDate">When it was uploaded.</param>
public sealed record SSHPublicKeyMetadata(UserName UserName, SSHPublicKeyId SSHPublicKeyId, StatusType Status, DateTimeOffset UploadDate);
