using System.Globalization;

namespace IamEventSourced;

/// <summary>A policy written on one user or group; its name is its identity there.</summary>
/// <param name="Name">Unique on its principal without case.</param>
/// <param name="Text">Its text.</param>
/// <param name="Since">The event that put this text there.</param>
public sealed record InlinePolicy(PolicyName Name, PolicyText Text, Stamp Since);

/// <summary>A policy that is a thing of its own: attached to users and groups, with versions of which one is in force.</summary>
/// <param name="Id">For ever.</param>
/// <param name="Name">Unique in the account without case; never changes.</param>
/// <param name="Path">Before the name in the ARN.</param>
/// <param name="Description">For people; never changes.</param>
/// <param name="Created">The event that made it.</param>
public sealed record ManagedPolicy(PolicyId Id, PolicyName Name, IamPath Path, PolicyDescription? Description, Stamp Created) : IRegistered<PolicyId, PolicyName>
{
    /// <summary>The versions that are kept.</summary>
    public Table<VersionId, PolicyVersion> Versions { get; init; } = Table<VersionId, PolicyVersion>.Empty;
    /// <summary>The version in force.</summary>
    public VersionId DefaultVersionId { get; init; } = VersionId.First;
    /// <summary>The event that put that version in force.</summary>
    public Stamp DefaultSince { get; init; } = Created;
    /// <summary>The number of the newest version ever made; numbers are not used again.</summary>
    public int LastVersion { get; init; } = 1;
    /// <summary>The event that changed the versions last.</summary>
    public Stamp Updated { get; init; } = Created;
    /// <summary>The users that it is attached to, with the event that attached it.</summary>
    public Table<UserId, Stamp> Users { get; init; } = Table<UserId, Stamp>.Empty;
    /// <summary>The groups that it is attached to, with the event that attached it.</summary>
    public Table<GroupId, Stamp> Groups { get; init; } = Table<GroupId, Stamp>.Empty;
    /// <summary>The users whose permissions boundary it is, with the event that made it so.</summary>
    public Table<UserId, Stamp> Bounds { get; init; } = Table<UserId, Stamp>.Empty;
    /// <summary>How many have it, where not all who do are loaded; null: all are here to be counted.</summary>
    public HolderCounts? WholeCounts { get; init; }
    /// <summary>How many users and groups it is attached to.</summary>
    public int AttachmentCount => WholeCounts?.Attached ?? Users.Count + Groups.Count;
    /// <summary>How many users' permissions boundary it is.</summary>
    public int BoundaryUsageCount => WholeCounts?.Bounding ?? Bounds.Count;
    /// <summary>Tags, by key.</summary>
    public Table<TagKey, HeldTag> Tags { get; init; } = Table<TagKey, HeldTag>.Empty;

    /// <summary>Whether it is AWS's, from the catalogue that the account adopted, and not the account's own.</summary>
    public bool IsAws { get; init; }

    /// <summary>The version in force.</summary>
    public PolicyVersion Default => Versions.TryGet(DefaultVersionId, out var version) ? version : throw new KeyNotFoundException($"The history does not have {DefaultVersionId} of {Id}.");
}

/// <summary>How many have a managed policy.</summary>
/// <param name="Attached">Users and groups that it is attached to.</param>
/// <param name="Bounding">Users whose permissions boundary it is.</param>
public sealed record HolderCounts(int Attached, int Bounding);

/// <summary>One text of a managed policy.</summary>
/// <param name="Id">v1, v2, ….</param>
/// <param name="Text">The text.</param>
/// <param name="Created">The event that wrote it.</param>
public sealed record PolicyVersion(VersionId Id, PolicyText Text, Stamp Created);

/// <summary>What can be asked of the managed policies.</summary>
public static class PolicyDirectory
{
    extension(Directory directory)
    {
        /// <summary>The policy's ARN.</summary>
        public Arn ArnOf(ManagedPolicy policy) => policy.IsAws ? Arn.OfAwsPolicy(policy.Path, policy.Name) : Arn.Of(directory.Account, $"policy{policy.Path}{policy.Name}");

        /// <summary>The policy with this id, the account's own or AWS's; null when there is none.</summary>
        public ManagedPolicy? FindPolicyById(PolicyId id) => directory.Policies.Find(id) ?? (directory.AwsPolicies.TryGet(id, out var policy) ? policy : directory.Adopted(id));

