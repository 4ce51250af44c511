using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>Somebody whose access is compared.</summary>
/// <param name="Id">The unique id.</param>
/// <param name="Arn">The ARN at the later moment, or the last one.</param>
sealed record ComparedPrincipal(string Id, Arn Arn);

/// <summary>Those who gained and lost the same.</summary>
sealed record ComparedAccess(IReadOnlyList<ComparedPrincipal> Principals, IReadOnlyList<AccessDifference> Differences);

/// <summary>A statement, or everything, that came into force or went out of it.</summary>
/// <param name="Gained">Whether it may have made denied requests allowed; else allowed ones denied.</param>
/// <param name="InForce">Whether it is in force at the later moment.</param>
/// <param name="Access">For people.</param>
/// <param name="Ways">By which ways.</param>
/// <param name="Statement">The statement, by one of the ways; null: everything.</param>
sealed record AccessDifference(bool Gained, bool InForce, string Access, IReadOnlyList<AccessWay> Ways, StatementInForce? Statement = null);

/// <summary>Compares what is decided at two moments of an account.</summary>
sealed class AccessComparison(Directory before, DateTimeOffset then, Directory after, DateTimeOffset now)
{
    HashSet<string>? _tagKeys;
    IReadOnlyCollection<UserId>? _touched;

    /// <summary>
    /// The users whom what differs may concern, unless by time alone: those that differ themselves, that are or were members of a group whose policies do, that have or had a policy of
    /// which another text is in force, and, where a tag of anything differs, that have a statement which looks at such tags of resources.
    /// </summary>
    public IReadOnlyCollection<UserId> Touched => _touched ??= FindTouched();

    /// <summary>Of those whom what differs may concern.</summary>
    public IReadOnlyList<ComparedAccess> OfTouched() => WithRoot(Of(Touched));

    /// <summary>Of a user, group or policy.</summary>
    public IReadOnlyList<ComparedAccess> Of(string id)
    {
        var (old, current) = (before.Current(new(id)), after.Current(new(id)));
        if (id == after.Account.Value) return [new([new(id, Arn.Of(after.Account, "root"))], Closing())];
        var arn = (current ?? old)!.Value.Arn;
        return [new([new(id, arn)], Between(InForce(before, id, then), InForce(after, id, now)))];
    }

    /// <summary>Whether a statement that a user, group or policy has at either moment looks at tags of resources, which anything in the account may be.</summary>
    public bool LooksAtTags(string id) => ((AccessInForce?[])[InForce(before, id, then), InForce(after, id, now)]).OfType<AccessInForce>().SelectMany(one => one.Statements).Any(statement => statement.Looks(IsTag));

    /// <summary>Of all users and root.</summary>
    public IReadOnlyList<ComparedAccess> OfAccount() => WithRoot(Of(Everybody));

    IEnumerable<UserId> Everybody => before.Users.After(null).Concat(after.Users.After(null)).Select(user => user.Id);

    IReadOnlyList<ComparedAccess> WithRoot(IReadOnlyList<ComparedAccess> users) =>
        Closing() is { Count: > 0 } closing ? [.. users, new([new(after.Account.Value, Arn.Of(after.Account, "root"))], closing)] : users;

    /// <summary>Of these users. Who has the same sets of policies at both moments is compared once.</summary>
    public IReadOnlyList<ComparedAccess> Of(IEnumerable<UserId> users)
    {
        var groups = from id in users.Distinct()
                     let pair = (Old: before.Users.Find(id), New: after.Users.Find(id))
                     let principal = new ComparedPrincipal(id.Value, pair.New is { } user ? after.ArnOf(user) : before.ArnOf(pair.Old!))
                     group (principal, pair) by (Sets(before, pair.Old), Sets(after, pair.New), Alone: pair.Old is not null && pair.New is not null && !SameKeys(pair.Old, pair.New) ? id : null);
        List<ComparedAccess> compared = [];
        foreach (var alike in groups)
        {
            var (_, pair) = alike.First();
            var differences = Between(pair.Old is null ? null : AccessInForce.Of(before, pair.Old, then), pair.New is null ? null : AccessInForce.Of(after, pair.New, now));
            if (differences.Count > 0) compared.Add(new([.. alike.Select(one => one.principal)], differences));
        }
        return compared;
    }

    static (GrantSet, GrantSet?)? Sets(Directory directory, User? user) => user is null ? null : (directory.GrantsOf(user), directory.GrantsOf(directory.BoundaryOf(user)));

    bool SameKeys(User old, User current) => before.ArnOf(old) == after.ArnOf(current) && Tags(old.Tags).SequenceEqual(Tags(current.Tags));

