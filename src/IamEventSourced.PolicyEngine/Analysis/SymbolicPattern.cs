namespace IamEventSourced.PolicyEngine;

/// <summary>A pattern as a set of texts, to be compared with other sets. All answers are one-sided: true is proven, false is not known.</summary>
internal sealed class SymbolicPattern(string characters, GlobKind[] kinds)
{
    // Longer pairs are left unproven rather than waited for.
    private const long MostSteps = 4_000_000;

    private readonly int prefix = kinds.AsSpan().IndexOfAnyExcept(GlobKind.Literal) is >= 0 and var first ? first : kinds.Length;
    private readonly int suffix = kinds.Length - 1 - kinds.AsSpan().LastIndexOfAnyExcept(GlobKind.Literal);

    private bool IsLiteral => prefix == kinds.Length;

    /// <summary>An action name's pattern (R25): no segments.</summary>
    internal static SymbolicPattern OfName(string name)
    {
        var kinds = new GlobKind[name.Length];
        for (var at = 0; at < name.Length; at++) kinds[at] = name[at] switch { '*' => GlobKind.Run, '?' => GlobKind.One, _ => GlobKind.Literal };
        return new(name, kinds);
    }

    /// <summary>The readings of a resource pattern (R33, R35). A variable stands for any text.</summary>
    internal static SymbolicPattern[] OfResource(PatternToken[] tokens, bool pads)
    {
        var buffer = new GlobBuffer(stackalloc char[GlobBuffer.StackLength], stackalloc GlobKind[GlobBuffer.StackLength]);
        foreach (var token in tokens)
        {
            if (token.Variable is not null) buffer.Wildcard(GlobKind.Anything);
            else if (token.Kind == GlobKind.Literal) buffer.Literal(token.Text);
            else buffer.Wildcard(token.Kind);
        }

        // A value may hold colons, so that nobody knows in which segment what follows stands: every wildcard may then cross them.
        var open = Array.Exists(tokens, token => token.Variable is not null);
        var colons = open ? 0 : ArnFields.MarkResource(buffer.Characters, buffer.Kinds);
        List<SymbolicPattern> readings = [new(buffer.Characters.ToString(), buffer.Kinds.ToArray())];
        if (pads && colons < ArnSegments.Count - 1)
        {
            ResourcePatterns.Pad(ref buffer, open ? ArnSegments.Count - 2 : colons); // one * crosses all that may be missing
            readings.Add(new(buffer.Characters.ToString(), buffer.Kinds.ToArray()));
        }
        buffer.Dispose();
        return [.. readings];
    }

    /// <summary>Whether every text of the other is one of this: this one's wildcards take the other's places, wildcards included.</summary>
    internal bool Covers(SymbolicPattern other)
    {
        var (own, theirs) = (kinds, other.Kinds);
        if ((long)(own.Length + 1) * (theirs.Length + 1) > MostSteps) return false;

        // reached[j]: the pattern so far can take the first j places of the other.
        var reached = new bool[theirs.Length + 1];
        reached[0] = true;
        for (var place = 0; place < own.Length; place++)
        {
            if (GlobMatcher.IsRun(own[place]))
            {
                for (var at = 0; at < theirs.Length; at++)
                    if (reached[at] && TakesInRun(own[place], theirs[at], other.Characters[at])) reached[at + 1] = true;
            }
            else
            {
                for (var at = theirs.Length; at > 0; at--) reached[at] = reached[at - 1] && TakesOne(own[place], characters[place], theirs[at - 1], other.Characters[at - 1]);
                reached[0] = false;
            }
        }
        return reached[theirs.Length];
    }

    /// <summary>Whether no text is of both.</summary>
    internal bool IsApartFrom(SymbolicPattern other)
    {
        if (IsLiteral) return !GlobMatcher.IsMatch(other.Characters, other.Kinds, characters);
        if (other.IsLiteral) return !GlobMatcher.IsMatch(characters, kinds, other.Characters);
        var heads = Math.Min(prefix, other.prefix);
        var tails = Math.Min(suffix, other.suffix);
        return !characters.AsSpan(0, heads).SequenceEqual(other.Characters.AsSpan(0, heads)) || !characters.AsSpan(characters.Length - tails).SequenceEqual(other.Characters.AsSpan(other.Characters.Length - tails));
    }

    /// <summary>A text of the pattern: each run replaced by the filling, each single place by a letter.</summary>
    internal string Sample(string filling) => string.Concat(kinds.Select((kind, at) => kind switch
    {
        GlobKind.Literal => characters[at].ToString(),
        GlobKind.One or GlobKind.FieldOne => "x",
        _ => filling,
    }));

    private string Characters => characters;

    private GlobKind[] Kinds => kinds;

    private static bool TakesInRun(GlobKind own, GlobKind kind, char character) => own != GlobKind.FieldRun || IsWithinField(kind, character);

    private static bool TakesOne(GlobKind own, char ownCharacter, GlobKind kind, char character) => own switch
    {
        GlobKind.Literal => kind == GlobKind.Literal && ownCharacter == character,
        GlobKind.One => !GlobMatcher.IsRun(kind),
        _ => kind == GlobKind.FieldOne || kind == GlobKind.Literal && character != ':',
    };

    private static bool IsWithinField(GlobKind kind, char character) => kind is GlobKind.FieldOne or GlobKind.FieldRun || kind == GlobKind.Literal && character != ':';
}
