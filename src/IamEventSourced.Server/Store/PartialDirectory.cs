using System.Globalization;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// As much of an account at an earlier revision as one query reads: the caller, and the entities that its parameters name with all that
/// belongs to them, loaded from the interval rows. The same code answers from it as from the whole directory.
/// </summary>
sealed partial class PartialDirectory
{
    const string Then = "account = @account and from_revision <= @revision and (to_revision is null or to_revision > @revision)";

    readonly NpgsqlConnection _connection;
    readonly AccountId _account;
    readonly long _revision;
    readonly CancellationToken _cancel;
    readonly Dictionary<string, User> _users = new(StringComparer.Ordinal);
    readonly Dictionary<string, Group> _groups = new(StringComparer.Ordinal);
    readonly Dictionary<string, ManagedPolicy> _policies = new(StringComparer.Ordinal);
    readonly Dictionary<string, ServerCertificate> _certificates = new(StringComparer.Ordinal);
    readonly Dictionary<string, VirtualMFADevice> _devices = new(StringComparer.Ordinal);
    /// <summary>What is no row of these: the account's own, root's, and AWS's policies.</summary>
    Directory _directory;
    readonly List<(NpgsqlBatchCommand Command, Action<NpgsqlDataReader> Row)> _asked = [];

    PartialDirectory(NpgsqlConnection connection, AccountId account, long revision, CancellationToken cancel) =>
        (_connection, _account, _revision, _cancel, _directory) = (connection, account, revision, cancel, new(account));

    /// <summary>The last revision that is not after the time; 0: there was none.</summary>
    public static async Task<long> RevisionAt(NpgsqlDataSource database, Directory newest, DateTimeOffset time, CancellationToken cancel)
    {
        if (time >= newest.At) return newest.Revision;
        await using var command = database.CreateCommand("select revision from iam.timeline where account = $1 and entity = $1 and entity = account and at <= $2 order by at desc, revision desc limit 1");
        command.Parameters.Add(new() { Value = newest.Account.Value });
        command.Parameters.Add(new() { Value = time.ToUniversalTime() });
        return (long?)await command.ExecuteScalarAsync(cancel) ?? 0;
    }

    /// <summary>What the query reads, as it was at the revision, and the caller, if it is a user.</summary>
    public static async Task<Directory> Load(NpgsqlDataSource database, Directory newest, IOperation query, Caller? caller, long revision, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await new PartialDirectory(connection, newest.Account, revision, cancel).Load(newest, NamedEntities.In(query, newest.Account), query.Reads, query as IPaged, caller);
    }

    /// <summary>What belongs to one entity, as it was at the revision, also what a user proves itself by; with those who have it, if they are wanted.</summary>
    public static async Task<Directory> LoadOwn(NpgsqlDataSource database, Directory newest, EntityReference entity, bool holders, long revision, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await new PartialDirectory(connection, newest.Account, revision, cancel).Load(newest, NamedEntities.Of(entity, newest.Account), new Extent.Own(holders), null, null);
    }

