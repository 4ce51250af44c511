namespace IamEventSourced.PolicyEngine;

/// <summary>ArnEquals and ArnLike, which are one, with their negations (R58).</summary>
internal sealed class ArnCondition(PolicyCondition condition, bool variables) : CompiledCondition(condition)
{
    private readonly ConditionTexts texts = new(condition, variables, wildcards: true, arns: true);

    protected override bool MatchesAny(string value, RequestContext context)
    {
        // A pattern of six segments matches nothing that has fewer.
        if (!value.StartsWith("arn:", StringComparison.Ordinal)) return false;
        foreach (var glob in texts.Globs)
            if (glob.IsMatch(value)) return true;
        foreach (var template in texts.Templates)
            if (TemplateMatch.IsArnLike(template, context, value)) return true;
        return false;
    }
}
