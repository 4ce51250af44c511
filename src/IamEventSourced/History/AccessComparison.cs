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
    /// <param name="mostSets">
    /// Where one change, as another text of a policy, meets those who have up to so many different sets of policies, it is looked for each set whether it allows the same by another way; of more, all are
    /// told alike, as if none did.
    /// </param>
    public IReadOnlyList<ComparedAccess> OfTouched(int mostSets)
    {
        if (Closing().Count > 0) return [.. OfAccount()!];
        List<ComparedAccess> compared = [];
        foreach (var changed in Touched.Select(id => (Old: before.Users.Find(id), New: after.Users.Find(id))).GroupBy(ChangeOf).Where(changed => changed.Key.Length > 0))
            if (changed.Select(pair => Sets(before, pair.Old)).Distinct().Skip(mostSets).Any() && changed.First() is { Old: { } old, New: { } current } && ReferenceEquals(old, current)) compared.Add(Together(changed.Key, [.. changed]));
            else compared.AddRange(Exactly(changed));
        return compared;
    }

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

    /// <summary>Of all users, those together who gained and lost the same, in the order of the first of each; then root. What nobody goes on to is not compared. Null: nobody had the id.</summary>
    /// <param name="from">Only those who come after them whom this user is the first of; null: from the beginning.</param>
    public IEnumerable<ComparedAccess>? OfAccount(UserId? from = null)
    {
        List<(User? Old, User? New)> pairs = [.. Everybody.Distinct().Select(id => (before.Users.Find(id), after.Users.Find(id)))];
        var place = from is null ? -1 : pairs.FindIndex(pair => (pair.New ?? pair.Old)!.Id == from);
        if (from is not null && place < 0) return null;
        if (Closing() is not { Count: > 0 } closing) return Exactly(pairs, place);
        ComparedAccess ofRoot = new([new(after.Account.Value, Arn.Of(after.Account, "root"))], closing);
        return from is not null || pairs.Count is 0 ? [ofRoot] : [new([.. pairs.Select(Principal)], closing), ofRoot];
    }

    IEnumerable<UserId> Everybody => before.Users.After(null).Concat(after.Users.After(null)).Select(user => user.Id);

    /// <summary>Who has the same policies at both moments is compared once; of these, only those whose first comes after a place.</summary>
    IEnumerable<ComparedAccess> Exactly(IEnumerable<(User? Old, User? New)> pairs, int place = -1)
    {
        // All of one moment first: what groups have is at hand of one moment at a time. Of the same policies there may be two sets, and pages have to agree who is together.
        Dictionary<GrantSet, GrantSet> ofThen = new(SamePolicies.Comparer), ofNow = new(SamePolicies.Comparer);
        var sets = pairs.Select(pair => (pair.Old, pair.New, Then: One(ofThen, Sets(before, pair.Old)))).ToList().Select((pair, index) => (pair.Old, pair.New, pair.Then, Now: One(ofNow, Sets(after, pair.New)), Index: index));
        foreach (var alike in sets.GroupBy(pair => (pair.Then, pair.Now, Alone: pair is { Old: { } old, New: { } current } && !SameKeys(old, current) ? current.Id : null)))
        {
            var (old, current, _, _, index) = alike.First();
            if (index <= place) continue;
            var differences = Between(old is null ? null : AccessInForce.Of(before, old, then), current is null ? null : AccessInForce.Of(after, current, now));
            if (differences.Count > 0) yield return new([.. alike.Select(pair => Principal((pair.Old, pair.New)))], differences);
        }

        static (GrantSet, GrantSet?)? One(Dictionary<GrantSet, GrantSet> known, (GrantSet Grants, GrantSet? Boundary)? sets) =>
            sets is var (grants, boundary) ? (First(known, grants), boundary is null ? null : First(known, boundary)) : null;

        static GrantSet First(Dictionary<GrantSet, GrantSet> known, GrantSet set) => known.TryGetValue(set, out var first) ? first : known[set] = set;
    }

    /// <summary>Sets are the same by the ids of their policies, of which each has one text at a moment.</summary>
    sealed class SamePolicies : IEqualityComparer<GrantSet>
    {
        public static readonly SamePolicies Comparer = new();

        public bool Equals(GrantSet? one, GrantSet? other) => ReferenceEquals(one, other) || one!.Grants.Select(grant => grant.PolicyId).SequenceEqual(other!.Grants.Select(grant => grant.PolicyId), StringComparer.Ordinal);

        public int GetHashCode(GrantSet set)
        {
            var hash = new HashCode();
            foreach (var grant in set.Grants) hash.Add(grant.PolicyId, StringComparer.Ordinal);
            return hash.ToHashCode();
        }
    }

    ComparedPrincipal Principal((User? Old, User? New) pair) => pair.New is { } user ? new(user.Id.Value, after.ArnOf(user)) : new(pair.Old!.Id.Value, before.ArnOf(pair.Old));

    /// <summary>What differs for a user in the policies of others than itself, which is the same for many; empty where nothing does. Where it differs itself, its own id.</summary>
    string ChangeOf((User? Old, User? New) pair)
    {
        if (pair.Old is not { } user || !ReferenceEquals(user, pair.New)) return (pair.New ?? pair.Old)!.Id.Value;
        SortedSet<string> changes = new(_ofAllUsers ??= Changes(before.GrantSets.OfAllUsers(before), after.GrantSets.OfAllUsers(after)), StringComparer.Ordinal);
        if (user.Policies.Count + user.Attached.Count > 0) changes.UnionWith(Changes(user.Sources.Of(before, user), user.Sources.Of(after, user)));
        foreach (var (id, _) in user.Groups)
        {
            if (!_ofGroups.TryGetValue(id, out var ofGroup)) _ofGroups[id] = ofGroup = Changes(before.Groups[id].Sources.Of(before, before.Groups[id]), after.Groups[id].Sources.Of(after, after.Groups[id]));
            changes.UnionWith(ofGroup);
        }
        if (user.Boundary is not null) changes.UnionWith(Changes([before.BoundaryOf(user)!], [after.BoundaryOf(user)!]).Select(change => Bound + change));
        return string.Join(' ', changes);
    }

    const string Bound = "bound", Went = "-", Appeared = "+", Conditional = "?";
    readonly Dictionary<GroupId, string[]> _ofGroups = [];
    string[]? _ofAllUsers;

    /// <summary>The policies that went and appeared, or look at a tag that anything has otherwise.</summary>
    string[] Changes(GrantSource[] old, GrantSource[] current) => ReferenceEquals(old, current) && TagKeys.Count is 0 ? [] :
        [.. Without(old, current).Select(id => Went + id), .. Without(current, old).Select(id => Appeared + id), .. current.Where(source => LooksAtChangedTag(source.Text)).Select(source => Conditional + source.Grant.PolicyId)];

    static IEnumerable<string> Without(GrantSource[] some, GrantSource[] others) =>
        some.Where(source => !others.Any(other => ReferenceEquals(other.Grant.Policy, source.Grant.Policy) && other.Grant.PolicyId == source.Grant.PolicyId)).Select(source => source.Grant.PolicyId);

    /// <summary>What those gained and lost whom one change meets, whatever else each of them has: by the ways of one of them.</summary>
    ComparedAccess Together(string change, IReadOnlyList<(User? Old, User? New)> pairs)
    {
        var changes = change.Split(' ').ToHashSet(StringComparer.Ordinal);
        var user = pairs.Select(pair => pair.New!).MinBy(user => user.Name.Value, StringComparer.Ordinal)!;
        return new([.. pairs.Select(Principal)], Between(Only(AccessInForce.Of(before, user, then), Went), Only(AccessInForce.Of(after, user, now), Appeared), proves: false));

        AccessInForce Only(AccessInForce all, string sign) => all with { Statements = [.. all.Statements.Where(statement => Has(statement.Way, sign))], Unread = [.. all.Unread.Where(way => Has(way, sign))] };
        bool Has(AccessWay way, string sign) => ((string[])[sign, Conditional]).Any(mark => changes.Contains($"{(way.IsBoundary ? Bound : "")}{mark}{way.Source.Grant.PolicyId}"));
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

    IReadOnlyList<AccessDifference> Between(AccessInForce? old, AccessInForce? current, bool proves = true)
    {
        if (before.Closed is not null) return [];
        if (after.Closed is not null) return Closing();
        var (one, other) = (old ?? AccessInForce.None(current?.Own ?? RequestContext.Empty), current ?? AccessInForce.None(old?.Own ?? RequestContext.Empty));
        if (one.Unread.Count > 0 && other.Unread.Count > 0) return []; // everything is denied at both moments
        string[] keys = [.. one.Own.Keys.Union(other.Own.Keys, StringComparer.OrdinalIgnoreCase).Where(key => !Same(one.Own[key], other.Own[key]))];
        bool Depends(StatementInForce statement) => statement.DependsOn(keys, one.Own, other.Own) || statement.Looks(IsChangedTag);

        var conditional = one.Statements.Concat(other.Statements).Where(Depends).Select(statement => statement.Meaning).ToHashSet();
        HashSet<(bool, bool, string)> had = [.. one.Statements.Select(statement => statement.Meaning).Except(conditional)], has = [.. other.Statements.Select(statement => statement.Meaning).Except(conditional)];
        var appeared = other.Statements.Where(statement => !had.Contains(statement.Meaning)).ToLookup(statement => statement.Meaning);
        var went = one.Statements.Where(statement => !has.Contains(statement.Meaning)).ToLookup(statement => statement.Meaning);
        bool existed = old is not null && current is not null, certain = proves && conditional.Count is 0;

        List<AccessDifference> gained = [.. Of(appeared, true, true), .. Of(went, true, false)], lost = [.. Of(went, false, false), .. Of(appeared, false, true)];
        if (existed && one.Boundary is { } taken && other.Boundary is null) gained.Add(new(true, false, $"everything that the permissions boundary {taken.Source.PolicyName} did not allow", [taken]));
        if (existed && one.Boundary is null && other.Boundary is { } put) lost.Add(new(false, true, $"everything that the permissions boundary {put.Source.PolicyName} does not allow", [put]));
        if (one.Unread.Count > 0) gained.Add(new(true, false, "everything: a policy could not be read", one.Unread));
        if (other.Unread.Count > 0) lost.Add(new(false, true, "everything: a policy can't be read", other.Unread));
        return [.. gained.Count is 0 || certain && Within(other, one) ? [] : gained.Where(difference => !(certain && IsHad(difference, one, other))), .. lost.Count is 0 || certain && Within(one, other) ? [] : lost.Where(difference => !(certain && IsHad(difference, other, one)))];

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
            if (policy.IsHeld && LooksAtChangedTag(policy.Default.Text)) touched.UnionWith(HoldersOf(after, policy));
        foreach (var group in after.Groups.All)
            if (group.Policies.Any(policy => LooksAtChangedTag(policy.Value.Text))) touched.UnionWith(MembersOf(group));
        foreach (var user in after.Users.All)
            if (user.Policies.Count > 0 && user.Policies.Any(policy => LooksAtChangedTag(policy.Value.Text))) touched.Add(user.Id);
        return touched;
    }

    bool LooksAtChangedTag(PolicyText text) => TagKeys.Count > 0 && text.ContextKeys.Any(IsChangedTag);

    static IEnumerable<UserId> MembersOf(Group? group) => group?.Members.Select(member => member.Key) ?? [];

    static IEnumerable<UserId> HoldersOf(Directory directory, ManagedPolicy? policy) =>
        policy is null ? [] : policy.Users.Concat(policy.Bounds).Select(user => user.Key).Concat(policy.Groups.SelectMany(group => MembersOf(directory.Groups[group.Key])));

    /// <summary>Whether it is the condition key of a tag of resources.</summary>
    internal static bool IsTag(string key) => key.StartsWith("aws:ResourceTag/", StringComparison.OrdinalIgnoreCase) || key.StartsWith("iam:ResourceTag/", StringComparison.OrdinalIgnoreCase);

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