    // What is asked goes in few round trips: for what is named or listed, for what that has, and for what that again.
    async Task<Directory> Load(Directory newest, NamedEntities named, Extent? extent, IPaged? page, Caller? caller)
    {
        string[] ids = [.. named.Ids];
        AskUsers("user_id = any(@ids)", ("ids", caller is UserCaller user ? [user.UserId.Value, .. ids] : ids));
        AskUsers("upper(user_name collate \"C\") = any(@names)", ("names", Upper(named.Users)));
        AskUsers($"user_id in (select user_id from iam.ssh_public_keys where {Then} and fingerprint = any(@fingerprints))", ("fingerprints", named.Fingerprints.ToArray()));
        AskUsers($"user_id in (select user_id from iam.access_keys where {Then} and access_key_id = any(@keys))", ("keys", named.Keys.ToArray()));
        if (extent is Extent.Credentials) AskUsers("true");
        AskGroups("upper(group_name collate \"C\") = any(@names)", ("names", Upper(named.Groups)));
        AskGroups("group_id = any(@ids)", ("ids", ids));
        AskPolicies("""upper(policy_name collate "C") = any(@names)""", ("names", Upper(named.Policies)));
        AskPolicies("policy_id = any(@ids)", ("ids", ids));
        AskCertificates("server_certificate_id = any(@ids)", ("ids", ids));
        AskCertificates("""upper(server_certificate_name collate "C") = any(@names)""", ("names", Upper(named.Certificates)));
        AskDevices("mfa_device_id = any(@ids)", ("ids", ids));
        AskDevices("""upper(mfa_device_name collate "C") = any(@names)""", ("names", Upper(named.Devices)));
        AskAdoptions();
        AskAccountsOwn();
        if (extent is Extent.Counts) AskCounts();
        await Hear();
        AddAwsPolicies(named.AwsPolicies);
        if (page is not null && extent is not null) await LoadPage(extent, page);

        // How many have a policy is asked only of those that are named or listed.
        var (counted, ofGroups) = (extent is Extent.Holders ? [] : _policies.Keys.ToArray(), _groups.Keys.ToArray());
        List<(string Device, UserId? User, Stamp Since)> assignments = [];
        List<(string Group, string User, Stamp Since)> memberships = [];
        if (extent is Extent.MFADevices or Extent.VirtualMFADevices or Extent.Credentials or Extent.Counts or Extent.Own) AskAssignments(assignments);
        if (extent is not Extent.Credentials) AskMemberships(memberships);
        await Hear(extent is Extent.Credentials);
        AskDevices("mfa_device_id = any(@ids)", ("ids", assignments.Select(assignment => assignment.Device).ToArray()));
        AskGroups("group_id = any(@ids)", ("ids", memberships.Select(membership => membership.Group).Distinct(StringComparer.Ordinal).ToArray()));
        await Hear(extent is Extent.Credentials);
        AddAssignments(assignments);
        AddMemberships(memberships);
        if (extent is not Extent.Credentials)
        {
            await LoadPoliciesInForce();
            AskHolderCounts(counted);
            AskVersions();
            AskTags();
            AskSSHPublicKeys();
        }
        AskKeys();
        AskCreations();
        if (extent is Extent.LoginProfiles or Extent.Users or Extent.Credentials or Extent.Counts or Extent.Own) AskLoginProfiles();
        await Hear(extent is Extent.Credentials);
        if (extent is Extent.Own { WithHolders: true }) await LoadHolders(ofGroups, counted);

        var directory = _directory with { Revision = _revision, Closed = newest.Closed is { } closed && closed.Revision <= _revision ? closed : null };
        foreach (var one in _users.Values)
        {
            foreach (var (key, _) in one.AccessKeys) directory = directory with { KeyOwners = directory.KeyOwners.With(key, one.Id) };
            foreach (var (_, key) in one.SSHPublicKeys) directory = directory with { SSHKeyOwners = directory.SSHKeyOwners.With(SSHKey.Of(key.Body).Fingerprint, one.Id) };
        }
        foreach (var one in _devices.Values) directory = directory with { MFADevices = directory.MFADevices.With(one) };
        foreach (var one in _certificates.Values) directory = directory with { ServerCertificates = directory.ServerCertificates.With(one) };
        foreach (var one in _policies.Values.Where(policy => policy.IsAws)) directory = directory with { AwsPolicies = directory.AwsPolicies.With(one.Id, one) };
        return directory with
        {
            Users = Register<UserId, UserName, User>.Of(_users.Values), Groups = Register<GroupId, GroupName, Group>.Of(_groups.Values),
            Policies = Register<PolicyId, PolicyName, ManagedPolicy>.Of(_policies.Values.Where(policy => !policy.IsAws)),
        };
    }

