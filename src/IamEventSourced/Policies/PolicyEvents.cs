namespace IamEventSourced;

/// <summary>A managed policy was created, with its version v1 in force.</summary>
[Stored("policy-created")]
public sealed record PolicyCreated(PolicyId PolicyId, PolicyName PolicyName, IamPath Path, PolicyDescription? Description, PolicyText PolicyDocument) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with
    {
        Policies = directory.Policies.With(new ManagedPolicy(PolicyId, PolicyName, Path, Description, stamp)
        {
            Versions = Table<VersionId, PolicyVersion>.Empty.With(VersionId.First, new(VersionId.First, PolicyDocument, stamp)),
        }),
    };
}

/// <summary>A managed policy got one more version, not in force by that alone.</summary>
[Stored("policy-version-created")]
public sealed record PolicyVersionCreated(PolicyId PolicyId, VersionId VersionId, PolicyText PolicyDocument) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with
    {
        Policies = directory.Policies.With(PolicyId, policy => policy with
        {
            Versions = policy.Versions.With(VersionId, new(VersionId, PolicyDocument, stamp)),
            LastVersion = policy.LastVersion + 1,
            Updated = stamp,
        }),
    };
}

/// <summary>A version of a managed policy was put in force, for all who have the policy.</summary>
[Stored("default-policy-version-set")]
public sealed record DefaultPolicyVersionSet(PolicyId PolicyId, VersionId VersionId) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with
    {
        Policies = directory.Policies.With(PolicyId, policy => policy with { DefaultVersionId = VersionId, DefaultSince = stamp, Updated = stamp }),
    };
}

/// <summary>A version of a managed policy that was not in force was deleted.</summary>
[Stored("policy-version-deleted")]
public sealed record PolicyVersionDeleted(PolicyId PolicyId, VersionId VersionId) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with
    {
        Policies = directory.Policies.With(PolicyId, policy => policy with { Versions = policy.Versions.Without(VersionId), Updated = stamp }),
    };
}

/// <summary>A tag was put on a managed policy, in place of one of the same key.</summary>
[Stored("policy-tagged")]
public sealed record PolicyTagged(PolicyId PolicyId, TagKey TagKey, TagValue TagValue) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) =>
        directory with { Policies = directory.Policies.With(PolicyId, policy => policy with { Tags = policy.Tags.With(TagKey, new(TagKey, TagValue, stamp)) }) };
}

/// <summary>A tag of a managed policy was taken away.</summary>
[Stored("policy-untagged")]
public sealed record PolicyUntagged(PolicyId PolicyId, TagKey TagKey) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) =>
        directory with { Policies = directory.Policies.With(PolicyId, policy => policy with { Tags = policy.Tags.Without(TagKey) }) };
}

/// <summary>A managed policy was deleted, with the one version that it still had; nothing had it any more.</summary>
[Stored("policy-deleted")]
public sealed record PolicyDeleted(PolicyId PolicyId, VersionId VersionId) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with { Policies = directory.Policies.Without(PolicyId) };
}
