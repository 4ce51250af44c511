namespace IamEventSourced;

/// <summary>Plans the commands that make things again what they were. What is taken away goes first, so that no quota is in the way.</summary>
/// <param name="now">The directory that is.</param>
/// <param name="then">The directory that was.</param>
sealed class Restoration(Directory now, Directory then)
{
    readonly List<ICommand> _commands = [];
    readonly List<string> _lost = [];

    /// <summary>The commands, in order.</summary>
    public IReadOnlyList<ICommand> Commands => _commands;

    /// <summary>What does not come back.</summary>
    public IReadOnlyList<string> Lost => _lost;

    /// <summary>A user.</summary>
    public void Restore(UserId id)
    {
        var (user, old) = (now.Users.Find(id), then.Users.Find(id));
        if (old is null) { Remove(user!); return; }
        var name = old.Name;
        if (user is null)
        {
            user = NameTaken("user", now.Users.Find(name)?.Id.Value, old) ? null : new(id, name, old.Path, default);
            if (user is null) return;
            _commands.Add(new CreateUser(name, old.Path));
            _lost.Add($"The user {name} was deleted: one that is created again is another person, with another id; what names {id} does not mean it.");
        }
        else if (user.Name.Value != name.Value || user.Path != old.Path)
        {
            if (now.Users.Find(name) is { } other && other.Id != id) { _lost.Add($"The name {name} is another user's by now; it stays {user.Name}."); name = user.Name; }
            if (user.Name.Value != name.Value || user.Path != old.Path) _commands.Add(new UpdateUser(user.Name, user.Path == old.Path ? null : old.Path, user.Name.Value == name.Value ? null : name));
        }

        foreach (var (group, _) in user.Groups) if (!old.Groups.Contains(group)) _commands.Add(new RemoveUserFromGroup(now.Groups[group].Name, name));
        Policies(user.Attached, old.Attached, arn => new DetachUserPolicy(name, arn), arn => new AttachUserPolicy(name, arn),
            user.Policies, old.Policies, policy => new DeleteUserPolicy(name, policy), policy => new PutUserPolicy(name, policy.Name, policy.Text));
        foreach (var (group, _) in old.Groups)
            if (now.Groups.Find(group) is null) _lost.Add($"The group {then.Groups[group].Name} ({group}) is no more; the user does not come back into it.");
            else if (!user.Groups.Contains(group)) _commands.Add(new AddUserToGroup(now.Groups[group].Name, name));
        if (old.Boundary is null && user.Boundary is not null) _commands.Add(new DeleteUserPermissionsBoundary(name));
        if (old.Boundary is { } boundary && boundary.PolicyId != user.Boundary?.PolicyId && Still(boundary.PolicyId, "is no more; it does not bound the user again.") is { } bound) _commands.Add(new PutUserPermissionsBoundary(name, bound));
        Tags(user.Tags, old.Tags, keys => new UntagUser(name, keys), tags => new TagUser(name, tags));
        Credentials(user, old, name);
    }

