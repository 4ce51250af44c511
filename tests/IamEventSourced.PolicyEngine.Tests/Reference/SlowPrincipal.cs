using System.Text.Json;
using System.Text.RegularExpressions;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>Who asks.</summary>
/// <param name="Type">root, user, role, role-session, federated-user, service, federated or anonymous.</param>
/// <param name="Name">The ARN, the service or the provider.</param>
/// <param name="Account">The account of those that have one.</param>
/// <param name="UserArn">Of a federated session its user.</param>
/// <param name="Canonical">The account's canonical user id.</param>
public sealed record SlowPrincipal(string Type, string Name, string? Account = null, string? UserArn = null, string? Canonical = null)
{
    /// <summary>The ways in which a statement names the principal (R70–R76).</summary>
    internal static List<string> How(JsonElement statement, SlowPrincipal who, bool bounded, bool everybodyWithout)
    {
        if (statement.TryGetProperty("Principal", out var named)) return [.. Values(named).SelectMany(value => How(value.Kind, value.Text, who)).Distinct()];
        if (!statement.TryGetProperty("NotPrincipal", out var spared)) return everybodyWithout ? ["direct"] : []; // R76
        if (statement.GetProperty("Effect").GetString() == "Deny" && bounded) return ["direct"]; // R75
        return Values(spared).Any(value => How(value.Kind, value.Text, who).Any()) ? [] : ["direct"]; // R74
    }

    private static IEnumerable<(string Kind, string Text)> Values(JsonElement principal) => principal.ValueKind == JsonValueKind.String
        ? [("AWS", principal.GetString()!)]
        : principal.EnumerateObject().SelectMany(member => SlowEvaluator.Texts(member.Value).Select(text => (member.Name, text)));

    private static IEnumerable<string> How(string kind, string text, SlowPrincipal who)
    {
        switch (kind)
        {
            case "AWS" when text == "*": yield return "direct"; break; // R71
            case "Service": if (who.Type == "service" && who.Name == text) yield return "direct"; break; // R73
            case "Federated": if (who.Type == "federated" && who.Name == text) yield return "direct"; break;
            case "CanonicalUser": if (who.Canonical == text) yield return "direct"; break;
            default: // R72
                if (who.Account is null) break;
                if (text == who.Account || Regex.IsMatch(text, $@"\Aarn:[^:]*:iam::{who.Account}:root\z")) yield return "account";
                else if (text.Contains(":role/", StringComparison.Ordinal))
                {
                    var role = Regex.Match(text, @"\Aarn:([^:]*):iam::([0-9]+):role/(?:.*/)?([^/]+)\z");
                    var session = Regex.Match(who.Name, @"\Aarn:([^:]*):sts::([0-9]+):assumed-role/([^/]+)/[^/]+\z");
                    if (text == who.Name) yield return "session";
                    else if (role.Success && session.Success && role.Groups[1].Value == session.Groups[1].Value && role.Groups[2].Value == session.Groups[2].Value
                        && role.Groups[3].Value.Equals(session.Groups[3].Value, StringComparison.OrdinalIgnoreCase)) yield return "session";
                }
                else if (text == who.Name) yield return "direct";
                else if (text == who.UserArn) yield return "session";
                break;
        }
    }

    /// <summary>The same for the engine.</summary>
    internal Principal Principal(bool management) => (Type switch
    {
        "anonymous" => IamEventSourced.PolicyEngine.Principal.Anonymous,
        "service" => IamEventSourced.PolicyEngine.Principal.Service(Name),
        "federated" => IamEventSourced.PolicyEngine.Principal.Federated(Name),
        "federated-user" when UserArn is not null => IamEventSourced.PolicyEngine.Principal.FederatedUser(Name, UserArn),
        _ => IamEventSourced.PolicyEngine.Principal.Of(Name),
    }) with { CanonicalUserId = Canonical, InManagementAccount = management };
}
