using System.Collections.Frozen;
using System.Text.Json;

namespace IamEventSourced.PolicyEngine;

/// <summary>Says whether AWS would store a policy.</summary>
public static class PolicyValidator
{
    // What the service stores, though its message names three.
    private static readonly FrozenSet<string> TrustActions = FrozenSet.ToFrozenSet(
        [
            "sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:DecodeAuthorizationMessage", "sts:GetAccessKeyInfo", "sts:GetCallerIdentity",
            "sts:GetFederationToken", "sts:GetServiceBearerToken", "sts:GetSessionToken", "sts:SetSourceIdentity", "sts:TagSession",
        ], StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Null when the text may be stored as a policy of this kind; else what AWS would report: in the order of R101, with the messages of R102.
    /// Sizes are the caller's affair (R105), except <see cref="PolicyDocument.MaxLength"/>.
    /// </summary>
    /// <param name="text">The policy's text.</param>
    /// <param name="kind">What it is to be.</param>
    /// <param name="partitions">The product's own partitions, which resources may name beside AWS's (R104); null: none.</param>
    public static PolicyError? Validate(string text, PolicyKind kind, IReadOnlyCollection<string>? partitions = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        var findings = new Findings();
        var document = PolicyReader.Read(text, findings, writing: true, partitions);
        if (document is not null) new Check(document, kind, findings).Run();
        else if (kind == PolicyKind.Trust && text.Length <= PolicyDocument.MaxLength && !IsJson(text)) return findings.First! with { Message = PolicyMessages.TrustJson };
        return findings.First;
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return true;
        }
        catch (Exception notJson) when (notJson is JsonException or ArgumentException)
        {
            return false; // half a surrogate pair is the latter
        }
    }

    /// <summary>What depends on the kind.</summary>
    private sealed class Check(PolicyDocument document, PolicyKind kind, Findings findings)
    {
        private readonly bool names = kind is PolicyKind.Resource or PolicyKind.Trust;

        internal void Run()
        {
            if (!names && !document.HasVariables) Report(PolicyStage.Version, PolicyMessages.Version, "Version must be 2012-10-17.", "$.Version");
            foreach (var statement in document.Statements)
            {
                Principals(statement, document.PathOf(statement));
                Resources(statement, document.PathOf(statement));
                if (kind == PolicyKind.Trust) Trust(statement, document.PathOf(statement));
                if (!names && statement.Sid is { } sid && !sid.All(char.IsAsciiLetterOrDigit)) Syntax("A Sid has only letters and digits.", document.PathOf(statement) + ".Sid");
            }
        }

        // R10, R71.
        private void Principals(PolicyStatement statement, string path)
        {
            if (statement.Principals is not { } principals)
            {
                if (names) Syntax("Principal or NotPrincipal is missing.", path);
                return;
            }
            var member = path + (principals.Inverted ? ".NotPrincipal" : ".Principal");
            if (!names) Syntax("A principal is only for resource policies.", member);
            if (kind == PolicyKind.Trust && principals.Inverted) Syntax("NotPrincipal is not for trust policies.", member);
            if (principals.Values.Any(principal => principal.Value.Length > 1 && principal.Value.Contains('*', StringComparison.Ordinal))) Syntax("A principal is * or has none.", member);
        }

        // R9.
        private void Resources(PolicyStatement statement, string path)
        {
            var missing = names ? statement.Resources is { Patterns.IsEmpty: true, Inverted: true } : statement.Resources is null or { Patterns.IsEmpty: true };
            if (missing) Report(PolicyStage.ResourcesPresent, PolicyMessages.NoResources, "Resource or NotResource must name at least one.", path);
        }

        private void Trust(PolicyStatement statement, string path)
        {
            if (statement.Actions.Inverted || !statement.Actions.Patterns.All(TrustActions.Contains))
                Report(PolicyStage.TrustActions, PolicyMessages.TrustActions, "Only actions that assume a role.", path + (statement.Actions.Inverted ? ".NotAction" : ".Action"));
            if (statement.Resources is { } resources)
                Report(PolicyStage.TrustResources, PolicyMessages.TrustResource, "The role is the resource.", path + (resources.Inverted ? ".NotResource" : ".Resource"));
        }

        private void Syntax(string detail, string path) => Report(PolicyStage.Syntax, PolicyMessages.Syntax, detail, path);

        private void Report(PolicyStage stage, string message, string detail, string path)
        {
            if (!findings.Wants(stage)) return;
            var (line, column) = document.Find(path)?.Start ?? new(1, 1);
            findings.Add(stage, new(message, line, column, path, detail));
        }
    }
}
