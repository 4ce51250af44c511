using System.Text.Json;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>
/// A second evaluator, slow and plain, written from the rules. It shares no code with the engine, not even the reading of texts:
/// JSON by the framework, patterns by trying everything, numbers as whole multiples of powers of ten.
/// </summary>
internal static class SlowEvaluator
{
    internal static string Decide(IEnumerable<string> identity, IEnumerable<string>? boundary, string action, string resource, SlowContext context)
    {
        var own = Result(identity, action, resource, context);
        var limit = boundary is null ? "Allowed" : Result(boundary, action, resource, context);
        if (own == "ExplicitDeny" || limit == "ExplicitDeny") return "ExplicitDeny"; // R83
        return own == "Allowed" && limit == "Allowed" ? "Allowed" : "ImplicitDeny"; // R86
    }

    // R81
    private static string Result(IEnumerable<string> policies, string action, string resource, SlowContext context)
    {
        var effects = new HashSet<string>(StringComparer.Ordinal);
        foreach (var text in policies)
        {
            using var policy = JsonDocument.Parse(text);
            var variables = policy.RootElement.TryGetProperty("Version", out var version) && version.GetString() == "2012-10-17"; // R40
            foreach (var statement in Many(policy.RootElement.GetProperty("Statement")))
                if (Matches(statement, variables, action, resource, context)) effects.Add(statement.GetProperty("Effect").GetString()!);
        }
        return effects.Contains("Deny") ? "ExplicitDeny" : effects.Contains("Allow") ? "Allowed" : "ImplicitDeny";
    }

    // R80
    private static bool Matches(JsonElement statement, bool variables, string action, string resource, SlowContext context)
    {
        var actionMatches = statement.TryGetProperty("Action", out var actions)
            ? Texts(actions).Any(pattern => SlowPattern.Action(pattern, action))
            : !Texts(statement.GetProperty("NotAction")).Any(pattern => SlowPattern.Action(pattern, action)); // R24
        if (!actionMatches) return false;

        var allow = statement.GetProperty("Effect").GetString() == "Allow";
        var resourceMatches = statement.TryGetProperty("Resource", out var resources)
            ? Texts(resources).Any(pattern => SlowPattern.Resource(pattern, resource, variables, context, unresolvedIsStar: false))
            : !Texts(statement.GetProperty("NotResource")).Any(pattern => SlowPattern.Resource(pattern, resource, variables, context, unresolvedIsStar: allow)); // R37, R47
        if (!resourceMatches) return false;

        return !statement.TryGetProperty("Condition", out var condition)
            || condition.EnumerateObject().All(op => op.Value.EnumerateObject().All(key => SlowCondition.Holds(op.Name, key.Name, [.. Texts(key.Value)], variables, context))); // R50
    }

    private static JsonElement[] Many(JsonElement one) => one.ValueKind == JsonValueKind.Array ? [.. one.EnumerateArray()] : [one];

    private static IEnumerable<string> Texts(JsonElement element) =>
        Many(element).Where(one => one.ValueKind != JsonValueKind.Null).Select(one => one.ValueKind == JsonValueKind.String ? one.GetString()! : one.GetRawText());
}

/// <summary>Keys to a text, or to a list of texts.</summary>
internal sealed record SlowContext(IReadOnlyList<(string Key, string? Single, string[]? List)> Entries)
{
    internal (string? Single, string[]? List) Find(string key)
    {
        foreach (var entry in Entries)
            if (string.Equals(entry.Key, key, StringComparison.OrdinalIgnoreCase)) return (entry.Single, entry.List);
        return (null, null);
    }
}
