using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;

namespace IamEventSourced.Server;

/// <summary>How a value is written, whatever the protocol.</summary>
enum ShapeKind
{
    /// <summary>A string.</summary>
    Text,
    /// <summary>A number without fraction.</summary>
    Number,
    /// <summary>true or false.</summary>
    Boolean,
    /// <summary>A time of ISO 8601.</summary>
    Time,
    /// <summary>Any number of values of one shape.</summary>
    List,
    /// <summary>Any number of values of one shape, each under a name of its own.</summary>
    Map,
    /// <summary>Named values.</summary>
    Structure,
    /// <summary>JSON as it was written.</summary>
    Json,
}

/// <summary>What a parameter's or an answer's type is on the wire: read once from the type, for forms, XML and OpenAPI alike.</summary>
sealed class Shape
{
    static readonly ConcurrentDictionary<Type, Shape> Known = new();

    readonly Lazy<IReadOnlyList<ShapeMember>> _members;

    Shape(Type type)
    {
        Type = type;
        var limits = type.GetProperty("Limits", BindingFlags.Public | BindingFlags.Static)?.GetValue(null);
        (TextLimits, NumberLimits) = (limits as TextLimits, limits is ValueTuple<int, int> (var min, var max) ? (min, max) : null);
        Item = ItemOf(type) is { } item ? Of(item) : null;
        Kind = TextLimits is not null || type == typeof(string) || type == typeof(Secret) || type.IsEnum ? ShapeKind.Text
            : NumberLimits is not null || type == typeof(int) || type == typeof(long) ? ShapeKind.Number
            : type == typeof(bool) ? ShapeKind.Boolean
            : type == typeof(DateTimeOffset) ? ShapeKind.Time
            : type == typeof(JsonElement) ? ShapeKind.Json
            : IsMap(type) ? ShapeKind.Map
            : Item is not null ? ShapeKind.List
            : ShapeKind.Structure;
        _members = new(() => Kind is ShapeKind.Structure ? [.. type.GetConstructors()[0].GetParameters().Select(parameter => new ShapeMember(parameter))] : []);
    }

    /// <summary>The shape of a type.</summary>
    public static Shape Of(Type type) => Known.GetOrAdd(Nullable.GetUnderlyingType(type) ?? type, static type => new(type));

    public Type Type { get; }
    public ShapeKind Kind { get; }
    /// <summary>The limits of a text; null: none of its own.</summary>
    public TextLimits? TextLimits { get; }
    /// <summary>The least and the greatest number; null: its type's.</summary>
    public (int Min, int Max)? NumberLimits { get; }
    /// <summary>What a list or a map holds; null: neither.</summary>
    public Shape? Item { get; }
    /// <summary>What a structure holds, in order.</summary>
    public IReadOnlyList<ShapeMember> Members => _members.Value;

    /// <summary>The shape of a structure's member; null: there is none of this name.</summary>
    public Shape? Find(string member) => Members.FirstOrDefault(known => known.Name == member)?.Shape;

    static bool IsMap(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>);

    static Type? ItemOf(Type type) => IsMap(type) ? type.GenericTypeArguments[1]
        : type.IsArray ? type.GetElementType()
        : type == typeof(string) ? null
        : type.GetInterfaces().Append(type).FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GenericTypeArguments[0];
}

/// <summary>A named value of an operation or a structure.</summary>
sealed class ShapeMember(ParameterInfo parameter)
{
    public string Name => parameter.Name!;
    public Shape Shape => Shape.Of(parameter.ParameterType);
    public bool IsRequired { get; } = Operation.IsRequired(parameter);
}
