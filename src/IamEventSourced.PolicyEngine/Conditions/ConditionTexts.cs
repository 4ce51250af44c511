namespace IamEventSourced.PolicyEngine;

/// <summary>The values of a String, Arn or Bool operator: those that are the same for every request, and those with variables (R41).</summary>
internal sealed class ConditionTexts
{
    private readonly string[] literals;

    internal ConditionTexts(PolicyCondition condition, bool variables, bool wildcards, bool arns = false)
    {
        var literalTexts = new List<string>();
        var globs = new List<Glob>();
        var templates = new List<Template>();
        foreach (var value in condition.Values)
        {
            var template = new Template(PatternToken.Read(value, wildcards, variables));
            if (template.HasVariables)
            {
                templates.Add(template);
                continue;
            }
            var buffer = new GlobBuffer(new char[value.Length], new GlobKind[value.Length]);
            template.TryExpand(RequestContext.Empty, ref buffer, int.MaxValue);
            if (!wildcards) literalTexts.Add(buffer.Characters.ToString());
            else if (!arns || ArnFields.MarkCondition(buffer.Characters, buffer.Kinds) == ArnSegments.Count - 1) globs.Add(new(buffer.Characters, buffer.Kinds));
        }
        literals = [.. literalTexts];
        Globs = [.. globs];
        Templates = [.. templates];
    }

    /// <summary>The patterns without variables; of an Arn operator those that have six segments.</summary>
    internal Glob[] Globs { get; }

    /// <summary>The values with variables.</summary>
    internal Template[] Templates { get; }

    internal bool AnyEquals(string value, RequestContext context, StringComparison comparison)
    {
        foreach (var literal in literals)
            if (value.Equals(literal, comparison)) return true;
        foreach (var template in Templates)
            if (TemplateMatch.IsEqual(template, context, value, comparison)) return true;
        return false;
    }
}