    /// <summary>One more than the page has of what it lists, whatever there is of it.</summary>
    async Task LoadPage(Extent extent, IPaged page)
    {
        const string user = """upper(user_name collate "C")""", group = """upper(group_name collate "C")""", policy = """upper(policy_name collate "C")""";
        const string attached = $"select principal_id from iam.attachments where {Then} and policy_id = any(@policies)", bounded = $"select user_id from iam.boundaries where {Then} and policy_id = any(@policies)";
        switch (extent)
        {
            case Extent.Users(var path): AskUsers(PageOf(user), Window(path)); break;
            case Extent.Groups(var path): AskGroups(PageOf(group), Window(path)); break;
            case Extent.ServerCertificates(var path): AskCertificates(PageOf("""upper(server_certificate_name collate "C")"""), Window(path)); break;
            case Extent.VirtualMFADevices(var isAssigned):
                const string name = """upper(mfa_device_name collate "C")""";
                var which = isAssigned is { } asked ? $"mfa_device_id {(asked ? "" : "not ")}in (select mfa_device_id from iam.mfa_assignments where {Then})" : "true";
                AskDevices(PageOf(name, which), Window(null));
                await Hear(many: true);
                AskUsers($"user_id in (select user_id from iam.mfa_assignments where {Then} and mfa_device_id = any(@devices))", ("devices", _devices.Keys.ToArray()));
                break;
            case Extent.Members:
                AskUsers(PageOf(user, $"user_id in (select user_id from iam.memberships where {Then} and group_id = any(@groups))"), [.. Window(null), ("groups", _groups.Keys.ToArray())]);
                break;
            case Extent.Policies(var path, var usedAs):
                AddAwsPolicies(_directory.PoliciesOfAws().Select(one => one.Id));
                AskPolicies(PageOf(policy, usedAs is null ? "true" : $"policy_id in (select policy_id from iam.{(usedAs == PolicyUsage.PermissionsBoundary ? "boundaries" : "attachments")} where {Then})"), Window(path));
                break;
            case Extent.Details(var left):
                var room = page.Count + 1; // a kind is loaded only as far as those before it leave room
                foreach (var (kind, after) in left)
                {
                    if (room <= 0) break;
                    var (rest, before) = (Window(null, after, room), Loaded());
                    if (kind == EntityType.AwsManagedPolicy) AddAwsPolicies(_directory.PoliciesOfAws().Select(one => one.Id));
                    else if (kind == EntityType.User) AskUsers(PageOf(user), rest);
                    else if (kind == EntityType.Group) AskGroups(PageOf(group), rest);
                    else AskPolicies(PageOf(policy), rest);
                    await Hear(many: true);
                    room -= Loaded() - before;
                }
                break;
            case Extent.Holders(var path, var usedAs):
                (string, object)[] window = [.. Window(path), ("policies", _policies.Keys.ToArray())];
                AskGroups(PageOf($"'GROUP/' || {group}", $"group_id in ({attached})"), window);
                AskUsers(PageOf($"'USER/' || {user}", $"user_id in ({(usedAs is null ? $"{attached} union {bounded}" : usedAs == PolicyUsage.PermissionsBoundary ? bounded : attached)})"), window);
                break;
        }
        await Hear(many: true);

        string PageOf(string place, string which = "true") => $"{place} > @after and starts_with(path, @prefix) and {which} order by {place} limit @count";
        int Loaded() => _users.Count + _groups.Count + _policies.Count;
        (string, object)[] Window(object? path, string? after = null, int? room = null) => [("after", (after ?? (extent is Extent.Details ? null : page.After))?.ToUpperInvariant() ?? ""), ("count", room ?? page.Count + 1), ("prefix", path?.ToString() ?? "/")];
    }