    /// <summary>What a user proves itself by: its state comes back, a secret does not.</summary>
    void Credentials(User user, User old, UserName name)
    {
        foreach (var (id, key) in user.AccessKeys)
            if (!old.AccessKeys.TryGet(id, out var was)) _commands.Add(new DeleteAccessKey(id, name));
            else if (was!.Status != key.Status) _commands.Add(new UpdateAccessKey(id, was.Status, name));
        foreach (var (id, _) in old.AccessKeys) if (!user.AccessKeys.Contains(id)) _lost.Add($"The access key {id} was deleted; its secret is gone, and another has to be made.");
        foreach (var (id, key) in user.SSHPublicKeys)
            if (!old.SSHPublicKeys.TryGet(id, out var was)) _commands.Add(new DeleteSSHPublicKey(name, id));
            else if (was!.Status != key.Status) _commands.Add(new UpdateSSHPublicKey(name, id, was.Status));
        foreach (var (id, key) in old.SSHPublicKeys)
            if (!user.SSHPublicKeys.Contains(id))
            {
                _commands.Add(new UploadSSHPublicKey(name, key.Body));
                _lost.Add($"The SSH public key {id} was deleted: uploaded again it has another id, and is active.");
            }
        if (user.LoginProfile is not null && old.LoginProfile is null) _commands.Add(new DeleteLoginProfile(name));
        else if (old.LoginProfile is { } profile && profile.PasswordId != user.LoginProfile?.PasswordId) _lost.Add("The password is not the one that it was; that one does not come back, and another has to be set.");
        foreach (var (device, _) in user.MFADevices) if (!old.MFADevices.Contains(device)) _commands.Add(new DeactivateMFADevice(now.SerialNumberOf(now.MFADevices[device]), name));
        foreach (var (device, _) in old.MFADevices) if (!user.MFADevices.Contains(device)) _lost.Add($"The MFA device {device} is not the user's any more: to enable one takes its codes.");
    }

    void Remove(User user)
    {
        var nothing = new User(user.Id, user.Name, user.Path, user.Created) { Tags = user.Tags, Boundary = user.Boundary };
        foreach (var (group, _) in user.Groups) _commands.Add(new RemoveUserFromGroup(now.Groups[group].Name, user.Name));
        foreach (var (policy, _) in user.Attached) _commands.Add(new DetachUserPolicy(user.Name, now.ArnOf(now.PolicyOf(policy))));
        foreach (var (policy, _) in user.Policies) _commands.Add(new DeleteUserPolicy(user.Name, policy));
        Credentials(user, nothing, user.Name);
        _commands.Add(new DeleteUser(user.Name));
    }

    /// <summary>A group. Its members come back as far as they are there.</summary>
    public void Restore(GroupId id)
    {
        var (group, old) = (now.Groups.Find(id), then.Groups.Find(id));
        if (old is null)
        {
            foreach (var (user, _) in group!.Members) _commands.Add(new RemoveUserFromGroup(group.Name, now.Users[user].Name));
            foreach (var (policy, _) in group.Attached) _commands.Add(new DetachGroupPolicy(group.Name, now.ArnOf(now.PolicyOf(policy))));
            foreach (var (policy, _) in group.Policies) _commands.Add(new DeleteGroupPolicy(group.Name, policy));
            _commands.Add(new DeleteGroup(group.Name));
            return;
        }
        var name = old.Name;
        if (group is null)
        {
            if (NameTaken("group", now.Groups.Find(name)?.Id.Value, old)) return;
            group = new(id, name, old.Path, default);
            _commands.Add(new CreateGroup(name, old.Path));
            _lost.Add($"The group {name} was deleted: one that is created again is another, with another id; what names {id} does not mean it.");
        }
        else if (group.Name.Value != name.Value || group.Path != old.Path)
        {
            if (now.Groups.Find(name) is { } other && other.Id != id) { _lost.Add($"The name {name} is another group's by now; it stays {group.Name}."); name = group.Name; }
            if (group.Name.Value != name.Value || group.Path != old.Path) _commands.Add(new UpdateGroup(group.Name, group.Path == old.Path ? null : old.Path, group.Name.Value == name.Value ? null : name));
        }
        foreach (var (user, _) in group.Members) if (!old.Members.Contains(user)) _commands.Add(new RemoveUserFromGroup(name, now.Users[user].Name));
        Policies(group.Attached, old.Attached, arn => new DetachGroupPolicy(name, arn), arn => new AttachGroupPolicy(name, arn),
            group.Policies, old.Policies, policy => new DeleteGroupPolicy(name, policy), policy => new PutGroupPolicy(name, policy.Name, policy.Text));
        foreach (var (user, _) in old.Members)
            if (now.Users.Find(user) is not { } member) _lost.Add($"The user {then.Users[user].Name} ({user}) is no more; it does not come back into the group.");
            else if (!group.Members.Contains(user)) _commands.Add(new AddUserToGroup(name, member.Name));
    }

