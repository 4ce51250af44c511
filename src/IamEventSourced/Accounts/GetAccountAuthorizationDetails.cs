namespace IamEventSourced;

/// <summary>
/// All users, groups and managed policies of the account, and those of AWS's that somebody has, with what grants them rights; in this order and
/// each in the order of their names, a page at a time.
/// </summary>
/// <param name="Filter">Of which kinds; none: of all.</param>
/// <param name="MaxItems">How many at most, of all kinds together; 100 where none is given.</param>
/// <param name="Marker">Where to go on.</param>
public sealed record GetAccountAuthorizationDetails(EntityType[]? Filter = null, MaxItems? MaxItems = null, Marker? Marker = null) : IQuery<GetAccountAuthorizationDetailsAnswer>, IPaged
{
    static readonly EntityType[] Kinds = [EntityType.User, EntityType.Group, EntityType.LocalManagedPolicy, EntityType.AwsManagedPolicy];

    Extent IQuery.Extent => new Extent.Details([.. Left()]);

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public Answer<GetAccountAuthorizationDetailsAnswer> Answer(Directory directory, Call call)
    {
        var page = this.Page(directory, Left().SelectMany(from => Details(directory, from.Kind, from.After)), detail => detail.Key);
        return new GetAccountAuthorizationDetailsAnswer([.. Of<UserDetail>()], [.. Of<GroupDetail>()], [], [.. Of<ManagedPolicyDetail>()], page.IsTruncated, page.Marker);

        IEnumerable<T> Of<T>() => page.Items.Select(item => item.Detail).OfType<T>();
    }

    /// <summary>The kinds that the page may still have something of, and after which name; null: from the first.</summary>
    public IEnumerable<(EntityType Kind, string? After)> Left()
    {
        // A marker is of a kind and a name: User:alice.
        var (kind, name) = this.After?.Split(':', 2) is [var last, var after] ? (Array.FindIndex(Kinds, one => one.Value == last), after) : (-1, null);
        return from one in Kinds.Index()
               where one.Index >= kind && (Filter is not { Length: > 0 } || Filter.Contains(one.Item))
               select (one.Item, one.Index == kind ? name : null);
    }

    static IEnumerable<(string Key, object Detail)> Details(Directory directory, EntityType kind, string? after) =>
        kind == EntityType.User ? directory.Users.After(after).Select(user => ($"{kind}:{user.Name}", (object)UserDetail.Of(directory, user)))
        : kind == EntityType.Group ? directory.Groups.After(after).Select(group => ($"{kind}:{group.Name}", (object)GroupDetail.Of(directory, group)))
        : Policies(directory, kind, after).Select(policy => ($"{kind}:{policy.Name}", (object)ManagedPolicyDetail.Of(directory, policy)));

    static IEnumerable<ManagedPolicy> Policies(Directory directory, EntityType kind, string? after) => kind == EntityType.LocalManagedPolicy ? directory.Policies.After(after)
        : directory.PoliciesOfAws().Where(policy => policy.IsHeld && StringComparer.OrdinalIgnoreCase.Compare(policy.Name.Value, after) > 0);
}

/// <summary>A page of what there is in an account.</summary>
/// <param name="UserDetailList">Users.</param>
/// <param name="GroupDetailList">Groups.</param>
/// <param name="RoleDetailList">Roles: there are none.</param>
/// <param name="Policies">Managed policies, the account's own and those of AWS's that somebody has.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record GetAccountAuthorizationDetailsAnswer(IReadOnlyList<UserDetail> UserDetailList, IReadOnlyList<GroupDetail> GroupDetailList, IReadOnlyList<RoleDetail> RoleDetailList,
    IReadOnlyList<ManagedPolicyDetail> Policies, bool IsTruncated, Marker? Marker);

/// <summary>A user with all that grants it rights.</summary>
/// <param name="Path">Its path.</param>
/// <param name="UserName">Its name.</param>
/// <param name="UserId">Its id.</param>
/// <param name="Arn">Its ARN.</param>
/// <param name="CreateDate">When it was made.</param>
/// <param name="UserPolicyList">Its inline policies.</param>
/// <param name="GroupList">The names of its groups.</param>
/// <param name="AttachedManagedPolicies">The managed policies that are attached to it.</param>
/// <param name="PermissionsBoundary">What bounds it; absent where nothing does.</param>
/// <param name="Tags">Its tags in the order of their keys; absent where there are none.</param>
public sealed record UserDetail(IamPath Path, UserName UserName, UserId UserId, Arn Arn, DateTimeOffset CreateDate, IReadOnlyList<PolicyDetail> UserPolicyList, IReadOnlyList<GroupName> GroupList,
    IReadOnlyList<AttachedPolicyAnswer> AttachedManagedPolicies, PermissionsBoundaryAnswer? PermissionsBoundary, IReadOnlyList<Tag>? Tags)
{
    internal static UserDetail Of(Directory directory, User user) => new(user.Path, user.Name, user.Id, directory.ArnOf(user), user.Created.At, PolicyDetail.Of(user.Policies),
        [.. user.Groups.Select(membership => directory.Groups[membership.Key].Name).OrderBy(name => name.Value, StringComparer.OrdinalIgnoreCase)], AttachedPolicyAnswer.Of(directory, user.Attached),
        PermissionsBoundaryAnswer.Of(directory, user), user.Tags.Shown);
}

