namespace IamEventSourced.PolicyEngine;

/// <summary>A pattern of Resource or NotResource, compiled.</summary>
internal sealed class ResourcePattern
{
    private readonly Glob? written;
    private readonly Glob? padded;
    private readonly Template? template;
    private readonly bool pads;

    /// <param name="pattern">As written.</param>
    /// <param name="variables">Whether the document's version has variables (R40).</param>
    /// <param name="pads">Whether the missing segments of a short ARN count as <c>*</c>: not in resource policies (R35).</param>
    internal ResourcePattern(string pattern, bool variables, bool pads)
    {
        this.pads = pads;
        IsEverything = pattern.Length > 0 && !pattern.AsSpan().ContainsAnyExcept('*');
        var tokens = PatternToken.Read(pattern, wildcards: true, variables);
        template = new(tokens);
        if (template.Variables.Any()) return;

        var buffer = new GlobBuffer(new char[pattern.Length], new GlobKind[pattern.Length]);
        template.TryExpand(RequestContext.Empty, ref buffer);
        template = null;
        var colons = ArnFields.MarkResource(buffer.Characters, buffer.Kinds);
        written = new(buffer.Characters, buffer.Kinds);

        // A short pattern with its only wildcard at the end takes already what its padded form takes.
        if (pads && colons < ArnSegments.Count - 1 && !written.IsPrefix && !IsEverything)
        {
            Pad(ref buffer, colons);
            padded = new(buffer.Characters, buffer.Kinds);
        }
        buffer.Dispose();
    }

    /// <summary>R32.</summary>
    internal bool IsEverything { get; }

    /// <summary>Whether a resource other than <c>*</c> matches (R36).</summary>
    /// <param name="resource">The request's resource.</param>
    /// <param name="context">Gives the variables their values.</param>
    /// <param name="anything">Whether an unresolved variable takes any run: NotResource of an Allow (R47). Else it makes the entry match nothing (R46).</param>
    internal bool IsMatch(string resource, RequestContext context, bool anything)
    {
        if (template is not null) return TemplateMatch.IsResource(template, context, resource, pads, anything);
        return written!.IsMatch(resource) || padded is not null && padded.IsMatch(resource);
    }

    internal static bool IsMatch(ref GlobBuffer buffer, ReadOnlySpan<char> resource, bool pads)
    {
        var colons = ArnFields.MarkResource(buffer.Characters, buffer.Kinds);
        if (buffer.IsMatch(resource)) return true;
        if (!pads || colons == ArnSegments.Count - 1) return false;
        Pad(ref buffer, colons);
        return buffer.IsMatch(resource);
    }

    private static void Pad(ref GlobBuffer buffer, int colons)
    {
        for (; colons < ArnSegments.Count - 1; colons++)
        {
            buffer.Literal(":");
            buffer.Wildcard(GlobKind.Run);
        }
    }
}
