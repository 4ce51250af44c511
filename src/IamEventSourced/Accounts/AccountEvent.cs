using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;

namespace IamEventSourced;

/// <summary>
/// Something that happened in an account. The stored form is its <see cref="StoredAttribute"/> name and its parameters,
/// and never changes: a new shape is a new name. Ids, not names; no personal data; strings, whole numbers and booleans only.
/// </summary>
public abstract record AccountEvent
{
    static readonly ConcurrentDictionary<Type, PropertyInfo[]> Ids = new();

    /// <summary>Every kind of event, by its stored name.</summary>
    public static FrozenDictionary<string, Type> Kinds { get; } = typeof(AccountEvent).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(AccountEvent)))
        .ToFrozenDictionary(type => type.GetCustomAttribute<StoredAttribute>()!.Name, StringComparer.Ordinal);

    static readonly FrozenDictionary<Type, string> Names = Kinds.ToFrozenDictionary(kind => kind.Value, kind => kind.Key);

    /// <summary>The name under which it is stored.</summary>
    public string StoredName() => Names[GetType()];

    /// <summary>The ids of what it touches: its id-typed parameters.</summary>
    public IEnumerable<string> Entities() =>
        from property in Ids.GetOrAdd(GetType(), type => [.. type.GetProperties().Where(property => property.PropertyType.IsAssignableTo(typeof(IEntityId)))])
        let id = (IEntityId?)property.GetValue(this)
        where id is not null
        select id.Value;

    /// <summary>The secret that is kept beside the stream from this event on; null: none.</summary>
    public virtual SecretId? KeepsSecret() => null;

    /// <summary>The secret that goes with this event, for good, also where the event keeps another in its place; null: none.</summary>
    public virtual SecretId? EndsSecret() => null;

    /// <summary>The directory with this event in it. It cannot refuse: what is in the stream has happened.</summary>
    public abstract Directory Apply(Directory directory, Stamp stamp);
}

/// <summary>The event's name in the store, chosen once; the type may be renamed, this may not.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class StoredAttribute(string name) : Attribute
{
    /// <summary>The name: lower case with hyphens.</summary>
    public string Name => name;
}

/// <summary>The id of something that has a history: given once, never used again.</summary>
public interface IEntityId
{
    /// <summary>AWS's prefix and letters.</summary>
    string Value { get; }
}

/// <summary>
/// Which event put a fact in place, and when. Every fact of the directory keeps its stamp: that is the answer to
/// "since when" and the key to "because of which change by whom".
/// </summary>
/// <param name="Revision">The event's number in the account's stream, from 1.</param>
/// <param name="At">Its time, in whole microseconds, UTC.</param>
public readonly record struct Stamp(long Revision, DateTimeOffset At)
{
    readonly long _ticks = At.UtcTicks; // there are millions of stamps, and no time but UTC

    /// <summary>Its time, in whole microseconds, UTC.</summary>
    public DateTimeOffset At { get => new(_ticks, TimeSpan.Zero); init => _ticks = value.UtcTicks; }
}
