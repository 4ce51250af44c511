namespace IamEventSourced;

/// <summary>A user was created.</summary>
[Stored("user-created")]
public sealed record UserCreated(UserId UserId, UserName UserName, IamPath Path) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) =>
        directory with { Users = directory.Users.With(new User(UserId, UserName, Path, stamp)) };
}

/// <summary>A user got this name and path.</summary>
[Stored("user-renamed")]
public sealed record UserRenamed(UserId UserId, UserName UserName, IamPath Path) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) =>
        directory with { Users = directory.Users.With(UserId, user => user with { Name = UserName, Path = Path }) };
}

/// <summary>A user was deleted; it had nothing left.</summary>
[Stored("user-deleted")]
public sealed record UserDeleted(UserId UserId) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) =>
        directory with { Users = directory.Users.Without(UserId) };
}

/// <summary>An inline policy was written on a user, in place of one of the same name.</summary>
[Stored("user-policy-put")]
public sealed record UserPolicyPut(UserId UserId, PolicyName PolicyName, PolicyText PolicyDocument) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with
    {
        Users = directory.Users.With(UserId, user => user with { Policies = user.Policies.With(PolicyName, new(PolicyName, PolicyDocument, stamp)) }),
    };
}

/// <summary>An inline policy of a user was deleted.</summary>
[Stored("user-policy-deleted")]
public sealed record UserPolicyDeleted(UserId UserId, PolicyName PolicyName) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with
    {
        Users = directory.Users.With(UserId, user => user with { Policies = user.Policies.Without(PolicyName) }),
    };
}

/// <summary>A managed policy became a user's permissions boundary, in place of another where there was one.</summary>
[Stored("user-permissions-boundary-put")]
public sealed record UserPermissionsBoundaryPut(UserId UserId, PolicyId PolicyId, PolicyId? ReplacedPolicyId) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp)
    {
        var freed = ReplacedPolicyId is null ? directory : directory.WithPolicy(ReplacedPolicyId, policy => policy with { Bounds = policy.Bounds.Without(UserId) });
        return (freed with
        {
            Users = directory.Users.With(UserId, user => user with { Boundary = new(PolicyId, stamp) }),
        }).WithPolicy(PolicyId, policy => policy with { Bounds = policy.Bounds.With(UserId, stamp) });
    }
}

/// <summary>A user's permissions boundary was taken away.</summary>
[Stored("user-permissions-boundary-deleted")]
public sealed record UserPermissionsBoundaryDeleted(UserId UserId, PolicyId PolicyId) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => (directory with
    {
        Users = directory.Users.With(UserId, user => user with { Boundary = null }),
    }).WithPolicy(PolicyId, policy => policy with { Bounds = policy.Bounds.Without(UserId) });
}

/// <summary>A tag was put on a user, in place of one of the same key.</summary>
[Stored("user-tagged")]
public sealed record UserTagged(UserId UserId, TagKey TagKey, TagValue TagValue) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) =>
        directory with { Users = directory.Users.With(UserId, user => user with { Tags = user.Tags.With(TagKey, new(TagKey, TagValue, stamp)) }) };
}

/// <summary>A tag of a user was taken away.</summary>
[Stored("user-untagged")]
public sealed record UserUntagged(UserId UserId, TagKey TagKey) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) =>
        directory with { Users = directory.Users.With(UserId, user => user with { Tags = user.Tags.Without(TagKey) }) };
}

/// <summary>A managed policy was attached to a user.</summary>
[Stored("user-policy-attached")]
public sealed record UserPolicyAttached(UserId UserId, PolicyId PolicyId) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => (directory with
    {
        Users = directory.Users.With(UserId, user => user with { Attached = user.Attached.With(PolicyId, stamp) }),
    }).WithPolicy(PolicyId, policy => policy with { Users = policy.Users.With(UserId, stamp) });
}

/// <summary>A managed policy was detached from a user.</summary>
[Stored("user-policy-detached")]
public sealed record UserPolicyDetached(UserId UserId, PolicyId PolicyId) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => (directory with
    {
        Users = directory.Users.With(UserId, user => user with { Attached = user.Attached.Without(PolicyId) }),
    }).WithPolicy(PolicyId, policy => policy with { Users = policy.Users.Without(UserId) });
}
