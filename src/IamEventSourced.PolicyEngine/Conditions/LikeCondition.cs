namespace IamEventSourced.PolicyEngine;

/// <summary>StringLike and its negation (R59).</summary>
internal sealed class LikeCondition(PolicyCondition condition, bool variables) : CompiledCondition(condition)
{
    private readonly ConditionTexts texts = new(condition, variables, wildcards: true);

    protected override bool MatchesAny(string value, RequestContext context)
    {
        foreach (var glob in texts.Globs)
            if (glob.IsMatch(value)) return true;
        foreach (var template in texts.Templates)
            if (TemplateMatch.IsLike(template, context, value)) return true;
        return false;
    }
}
