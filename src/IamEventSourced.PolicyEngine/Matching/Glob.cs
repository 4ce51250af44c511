namespace IamEventSourced.PolicyEngine;

/// <summary>A pattern without variables, sorted by how it is matched fastest.</summary>
internal sealed class Glob
{
    private enum Shape
    {
        Everything, Literal, Prefix, PrefixAndSuffix, General,
    }

    private readonly Shape shape;
    private readonly string prefix;
    private readonly string suffix;
    private readonly string middle = "";
    private readonly GlobKind[] middleKinds = [];
    private readonly bool needsAllPaths;

    internal Glob(ReadOnlySpan<char> characters, ReadOnlySpan<GlobKind> kinds)
    {
        var first = kinds.IndexOfAnyExcept(GlobKind.Literal);
        var last = kinds.LastIndexOfAnyExcept(GlobKind.Literal);
        (prefix, suffix) = first < 0 ? (characters.ToString(), "") : (characters[..first].ToString(), characters[(last + 1)..].ToString());
        if (first < 0) shape = Shape.Literal;
        else if (!kinds[first..(last + 1)].ContainsAnyExcept(GlobKind.Run))
            shape = suffix.Length > 0 ? Shape.PrefixAndSuffix : prefix.Length > 0 ? Shape.Prefix : Shape.Everything;
        else
        {
            shape = Shape.General;
            middle = characters[first..(last + 1)].ToString();
            middleKinds = kinds[first..(last + 1)].ToArray();
            needsAllPaths = GlobMatcher.NeedsAllPaths(middleKinds);
        }
    }

    internal bool IsEverything => shape == Shape.Everything;

    /// <summary>The text when there is no wildcard, else null.</summary>
    internal string? Literal => shape == Shape.Literal ? prefix : null;

    internal bool IsPrefix => shape == Shape.Prefix;

    internal bool IsMatch(ReadOnlySpan<char> text) => shape switch
    {
        Shape.Everything => true,
        Shape.Literal => text.SequenceEqual(prefix),
        Shape.Prefix => text.StartsWith(prefix),
        Shape.PrefixAndSuffix => HasEnds(text),
        _ => HasEnds(text) && IsMiddle(text[prefix.Length..^suffix.Length]),
    };

    private bool HasEnds(ReadOnlySpan<char> text) => text.Length >= prefix.Length + suffix.Length && text.StartsWith(prefix) && text.EndsWith(suffix);

    private bool IsMiddle(ReadOnlySpan<char> text) =>
        needsAllPaths ? GlobMatcher.IsMatch(middle, middleKinds, text) : GlobMatcher.ByLastRun(middle, middleKinds, text);
}
