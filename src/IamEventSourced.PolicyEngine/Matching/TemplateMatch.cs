namespace IamEventSourced.PolicyEngine;

/// <summary>One text against one pattern with variables, without a new string.</summary>
internal static class TemplateMatch
{
    internal static bool IsEqual(Template template, RequestContext context, ReadOnlySpan<char> text, StringComparison comparison)
    {
        var buffer = new GlobBuffer(stackalloc char[GlobBuffer.StackLength], stackalloc GlobKind[GlobBuffer.StackLength]);
        var matches = template.TryExpand(context, ref buffer, text.Length) && buffer.Characters.Equals(text, comparison);
        buffer.Dispose();
        return matches;
    }

    internal static bool IsLike(Template template, RequestContext context, ReadOnlySpan<char> text)
    {
        var buffer = new GlobBuffer(stackalloc char[GlobBuffer.StackLength], stackalloc GlobKind[GlobBuffer.StackLength]);
        var matches = template.TryExpand(context, ref buffer, text.Length) && buffer.IsMatch(text);
        buffer.Dispose();
        return matches;
    }

    /// <summary>R58; the text is known to be a whole ARN.</summary>
    internal static bool IsArnLike(Template template, RequestContext context, ReadOnlySpan<char> text)
    {
        var buffer = new GlobBuffer(stackalloc char[GlobBuffer.StackLength], stackalloc GlobKind[GlobBuffer.StackLength]);
        var matches = template.TryExpand(context, ref buffer, text.Length)
            && ArnFields.MarkCondition(buffer.Characters, buffer.Kinds) == ArnSegments.Count - 1
            && buffer.IsMatch(text);
        buffer.Dispose();
        return matches;
    }

    /// <summary>R33, and R35 where <paramref name="pads"/>. With <paramref name="anything"/> unresolved variables take any run (R47).</summary>
    internal static bool IsResource(Template template, RequestContext context, ReadOnlySpan<char> resource, bool pads, bool anything)
    {
        if (!resource.StartsWith(template.Prefix)) return false;
        var buffer = new GlobBuffer(stackalloc char[GlobBuffer.StackLength], stackalloc GlobKind[GlobBuffer.StackLength]);
        var matches = template.TryExpand(context, ref buffer, resource.Length, anything) && ResourcePatterns.IsMatch(ref buffer, resource, pads);
        buffer.Dispose();
        return matches;
    }
}