    void AskCounts() =>
        Ask($"""
            select (select count(*) from iam.users where {Then}), (select count(*) from iam.groups where {Then}), (select count(*) from iam.policies where {Then}),
              (select count(distinct policy_id) from iam.attachments where {Then}), (select count(*) from iam.server_certificates where {Then}),
              (select count(*) from iam.mfa_devices where {Then}), (select count(*) from iam.mfa_assignments where {Then})
            """, row => _directory = _directory with { WholeCounts = new((int)row.GetInt64(0), (int)row.GetInt64(1), (int)row.GetInt64(2), (int)row.GetInt64(3), (int)row.GetInt64(4), (int)row.GetInt64(5), (int)row.GetInt64(6)) });

    static string[] Upper(IEnumerable<string> names) => [.. names.Select(name => name.ToUpperInvariant())];

    void AskUsers(string which, params (string, object)[] parameters) =>
        AskOf($"select user_id, user_name, path from iam.users where {Then} and {which}", row => _users.TryAdd(row.GetString(0), new(row.GetString(0), row.GetString(1), row.GetString(2), default)), parameters);

    void AskGroups(string which, params (string, object)[] parameters) =>
        AskOf($"select group_id, group_name, path from iam.groups where {Then} and {which}", row => _groups.TryAdd(row.GetString(0), new(row.GetString(0), row.GetString(1), row.GetString(2), default)), parameters);

    void AskMemberships(List<(string Group, string User, Stamp Since)> memberships) =>
        AskOf($"select group_id, user_id, from_revision, from_at from iam.memberships where {Then} and user_id = any(@users)",
            row => memberships.Add((row.GetString(0), row.GetString(1), Since(row, 2))), ("users", _users.Keys.ToArray()));

    void AddMemberships(List<(string Group, string User, Stamp Since)> memberships)
    {
        foreach (var (group, user, since) in memberships)
        {
            _users[user] = _users[user] with { Groups = _users[user].Groups.With(group, since) };
            _groups[group] = _groups[group] with { Members = _groups[group].Members.With(user, since) };
        }
    }

    /// <summary>The members of these groups, and those who have these policies: of them no more than who they are.</summary>
    async Task LoadHolders(string[] groups, string[] policies)
    {
        (string, object) ofGroups = ("groups", groups), ofPolicies = ("policies", policies);
        List<(string Group, string User, Stamp Since)> memberships = [];
        AskOf($"select group_id, user_id, from_revision, from_at from iam.memberships where {Then} and group_id = any(@groups)", row => memberships.Add((row.GetString(0), row.GetString(1), Since(row, 2))), ofGroups);
        AskUsers($"user_id in (select user_id from iam.memberships where {Then} and group_id = any(@groups))", ofGroups);
        AskUsers($"user_id in (select principal_id from iam.attachments where {Then} and policy_id = any(@policies) union select user_id from iam.boundaries where {Then} and policy_id = any(@policies))", ofPolicies);
        AskGroups($"group_id in (select principal_id from iam.attachments where {Then} and policy_id = any(@policies))", ofPolicies);
        AskOf($"select policy_id, principal_id, from_revision, from_at from iam.attachments where {Then} and policy_id = any(@policies)", row => AddHolder(row.GetString(0), row.GetString(1), Since(row, 2)), ofPolicies);
        AskOf($"select policy_id, user_id, from_revision, from_at from iam.boundaries where {Then} and policy_id = any(@policies)", row => AddBounded(row.GetString(0), row.GetString(1), Since(row, 2)), ofPolicies);
        await Hear(many: true);
        AddMemberships(memberships);
    }

    void AddHolder(string id, string holder, Stamp since)
    {
        var policy = _policies[id];
        _policies[id] = holder.StartsWith("AIDA", StringComparison.Ordinal) ? policy with { Users = policy.Users.With(holder, since) } : policy with { Groups = policy.Groups.With(holder, since) };
    }

    void AddBounded(string id, string user, Stamp since) => _policies[id] = _policies[id] with { Bounds = _policies[id].Bounds.With(user, since) };

