using System.Globalization;

namespace IamEventSourced;

/// <summary>
/// What there is to alert of in an account at a moment: of root, of users, groups and policies, each in the order of their names, and of one of them in the order of the alerts' ids.
/// Uses and accesses are read for some users at a time; what is not known to be unused for so long is not told to be.
/// </summary>
/// <param name="directory">The whole account.</param>
/// <param name="history">When credentials and services were last used.</param>
/// <param name="at">The moment.</param>
/// <param name="limits">From when on things are alerted.</param>
/// <param name="types">Of which kinds; none: of all.</param>
/// <param name="mostUsers">After how many users it ends, though there are more; null: never.</param>
public sealed class Alerts(Directory directory, IHistory history, DateTimeOffset at, AlertLimits limits, IReadOnlyCollection<AlertType>? types = null, int? mostUsers = null)
{
    const int UsersAtOnce = 1_000, ServicesTold = 5;
    const char AfterAll = '~'; // behind every type
    const string RootDevice = "root-account-mfa-device"; // as AWS's console calls it

    readonly Arn _root = Arn.Of(directory.Account, "root");
    readonly Dictionary<PolicyText, string[]> _services = new(ReferenceEqualityComparer.Instance);
    readonly Lazy<Dictionary<string, Group>> _groups = new(() => directory.Groups.After(null).GroupBy(group => KeyOf(group.Attached, group.Policies), StringComparer.Ordinal).ToDictionary(same => same.Key, same => same.First(), StringComparer.Ordinal));

    /// <summary>After which id it goes on, once it ended after so many users; null: there is no more.</summary>
    public string? Left { get; private set; }

    /// <summary>All that come after the alert of an id; null: no alert of the account has such an id.</summary>
    /// <param name="last">The id; null: from the first.</param>
    public IAsyncEnumerable<Alert>? After(string? last)
    {
        if (directory.Closed is not null) return AsyncEnumerable.Empty<Alert>();
        if (last is null) return From(true, directory.Users.After(null), directory.Groups.After(null), directory.Policies.After(null));

        var id = last.Split('/', 2)[0];
        var left = id == directory.Account.Value ? From(true, directory.Users.After(null), directory.Groups.After(null), directory.Policies.After(null))
            : Find(directory.Users, id) is { } user ? From(false, directory.Users.After(user.Name.Value).Prepend(user), directory.Groups.After(null), directory.Policies.After(null))
            : Find(directory.Groups, id) is { } group ? From(false, [], directory.Groups.After(group.Name.Value).Prepend(group), directory.Policies.After(null))
            : Find(directory.Policies, id) is { } policy ? From(false, [], [], directory.Policies.After(policy.Name.Value).Prepend(policy))
            : null;
        return left?.Where(alert => alert.EntityId != id || string.CompareOrdinal(alert.AlertId, last) > 0);

        static T? Find<TId, TName, T>(Register<TId, TName, T> things, string id) where TId : Text<TId>, IText<TId> where TName : Text<TName>, IText<TName> where T : class, IRegistered<TId, TName> =>
            TId.Limits.Violation(id) is null ? things.Find((TId)id) : null;
    }

    async IAsyncEnumerable<Alert> From(bool root, IEnumerable<User> users, IEnumerable<Group> groups, IEnumerable<ManagedPolicy> policies)
    {
        if (root) foreach (var alert in InOrder(OfRoot())) yield return alert;
        var looked = 0;
        foreach (var some in users.Chunk(UsersAtOnce))
        {
            var known = Tells(AlertType.UnusedIAMUserAccessKey) || Tells(AlertType.UnusedIAMUserPassword) || Tells(AlertType.UnusedPermission) ? await history.KnownUsesOf([.. some.Select(user => user.Id)]) : null;
            var uses = Tells(AlertType.UnusedIAMUserAccessKey) || Tells(AlertType.UnusedIAMUserPassword) ? await history.LastUsesOf([.. some.SelectMany(user => user.AccessKeys.Select(key => key.Key.Value).Append(user.Id.Value))]) : null;
            var accesses = Tells(AlertType.UnusedPermission) ? (await history.AccessesByUser([.. some.Select(user => user.Id)])).ToLookup(access => access.User, access => (access.Service, access.At)) : null;
            foreach (var user in some)
                foreach (var alert in InOrder(OfUser(user, known?.GetValueOrDefault(user.Id), uses, accesses?[user.Id]))) yield return alert;
            if ((looked += some.Length) < mostUsers || mostUsers is null) continue;
            Left = $"{some[^1].Id}/{AfterAll}";
            yield break;
        }
        foreach (var group in groups)
            foreach (var alert in InOrder(OfInline(group.Id.Value, directory.ArnOf(group), group.Policies))) yield return alert;
        foreach (var policy in policies)
            foreach (var alert in InOrder(OfPolicy(policy))) yield return alert;
    }

