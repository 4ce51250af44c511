namespace IamEventSourced.PolicyEngine;

/// <summary>A pattern without variables, sorted by how it is matched fastest.</summary>
internal sealed class Glob
{
    private enum Shape
    {
        Everything, Literal, Prefix, PrefixAndSuffix, Chunks, General,
    }

    private readonly Shape shape;
    private readonly string prefix;
    private readonly string suffix;
    private readonly string[] chunks = [];
    private readonly string middle = "";
    private readonly GlobKind[] middleKinds = [];
    private readonly bool needsAllPaths;

    internal Glob(ReadOnlySpan<char> characters, ReadOnlySpan<GlobKind> kinds)
    {
        var first = kinds.IndexOfAnyExcept(GlobKind.Literal);
        if (first < 0)
        {
            (shape, prefix, suffix) = (Shape.Literal, characters.ToString(), "");
            return;
        }
        var last = kinds.LastIndexOfAnyExcept(GlobKind.Literal);
        (prefix, suffix) = (characters[..first].ToString(), characters[(last + 1)..].ToString());
        characters = characters[first..(last + 1)];
        kinds = kinds[first..(last + 1)];
        if (!kinds.ContainsAnyExcept(GlobKind.Run)) shape = suffix.Length > 0 ? Shape.PrefixAndSuffix : prefix.Length > 0 ? Shape.Prefix : Shape.Everything;
        else if (!kinds.ContainsAnyExcept(GlobKind.Run, GlobKind.Literal)) (shape, chunks) = (Shape.Chunks, Chunks(characters, kinds));
        else
        {
            (shape, middle, middleKinds) = (Shape.General, characters.ToString(), kinds.ToArray());
            needsAllPaths = GlobMatcher.NeedsAllPaths(middleKinds);
        }
    }

    internal bool IsEverything => shape == Shape.Everything;

    internal bool IsPrefix => shape == Shape.Prefix;

    /// <summary>What every text that matches starts with.</summary>
    internal string Prefix => prefix;

    /// <summary>Of every text.</summary>
    internal static Glob Everything { get; } = new("*", [GlobKind.Run]);

    // One comparison for the three simple shapes: a branch between them would be mispredicted half the time.
    internal bool IsMatch(ReadOnlySpan<char> text) =>
        shape <= Shape.Prefix ? text.StartsWith(prefix) && (shape != Shape.Literal || text.Length == prefix.Length) : IsLongMatch(text);

    private bool IsLongMatch(ReadOnlySpan<char> text) => shape switch
    {
        Shape.PrefixAndSuffix => HasEnds(text),
        Shape.Chunks => HasEnds(text) && HasChunks(text[prefix.Length..^suffix.Length]),
        _ => HasEnds(text) && IsMiddle(text[prefix.Length..^suffix.Length]),
    };

    private bool HasEnds(ReadOnlySpan<char> text) => text.Length >= prefix.Length + suffix.Length && text.StartsWith(prefix) && text.EndsWith(suffix);

    // Between runs the first occurrence of each chunk is as good as any later one.
    private bool HasChunks(ReadOnlySpan<char> text)
    {
        foreach (var chunk in chunks)
        {
            var at = text.IndexOf(chunk);
            if (at < 0) return false;
            text = text[(at + chunk.Length)..];
        }
        return true;
    }

    private bool IsMiddle(ReadOnlySpan<char> text) =>
        needsAllPaths ? GlobMatcher.IsMatch(middle, middleKinds, text) : GlobMatcher.ByLastRun(middle, middleKinds, text);

    private static string[] Chunks(ReadOnlySpan<char> characters, ReadOnlySpan<GlobKind> kinds)
    {
        var found = new List<string>();
        for (var at = 0; at < kinds.Length; at++)
        {
            if (kinds[at] != GlobKind.Literal) continue;
            var length = kinds[at..].IndexOf(GlobKind.Run);
            found.Add(characters.Slice(at, length).ToString());
            at += length;
        }
        return [.. found];
    }
}
