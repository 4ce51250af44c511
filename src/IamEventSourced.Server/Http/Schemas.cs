using System.Text.Json.Nodes;

namespace IamEventSourced.Server;

/// <summary>JSON Schemas of parameters and answers, made of the types that hold the limits; each named type once.</summary>
sealed class Schemas(DocComments comments)
{
    /// <summary>The named schemas that were referred to, by name.</summary>
    public JsonObject Components { get; } = [];

    /// <summary>The parameters of an operation, by reference.</summary>
    public JsonObject Of(Operation operation) => Reference(operation.Name, () => Structure(operation.Type, operation.Parameters.Select(parameter => new ShapeMember(parameter)), closed: true));

    /// <summary>A value of this type, by reference where the type has a name.</summary>
    public JsonObject Of(Type type) => Of(Shape.Of(type));

    JsonObject Of(Shape shape) => shape switch
    {
        { Kind: ShapeKind.List } => new() { ["type"] = "array", ["items"] = Of(shape.Item!) },
        { Kind: ShapeKind.Map } => new() { ["type"] = "object", ["additionalProperties"] = Of(shape.Item!) },
        { Kind: ShapeKind.Structure } => Reference(shape.Type.Name, () => Structure(shape.Type, shape.Members, closed: false)),
        { TextLimits: { } limits } => Reference(shape.Type.Name, () => Described(new() { ["type"] = "string", ["minLength"] = limits.Min, ["maxLength"] = limits.Max, ["pattern"] = $"^(?:{limits.Pattern})$" }, comments.Of(shape.Type))),
        { NumberLimits: var (min, max) } => Reference(shape.Type.Name, () => Described(new() { ["type"] = "integer", ["minimum"] = min, ["maximum"] = max }, comments.Of(shape.Type))),
        { Kind: ShapeKind.Number } => new() { ["type"] = "integer", ["format"] = shape.Type == typeof(long) ? "int64" : "int32" },
        { Kind: ShapeKind.Boolean } => new() { ["type"] = "boolean" },
        { Kind: ShapeKind.Time } => new() { ["type"] = "string", ["format"] = "date-time" },
        { Kind: ShapeKind.Json } => [],
        _ when shape.Type.IsEnum => new() { ["type"] = "string", ["enum"] = new JsonArray([.. Enum.GetNames(shape.Type).Select(name => JsonValue.Create(name))]) },
        _ => new() { ["type"] = "string" },
    };

    JsonObject Structure(Type type, IEnumerable<ShapeMember> members, bool closed)
    {
        var (properties, required) = (new JsonObject(), new JsonArray());
        foreach (var member in members)
        {
            properties[member.Name] = Described(Of(member.Shape), comments.Of(type, member.Name));
            if (member.IsRequired) required.Add(member.Name);
        }
        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties };
        if (required.Count > 0) schema["required"] = required;
        // What is sent has to be known; what is answered may grow.
        if (closed) schema["additionalProperties"] = false;
        return Described(schema, comments.Of(type));
    }

    JsonObject Reference(string name, Func<JsonObject> make)
    {
        if (!Components.ContainsKey(name))
        {
            Components[name] = null; // what refers to itself finds its name
            Components[name] = make();
        }
        return new() { ["$ref"] = $"#/components/schemas/{name}" };
    }

    static JsonObject Described(JsonObject schema, string? description)
    {
        if (description is not null) schema["description"] = description;
        return schema;
    }
}