    IEnumerable<Alert> InOrder(IEnumerable<Alert> alerts) => alerts.Where(alert => Tells(alert.Type)).OrderBy(alert => alert.AlertId, StringComparer.Ordinal);

    bool Tells(AlertType type) => types is not { Count: > 0 } || types.Contains(type);

    bool IsOver(DateTimeOffset since, AgeInDays days) => since.AddDays(days.Value) <= at;

    static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset? other) => other > one ? other.Value : one;

    string Ago(DateTimeOffset time) => string.Create(CultureInfo.InvariantCulture, $"{Json.Write(time)}, {(int)(at - time).TotalDays} days ago");

    IEnumerable<Alert> OfRoot()
    {
        foreach (var (id, key) in directory.RootKeys)
            yield return Make(AlertType.RootAccessKey, directory.Account.Value, _root, id.Value,
                $"Root has the access key {id}, made at {Ago(key.Created.At)}; it is {(key.Status == StatusType.Active ? "active, and no policy limits it" : "inactive, and root can make it active")}.",
                "See that a user can administer the account, then delete the key, as root.", new DeleteAccessKey(id));
        if (directory.RootLoginProfile is { } profile && directory.RootMFADevices.Count is 0) yield return WithoutMFA(directory.Account.Value, _root, "Root", profile, RootDevice);
    }

    IEnumerable<Alert> OfUser(User user, KnownUses? known, IReadOnlyDictionary<string, CredentialUse>? uses, IEnumerable<(string Service, DateTimeOffset At)>? accesses)
    {
        var (id, arn) = (user.Id.Value, directory.ArnOf(user));
        foreach (var (_, key) in user.AccessKeys)
        {
            if (key.Status != StatusType.Active) continue;
            if (IsOver(key.Created.At, limits.MaxAccessKeyAge))
                yield return Make(AlertType.AccessKeyNotRotated, id, arn, key.Id.Value, $"The access key {key.Id} was made at {Ago(key.Created.At)}; it should be replaced after {limits.MaxAccessKeyAge} days.",
                    "Make another key (CreateAccessKey), have it used, then make this one inactive; delete it when nobody misses it.", new UpdateAccessKey(key.Id, "Inactive", user.Name));
            if (uses is not null && known is not null && Unused(uses.GetValueOrDefault(key.Id.Value), key.StatusSince, known) is { } idle)
                yield return Make(AlertType.UnusedIAMUserAccessKey, id, arn, key.Id.Value, $"The access key {key.Id} {idle}", "Make the key inactive; delete it when nobody misses it.", new UpdateAccessKey(key.Id, "Inactive", user.Name));
        }
        if (user.LoginProfile is { } profile)
        {
            if (uses is not null && known is not null && Unused(uses.GetValueOrDefault(id), profile.PasswordSince, known) is { } idle)
                yield return Make(AlertType.UnusedIAMUserPassword, id, arn, null, $"The password of {user.Name} {idle}", "Delete the login profile: the user then signs in no more.", new DeleteLoginProfile(user.Name));
            if (user.MFADevices.Count is 0) yield return WithoutMFA(id, arn, user.Name.Value, profile, user.Name.Value);
        }
        if (Tells(AlertType.UserPolicy) && user.Attached.Count + user.Policies.Count > 0) yield return UserPolicy(user, arn);
        if (accesses is not null && known is not null && UnusedPermission(user, arn, accesses, known) is { } permission) yield return permission;
        foreach (var alert in OfInline(id, arn, user.Policies)) yield return alert;
    }

    /// <summary>How long it was not used; null: not for so long.</summary>
    /// <param name="last">The last use; null: there was none.</param>
    /// <param name="since">Since when it can be used.</param>
    /// <param name="known">Since when uses are known.</param>
    string? Unused(CredentialUse? last, Stamp since, KnownUses known) =>
        !IsOver(Later(Later(since.At, last?.At), known.CredentialsSince), limits.MaxCredentialUsageAge) ? null
        : $"{(known.CredentialsSince > Later(since.At, last?.At) ? $"was not used since {Ago(known.CredentialsSince)}, from when on it is known" : last is null ? "was never used" : $"was used last at {Ago(last.At)}")}, and is in force since {Ago(since.At)}; {limits.MaxCredentialUsageAge} days are allowed.";

    Alert WithoutMFA(string id, Arn arn, string who, LoginProfile profile, VirtualMFADeviceName name)
    {
        var device = directory.MFADevices.Find(name);
        var reason = $"{who} has a password, since {Ago(profile.Created.At)}, and no MFA device.";
        return device is null
            ? Make(AlertType.ConsoleUserWithoutMFA, id, arn, null, reason, "Make a device, whose seed is shown in the answer alone; who is to have it then enables it with two of its codes (EnableMFADevice), which ends this alert.", new CreateVirtualMFADevice(name))
            : Make(AlertType.ConsoleUserWithoutMFA, id, arn, null, reason, $"No command is proposed: enabling a device (EnableMFADevice) takes two of its codes. {directory.SerialNumberOf(device)} is there{(device.Assigned is null ? " and nobody's" : ", but another's")}.");
    }

    IEnumerable<Alert> OfInline(string id, Arn arn, Table<PolicyName, InlinePolicy> policies) =>
        from entry in policies
        where Tells(AlertType.AdminAccess) && entry.Value.Text.AllowsEverything
        select Make(AlertType.AdminAccess, id, arn, entry.Value.Name.Value, $"Its policy {entry.Value.Name} allows every action on every resource, since {Ago(entry.Value.Since.At)}.", Narrower);

    IEnumerable<Alert> OfPolicy(ManagedPolicy policy)
    {
        if (Tells(AlertType.AdminAccess) && policy.IsAttached && policy.Default.Text.AllowsEverything)
            yield return Make(AlertType.AdminAccess, policy.Id.Value, directory.ArnOf(policy), null,
                string.Create(CultureInfo.InvariantCulture, $"The policy {policy.Name} allows every action on every resource, by its version {policy.DefaultVersionId} since {Ago(policy.DefaultSince.At)}; {policy.AttachmentCount} users and groups have it."), Narrower);
    }

    const string Narrower = "No command is proposed: what is to be allowed in its place has to be written. GetServiceLastAccessedDetails tells what is used.";

    /// <summary>The same permissions by a group: by one that has just these policies, else by a new one; first given, then taken, so that they never lack.</summary>
    Alert UserPolicy(User user, Arn arn)
    {
        var groups = user.Groups.Select(membership => directory.Groups[membership.Key]).ToList();
        List<ManagedPolicy> policies = [.. user.Attached.Select(one => directory.PolicyOf(one.Key)).OrderBy(policy => policy.Name.Value, StringComparer.OrdinalIgnoreCase)];
        List<InlinePolicy> inlines = [.. user.Policies.Select(one => one.Value).OrderBy(policy => policy.Name.Value, StringComparer.OrdinalIgnoreCase)];
        var attached = policies.Where(policy => !groups.Any(group => group.Attached.Contains(policy.Id))).ToList();
        var inline = inlines.Where(policy => !groups.Any(group => group.Policies.Find(policy.Name)?.Text == policy.Text)).ToList();
        var reason = string.Create(CultureInfo.InvariantCulture, $"{user.Name} has {policies.Count + inlines.Count} policies of its own: {string.Join(", ", policies.Select(policy => policy.Name.Value).Concat(inlines.Select(policy => $"{policy.Name} (inline)")))}.");

        List<ICommand> commands = [];
        if (attached.Count + inline.Count > 0)
        {
            if (user.Groups.Count >= directory.Quotas.GroupsPerUser) return Make(AlertType.UserPolicy, user.Id.Value, arn, null, reason, "No command is proposed: the user is in as many groups as it may be in; give one of them what it needs.");
            if (_groups.Value.GetValueOrDefault(KeyOf(attached.Select(policy => policy.Id), inline)) is { } same) commands.Add(new AddUserToGroup(same.Name, user.Name));
            else
            {
                // Of one policy, a group of its name may be of use to others too.
                string[] names = (attached.Count, inline.Count) switch { (1, 0) => [attached[0].Name.Value, user.Name.Value], (0, 1) => [inline[0].Name.Value, user.Name.Value], _ => [user.Name.Value] };
                if (Array.Find(names, one => directory.Groups.Find(new GroupName(one)) is null) is not { } name || directory.Groups.Count >= directory.Quotas.GroupsPerAccount || attached.Count > directory.Quotas.AttachedPoliciesPerGroup || inline.Sum(policy => policy.Text.Size) > directory.Quotas.GroupPolicySize)
                    return Make(AlertType.UserPolicy, user.Id.Value, arn, null, reason, "No command is proposed: there is no room for another group, or its name is taken; give a group what it needs.");
                commands.Add(new CreateGroup(name));
                commands.AddRange(attached.Select(policy => new AttachGroupPolicy(name, directory.ArnOf(policy))));
                commands.AddRange(inline.Select(policy => new PutGroupPolicy(name, policy.Name, policy.Text)));
                commands.Add(new AddUserToGroup(name, user.Name));
            }
        }
        commands.AddRange(policies.Select(policy => new DetachUserPolicy(user.Name, directory.ArnOf(policy))));
        commands.AddRange(inlines.Select(policy => new DeleteUserPolicy(user.Name, policy.Name)));
        return Make(AlertType.UserPolicy, user.Id.Value, arn, null, reason, "Have it get the same by a group; in this order nothing is lost on the way.", [.. commands]);
    }

    /// <summary>What a user is granted and does not use; what grants nothing that is used, and denies nothing, can be taken away.</summary>
    Alert? UnusedPermission(User user, Arn arn, IEnumerable<(string Service, DateTimeOffset At)> accesses, KnownUses known)
    {
        var sources = directory.SourcesOf(user, source => source.Through != _root); // by what the account grants all its users; a policy of nobody
        Dictionary<string, DateTimeOffset> granted = new(StringComparer.Ordinal);
        foreach (var source in sources)
            foreach (var service in ServicesOf(source.Text))
                if (Later(source.Since.At, known.AccessesSince) is var from && (!granted.TryGetValue(service, out var since) || from < since)) granted[service] = from;
        var last = accesses.ToDictionary(access => access.Service, access => access.At, StringComparer.OrdinalIgnoreCase);
        var unused = granted.Where(one => IsOver(last.TryGetValue(one.Key, out var used) && used > one.Value ? used : one.Value, limits.UnusedAccessAge)).ToDictionary(StringComparer.Ordinal);
        if (unused.Count is 0) return null;

        List<ICommand> commands = [];
        List<GrantSource> taken = [];
        foreach (var source in known.AllActions ? user.Sources.Of(directory, user) : [])
            if (IsUnused(source))
            {
                commands.Add(source.PolicyArn is { } policy ? new DetachUserPolicy(user.Name, policy) : new DeleteUserPolicy(user.Name, source.PolicyName));
                taken.Add(source);
            }
        foreach (var (id, _) in user.Groups)
            if (known.AllActions && directory.Groups[id] is var group && group.Sources.Of(directory, group) is { Length: > 0 } theirs && theirs.All(IsUnused))
            {
                commands.Add(new RemoveUserFromGroup(group.Name, user.Name));
                taken.AddRange(theirs);
            }
        var kept = sources.Where(source => !taken.Any(one => one.Grant.PolicyId == source.Grant.PolicyId && one.Through == source.Through)).SelectMany(source => ServicesOf(source.Text)).Where(unused.ContainsKey).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return Make(AlertType.UnusedPermission, user.Id.Value, arn, null,
            string.Create(CultureInfo.InvariantCulture, $"Of {granted.Count} services that the policies of {user.Name} name it did not access {unused.Count} for {limits.UnusedAccessAge} days: {Some(unused.Keys.Order(StringComparer.Ordinal).Select(service => $"{service} ({(last.TryGetValue(service, out var used) ? $"last at {Ago(used)}" : $"never, since {Ago(unused[service])}")})"), unused.Count)}."),
            !known.AllActions ? "No command is proposed: the user did as many different actions as are noted, so that these may be in use." : $"{(commands.Count is 0 ? "No command is proposed." : "Take away what grants nothing else.")}{(kept.Count is 0 ? "" : $" What grants {Some(kept, kept.Count)} grants also what is used, or denies something: it has to be written narrower.")}", [.. commands]);

        bool IsUnused(GrantSource source) => ServicesOf(source.Text) is { Length: > 0 } services && services.All(unused.ContainsKey) && !source.Text.AllowsAnyService && !source.Text.Denies;
    }

    static string Some(IEnumerable<string> all, int count) => string.Join(", ", all.Take(ServicesTold)) + (count > ServicesTold ? string.Create(CultureInfo.InvariantCulture, $" and {count - ServicesTold} more") : "");

    string[] ServicesOf(PolicyText text) =>
        _services.TryGetValue(text, out var known) ? known : _services[text] = [.. text.AllowedServices.Select(service => service.ToLowerInvariant()).Distinct(StringComparer.Ordinal)];

    static string KeyOf(Table<PolicyId, Stamp> attached, Table<PolicyName, InlinePolicy> inline) => KeyOf(attached.Select(one => one.Key), inline.Select(one => one.Value));

    /// <summary>By what groups with just these policies are found.</summary>
    static string KeyOf(IEnumerable<PolicyId> attached, IEnumerable<InlinePolicy> inline) =>
        string.Join('\0', attached.Select(id => id.Value).Order(StringComparer.Ordinal).Concat(inline.Select(policy => $"{policy.Name.Value.ToUpperInvariant()}\0{policy.Text}").Order(StringComparer.Ordinal)));

    static Alert Make(AlertType type, string id, Arn arn, string? subject, string reason, string recommendation, params ICommand[] commands) =>
        new(subject is null ? $"{id}/{type}" : $"{id}/{type}/{subject}", type, arn, id, reason, recommendation, [.. commands.Select(CommandInput.Of)]);
}