    /// <summary>A managed policy: the text that was in force, and its tags. Versions that were deleted come back under other numbers.</summary>
    public void Restore(PolicyId id)
    {
        var (policy, old) = (now.Policies.Find(id), then.Policies.Find(id));
        if (old is null)
        {
            var arn = now.ArnOf(policy!);
            foreach (var (user, _) in policy!.Users) _commands.Add(new DetachUserPolicy(now.Users[user].Name, arn));
            foreach (var (group, _) in policy.Groups) _commands.Add(new DetachGroupPolicy(now.Groups[group].Name, arn));
            foreach (var (user, _) in policy.Bounds) _commands.Add(new DeleteUserPermissionsBoundary(now.Users[user].Name));
            foreach (var version in policy.NewestFirst) if (version.Id != policy.DefaultVersionId) _commands.Add(new DeletePolicyVersion(arn, version.Id));
            _commands.Add(new DeletePolicy(arn));
            return;
        }
        var was = then.ArnOf(old);
        if (policy is null)
        {
            if (NameTaken("policy", now.Policies.Find(old.Name)?.Id.Value, old)) return;
            _commands.Add(new CreatePolicy(old.Name, old.Default.Text, new PolicyPath(old.Path.Value), old.Description));
            _lost.Add($"The policy {old.Name} was deleted: one that is created again is another, with another id, and its text is version v1.");
            foreach (var (user, _) in old.Users) if (now.Users.Find(user) is { } holder) _commands.Add(new AttachUserPolicy(holder.Name, was)); else _lost.Add($"The user {then.Users[user].Name} ({user}), who had it, is no more.");
            foreach (var (group, _) in old.Groups) if (now.Groups.Find(group) is { } holder) _commands.Add(new AttachGroupPolicy(holder.Name, was)); else _lost.Add($"The group {then.Groups[group].Name} ({group}), which had it, is no more.");
            foreach (var (user, _) in old.Bounds) if (now.Users.Find(user) is { Boundary: null } holder) _commands.Add(new PutUserPermissionsBoundary(holder.Name, was)); else _lost.Add($"The user {then.Users[user].Name} ({user}), whom it bounded, is no more or has another boundary.");
            Tags(Table<TagKey, HeldTag>.Empty, old.Tags, keys => new UntagPolicy(was, keys), tags => new TagPolicy(was, tags));
            return;
        }
        foreach (var (user, _) in policy.Users) if (!old.Users.Contains(user)) _commands.Add(new DetachUserPolicy(now.Users[user].Name, was));
        foreach (var (group, _) in policy.Groups) if (!old.Groups.Contains(group)) _commands.Add(new DetachGroupPolicy(now.Groups[group].Name, was));
        foreach (var (user, _) in policy.Bounds) if (!old.Bounds.Contains(user)) _commands.Add(new DeleteUserPermissionsBoundary(now.Users[user].Name));
        Versions(policy, old, was);
        foreach (var (user, _) in old.Users) if (now.Users.Find(user) is not { } holder) _lost.Add($"The user {then.Users[user].Name} ({user}), who had it, is no more."); else if (!policy.Users.Contains(user)) _commands.Add(new AttachUserPolicy(holder.Name, was));
        foreach (var (group, _) in old.Groups) if (now.Groups.Find(group) is not { } holder) _lost.Add($"The group {then.Groups[group].Name} ({group}), which had it, is no more."); else if (!policy.Groups.Contains(group)) _commands.Add(new AttachGroupPolicy(holder.Name, was));
        foreach (var (user, _) in old.Bounds) if (now.Users.Find(user) is not { } holder) _lost.Add($"The user {then.Users[user].Name} ({user}), whom it bounded, is no more."); else if (!policy.Bounds.Contains(user)) _commands.Add(new PutUserPermissionsBoundary(holder.Name, was));
        Tags(policy.Tags, old.Tags, keys => new UntagPolicy(was, keys), tags => new TagPolicy(was, tags));
    }

