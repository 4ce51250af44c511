using System.Collections;
using System.Reflection;

namespace IamEventSourced.Server.Tests;

/// <summary>All that is in a directory, as text: whatever a field holds, but for what is worked out from the rest.</summary>
static class Deep
{
    public static string Text(object? value) => value switch
    {
        null => "-",
        string text => $"'{text}'",
        DateTimeOffset time => Json.Write(time),
        _ when value.GetType() is { IsPrimitive: true } or { IsEnum: true } => $"{value}",
        _ when value.GetType().BaseType is { IsGenericType: true } text && text.GetGenericTypeDefinition() == typeof(Text<>) => $"'{value}'",
        _ when value.GetType() is { IsGenericType: true } register && register.GetGenericTypeDefinition() == typeof(Register<,,>) => Text(((IEnumerable)register.GetMethod("After")!.Invoke(value, [null])!).Cast<object>().Select(Text)),
        IEnumerable<string> lines => $"[{string.Join(",\n", lines)}]",
        IEnumerable entries => $"{{{string.Join(", ", entries.Cast<object>().Select(Text).Order(StringComparer.Ordinal))}}}",
        _ => $"{value.GetType().Name}({string.Join(", ", from field in value.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic) where field.FieldType.IsVisible select $"{field.Name}={Text(field.GetValue(value))}")})",
    };
}
