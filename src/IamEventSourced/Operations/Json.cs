using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace IamEventSourced;

/// <summary>The one strict way in which operations, answers and events are written as JSON: no unknown, doubled or missing member, no number as text.</summary>
public static class Json
{
    const string Microseconds = "yyyy-MM-ddTHH:mm:ss.ffffff'Z'";

    /// <summary>For bodies, messages, events and answers.</summary>
    public static JsonSerializerOptions Options { get; } = Apply(new());

    /// <summary>For what is kept of an answer: the same without its secrets.</summary>
    public static JsonSerializerOptions WithoutSecrets { get; } = new(Options)
    {
        TypeInfoResolver = Options.TypeInfoResolver!.WithAddedModifier(DropSecrets),
    };

    /// <summary>Makes other options write as these do.</summary>
    public static JsonSerializerOptions Apply(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = null;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.TypeInfoResolver = (options.TypeInfoResolver ?? new DefaultJsonTypeInfoResolver()).WithAddedModifier(LeaveOutNulls);
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(new ValueConverterFactory());
        options.Converters.Add(new TimeConverter());
        options.Converters.Add(new SecretConverter());
        options.Converters.Add(new JsonStringEnumConverter());
        return options;
    }

    /// <summary>A time as it is written everywhere: UTC with six digits, <c>2026-11-24T05:06:07.123456Z</c>.</summary>
    public static string Write(DateTimeOffset time) => time.UtcDateTime.ToString(Microseconds, CultureInfo.InvariantCulture);

    // What is null is not written, so what may be null need not be there when it is read.
    static void LeaveOutNulls(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
            if (property.AssociatedParameter is { IsNullable: true }) property.IsRequired = false;
    }

    static void DropSecrets(JsonTypeInfo type)
    {
        for (var i = type.Properties.Count - 1; i >= 0; i--)
            if (type.Properties[i].PropertyType == typeof(Secret)) type.Properties[i].ShouldSerialize = static (_, _) => false;
    }

    sealed class TimeConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType is JsonTokenType.String && reader.TryGetDateTimeOffset(out var time) ? time.ToUniversalTime() : throw new JsonException("Member must be a time of ISO 8601");

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(Json.Write(value));
    }

    sealed class SecretConverter : JsonConverter<Secret>
    {
        public override Secret Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, Secret value, JsonSerializerOptions options) => writer.WriteStringValue(value.Reveal());
    }

    /// <summary>Texts as JSON strings and numbers as JSON numbers; outside the limits: a JsonException in AWS's words.</summary>
    sealed class ValueConverterFactory : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) => Converter(typeToConvert) is not null;

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance(Converter(typeToConvert)!.MakeGenericType(typeToConvert))!;

        static Type? Converter(Type type) => type.BaseType switch
        {
            { IsGenericType: true } text when text.GetGenericTypeDefinition() == typeof(Text<>) => typeof(TextConverter<>),
            { IsGenericType: true } secret when secret.GetGenericTypeDefinition() == typeof(SecretText<>) => typeof(SecretTextConverter<>),
            { IsGenericType: true } number when number.GetGenericTypeDefinition() == typeof(Number<>) => typeof(NumberConverter<>),
            _ => null,
        };
    }

    static T ReadText<T>(ref Utf8JsonReader reader) where T : IText<T>
    {
        if (reader.TokenType is not JsonTokenType.String) throw new JsonException("Member must be a string");
        try { return reader.GetString()!; }
        catch (FormatException e) { throw new JsonException(e.Message, e); }
        catch (InvalidOperationException e) { throw new JsonException("Member must be well-formed Unicode", e); } // a lone surrogate
    }

    sealed class SecretTextConverter<T> : JsonConverter<T> where T : SecretText<T>, IText<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => ReadText<T>(ref reader);
        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.Reveal());
    }

    sealed class TextConverter<T> : JsonConverter<T> where T : Text<T>, IText<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => ReadText<T>(ref reader);

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
        public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Read(ref reader, typeToConvert, options);
        public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WritePropertyName(value.Value);
    }

    sealed class NumberConverter<T> : JsonConverter<T> where T : Number<T>, INumber<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType is not JsonTokenType.Number || !reader.TryGetInt32(out var number)) throw new JsonException("Member must be a whole number");
            try { return number; }
            catch (FormatException e) { throw new JsonException(e.Message, e); }
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
    }
}