    static IEnumerable<(string Key, string Value)> Tags(Table<TagKey, HeldTag> tags) => tags.Select(tag => (tag.Value.Key.Value, tag.Value.Value.Value)).Order();

    static AccessInForce? InForce(Directory directory, string id, DateTimeOffset at) => id[..4] switch
    {
        "AIDA" => directory.Users.Find(new UserId(id)) is { } user ? AccessInForce.Of(directory, user, at) : null,
        "AGPA" => directory.Groups.Find(new GroupId(id)) is { } group ? AccessInForce.Of(directory, group, at) : null,
        "ANPA" => directory.FindPolicyById(new PolicyId(id)) is { } policy ? AccessInForce.Of(directory, policy, at) : null,
        _ => null,
    };

    /// <summary>A closed account allows nobody anything, not even root.</summary>
    IReadOnlyList<AccessDifference> Closing() => after.Closed is not null && before.Closed is null ? [new(false, true, "everything: the account was closed", [])] : [];

    IReadOnlyList<AccessDifference> Between(AccessInForce? old, AccessInForce? current)
    {
        if (before.Closed is not null) return [];
        if (after.Closed is not null) return Closing();
        var (one, other) = (old ?? AccessInForce.None(current?.Own ?? RequestContext.Empty), current ?? AccessInForce.None(old?.Own ?? RequestContext.Empty));
        string[] keys = [.. one.Own.Keys.Union(other.Own.Keys, StringComparer.OrdinalIgnoreCase).Where(key => !Same(one.Own[key], other.Own[key]))];
        bool Depends(StatementInForce statement) => statement.DependsOn(keys, one.Own, other.Own) || statement.Looks(IsChangedTag);

        var conditional = one.Statements.Concat(other.Statements).Where(Depends).Select(statement => statement.Meaning).ToHashSet();
        HashSet<(bool, bool, string)> had = [.. one.Statements.Select(statement => statement.Meaning).Except(conditional)], has = [.. other.Statements.Select(statement => statement.Meaning).Except(conditional)];
        var appeared = other.Statements.Where(statement => !had.Contains(statement.Meaning)).ToLookup(statement => statement.Meaning);
        var went = one.Statements.Where(statement => !has.Contains(statement.Meaning)).ToLookup(statement => statement.Meaning);
        bool existed = old is not null && current is not null, certain = conditional.Count is 0;

        List<AccessDifference> gained = [.. Of(appeared, true, true), .. Of(went, true, false)], lost = [.. Of(went, false, false), .. Of(appeared, false, true)];
        if (existed && one.Boundary is { } taken && other.Boundary is null) gained.Add(new(true, false, $"everything that the permissions boundary {taken.Source.PolicyName} did not allow", [taken]));
        if (existed && one.Boundary is null && other.Boundary is { } put) lost.Add(new(false, true, $"everything that the permissions boundary {put.Source.PolicyName} does not allow", [put]));
        if (one.Unread.Count > 0) gained.Add(new(true, false, "everything: a policy could not be read", one.Unread));
        if (other.Unread.Count > 0) lost.Add(new(false, true, "everything: a policy can't be read", other.Unread));
        return [.. certain && Within(other, one) ? [] : gained.Where(difference => !(certain && IsHad(difference, one, other))), .. certain && Within(one, other) ? [] : lost.Where(difference => !(certain && IsHad(difference, other, one)))];

        IEnumerable<AccessDifference> Of(ILookup<(bool IsBoundary, bool, string), StatementInForce> changed, bool isGain, bool inForce) =>
            from statements in changed
            let first = statements.First()
            where first.IsAllow == (isGain == inForce) && (!statements.Key.IsBoundary || one.Boundary is not null && other.Boundary is not null)
            select new AccessDifference(isGain, inForce, first.Access, [.. statements.Select(statement => statement.Way)], first);
    }

    /// <summary>Whether it is proven that the first allows nothing that the second does not: in both what grants and what bounds.</summary>
    static bool Within(AccessInForce first, AccessInForce second) => second.Unread.Count is 0 && PolicyComparison.IsWithin(first.Grants, second.Grants) && BoundWithin(first, second);

    static bool BoundWithin(AccessInForce first, AccessInForce second) => second.BoundaryGrants is null || first.BoundaryGrants is not null && PolicyComparison.IsWithin(first.BoundaryGrants, second.BoundaryGrants);

    /// <summary>Whether all that a granting statement allows on this side is proven to be allowed on the other.</summary>
    static bool IsHad(AccessDifference difference, AccessInForce there, AccessInForce here)
    {
        if (difference.Gained != difference.InForce || difference.Statement is not { } statement || difference.Ways.Any(way => way.IsBoundary) || there.Unread.Count > 0 || !BoundWithin(here, there)) return false;
        return PolicyComparison.IsWithin(GrantSet.Of([statement.Alone, .. here.Statements.Where(one => !one.IsAllow && !one.Way.IsBoundary).Select(one => one.Alone)]), there.Grants);
    }

