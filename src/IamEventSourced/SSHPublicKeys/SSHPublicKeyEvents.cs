namespace IamEventSourced;

/// <summary>A user got an SSH public key, active; written as OpenSSH does, without a comment.</summary>
[Stored("ssh-public-key-uploaded")]
public sealed record SSHPublicKeyUploaded(SSHPublicKeyId SSHPublicKeyId, UserId UserId, SSHPublicKeyBody SSHPublicKeyBody) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with
    {
        Users = directory.Users.With(UserId, user => user with { SSHPublicKeys = user.SSHPublicKeys.With(SSHPublicKeyId, new(SSHPublicKeyId, SSHPublicKeyBody, stamp)) }),
        SSHKeyOwners = directory.SSHKeyOwners.With(SSHKey.Of(SSHPublicKeyBody).Fingerprint, UserId),
    };
}

/// <summary>An SSH public key was made active or inactive.</summary>
[Stored("ssh-public-key-status-set")]
public sealed record SSHPublicKeyStatusSet(SSHPublicKeyId SSHPublicKeyId, UserId UserId, StatusType Status) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with
    {
        Users = directory.Users.With(UserId, user => user with { SSHPublicKeys = user.SSHPublicKeys.With(SSHPublicKeyId, user.SSHPublicKeyOf(SSHPublicKeyId) with { Status = Status, StatusSince = stamp }) }),
    };
}

/// <summary>An SSH public key of a user was deleted.</summary>
[Stored("ssh-public-key-deleted")]
public sealed record SSHPublicKeyDeleted(SSHPublicKeyId SSHPublicKeyId, UserId UserId) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with
    {
        Users = directory.Users.With(UserId, user => user with { SSHPublicKeys = user.SSHPublicKeys.Without(SSHPublicKeyId) }),
        SSHKeyOwners = directory.SSHKeyOwners.Without(SSHKey.Of(directory.Users[UserId].SSHPublicKeyOf(SSHPublicKeyId).Body).Fingerprint),
    };
}
