namespace IamEventSourced;

/// <summary>
/// Who has a managed policy: groups, then users, each in the order of their names, a page at a time. They are kept without an order,
/// so each page of now costs all that have the policy; a page pinned to a revision costs the page.
/// </summary>
/// <param name="PolicyArn">The policy.</param>
/// <param name="EntityFilter">Only entities of this kind; none: all.</param>
/// <param name="PathPrefix">Only entities whose path begins so, with case; none: all.</param>
/// <param name="PolicyUsageFilter">Only those that have it so; none: those to whom it is attached and those whom it bounds.</param>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListEntitiesForPolicy(Arn PolicyArn, EntityType? EntityFilter = null, IamPath? PathPrefix = null, PolicyUsage? PolicyUsageFilter = null, Marker? Marker = null, MaxItems? MaxItems = null)
    : IQuery<ListEntitiesForPolicyAnswer>, IPaged
{
    Extent IQuery.Extent => new Extent.Holders(PathPrefix, PolicyUsageFilter);

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [PolicyArn];

    /// <inheritdoc/>
    public Answer<ListEntitiesForPolicyAnswer> Answer(Directory directory, Call call)
    {
        if (directory.FindPolicy(PolicyArn) is not { } policy) return IamError.NoSuchPolicy(PolicyArn);

        var page = this.PageByName(directory, Groups(directory, policy).Concat(Users(directory, policy)), holder => holder.Place);
        return new ListEntitiesForPolicyAnswer(
            [.. from holder in page.Items where holder.Group is not null select new PolicyGroupAnswer(holder.Group!.Name, holder.Group.Id)],
            [.. from holder in page.Items where holder.User is not null select new PolicyUserAnswer(holder.User!.Name, holder.User.Id)], [], page.IsTruncated, page.Marker);
    }

    /// <summary>One that has the policy, and its place in the list.</summary>
    sealed record Holder(string Place, Group? Group, User? User);

    IEnumerable<Holder> Groups(Directory directory, ManagedPolicy policy) =>
        from id in EntityFilter?.Value is null or "Group" && PolicyUsageFilter != PolicyUsage.PermissionsBoundary ? policy.Groups.Select(link => link.Key) : []
        let one = directory.Groups[id]
        where one.IsUnder(PathPrefix?.Value)
        select new Holder($"group/{one.Name}", one, null);

    IEnumerable<Holder> Users(Directory directory, ManagedPolicy policy)
    {
        if (EntityFilter?.Value is not (null or "User")) return [];
        var attached = policy.Users.Select(link => link.Key);
        var bounded = policy.Bounds.Select(link => link.Key);
        return from id in PolicyUsageFilter is null ? attached.Concat(bounded.Where(user => !policy.Users.Contains(user))) : PolicyUsageFilter == PolicyUsage.PermissionsBoundary ? bounded : attached
               let user = directory.Users[id]
               where user.IsUnder(PathPrefix?.Value)
               select new Holder($"user/{user.Name}", null, user);
    }
}

/// <summary>A page of those who have a policy.</summary>
/// <param name="PolicyGroups">Groups, in the order of their names.</param>
/// <param name="PolicyUsers">Users, in the order of their names.</param>
/// <param name="PolicyRoles">None: there are no roles.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListEntitiesForPolicyAnswer(IReadOnlyList<PolicyGroupAnswer> PolicyGroups, IReadOnlyList<PolicyUserAnswer> PolicyUsers, IReadOnlyList<PolicyRoleAnswer> PolicyRoles, bool IsTruncated, Marker? Marker);

/// <summary>A group that has a policy.</summary>
public sealed record PolicyGroupAnswer(GroupName GroupName, GroupId GroupId);

/// <summary>A user that has a policy.</summary>
public sealed record PolicyUserAnswer(UserName UserName, UserId UserId);

/// <summary>A role that has a policy: AWS's shape.</summary>
public sealed record PolicyRoleAnswer(string RoleName, string RoleId);