    static bool Same(ContextValue? one, ContextValue? other) => one is { } left && other is { } right ? left.Values.SequenceEqual(right.Values, StringComparer.Ordinal) : one is null && other is null;

    HashSet<UserId> FindTouched()
    {
        // What the account grants all its users, and its end, are everybody's.
        if (before.Closed != after.Closed || before.PasswordPolicy != after.PasswordPolicy) return Everybody.ToHashSet();

        HashSet<UserId> touched = [.. Register<UserId, UserName, User>.Differences(before.Users, after.Users).Select(user => user.Id)];
        foreach (var (_, old, current) in Register<GroupId, GroupName, Group>.Differences(before.Groups, after.Groups))
            if (old?.Policies != current?.Policies || old?.Attached != current?.Attached) touched.UnionWith(MembersOf(old).Concat(MembersOf(current)));
        foreach (var (_, old, current) in Register<PolicyId, PolicyName, ManagedPolicy>.Differences(before.Policies, after.Policies).Concat(Table<PolicyId, ManagedPolicy>.Differences(before.AwsPolicies, after.AwsPolicies)))
            if (old?.Default.Text != current?.Default.Text) touched.UnionWith(HoldersOf(before, old).Concat(HoldersOf(after, current)));

        if (TagKeys.Count is 0) return touched;
        foreach (var policy in after.Policies.All.Concat(after.AwsPolicies.Select(policy => policy.Value)))
            if (policy.IsHeld && LooksAtTags(policy.Default.Text)) touched.UnionWith(HoldersOf(after, policy));
        foreach (var group in after.Groups.All)
            if (group.Policies.Any(policy => LooksAtTags(policy.Value.Text))) touched.UnionWith(MembersOf(group));
        foreach (var user in after.Users.All)
            if (user.Policies.Count > 0 && user.Policies.Any(policy => LooksAtTags(policy.Value.Text))) touched.Add(user.Id);
        return touched;

        bool LooksAtTags(PolicyText text) => text.ContextKeys.Any(IsChangedTag);
    }

    static IEnumerable<UserId> MembersOf(Group? group) => group?.Members.Select(member => member.Key) ?? [];

    static IEnumerable<UserId> HoldersOf(Directory directory, ManagedPolicy? policy) =>
        policy is null ? [] : policy.Users.Concat(policy.Bounds).Select(user => user.Key).Concat(policy.Groups.SelectMany(group => MembersOf(directory.Groups[group.Key])));

    static bool IsTag(string key) => key.StartsWith("aws:ResourceTag/", StringComparison.OrdinalIgnoreCase) || key.StartsWith("iam:ResourceTag/", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether it is the condition key of a tag of resources that anything has otherwise.</summary>
    bool IsChangedTag(string key) => IsTag(key) && TagKeys.Contains(key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..]);

    /// <summary>The keys of the tags that anything has otherwise; asked only where a statement looks at tags of resources.</summary>
    HashSet<string> TagKeys => _tagKeys ??= FindTagKeys();

    HashSet<string> FindTagKeys()
    {
        HashSet<(string Arn, string Key, string Value)> had = [], has = [];
        Look(before.Users, after.Users, (directory, user) => directory.ArnOf(user).Value, user => user.Tags);
        Look(before.Policies, after.Policies, (directory, policy) => directory.ArnOf(policy).Value, policy => policy.Tags);
        Look(before.ServerCertificates, after.ServerCertificates, (directory, certificate) => directory.ArnOf(certificate).Value, certificate => certificate.Tags);
        Look(before.MFADevices, after.MFADevices, (directory, device) => directory.SerialNumberOf(device).Value, device => device.Tags);
        had.SymmetricExceptWith(has);
        return had.Select(tag => tag.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);

        void Look<TId, TName, T>(Register<TId, TName, T> old, Register<TId, TName, T> current, Func<Directory, T, string> arnOf, Func<T, Table<TagKey, HeldTag>> tags)
            where TId : Text<TId>, IText<TId> where TName : Text<TName>, IText<TName> where T : class, IRegistered<TId, TName>
        {
            foreach (var (_, one, other) in Register<TId, TName, T>.Differences(old, current))
            {
                if (one is not null) had.UnionWith(Tags(tags(one)).Select(tag => (arnOf(before, one), tag.Key, tag.Value)));
                if (other is not null) has.UnionWith(Tags(tags(other)).Select(tag => (arnOf(after, other), tag.Key, tag.Value)));
            }
        }
    }
}
