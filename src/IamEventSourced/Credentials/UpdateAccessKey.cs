namespace IamEventSourced;

/// <summary>Makes an access key active or inactive. What an inactive key signed is refused, also what waits; the last key and root's own may be made inactive too.</summary>
/// <param name="AccessKeyId">The key.</param>
/// <param name="Status">Active or Inactive; the one it has already changes nothing.</param>
/// <param name="UserName">Whose; none: the caller's own.</param>
public sealed record UpdateAccessKey(AccessKeyId AccessKeyId, StatusType Status, UserName? UserName = null) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(UserName, call)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        var user = directory.Find(UserName, call);
        if (UserName is not null && user is null) return IamError.NoSuchEntity("user", UserName);
        if (!(user?.AccessKeys ?? directory.RootKeys).TryGet(AccessKeyId, out var key)) return IamError.NoSuchEntity($"The Access Key with id {AccessKeyId} cannot be found.");
        if (key.Status == Status) return Outcome.Unchanged;

        return new AccessKeyStatusSet(AccessKeyId, user?.Id, Status);
    }
}
