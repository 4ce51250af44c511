namespace IamEventSourced;

/// <summary>Deletes an access key and its secret; requests signed with it are refused from this revision on.</summary>
/// <param name="AccessKeyId">The key.</param>
/// <param name="UserName">Whose; none: the caller's own.</param>
public sealed record DeleteAccessKey(AccessKeyId AccessKeyId, UserName? UserName = null) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(UserName, call)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        var user = directory.Find(UserName, call);
        if (UserName is not null && user is null) return IamError.NoSuchEntity("user", UserName);
        if (!(user?.AccessKeys ?? directory.RootKeys).Contains(AccessKeyId)) return IamError.NoSuchEntity($"The Access Key with id {AccessKeyId} cannot be found.");

        return new AccessKeyDeleted(AccessKeyId, user?.Id);
    }
}
