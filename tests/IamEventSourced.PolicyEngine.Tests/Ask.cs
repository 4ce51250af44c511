using System.Text.Json;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>Short ways to write a policy and ask it.</summary>
internal static class Ask
{
    internal const string Bucket = "arn:aws:s3:::b";

    internal static readonly RequestContext Nothing = RequestContext.Empty;

    internal static string Document(params string[] statements) => $$"""{"Version":"2012-10-17","Statement":[{{string.Join(',', statements)}}]}""";

    internal static string Statement(
        string effect = "Allow", object? action = null, object? notAction = null, object? resource = null, object? notResource = null, object? condition = null, string? sid = null)
    {
        var members = new Dictionary<string, object>(StringComparer.Ordinal) { ["Effect"] = effect };
        if (sid is not null) members["Sid"] = sid;
        if (notAction is null) members["Action"] = action ?? "*";
        else members["NotAction"] = notAction;
        if (notResource is null) members["Resource"] = resource ?? "*";
        else members["NotResource"] = notResource;
        if (condition is not null) members["Condition"] = condition;
        return JsonSerializer.Serialize(members);
    }

    internal static GrantSet Grants(params string[] documents) => GrantSet.Of(Compiled(documents));

    internal static ResourcePolicies OnResource(params string[] documents) => ResourcePolicies.Of(Compiled(documents));

    private static IEnumerable<PolicyGrant> Compiled(string[] documents) =>
        documents.Select((document, index) => new PolicyGrant($"p{index + 1}", CompiledPolicy.Compile(PolicyDocument.Parse(document))));

    internal static AccessOutcome Decide(string document, string action = "s3:GetObject", string resource = Bucket, RequestContext? context = null) =>
        Evaluator.Decide(Grants(document), null, new(action, resource, context ?? Nothing));

    internal static bool Allows(string document, string action = "s3:GetObject", string resource = Bucket, RequestContext? context = null) =>
        Decide(document, action, resource, context) == AccessOutcome.Allowed;

    internal static bool ActionMatches(object pattern, string action) => Allows(Document(Statement(action: pattern)), action);

    internal static bool NotActionMatches(object pattern, string action) => Allows(Document(Statement(notAction: pattern)), action);

    internal static bool ResourceMatches(object pattern, string resource, RequestContext? context = null) =>
        Allows(Document(Statement(resource: pattern)), resource: resource, context: context);

    internal static bool NotResourceMatches(object pattern, string resource, RequestContext? context = null) =>
        Allows(Document(Statement(notResource: pattern)), resource: resource, context: context);

    /// <summary>Whether a condition on the key "k:k" holds.</summary>
    internal static bool Holds(string op, object values, ContextValue? value = null, params (string, ContextValue)[] more)
    {
        var builder = new RequestContext.Builder();
        if (value is { } given) builder.Add("k:k", given);
        foreach (var (key, other) in more) builder.Add(key, other);
        return Holds(new Dictionary<string, object>(StringComparer.Ordinal) { [op] = new Dictionary<string, object>(StringComparer.Ordinal) { ["k:k"] = values } }, builder.Build());
    }

    internal static bool Holds(object condition, RequestContext context) => Allows(Document(Statement(condition: condition)), context: context);
}
