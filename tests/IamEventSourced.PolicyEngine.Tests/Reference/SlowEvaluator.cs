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

    internal static string Decide(WideCase given)
    {
        var (action, resource, context, who) = (given.Action, given.Resource, new SlowContext(given.Entries), given.Who);
        string? Of(string[]? policies) => policies is null ? null : Result(policies, action, resource, context);
        var mine = who.Account is not null; // R90
        var bounded = mine && given.Boundary is not null;
        var (identity, boundary, session) = mine ? (Of(given.Identity), Of(given.Boundary), Of(given.Session)) : (null, null, null);
        var scps = mine && !given.Management ? given.Scps.Select(Of).ToList() : []; // R85

        List<(string Effect, string How)> Named(string[] policies, bool everybodyWithout) =>
            [.. policies.SelectMany(policy => Matching(policy, action, resource, context))
                .SelectMany(statement => SlowPrincipal.How(statement, who, bounded, everybodyWithout).Select(how => (statement.GetProperty("Effect").GetString()!, how)))];
        var named = given.OnResource is null ? [] : Named(given.OnResource, everybodyWithout: false);
        var rcps = given.Rcps.Select(level => Named(level, everybodyWithout: true)).ToList();
        var endpoint = given.Endpoint is null ? null : Named(given.Endpoint, everybodyWithout: true);

        // R83
        string?[] all = [identity, boundary, session, .. scps];
        if (all.Contains("ExplicitDeny") || named.Concat(rcps.SelectMany(level => level)).Concat(endpoint ?? []).Any(one => one.Effect == "Deny")) return "ExplicitDeny";

        if (endpoint is not null && endpoint.Count == 0) return "ImplicitDeny"; // R84
        if (scps.Any(level => level != "Allowed")) return "ImplicitDeny"; // R85
        var hows = named.Select(one => one.How).ToHashSet(StringComparer.Ordinal);
        var limits = (boundary is null || boundary == "Allowed") && (session is null || session == "Allowed");
        var path = identity == "Allowed" && limits; // R86
        if (who.Type == "federated-user" && given.Session is null) path = false; // R92
        if (who.Type == "root") path = true; // R91

        bool allowed;
        if (!mine) allowed = hows.Contains("direct"); // R90
        else if (given.Owner is not null && given.Owner != who.Account) allowed = hows.Count > 0 && path; // R88
        else if (hows.Contains("direct")) allowed = true; // R87.1
        else if (hows.Contains("session") && limits) allowed = true; // R87.2
        else if (given.Trust) allowed = path && hows.Contains("account"); // R89
        else allowed = path; // R87.3
        return allowed ? "Allowed" : "ImplicitDeny";
    }

    // R81
    private static string Result(IEnumerable<string> policies, string action, string resource, SlowContext context)
    {
        var effects = new HashSet<string>(StringComparer.Ordinal);
        foreach (var text in policies)
            foreach (var statement in Matching(text, action, resource, context)) effects.Add(statement.GetProperty("Effect").GetString()!);
        return effects.Contains("Deny") ? "ExplicitDeny" : effects.Contains("Allow") ? "Allowed" : "ImplicitDeny";
    }

    private static IEnumerable<JsonElement> Matching(string text, string action, string resource, SlowContext context)
    {
        var policy = JsonSerializer.Deserialize<JsonElement>(text);
        var variables = policy.TryGetProperty("Version", out var version) && version.GetString() == "2012-10-17"; // R40
        return Many(policy.GetProperty("Statement")).Where(statement => Matches(statement, variables, action, resource, context));
    }

    // R80, but for principals
    private static bool Matches(JsonElement statement, bool variables, string action, string resource, SlowContext context)
    {
        var actionMatches = statement.TryGetProperty("Action", out var actions)
            ? Texts(actions).Any(pattern => SlowPattern.Action(pattern, action))
            : !Texts(statement.GetProperty("NotAction")).Any(pattern => SlowPattern.Action(pattern, action)); // R24
        if (!actionMatches) return false;

        var allow = statement.GetProperty("Effect").GetString() == "Allow";
        var onResource = statement.TryGetProperty("Principal", out _) || statement.TryGetProperty("NotPrincipal", out _);
        var resourceMatches = statement.TryGetProperty("Resource", out var resources)
            ? Texts(resources).Any(pattern => SlowPattern.Resource(pattern, resource, variables, context, unresolvedIsStar: false, onResource))
            : !statement.TryGetProperty("NotResource", out resources) // R9
              || !Texts(resources).Any(pattern => SlowPattern.Resource(pattern, resource, variables, context, unresolvedIsStar: allow, onResource)); // R37, R47
        if (!resourceMatches) return false;

        return !statement.TryGetProperty("Condition", out var condition)
            || condition.EnumerateObject().All(op => op.Value.EnumerateObject().All(key => SlowCondition.Holds(op.Name, key.Name, [.. Texts(key.Value)], variables, context))); // R50
    }

    internal static JsonElement[] Many(JsonElement one) => one.ValueKind == JsonValueKind.Array ? [.. one.EnumerateArray()] : [one];

    internal static IEnumerable<string> Texts(JsonElement element) =>
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
