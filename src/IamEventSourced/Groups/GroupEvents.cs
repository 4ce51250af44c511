namespace IamEventSourced;

/// <summary>A group was created.</summary>
[Stored("group-created")]
public sealed record GroupCreated(GroupId GroupId, GroupName GroupName, IamPath Path) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) =>
        directory with { Groups = directory.Groups.With(new Group(GroupId, GroupName, Path, stamp)) };
}

/// <summary>A group got this name and path.</summary>
[Stored("group-renamed")]
public sealed record GroupRenamed(GroupId GroupId, GroupName GroupName, IamPath Path) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) =>
        directory with { Groups = directory.Groups.With(GroupId, group => group with { Name = GroupName, Path = Path }) };
}

/// <summary>A group was deleted; it had nothing left.</summary>
[Stored("group-deleted")]
public sealed record GroupDeleted(GroupId GroupId) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) =>
        directory with { Groups = directory.Groups.Without(GroupId) };
}

/// <summary>A user became a member of a group.</summary>
[Stored("user-added-to-group")]
public sealed record UserAddedToGroup(GroupId GroupId, UserId UserId) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp)
    {
        // The ids that are there already: those of each event would be texts of their own for as long as the membership lasts.
        var (group, user) = (directory.Groups[GroupId].Id, directory.Users[UserId].Id);
        return directory with
        {
            Groups = directory.Groups.With(group, joined => joined with { Members = joined.Members.With(user, stamp) }),
            Users = directory.Users.With(user, joining => joining with { Groups = joining.Groups.With(group, stamp) }),
        };
    }
}

/// <summary>A user is no longer a member of a group.</summary>
[Stored("user-removed-from-group")]
public sealed record UserRemovedFromGroup(GroupId GroupId, UserId UserId) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with
    {
        Groups = directory.Groups.With(GroupId, group => group with { Members = group.Members.Without(UserId) }),
        Users = directory.Users.With(UserId, user => user with { Groups = user.Groups.Without(GroupId) }),
    };
}

/// <summary>An inline policy was written on a group, in place of one of the same name.</summary>
[Stored("group-policy-put")]
public sealed record GroupPolicyPut(GroupId GroupId, PolicyName PolicyName, PolicyText PolicyDocument) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with
    {
        Groups = directory.Groups.With(GroupId, group => group with { Policies = group.Policies.With(PolicyName, new(PolicyName, PolicyDocument, stamp)) }),
    };
}

/// <summary>An inline policy of a group was deleted.</summary>
[Stored("group-policy-deleted")]
public sealed record GroupPolicyDeleted(GroupId GroupId, PolicyName PolicyName) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with
    {
        Groups = directory.Groups.With(GroupId, group => group with { Policies = group.Policies.Without(PolicyName) }),
    };
}

/// <summary>A managed policy was attached to a group.</summary>
[Stored("group-policy-attached")]
public sealed record GroupPolicyAttached(GroupId GroupId, PolicyId PolicyId) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => (directory with
    {
        Groups = directory.Groups.With(GroupId, group => group with { Attached = group.Attached.With(PolicyId, stamp) }),
    }).WithPolicy(PolicyId, policy => policy with { Groups = policy.Groups.With(GroupId, stamp) });
}

/// <summary>A managed policy was detached from a group.</summary>
[Stored("group-policy-detached")]
public sealed record GroupPolicyDetached(GroupId GroupId, PolicyId PolicyId) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => (directory with
    {
        Groups = directory.Groups.With(GroupId, group => group with { Attached = group.Attached.Without(PolicyId) }),
    }).WithPolicy(PolicyId, policy => policy with { Groups = policy.Groups.Without(GroupId) });
}
