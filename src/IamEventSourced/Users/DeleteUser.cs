namespace IamEventSourced;

/// <summary>Deletes a user that has nothing left: no membership, no policy, no login profile, no key, no MFA device; its permissions boundary and tags go with it. A user of the same name made later is another one.</summary>
/// <param name="UserName">The user; one that still has something: DeleteConflict.</param>
public sealed record DeleteUser(UserName UserName) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(UserName)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);
        if (user.Groups.Count > 0) return IamError.DeleteConflict("Cannot delete entity, must remove users from group first.");
        if (user.Policies.Count > 0) return IamError.DeleteConflict("Cannot delete entity, must delete policies first.");
        if (user.Attached.Count > 0) return IamError.DeleteConflict("Cannot delete entity, must detach all policies first.");
        if (user.LoginProfile is not null) return IamError.DeleteConflict("Cannot delete entity, must delete login profile first.");
        if (user.AccessKeys.Count > 0) return IamError.DeleteConflict("Cannot delete entity, must delete access keys first.");
        if (user.MFADevices.Count > 0) return IamError.DeleteConflict("Cannot delete entity, must delete MFA device first.");
        if (user.SSHPublicKeys.Count > 0) return IamError.DeleteConflict("Cannot delete entity, must delete SSH public keys first.");

        List<AccountEvent> events = [];
        if (user.Boundary is { } boundary) events.Add(new UserPermissionsBoundaryDeleted(user.Id, boundary.PolicyId));
        events.AddRange(user.Tags.TakeAll(key => new UserUntagged(user.Id, key)));
        return events.Append(new UserDeleted(user.Id)).ToArray();
    }
}
