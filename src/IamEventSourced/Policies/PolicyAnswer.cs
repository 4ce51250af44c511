namespace IamEventSourced;

/// <summary>A managed policy, as AWS describes it.</summary>
/// <param name="PolicyName">Its name.</param>
/// <param name="PolicyId">Its id.</param>
/// <param name="Arn">Its ARN.</param>
/// <param name="Path">Its path.</param>
/// <param name="DefaultVersionId">The version in force.</param>
/// <param name="AttachmentCount">How many users and groups it is attached to.</param>
/// <param name="PermissionsBoundaryUsageCount">How many users have it as their permissions boundary.</param>
/// <param name="IsAttachable">Whether it can be attached: always.</param>
/// <param name="Description">For people; absent in lists.</param>
/// <param name="CreateDate">When it was made.</param>
/// <param name="UpdateDate">When its versions changed last.</param>
/// <param name="Tags">Its tags in the order of their keys; absent where there are none, and in lists.</param>
public sealed record PolicyAnswer(PolicyName PolicyName, PolicyId PolicyId, Arn Arn, IamPath Path, VersionId DefaultVersionId, int AttachmentCount,
    int PermissionsBoundaryUsageCount, bool IsAttachable, PolicyDescription? Description, DateTimeOffset CreateDate, DateTimeOffset UpdateDate, IReadOnlyList<Tag>? Tags = null)
{
    /// <summary>The policy as it is in this directory, whole.</summary>
    public static PolicyAnswer Whole(Directory directory, ManagedPolicy policy) => Of(directory, policy) with { Description = policy.Description, Tags = policy.Tags.Shown };

    /// <summary>The policy as it is in this directory, as lists show it: without description and tags.</summary>
    public static PolicyAnswer Of(Directory directory, ManagedPolicy policy) => new(policy.Name, policy.Id, directory.ArnOf(policy), policy.Path, policy.DefaultVersionId,
        policy.AttachmentCount, policy.BoundaryUsageCount, true, null, policy.Created.At, policy.Updated.At);
}

/// <summary>A version of a managed policy, as AWS describes it.</summary>
/// <param name="Document">The text; AWS's Query protocol percent-encodes it. Absent where the version was just created.</param>
/// <param name="VersionId">v1, v2, ….</param>
/// <param name="IsDefaultVersion">Whether it is in force.</param>
/// <param name="CreateDate">When it was made.</param>
public sealed record PolicyVersionAnswer(PolicyText? Document, VersionId VersionId, bool IsDefaultVersion, DateTimeOffset CreateDate)
{
    /// <summary>The version as it is in this directory.</summary>
    public static PolicyVersionAnswer Of(ManagedPolicy policy, PolicyVersion version) =>
        new(version.Text, version.Id, version.Id == policy.DefaultVersionId, version.Created.At);
}