        /// <summary>The policy with this id, the account's own or AWS's.</summary>
        /// <exception cref="KeyNotFoundException">The history has none.</exception>
        public ManagedPolicy PolicyOf(PolicyId id) => directory.FindPolicyById(id) ?? throw new KeyNotFoundException($"The history does not have {id}.");

        /// <summary>The directory with the policy of this id, the account's own or AWS's, changed.</summary>
        internal Directory WithPolicy(PolicyId id, Func<ManagedPolicy, ManagedPolicy> change)
        {
            var before = directory.PolicyOf(id);
            var after = change(before);
            var inUse = directory.PoliciesInUse + (after.IsAttached ? 1 : 0) - (before.IsAttached ? 1 : 0);
            return after.IsAws ? directory with { AwsPolicies = directory.AwsPolicies.With(id, after), PoliciesInUse = inUse } : directory with { Policies = directory.Policies.With(id, _ => after), PoliciesInUse = inUse };
        }

        /// <summary>The policy of this ARN, written in the case it has; null when there is none.</summary>
        public ManagedPolicy? FindPolicy(Arn arn) => arn.IsOfAwsPolicy ? directory.FindPolicyById(Catalogue.IdOf(arn)) : directory.Policies.Find(arn, directory.Account, "policy");
    }
}

/// <summary>AWS: 1–128 of letters, digits and _+=,.@-; unique without case.</summary>
public sealed record PolicyName(string Value) : Text<PolicyName>(Value), IText<PolicyName>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 128, "[A-Za-z0-9_+=,.@-]+", ignoreCase: true);
    /// <inheritdoc/>
    public static implicit operator PolicyName(string text) => new(text);
}

/// <summary>AWS: "/" or "/…/" of letters, digits and .,+@=_-.</summary>
public sealed record PolicyPath(string Value) : Text<PolicyPath>(Value), IText<PolicyPath>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 512, "((/[A-Za-z0-9.,+@=_-]+)*)/");
    /// <inheritdoc/>
    public static implicit operator PolicyPath(string text) => new(text);
}

/// <summary>AWS: up to 1,000 characters for people.</summary>
public sealed record PolicyDescription(string Value) : Text<PolicyDescription>(Value), IText<PolicyDescription>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(0, 1000, @"(?:[\p{L}\p{M}\p{Z}\p{S}\p{N}\p{P}]|[\uD800-\uDBFF][\uDC00-\uDFFF])*");
    /// <inheritdoc/>
    public static implicit operator PolicyDescription(string text) => new(text);
}

/// <summary>AWS: what a managed policy is used as: PermissionsPolicy or PermissionsBoundary.</summary>
public sealed record PolicyUsage(string Value) : Text<PolicyUsage>(Value), IText<PolicyUsage>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(17, 19, "PermissionsPolicy|PermissionsBoundary");
    /// <inheritdoc/>
    public static implicit operator PolicyUsage(string text) => new(text);

    /// <summary>It grants, attached to a user or group.</summary>
    public static PolicyUsage PermissionsPolicy { get; } = "PermissionsPolicy";
    /// <summary>It bounds what others grant.</summary>
    public static PolicyUsage PermissionsBoundary { get; } = "PermissionsBoundary";
}

/// <summary>AWS: whose policies: All, AWS (its own) or Local (the account's).</summary>
public sealed record PolicyScope(string Value) : Text<PolicyScope>(Value), IText<PolicyScope>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(3, 5, "All|AWS|Local");
    /// <inheritdoc/>
    public static implicit operator PolicyScope(string text) => new(text);
}

/// <summary>ANPA and 17 more; a re-created policy of the same name gets another.</summary>
public sealed record PolicyId(string Value) : Text<PolicyId>(Value), IText<PolicyId>, IEntityId
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(16, 128, "ANPA[A-Z0-9]+");
    /// <inheritdoc/>
    public static implicit operator PolicyId(string text) => new(text);
}

/// <summary>AWS: v1, v2, ….</summary>
public sealed record VersionId(string Value) : Text<VersionId>(Value), IText<VersionId>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(2, 32, @"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?");
    /// <inheritdoc/>
    public static implicit operator VersionId(string text) => new(text);

    /// <summary>v1.</summary>
    public static VersionId First { get; } = Of(1);

    /// <summary>The version of this number.</summary>
    public static VersionId Of(int number) => new(string.Create(CultureInfo.InvariantCulture, $"v{number}"));
}
