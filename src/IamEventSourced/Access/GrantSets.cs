using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>The grant sets of an account: one for each distinct set of policies, shared by all principals that have just these.</summary>
sealed class GrantSets
{
    // All sets go, those that nobody has any more with them, when there are this many more than users: each of these may have one of its own.
    const int MostUnused = 4_096, MostUsers = 100_000;
    readonly ConcurrentDictionary<Policies, GrantSet> _sets = new();
    readonly ConcurrentDictionary<Holders, GrantSet> _ofHolders = new();

    OfAll? _ofAllUsers;

    sealed record OfAll(PasswordPolicy PasswordPolicy, GrantSource[] Sources);

    readonly record struct Policies(PolicyGrant[] Grants)
    {
        public bool Equals(Policies other) => Grants.AsSpan().SequenceEqual(other.Grants, Same.Policy);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            foreach (var grant in Grants) hash.Add(RuntimeHelpers.GetHashCode(grant.Policy));
            return hash.ToHashCode();
        }
    }

    sealed class Same : IEqualityComparer<PolicyGrant>
    {
        public static readonly Same Policy = new();
        public bool Equals(PolicyGrant? x, PolicyGrant? y) => ReferenceEquals(x!.Policy, y!.Policy) && x.PolicyId == y.PolicyId;
        public int GetHashCode(PolicyGrant obj) => RuntimeHelpers.GetHashCode(obj.Policy);
    }

    readonly record struct Holders(GrantSource[][] Sources)
    {
        public bool Equals(Holders other) => Sources.AsSpan().SequenceEqual(other.Sources);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            foreach (var sources in Sources) hash.Add(RuntimeHelpers.GetHashCode(sources));
            return hash.ToHashCode();
        }
    }

    /// <summary>The set of these grants; their order does not matter, nor that one comes twice.</summary>
    public GrantSet Of(Directory directory, IEnumerable<PolicyGrant> grants)
    {
        var key = new Policies([.. grants.DistinctBy(grant => grant.PolicyId).OrderBy(grant => grant.PolicyId, StringComparer.Ordinal)]);
        if (_sets.TryGetValue(key, out var set)) return set;
        if (_sets.Count >= Most(directory)) _sets.Clear();
        return _sets.GetOrAdd(key, static made => GrantSet.Of(made.Grants));
    }

    /// <summary>The ways by which the account itself grants all users something.</summary>
    public GrantSource[] OfAllUsers(Directory directory)
    {
        if (directory.PasswordPolicy is not { } policy) return [];
        if (_ofAllUsers is { } before && ReferenceEquals(before.PasswordPolicy, policy)) return before.Sources;
        GrantSource[] sources = policy.GrantIn(directory.Account) is { } own ? [own] : [];
        _ofAllUsers = new(policy, sources);
        return sources;
    }

    /// <summary>The set of what a user and its groups have, each by the very array that <see cref="HeldSources"/> keeps: found without a look at the policies.</summary>
    public GrantSet Of(Directory directory, GrantSource[][] holders)
    {
        var key = new Holders(holders);
        if (_ofHolders.TryGetValue(key, out var set)) return set;
        if (_ofHolders.Count >= Most(directory)) _ofHolders.Clear();
        return _ofHolders[key] = Of(directory, holders.SelectMany(sources => sources).Select(source => source.Grant));
    }

    static int Most(Directory directory) => MostUnused + Math.Min(directory.Users.Count, MostUsers);

    /// <summary>Directories are equal by what is in the stream.</summary>
    public override bool Equals(object? obj) => obj is GrantSets;
    public override int GetHashCode() => 0;
}

/// <summary>
/// Where a user or group keeps the ways by which its own policies are in force, with what they were made from: good as long as these are the very same.
/// Who has no policies keeps nothing: of a million users that have theirs by groups, none is written to when it is asked about.
/// </summary>
sealed class HeldSources
{
    sealed record Made(object Policies, object AwsPolicies, object Name, object Path, object Inline, object Attached, GrantSource[] Sources);

    Made? _made;

    public GrantSource[] Of(Directory directory, User user) =>
        Of(directory, user, user.Id.Value, user.Name, user.Path, user.Policies, user.Attached, static (directory, user) => directory.ArnOf(user));

    /// <summary>As a member has them who joined before.</summary>
    public GrantSource[] Of(Directory directory, Group group) =>
        Of(directory, group, group.Id.Value, group.Name, group.Path, group.Policies, group.Attached, static (directory, group) => directory.ArnOf(group));

    GrantSource[] Of<T>(Directory directory, T holder, string id, object name, object path, Table<PolicyName, InlinePolicy> inline, Table<PolicyId, Stamp> attached, Func<Directory, T, Arn> arnOf)
    {
        if (inline.Count + attached.Count is 0) return [];
        var before = _made;
        if (before is not null && ReferenceEquals(before.Policies, directory.Policies) && ReferenceEquals(before.AwsPolicies, directory.AwsPolicies)
            && ReferenceEquals(before.Name, name) && ReferenceEquals(before.Path, path) && ReferenceEquals(before.Inline, inline) && ReferenceEquals(before.Attached, attached))
            return before.Sources;

        var through = arnOf(directory, holder);
        GrantSource[] sources = [.. inline.Select(entry => entry.Value).Select(policy => new GrantSource(new($"{id}:{policy.Name}", policy.Text.Compiled), policy.Text, policy.Name, null, null, through, policy.Since)),
            .. attached.Select(link => directory.Attached(link.Key, through, link.Value))];
        // Most often it was another policy that changed: then these are the ones that grant sets are found by.
        if (before is not null && before.Sources.AsSpan().SequenceEqual(sources)) sources = before.Sources;
        _made = new(directory.Policies, directory.AwsPolicies, name, path, inline, attached, sources);
        return sources;
    }

    /// <summary>Users and groups are equal by what is in the stream.</summary>
    public override bool Equals(object? obj) => obj is HeldSources;
    public override int GetHashCode() => 0;
}