    void AskInlinePolicies() =>
        AskOf($"select principal_id, policy_name, document, from_revision, from_at from iam.inline_policies where {Then} and principal_id = any(@principals)", row =>
        {
            var (owner, policy) = (row.GetString(0), new InlinePolicy(row.GetString(1), row.GetString(2), Since(row, 3)));
            if (_users.TryGetValue(owner, out var user)) _users[owner] = user with { Policies = user.Policies.With(policy.Name, policy) };
            else _groups[owner] = _groups[owner] with { Policies = _groups[owner].Policies.With(policy.Name, policy) };
        }, ("principals", Principals));

    /// <summary>How many have these policies, which are not loaded to be counted.</summary>
    void AskHolderCounts(string[] counted) =>
        AskOf($"""
            select policy_id, sum(attached)::int, sum(bounding)::int from (
              select policy_id, 1 attached, 0 bounding from iam.attachments where {Then} and policy_id = any(@policies) union all
              select policy_id, 0, 1 from iam.boundaries where {Then} and policy_id = any(@policies)) h group by policy_id
            """, row => _policies[row.GetString(0)] = _policies[row.GetString(0)] with { WholeCounts = new(row.GetInt32(1), row.GetInt32(2)) }, ("policies", counted));

    /// <summary>What policies the loaded principals have.</summary>
    async Task LoadPoliciesInForce()
    {
        AskInlinePolicies();
        List<(string Holder, string Policy, Stamp Since)> attached = [], bounded = [];
        (string, object) of = ("principals", Principals);
        AskOf($"select principal_id, policy_id, from_revision, from_at from iam.attachments where {Then} and principal_id = any(@principals)", row => attached.Add((row.GetString(0), row.GetString(1), Since(row, 2))), of);
        AskOf($"select user_id, policy_id, from_revision, from_at from iam.boundaries where {Then} and user_id = any(@principals)", row => bounded.Add((row.GetString(0), row.GetString(1), Since(row, 2))), of);
        await Hear();
        string[] linked = [.. attached.Concat(bounded).Select(link => link.Policy).Distinct(StringComparer.Ordinal)];
        AddAwsPolicies(linked.Select(id => new PolicyId(id)));
        AskPolicies("policy_id = any(@ids)", ("ids", linked));
        await Hear();
        foreach (var (holder, id, since) in attached)
        {
            AddHolder(id, holder, since);
            if (_users.TryGetValue(holder, out var user)) _users[holder] = user with { Attached = user.Attached.With(id, since) };
            else if (_groups.TryGetValue(holder, out var group)) _groups[holder] = group with { Attached = group.Attached.With(id, since) };
        }
        foreach (var (holder, id, since) in bounded)
        {
            AddBounded(id, holder, since);
            if (_users.TryGetValue(holder, out var user)) _users[holder] = user with { Boundary = new(id, since) };
        }
    }

    void AskPolicies(string which, params (string, object)[] parameters) =>
        AskOf($"select policy_id, policy_name, path, description from iam.policies where {Then} and {which}",
            row => _policies.TryAdd(row.GetString(0), new(row.GetString(0), row.GetString(1), row.GetString(2), row.IsDBNull(3) ? null : new PolicyDescription(row.GetString(3)), default)), parameters);

    /// <summary>All adoptions up to the revision: what one of them left as it was is in force since before it.</summary>
    void AskAdoptions() =>
        Ask("""
            select a.digest, from_revision, from_at, case when a.digest <> all(@known) then (select content from iam.catalogues c where c.digest = a.digest) end
            from iam.adopted_catalogues a where account = @account and from_revision <= @revision order by from_revision
            """, row =>
        {
            CatalogueDigest digest = row.GetString(0);
            Catalogues.Have(_account, row.GetInt64(1), digest, row.IsDBNull(3) ? null : row.GetString(3));
            _directory = new CatalogueAdopted(digest).Apply(_directory, Since(row, 1));
        }, ("known", Catalogue.AtHand.Select(digest => digest.Value).ToArray()));

