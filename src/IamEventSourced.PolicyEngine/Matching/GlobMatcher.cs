using System.Buffers;

namespace IamEventSourced.PolicyEngine;

/// <summary>Whole-string matching in time pattern × text at most, never by recursion or regular expressions (R25).</summary>
internal static class GlobMatcher
{
    /// <param name="characters">The pattern's characters; those at wildcards have no meaning.</param>
    /// <param name="kinds">What each place stands for.</param>
    /// <param name="text">The text, matched as a whole.</param>
    internal static bool IsMatch(ReadOnlySpan<char> characters, ReadOnlySpan<GlobKind> kinds, ReadOnlySpan<char> text) =>
        NeedsAllPaths(kinds) ? ByAllPaths(characters, kinds, text) : ByLastRun(characters, kinds, text);

    // Going back to the last run alone is exact as long as no run that crosses colons stands before one that does not.
    internal static bool NeedsAllPaths(ReadOnlySpan<GlobKind> kinds)
    {
        var run = kinds.IndexOfAny(GlobKind.Run, GlobKind.Anything);
        return run >= 0 && kinds[run..].Contains(GlobKind.FieldRun);
    }

    internal static bool ByLastRun(ReadOnlySpan<char> characters, ReadOnlySpan<GlobKind> kinds, ReadOnlySpan<char> text)
    {
        int place = 0, at = 0, runPlace = -1, runAt = 0;
        while (at < text.Length)
        {
            if (place < kinds.Length)
            {
                var kind = kinds[place];
                if (IsRun(kind))
                {
                    runPlace = place++;
                    runAt = at;
                    continue;
                }
                if (Takes(kind, characters[place], text[at]))
                {
                    place++;
                    at++;
                    continue;
                }
            }
            if (runPlace < 0 || kinds[runPlace] == GlobKind.FieldRun && text[runAt] == ':') return false;
            place = runPlace + 1;
            at = ++runAt;
        }
        while (place < kinds.Length && IsRun(kinds[place])) place++;
        return place == kinds.Length;
    }

    // Keeps every place the text read so far can have led to.
    private static bool ByAllPaths(ReadOnlySpan<char> characters, ReadOnlySpan<GlobKind> kinds, ReadOnlySpan<char> text)
    {
        var rented = ArrayPool<bool>.Shared.Rent(kinds.Length + 1);
        var reached = rented.AsSpan(0, kinds.Length + 1);
        reached.Clear();
        reached[0] = true;
        PassEmptyRuns(kinds, reached);
        foreach (var character in text)
        {
            for (var place = kinds.Length; place >= 0; place--)
            {
                var stays = place < kinds.Length && IsRun(kinds[place]) && (kinds[place] != GlobKind.FieldRun || character != ':');
                reached[place] = reached[place] && stays
                    || place > 0 && reached[place - 1] && !IsRun(kinds[place - 1]) && Takes(kinds[place - 1], characters[place - 1], character);
            }
            PassEmptyRuns(kinds, reached);
        }
        var matched = reached[kinds.Length];
        ArrayPool<bool>.Shared.Return(rented);
        return matched;
    }

    private static void PassEmptyRuns(ReadOnlySpan<GlobKind> kinds, Span<bool> reached)
    {
        for (var place = 0; place < kinds.Length; place++)
            if (reached[place] && IsRun(kinds[place])) reached[place + 1] = true;
    }

    internal static bool IsRun(GlobKind kind) => kind is GlobKind.Run or GlobKind.FieldRun or GlobKind.Anything;

    private static bool Takes(GlobKind kind, char own, char character) => kind switch
    {
        GlobKind.Literal => own == character,
        GlobKind.FieldOne => character != ':',
        _ => true,
    };
}
