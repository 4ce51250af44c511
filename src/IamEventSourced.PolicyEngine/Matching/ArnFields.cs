namespace IamEventSourced.PolicyEngine;

/// <summary>Gives the wildcards of an ARN pattern the reach they have in their segment.</summary>
internal static class ArnFields
{
    /// <summary>Resource patterns (R33): in segments 1–5 only a run that ends its segment crosses colons. Returns the number of colons, at most five.</summary>
    internal static int MarkResource(ReadOnlySpan<char> characters, Span<GlobKind> kinds) => Mark(characters, kinds, finalCrosses: true);

    /// <summary>ArnLike (R58): in segments 1–5 nothing crosses colons. Returns the number of colons, at most five.</summary>
    internal static int MarkCondition(ReadOnlySpan<char> characters, Span<GlobKind> kinds) => Mark(characters, kinds, finalCrosses: false);

    private static int Mark(ReadOnlySpan<char> characters, Span<GlobKind> kinds, bool finalCrosses)
    {
        var colons = 0;
        for (var at = 0; at < kinds.Length && colons < ArnSegments.Count - 1; at++)
        {
            switch (kinds[at])
            {
                case GlobKind.Literal when characters[at] == ':': colons++; break;
                case GlobKind.One: kinds[at] = GlobKind.FieldOne; break;
                case GlobKind.Run when !(finalCrosses && EndsSegment(characters, kinds, at)): kinds[at] = GlobKind.FieldRun; break;
            }
        }
        return colons;
    }

    private static bool EndsSegment(ReadOnlySpan<char> characters, ReadOnlySpan<GlobKind> kinds, int at) =>
        at + 1 == kinds.Length || kinds[at + 1] == GlobKind.Literal && characters[at + 1] == ':';
}