    void Versions(ManagedPolicy policy, ManagedPolicy old, Arn arn)
    {
        var wanted = old.DefaultVersionId;
        var missing = old.Versions.Where(version => policy.Find(version.Key) is null).OrderBy(version => version.Value.Created.Revision).ToList();
        var added = policy.NewestFirst.Where(version => old.Find(version.Id) is null).Select(version => version.Id).ToList();
        var back = policy.Find(wanted) is not null;
        if (back && policy.DefaultVersionId != wanted) _commands.Add(new SetDefaultPolicyVersion(arn, wanted));
        foreach (var version in added) if (back || version != policy.DefaultVersionId) _commands.Add(new DeletePolicyVersion(arn, version));
        // Where the version that was in force is gone, its text has to be written anew before the one that is in force now can go.
        foreach (var (id, version) in missing.OrderBy(version => version.Key != wanted))
        {
            _commands.Add(new CreatePolicyVersion(arn, version.Text, id == wanted ? true : null));
            _lost.Add($"The version {id} was deleted: its text comes back under another number.");
            if (id == wanted && added.Contains(policy.DefaultVersionId)) _commands.Add(new DeletePolicyVersion(arn, policy.DefaultVersionId));
        }
    }

    void Policies(Table<PolicyId, Stamp> attached, Table<PolicyId, Stamp> wereAttached, Func<Arn, ICommand> detach, Func<Arn, ICommand> attach,
        Table<PolicyName, InlinePolicy> inline, Table<PolicyName, InlinePolicy> wereInline, Func<PolicyName, ICommand> delete, Func<InlinePolicy, ICommand> put)
    {
        foreach (var (policy, _) in attached) if (!wereAttached.Contains(policy)) _commands.Add(detach(now.ArnOf(now.PolicyOf(policy))));
        // A name that differs in case alone is put anew by its own case.
        foreach (var (name, policy) in inline) if (wereInline.Find(name) is not { } was || was.Name.Value != policy.Name.Value) _commands.Add(delete(name));
        foreach (var (policy, _) in wereAttached) if (!attached.Contains(policy) && Still(policy, "is no more; it is not attached again.") is { } arn) _commands.Add(attach(arn));
        foreach (var (name, was) in wereInline) if (inline.Find(name) is not { } policy || policy.Text != was.Text || policy.Name.Value != was.Name.Value) _commands.Add(put(was));
    }

    void Tags(Table<TagKey, HeldTag> tags, Table<TagKey, HeldTag> were, Func<TagKey[], ICommand> untag, Func<Tag[], ICommand> tag)
    {
        TagKey[] added = [.. tags.Where(one => !were.TryGet(one.Key, out var was) || was!.Key.Value != one.Value.Key.Value).Select(one => one.Value.Key)];
        Tag[] missing = [.. were.Where(one => !tags.TryGet(one.Key, out var held) || held!.Value != one.Value.Value || held.Key.Value != one.Value.Key.Value).Select(one => new Tag(one.Value.Key, one.Value.Value))];
        if (added.Length > 0) _commands.Add(untag(added));
        if (missing.Length > 0) _commands.Add(tag(missing));
    }

    /// <summary>The ARN of a policy that is there still; null: it is not, which is said.</summary>
    Arn? Still(PolicyId id, string lost)
    {
        if (now.FindPolicyById(id) is { } policy) return now.ArnOf(policy);
        _lost.Add($"The policy {then.PolicyOf(id).Name} ({id}) {lost}");
        return null;
    }

    bool NameTaken<TId, TName>(string kind, string? holder, IRegistered<TId, TName> old)
    {
        if (holder is not null) _lost.Add($"The {kind} {old.Name} was deleted, and its name is another's by now ({holder}): nothing of it can come back.");
        return holder is not null;
    }
}