    /// <summary>Those of these policies that are AWS's.</summary>
    void AddAwsPolicies(IEnumerable<PolicyId> ids)
    {
        foreach (var id in ids)
            if (_directory.FindPolicyById(id) is { } policy) _policies.TryAdd(id.Value, policy);
    }

    void AskVersions()
    {
        (string, object) all = ("policies", _policies.Keys.ToArray());
        AskOf($"select policy_id, version_id, document, from_revision, from_at from iam.policy_versions where {Then} and policy_id = any(@policies)", row =>
        {
            var (policy, version) = (_policies[row.GetString(0)], new PolicyVersion(row.GetString(1), row.GetString(2), Since(row, 3)));
            var number = int.Parse(version.Id.Value.AsSpan(1), CultureInfo.InvariantCulture);
            _policies[policy.Id.Value] = policy with { Versions = policy.Versions.With(version.Id, version), LastVersion = Math.Max(policy.LastVersion, number), Updated = Later(policy.Updated, version.Created) };
        }, all);
        // That a version went was a change too.
        AskOf("select policy_id, max(to_revision), max(to_at) from iam.policy_versions where account = @account and to_revision <= @revision and policy_id = any(@policies) group by policy_id",
            row => _policies[row.GetString(0)] = _policies[row.GetString(0)] with { Updated = Later(_policies[row.GetString(0)].Updated, Since(row, 1)) }, all);
        AskOf($"select policy_id, version_id, from_revision, from_at from iam.default_versions where {Then} and policy_id = any(@policies)", row =>
        {
            var (policy, since) = (_policies[row.GetString(0)], Since(row, 2));
            _policies[policy.Id.Value] = policy with { DefaultVersionId = row.GetString(1), DefaultSince = since, Updated = Later(policy.Updated, since) };
        }, all);
    }

    void AskTags() =>
        AskOf($"select entity_id, tag_name, tag_value, from_revision, from_at from iam.tags where {Then} and entity_id = any(@entities)", row =>
        {
            var (entity, tag) = (row.GetString(0), new HeldTag(row.GetString(1), row.GetString(2), Since(row, 3)));
            if (_users.TryGetValue(entity, out var user)) _users[entity] = user with { Tags = user.Tags.With(tag.Key, tag) };
            else if (_certificates.TryGetValue(entity, out var certificate)) _certificates[entity] = certificate with { Tags = certificate.Tags.With(tag.Key, tag) };
            else if (_devices.TryGetValue(entity, out var device)) _devices[entity] = device with { Tags = device.Tags.With(tag.Key, tag) };
            else _policies[entity] = _policies[entity] with { Tags = _policies[entity].Tags.With(tag.Key, tag) };
        }, ("entities", (string[])[.. _users.Keys, .. _policies.Keys, .. _certificates.Keys, .. _devices.Keys]));

    /// <summary>When each was created: the first that its timeline knows of it. That is looked up one by one: a group's timeline may be as long as the account's.</summary>
    void AskCreations() =>
        AskOf("""
            select entity, revision, at from unnest(@entities) of(entity)
            cross join lateral (select revision, at from iam.timeline where account = @account and timeline.entity = of.entity order by revision limit 1) made
            """, row =>
        {
            var (entity, created) = (row.GetString(0), Since(row, 1));
            if (_users.TryGetValue(entity, out var user)) _users[entity] = user with { Created = created };
            else if (_groups.TryGetValue(entity, out var group)) _groups[entity] = group with { Created = created };
            else _policies[entity] = _policies[entity] with { Created = created };
        }, ("entities", new[] { _users.Keys, (IEnumerable<string>)_groups.Keys, _policies.Values.Where(policy => !policy.IsAws).Select(policy => policy.Id.Value) }.SelectMany(keys => keys).ToArray()));

