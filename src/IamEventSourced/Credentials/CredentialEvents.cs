namespace IamEventSourced;

/// <summary>An access key was created, active; for the root user where no user is named. Of its secret, the fingerprint.</summary>
[Stored("access-key-created")]
public sealed record AccessKeyCreated(AccessKeyId AccessKeyId, UserId? UserId, Fingerprint Fingerprint) : AccountEvent
{
    /// <inheritdoc/>
    public override SecretId? KeepsSecret() => SecretKind.AccessKey.Of(AccessKeyId);

    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => UserId is null
        ? directory with { RootKeys = directory.RootKeys.With(AccessKeyId, new(AccessKeyId, stamp)) }
        : directory with
        {
            Users = directory.Users.With(UserId, user => user with { AccessKeys = user.AccessKeys.With(AccessKeyId, new(AccessKeyId, stamp)) }),
            KeyOwners = directory.KeyOwners.With(AccessKeyId, UserId),
        };
}

/// <summary>An access key was deleted, and its secret with it.</summary>
[Stored("access-key-deleted")]
public sealed record AccessKeyDeleted(AccessKeyId AccessKeyId, UserId? UserId) : AccountEvent
{
    /// <inheritdoc/>
    public override SecretId? EndsSecret() => SecretKind.AccessKey.Of(AccessKeyId);

    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => UserId is null
        ? directory with { RootKeys = directory.RootKeys.Without(AccessKeyId) }
        : directory with
        {
            Users = directory.Users.With(UserId, user => user with { AccessKeys = user.AccessKeys.Without(AccessKeyId) }),
            KeyOwners = directory.KeyOwners.Without(AccessKeyId),
        };
}

/// <summary>An access key was made active or inactive.</summary>
[Stored("access-key-status-set")]
public sealed record AccessKeyStatusSet(AccessKeyId AccessKeyId, UserId? UserId, StatusType Status) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => UserId is null
        ? directory with { RootKeys = Set(directory.RootKeys, stamp) }
        : directory with { Users = directory.Users.With(UserId, user => user with { AccessKeys = Set(user.AccessKeys, stamp) }) };

    Table<AccessKeyId, AccessKey> Set(Table<AccessKeyId, AccessKey> keys, Stamp stamp) => keys.TryGet(AccessKeyId, out var key)
        ? keys.With(AccessKeyId, key with { Status = Status, StatusSince = stamp })
        : throw new KeyNotFoundException($"The history does not have {AccessKeyId}.");
}
