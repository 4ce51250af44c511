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

/// <summary>The account's users, groups or policies: by id; and in the order of their names, which are unique without case.</summary>
public sealed class Register<TId, TName, T>
    where TId : Text<TId>, IText<TId> where TName : Text<TName>, IText<TName> where T : class, IRegistered<TId, TName>
{
    readonly Table<TId, T> _byId;
    ImmutableSortedSet<Named>? _byName; // null after a loading, which needs no names: made at the first question for one

    static readonly ByName Order = new(); // before Empty, which needs it

    readonly record struct Named(TName Name, TId? Id);

    sealed class ByName : IComparer<Named>
    {
        public int Compare(Named x, Named y) => StringComparer.OrdinalIgnoreCase.Compare(x.Name.Value, y.Name.Value);
    }

    Register(Table<TId, T> byId, ImmutableSortedSet<Named>? byName) => (_byId, _byName) = (byId, byName);

    ImmutableSortedSet<Named> Names => _byName ??= ImmutableSortedSet.CreateRange(Order, _byId.Select(entry => new Named(entry.Value.Name, entry.Key)));

    /// <summary>With nothing in it.</summary>
    public static readonly Register<TId, TName, T> Empty = new(Table<TId, T>.Empty, ImmutableSortedSet.Create<Named>(Order));

    /// <summary>The register of these things; each id and each name comes once.</summary>
    public static Register<TId, TName, T> Of(IEnumerable<T> things)
    {
        List<Named> names = [];
        var byId = Table<TId, T>.Of(things.Select(thing => { names.Add(new(thing.Name, thing.Id)); return KeyValuePair.Create(thing.Id, thing); }));
        return names.Count is 0 ? Empty : new(byId, ImmutableSortedSet.CreateRange(Order, names));
    }

    /// <summary>How many there are.</summary>
    public int Count => _byId.Count;

    /// <summary>The thing of this name, written in any case.</summary>
    public T? Find(TName name) => Names.TryGetValue(new(name, null), out var named) ? this[named.Id!] : null;

    /// <summary>The thing with this id.</summary>
    public T? Find(TId id) => _byId.TryGet(id, out var thing) ? thing : null;

    /// <summary>The thing with this id.</summary>
    /// <exception cref="KeyNotFoundException">The history has none.</exception>
    public T this[TId id] => _byId.TryGet(id, out var thing) ? thing : throw new KeyNotFoundException($"The history does not have {id}.");

    /// <summary>The thing at this place, from 0, in the order of the names.</summary>
    public T At(int index) => this[Names[index].Id!];

    /// <summary>All after the name, in the order of the names.</summary>
    /// <param name="name">Where to go on; null: from the first.</param>
    public IEnumerable<T> After(string? name)
    {
        // Any text may be asked for, also one that is no name.
        var (index, names) = (0, Names);
        for (var end = name is null ? 0 : names.Count; index < end;)
        {
            var middle = (index + end) / 2;
            if (StringComparer.OrdinalIgnoreCase.Compare(names[middle].Name.Value, name) <= 0) index = middle + 1;
            else end = middle;
        }
        for (; index < names.Count; index++) yield return this[names[index].Id!];
    }

    /// <summary>With this thing, new.</summary>
    public Register<TId, TName, T> With(T thing) => new(_byId.With(thing.Id, thing), Loading.Owner is null ? Names.Add(new(thing.Name, thing.Id)) : null);

    /// <summary>With the thing of this id changed.</summary>
    public Register<TId, TName, T> With(TId id, Func<T, T> change)
    {
        var before = this[id];
        var after = change(before);
        var renamed = !ReferenceEquals(before.Name, after.Name);
        if (Loading.Owner is not null) return new(_byId.With(id, after), renamed ? null : _byName);
        return new(_byId.With(id, after), renamed ? Names.Remove(new(before.Name, id)).Add(new(after.Name, id)) : Names);
    }

    /// <summary>Without the thing of this id.</summary>
    public Register<TId, TName, T> Without(TId id)
    {
        var thing = this[id];
        return new(_byId.Without(id), Loading.Owner is null ? Names.Remove(new(thing.Name, id)) : null);
    }
}