    /// <summary>When it was created and changed last; its name, alias, quotas and password policy, and since when it has its e-mail address.</summary>
    void AskAccountsOwn()
    {
        Ask("select revision, at from iam.timeline where account = @account and entity = @account and revision in (1, @revision)", row =>
        {
            if (row.GetInt64(0) is 1) _directory = _directory with { Created = Since(row, 0) };
            if (row.GetInt64(0) == _revision) _directory = _directory with { At = Since(row, 0).At };
        });
        Ask($"""
            (select 'name', array[account_name], from_revision, from_at from iam.accounts where account = @account and from_revision <= @revision order by from_revision desc limit 1) union all
            select 'alias', array[account_alias], from_revision, from_at from iam.aliases where {Then} union all
            select 'e-mail address', array[]::text[], from_revision, from_at from iam.primary_emails where {Then} union all
            select 'quota', array[quota_name, quota_value], from_revision, from_at from iam.quotas where {Then} union all
            select 'password policy', array[{string.Join(", ", FactKind.PasswordPolicies.Values)}], from_revision, from_at from iam.password_policies where {Then}
            """, row =>
        {
            var (values, since) = (row.GetFieldValue<string[]>(1), Since(row, 2)); // of what is absent a value may be null
            _directory = row.GetString(0) switch
            {
                "name" => _directory with { Name = values[0] is { } name ? new(name) : null, Renamed = since.Revision > 1 ? since : null },
                "alias" => _directory with { Alias = new(values[0], since) },
                "e-mail address" => _directory with { PrimaryEmailSet = since },
                "quota" => _directory with { Quotas = _directory.Quotas.With(values[0], Int(values[1])), QuotasSet = _directory.QuotasSet.With(values[0], since) },
                _ => _directory with { PasswordPolicy = new(Int(values[0]), Bool(values[1]), Bool(values[2]), Bool(values[3]), Bool(values[4]), Bool(values[5]), Int(values[6]), Int(values[7]), Bool(values[8]), since) },
            };
        });

        static int Int(string value) => int.Parse(value, CultureInfo.InvariantCulture);
        static bool Bool(string value) => value is "true";
    }

    string[] Principals => [.. _users.Keys, .. _groups.Keys];

    static Stamp Since(NpgsqlDataReader row, int column) => new(row.GetInt64(column), new(row.GetDateTime(column + 1), TimeSpan.Zero));

    static Stamp Later(Stamp one, Stamp other) => one.Revision > other.Revision ? one : other;

    /// <summary>What is asked of those that are listed; where none is, nothing is asked.</summary>
    void AskOf(string sql, Action<NpgsqlDataReader> row, params (string Name, object Value)[] parameters)
    {
        if (parameters is not [(_, string[] { Length: 0 })]) Ask(sql, row, parameters);
    }

    /// <summary>Asks when <see cref="Hear"/> is called next.</summary>
    void Ask(string sql, Action<NpgsqlDataReader> row, params (string Name, object Value)[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.AddWithValue("account", _account.Value);
        command.Parameters.AddWithValue("revision", _revision);
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value);
        _asked.Add((command, row));
    }

    /// <summary>Hears the answers to all that was asked since the last time, in its order.</summary>
    /// <param name="many">Whether pages, or all users', were asked for: their plans depend on how many. Other plans are kept: to make them takes longer than to carry them out.</param>
    async Task Hear(bool many = false)
    {
        if (_asked.Count is 0) return;
        await using var batch = new NpgsqlBatch(_connection);
        foreach (var (command, _) in _asked) batch.BatchCommands.Add(command);
        if (!many) await batch.PrepareAsync(_cancel);
        await using var rows = await batch.ExecuteReaderAsync(_cancel);
        foreach (var (_, row) in _asked)
        {
            while (await rows.ReadAsync(_cancel)) row(rows);
            await rows.NextResultAsync(_cancel);
        }
        _asked.Clear();
    }
}
