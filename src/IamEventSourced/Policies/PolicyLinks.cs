namespace IamEventSourced;

/// <summary>What operations on versions, attached and inline policies share.</summary>
public static class PolicyLinks
{
    extension(ManagedPolicy policy)
    {
        /// <summary>Whether it is attached to anybody.</summary>
        public bool IsAttached => policy.AttachmentCount > 0;

        /// <summary>Whether anybody has it: attached, or as permissions boundary.</summary>
        public bool IsHeld => policy.IsAttached || policy.BoundaryUsageCount > 0;

        /// <summary>The version of this id, while it is kept.</summary>
        public PolicyVersion? Find(VersionId version) => policy.Versions.TryGet(version, out var found) ? found : null;

        /// <summary>The versions that are kept, the newest first.</summary>
        public IEnumerable<PolicyVersion> NewestFirst => policy.Versions.Select(version => version.Value).OrderByDescending(version => version.Created.Revision);
    }

    extension(Permission permission)
    {
        /// <summary>To attach or detach this policy there: it is the condition key <c>iam:PolicyARN</c>.</summary>
        public Permission WithPolicy(Arn policy) => permission.With("iam:PolicyARN", policy.Value);

        /// <summary>Where this policy is the permissions boundary, now or by the request: it is the condition key <c>iam:PermissionsBoundary</c>.</summary>
        /// <param name="policy">The policy; null: there is no boundary.</param>
        public Permission WithBoundary(Arn? policy) => policy is null ? permission : permission.With("iam:PermissionsBoundary", policy.Value);
    }

    extension(Table<PolicyName, InlinePolicy> policies)
    {
        /// <summary>The inline policy of this name, in any case.</summary>
        public InlinePolicy? Find(PolicyName name) => policies.TryGet(name, out var policy) ? policy : null;

        /// <summary>What quotas would count of all the texts, were this one there in place of one of the same name.</summary>
        public int SizeWith(PolicyName name, PolicyText text) => text.Size + policies.Where(policy => policy.Key != name).Sum(policy => policy.Value.Text.Size);
    }

    extension(IPaged paged)
    {
        /// <summary>A page of the names of inline policies.</summary>
        public Page<PolicyName> PageOf(Directory directory, Table<PolicyName, InlinePolicy> policies) =>
            paged.PageByName(directory, policies.Select(policy => policy.Value.Name), name => name.Value);

        /// <summary>A page of attached policies.</summary>
        public Page<AttachedPolicyAnswer> PageOf(Directory directory, Table<PolicyId, Stamp> attached, PolicyPath? prefix) =>
            paged.PageByName(directory,
                attached.Select(link => directory.PolicyOf(link.Key)).Where(policy => policy.IsUnder(prefix?.Value)).Select(policy => AttachedPolicyAnswer.Of(directory, policy)),
                policy => policy.PolicyName.Value);
    }
}

/// <summary>A managed policy that is attached to a user or group.</summary>
public sealed record AttachedPolicyAnswer(PolicyName PolicyName, Arn PolicyArn)
{
    /// <summary>The policy as it is in this directory.</summary>
    public static AttachedPolicyAnswer Of(Directory directory, ManagedPolicy policy) => new(policy.Name, directory.ArnOf(policy));

    /// <summary>All of these, in the order of their names.</summary>
    internal static IReadOnlyList<AttachedPolicyAnswer> Of(Directory directory, Table<PolicyId, Stamp> attached) =>
        [.. attached.Select(link => Of(directory, directory.PolicyOf(link.Key))).OrderBy(policy => policy.PolicyName.Value, StringComparer.OrdinalIgnoreCase)];
}
