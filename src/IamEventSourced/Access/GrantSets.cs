using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>The grant sets of an account: one for each distinct set of policies, shared by all principals that have just these.</summary>
sealed class GrantSets
{
    // Sets that nobody has any more go with the rest when there are this many.
    const int Most = 4_096;
    readonly ConcurrentDictionary<Key, GrantSet> _sets = new();

    readonly record struct Key(PolicyGrant[] Grants)
    {
        public bool Equals(Key other) => Grants.AsSpan().SequenceEqual(other.Grants, Same.Policy);

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

    /// <summary>The set of these grants; their order does not matter, nor that one comes twice.</summary>
    public GrantSet Of(IEnumerable<PolicyGrant> grants)
    {
        var key = new Key([.. grants.DistinctBy(grant => grant.PolicyId).OrderBy(grant => grant.PolicyId, StringComparer.Ordinal)]);
        if (_sets.TryGetValue(key, out var set)) return set;
        if (_sets.Count >= Most) _sets.Clear();
        return _sets.GetOrAdd(key, static made => GrantSet.Of(made.Grants));
    }

    /// <summary>Directories are equal by what is in the stream.</summary>
    public override bool Equals(object? obj) => obj is GrantSets;
    public override int GetHashCode() => 0;
}

/// <summary>Where a user keeps its grant set, with what it was made from: good as long as these are the very same.</summary>
sealed class GrantsSlot
{
    sealed record Made(object Groups, object Policies, object AwsPolicies, object Own, object Attached, object Member, object Name, object Path, object? Bound, object? PasswordPolicy,
        GrantSource[] Sources, GrantSet Set, (GrantSource Source, GrantSet Set)? Boundary);

    Made? _made;

    public GrantSet SetOf(Directory directory, User user) => Of(directory, user).Set;

    public IReadOnlyList<GrantSource> SourcesOf(Directory directory, User user) => Of(directory, user).Sources;

    public (GrantSource Source, GrantSet Set)? BoundaryOf(Directory directory, User user) => user.Boundary is null ? null : Of(directory, user).Boundary;

    Made Of(Directory directory, User user)
    {
        if (_made is { } made && ReferenceEquals(made.Groups, directory.Groups) && ReferenceEquals(made.Policies, directory.Policies) && ReferenceEquals(made.AwsPolicies, directory.AwsPolicies)
            && ReferenceEquals(made.Own, user.Policies) && ReferenceEquals(made.Attached, user.Attached) && ReferenceEquals(made.Member, user.Groups)
            && ReferenceEquals(made.Name, user.Name) && ReferenceEquals(made.Path, user.Path) && ReferenceEquals(made.Bound, user.Boundary) && ReferenceEquals(made.PasswordPolicy, directory.PasswordPolicy))
            return made;

        GrantSource[] sources = [.. directory.Sources(user).OrderBy(source => source.Since.Revision).ThenBy(source => source.Through.Value, StringComparer.Ordinal).ThenBy(source => source.Grant.PolicyId, StringComparer.Ordinal)];
        return _made = new(directory.Groups, directory.Policies, directory.AwsPolicies, user.Policies, user.Attached, user.Groups, user.Name, user.Path, user.Boundary, directory.PasswordPolicy,
            sources, directory.GrantSets.Of(sources.Select(source => source.Grant)),
            directory.BoundarySource(user) is { } bound ? (bound, directory.GrantSets.Of([bound.Grant])) : null);
    }

    /// <summary>Users are equal by what is in the stream.</summary>
    public override bool Equals(object? obj) => obj is GrantsSlot;
    public override int GetHashCode() => 0;
}