/// <summary>A group with all that grants its members rights.</summary>
/// <param name="Path">Its path.</param>
/// <param name="GroupName">Its name.</param>
/// <param name="GroupId">Its id.</param>
/// <param name="Arn">Its ARN.</param>
/// <param name="CreateDate">When it was made.</param>
/// <param name="GroupPolicyList">Its inline policies.</param>
/// <param name="AttachedManagedPolicies">The managed policies that are attached to it.</param>
public sealed record GroupDetail(IamPath Path, GroupName GroupName, GroupId GroupId, Arn Arn, DateTimeOffset CreateDate, IReadOnlyList<PolicyDetail> GroupPolicyList, IReadOnlyList<AttachedPolicyAnswer> AttachedManagedPolicies)
{
    internal static GroupDetail Of(Directory directory, Group group) =>
        new(group.Path, group.Name, group.Id, directory.ArnOf(group), group.Created.At, PolicyDetail.Of(group.Policies), AttachedPolicyAnswer.Of(directory, group.Attached));
}

/// <summary>A role; there are none.</summary>
public sealed record RoleDetail;

/// <summary>An inline policy.</summary>
/// <param name="PolicyName">Its name.</param>
/// <param name="PolicyDocument">Its text; AWS's Query protocol percent-encodes it.</param>
public sealed record PolicyDetail(PolicyName PolicyName, PolicyText PolicyDocument)
{
    internal static IReadOnlyList<PolicyDetail> Of(Table<PolicyName, InlinePolicy> policies) =>
        [.. policies.Select(policy => new PolicyDetail(policy.Value.Name, policy.Value.Text)).OrderBy(policy => policy.PolicyName.Value, StringComparer.OrdinalIgnoreCase)];
}

/// <summary>A managed policy with all its versions.</summary>
/// <param name="PolicyName">Its name.</param>
/// <param name="PolicyId">Its id.</param>
/// <param name="Arn">Its ARN.</param>
/// <param name="Path">Its path.</param>
/// <param name="DefaultVersionId">The version in force.</param>
/// <param name="AttachmentCount">How many users and groups it is attached to.</param>
/// <param name="PermissionsBoundaryUsageCount">How many users have it as their permissions boundary.</param>
/// <param name="IsAttachable">Whether it can be attached: always.</param>
/// <param name="Description">For people.</param>
/// <param name="CreateDate">When it was made.</param>
/// <param name="UpdateDate">When its versions changed last.</param>
/// <param name="PolicyVersionList">Its versions with their texts, the newest first.</param>
public sealed record ManagedPolicyDetail(PolicyName PolicyName, PolicyId PolicyId, Arn Arn, IamPath Path, VersionId DefaultVersionId, int AttachmentCount, int PermissionsBoundaryUsageCount, bool IsAttachable,
    PolicyDescription? Description, DateTimeOffset CreateDate, DateTimeOffset UpdateDate, IReadOnlyList<PolicyVersionAnswer> PolicyVersionList)
{
    internal static ManagedPolicyDetail Of(Directory directory, ManagedPolicy policy)
    {
        var of = PolicyAnswer.Whole(directory, policy);
        return new(of.PolicyName, of.PolicyId, of.Arn, of.Path, of.DefaultVersionId, of.AttachmentCount, of.PermissionsBoundaryUsageCount, of.IsAttachable, of.Description, of.CreateDate, of.UpdateDate,
            [.. policy.NewestFirst.Select(version => PolicyVersionAnswer.Of(policy, version))]);
    }
}

/// <summary>AWS: a kind of what there is in an account.</summary>
public sealed record EntityType(string Value) : Text<EntityType>(Value), IText<EntityType>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(4, 18, "User|Role|Group|LocalManagedPolicy|AWSManagedPolicy");
    /// <inheritdoc/>
    public static implicit operator EntityType(string text) => new(text);

    /// <summary>Users.</summary>
    public static EntityType User { get; } = "User";
    /// <summary>Groups.</summary>
    public static EntityType Group { get; } = "Group";
    /// <summary>The account's own managed policies.</summary>
    public static EntityType LocalManagedPolicy { get; } = "LocalManagedPolicy";
    /// <summary>AWS's managed policies.</summary>
    public static EntityType AwsManagedPolicy { get; } = "AWSManagedPolicy";
}
