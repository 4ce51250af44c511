namespace IamEventSourced.PolicyEngine;

/// <summary>Says whether AWS would store a policy.</summary>
public static class PolicyValidator
{
    /// <summary>
    /// Null when the text may be stored as a policy of this kind; else what AWS would report: in the order of R101, with the messages of R102.
    /// Sizes are the caller's affair (R105), except <see cref="PolicyDocument.MaxLength"/>.
    /// </summary>
    public static PolicyError? Validate(string text, PolicyKind kind)
    {
        ArgumentNullException.ThrowIfNull(text);
        var findings = new Findings();
        var document = PolicyReader.Read(text, findings, writing: true);
        if (document is not null) Check(document, kind, findings);
        return findings.First;
    }

    private static void Check(PolicyDocument document, PolicyKind kind, Findings findings)
    {
        if (kind != PolicyKind.Resource && !document.HasVariables)
            findings.Add(PolicyStage.Version, new(PolicyMessages.Version, 1, 1, "$.Version", "Version must be 2012-10-17."));

        foreach (var statement in document.Statements)
        {
            if (kind == PolicyKind.Resource)
            {
                if (statement.Principals is null) Report(PolicyStage.Syntax, PolicyMessages.Syntax, "Principal or NotPrincipal is missing.");
                if (HasInnerWildcard(statement.Principals)) Report(PolicyStage.Syntax, PolicyMessages.Syntax, "A principal is * or has none.");
                if (statement.Resources is { Patterns.IsEmpty: true, Inverted: true }) Report(PolicyStage.ResourcesPresent, PolicyMessages.NoResources, "NotResource is empty.");
                continue;
            }
            if (statement.Principals is not null) Report(PolicyStage.Syntax, PolicyMessages.Syntax, "A principal is only for resource policies.");
            if (!IsPlainSid(statement.Sid)) Report(PolicyStage.Syntax, PolicyMessages.Syntax, "A Sid has only letters and digits.");
            if (statement.Resources is null or { Patterns.IsEmpty: true })
                Report(PolicyStage.ResourcesPresent, PolicyMessages.NoResources, "Resource or NotResource must name at least one.");

            void Report(PolicyStage stage, string message, string detail)
            {
                if (!findings.Wants(stage)) return;
                var path = document.StatementIsArray ? $"$.Statement[{statement.Index}]" : "$.Statement";
                var (line, column) = new LineCounter(document.Text).At(statement.Span.Start.Value);
                findings.Add(stage, new(message, line, column, path, detail));
            }
        }
    }

    private static bool IsPlainSid(string? sid) => sid is null || sid.All(char.IsAsciiLetterOrDigit);

    private static bool HasInnerWildcard(PrincipalList? principals) =>
        principals is not null && principals.Values.Any(principal => principal.Value.Length > 1 && principal.Value.Contains('*', StringComparison.Ordinal));
}
