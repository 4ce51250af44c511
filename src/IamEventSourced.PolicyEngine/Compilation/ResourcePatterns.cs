namespace IamEventSourced.PolicyEngine;

/// <summary>The patterns of Resource or NotResource, compiled (R30–R38, R46, R47).</summary>
internal sealed class ResourcePatterns
{
    private readonly Glob[] globs;
    private readonly Template[] templates;
    private readonly bool isEverything;
    private readonly bool inverted;
    private readonly bool pads;
    private readonly bool anything;

    /// <param name="source">The statement; one without resources matches every resource (R9).</param>
    /// <param name="variables">Whether the document's version has variables (R40).</param>
    internal ResourcePatterns(PolicyStatement source, bool variables)
    {
        inverted = source.Resources is { Inverted: true };

        // Only resource policies name principals; in others the missing segments of a short ARN count as * (R35).
        pads = source.Principals is null;
        anything = inverted && source.Effect == Effect.Allow;
        isEverything = source.Resources is null;
        var constants = new List<Glob>();
        var variable = new List<Template>();
        foreach (var pattern in source.Resources?.Patterns ?? [])
        {
            isEverything |= IsEverything(pattern);
            var template = new Template(PatternToken.Read(pattern, wildcards: true, variables));
            if (template.HasVariables) variable.Add(template);
            else AddConstant(template, pattern.Length, constants);
        }
        globs = isEverything ? [] : [.. constants];
        templates = isEverything ? [] : [.. variable];
    }

    /// <summary>What every resource that matches starts with: known where there is one pattern.</summary>
    internal string Prefix => (globs, templates, inverted) switch
    {
        ([var glob], [], false) => glob.Prefix,
        ([], [var template], false) => template.Prefix,
        _ => "",
    };

    /// <summary>Whether variables stand in the patterns.</summary>
    internal bool ReadContext => templates.Length > 0;

    /// <summary>The only pattern, where there is one and no variable in it.</summary>
    internal Glob? Only => (globs, templates, isEverything, inverted) switch
    {
        (_, _, true, false) => Glob.Everything,
        ([var glob], [], _, false) => glob,
        _ => null,
    };

    /// <summary>R32.</summary>
    internal static bool IsEverything(string pattern) => pattern.Length > 0 && !pattern.AsSpan().ContainsAnyExcept('*');

    internal bool Matches(string resource, RequestContext context) => Contains(resource, context) != inverted;

    internal static bool IsMatch(ref GlobBuffer buffer, ReadOnlySpan<char> resource, bool pads)
    {
        var colons = ArnFields.MarkResource(buffer.Characters, buffer.Kinds);
        if (buffer.IsMatch(resource)) return true;
        if (!pads || colons == ArnSegments.Count - 1) return false;
        Pad(ref buffer, colons);
        return buffer.IsMatch(resource);
    }

    /// <summary>Adds the segments that a short pattern lacks (R35).</summary>
    internal static void Pad(ref GlobBuffer buffer, int colons)
    {
        for (; colons < ArnSegments.Count - 1; colons++)
        {
            buffer.Literal(":");
            buffer.Wildcard(GlobKind.Run);
        }
    }

    private bool Contains(string resource, RequestContext context)
    {
        if (isEverything) return true;

        // R36: the resource * is matched by nothing but *.
        if (resource is "*") return false;
        foreach (var glob in globs)
            if (glob.IsMatch(resource)) return true;
        foreach (var template in templates)
            if (TemplateMatch.IsResource(template, context, resource, pads, anything)) return true;
        return false;
    }

    private void AddConstant(Template template, int length, List<Glob> constants)
    {
        var buffer = new GlobBuffer(new char[length], new GlobKind[length]);
        template.TryExpand(RequestContext.Empty, ref buffer, int.MaxValue);
        var colons = ArnFields.MarkResource(buffer.Characters, buffer.Kinds);
        var written = new Glob(buffer.Characters, buffer.Kinds);
        constants.Add(written);

        // Either reading of a short pattern counts. With its only wildcard at the end the written one takes all that the padded one does.
        if (pads && colons < ArnSegments.Count - 1 && !written.IsPrefix && !written.IsEverything)
        {
            Pad(ref buffer, colons);
            constants.Add(new(buffer.Characters, buffer.Kinds));
        }
        buffer.Dispose();
    }
}
