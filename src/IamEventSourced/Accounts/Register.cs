using System.Collections.Immutable;

namespace IamEventSourced;

/// <summary>A thing of the account with an id for ever and a name that is unique now.</summary>
public interface IRegistered<out TId, out TName>
{
    /// <summary>The id, for ever.</summary>
    TId Id { get; }
    /// <summary>The name, for now.</summary>
    TName Name { get; }
    /// <summary>The path before the name.</summary>
    IamPath Path { get; }
}

/// <summary>The account's users, groups, policies or server certificates: by id; by name, which is unique without case; and in the order of the names.</summary>
public sealed class Register<TId, TName, T>
    where TId : Text<TId>, IText<TId> where TName : Text<TName>, IText<TName> where T : class, IRegistered<TId, TName>
{
    readonly Table<TId, T> _byId;
    readonly Table<TName, T> _byName; // the thing itself: from name to id to thing takes twice as long among a million
    ImmutableSortedSet<TName>? _order; // null after a loading, which needs none: made at the first question for it

    static readonly ByName Order = new(); // before Empty, which needs it

    sealed class ByName : IComparer<TName>
    {
        public int Compare(TName? x, TName? y) => StringComparer.OrdinalIgnoreCase.Compare(x?.Value, y?.Value);
    }

    Register(Table<TId, T> byId, Table<TName, T> byName, ImmutableSortedSet<TName>? order) => (_byId, _byName, _order) = (byId, byName, order);

    ImmutableSortedSet<TName> Names => _order ??= ImmutableSortedSet.CreateRange(Order, _byId.Select(entry => entry.Value.Name));

    /// <summary>With nothing in it.</summary>
    public static readonly Register<TId, TName, T> Empty = new(Table<TId, T>.Empty, Table<TName, T>.Empty, ImmutableSortedSet.Create<TName>(Order));

    /// <summary>The register of these things; each id and each name comes once.</summary>
    public static Register<TId, TName, T> Of(IEnumerable<T> things)
    {
        var byId = Table<TId, T>.Of(things.Select(thing => KeyValuePair.Create(thing.Id, thing)));
        return byId.Count is 0 ? Empty : new(byId, Table<TName, T>.Of(byId.Select(entry => KeyValuePair.Create(entry.Value.Name, entry.Value))), null);
    }

    /// <summary>How many there are.</summary>
    public int Count => _byId.Count;

    /// <summary>The thing of this name, written in any case.</summary>
    public T? Find(TName name) => _byName.TryGet(name, out var thing) ? thing : null;

    /// <summary>The thing of this ARN, written in the case it has; null when there is none.</summary>
    /// <param name="arn">The ARN.</param>
    /// <param name="account">The account whose it has to be.</param>
    /// <param name="kind">What such things are called in ARNs.</param>
    public T? Find(Arn arn, AccountId account, string kind)
    {
        if (arn.PathAndName(account, kind) is not { } resource) return null;
        var name = resource[(resource.LastIndexOf('/') + 1)..];
        return TName.Limits.Violation(name) is null && Find((TName)name) is { } thing && resource.Length == thing.Path.Value.Length + name.Length
            && resource.StartsWith(thing.Path.Value, StringComparison.Ordinal) && name == thing.Name.Value ? thing : null;
    }

    /// <summary>The thing with this id.</summary>
    public T? Find(TId id) => _byId.TryGet(id, out var thing) ? thing : null;

    /// <summary>The thing with this id.</summary>
    /// <exception cref="KeyNotFoundException">The history has none.</exception>
    public T this[TId id] => _byId.TryGet(id, out var thing) ? thing : throw new KeyNotFoundException($"The history does not have {id}.");

    /// <summary>All, in no order.</summary>
    public IEnumerable<T> All => _byId.Select(entry => entry.Value);

    /// <summary>The things that one has and the other has not, or has otherwise; in the time of their difference where one came of the other.</summary>
    public static IEnumerable<(TId Id, T? Before, T? After)> Differences(Register<TId, TName, T> before, Register<TId, TName, T> after) => Table<TId, T>.Differences(before._byId, after._byId);

    /// <summary>The thing at this place, from 0, in the order of the names.</summary>
    public T At(int index) => Find(Names[index])!;

    const int Ahead = 32;

    /// <summary>All after the name, in the order of the names.</summary>
    /// <param name="name">Where to go on; null: from the first.</param>
    public IEnumerable<T> After(string? name)
    {
        // Some at a time: the processor looks for several at once, and each is somewhere else in memory.
        var (found, count) = (new T[Ahead], 0);
        foreach (var each in NamesAfter(name))
        {
            found[count++] = Find(each)!;
            if (count < Ahead) continue;
            foreach (var thing in found) yield return thing;
            count = 0;
        }
        for (var i = 0; i < count; i++) yield return found[i];
    }

    IEnumerable<TName> NamesAfter(string? name)
    {
        if (name is null) return Names; // an index costs a way through the tree each time
        // Any text may be asked for, also one that is no name.
        var (index, names) = (0, Names);
        for (var end = names.Count; index < end;)
        {
            var middle = (index + end) / 2;
            if (StringComparer.OrdinalIgnoreCase.Compare(names[middle].Value, name) <= 0) index = middle + 1;
            else end = middle;
        }
        return Enumerable.Range(index, names.Count - index).Select(place => names[place]);
    }

    /// <summary>With this thing, in place of one of the same id.</summary>
    public Register<TId, TName, T> With(T thing) => Find(thing.Id) is not null ? With(thing.Id, _ => thing)
        : new(_byId.With(thing.Id, thing), _byName.With(thing.Name, thing), Loading.Owner is null ? Names.Add(thing.Name) : null);

    /// <summary>With the thing of this id changed.</summary>
    public Register<TId, TName, T> With(TId id, Func<T, T> change)
    {
        var before = this[id];
        var after = change(before);
        if (ReferenceEquals(before.Name, after.Name)) return new(_byId.With(id, after), _byName.With(after.Name, after), _order);
        return new(_byId.With(id, after), _byName.Without(before.Name).With(after.Name, after), Loading.Owner is null ? Names.Remove(before.Name).Add(after.Name) : null);
    }

    /// <summary>Without the thing of this id.</summary>
    public Register<TId, TName, T> Without(TId id)
    {
        var thing = this[id];
        return new(_byId.Without(id), _byName.Without(thing.Name), Loading.Owner is null ? Names.Remove(thing.Name) : null);
    }
}
