using System.Buffers;

namespace IamEventSourced.PolicyEngine;

/// <summary>The patterns of Action or NotAction, folded and sorted by how they are found (R20–R24). What R20 rejects matches nothing and is left out.</summary>
internal sealed class ActionPatterns
{
    private static readonly SearchValues<char> Blanks = SearchValues.Create(" \t\r\n\f\v");

    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> literalLookup;

    internal ActionPatterns(PatternList patterns)
    {
        Inverted = patterns.Inverted;
        var literals = new HashSet<string>(StringComparer.Ordinal);
        var globs = new List<ServiceGlob>();
        foreach (var pattern in patterns.Patterns)
        {
            if (pattern == "*") HasAny = true;
            if (ActionForm.Check(pattern) is not null) continue;
            var colon = pattern.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || pattern.AsSpan(colon).ContainsAny(Blanks)) continue;
            var folded = FoldedAction.Fold(pattern);
            if (folded.AsSpan(colon).ContainsAny('*', '?')) globs.Add(new(folded[..colon], NameGlob(folded[(colon + 1)..])));
            else literals.Add(folded);
        }
        Literals = literals;
        literalLookup = literals.GetAlternateLookup<ReadOnlySpan<char>>();
        Globs = [.. globs];
    }

    /// <summary>True for NotAction.</summary>
    internal bool Inverted { get; }

    /// <summary>True when one of the patterns is <c>*</c>.</summary>
    internal bool HasAny { get; }

    /// <summary>Whole actions, folded.</summary>
    internal IReadOnlyCollection<string> Literals { get; }

    /// <summary>Patterns with a wildcard in the name.</summary>
    internal ServiceGlob[] Globs { get; }

    /// <summary>Whether one of the patterns matches, whatever <see cref="Inverted"/> says.</summary>
    internal bool Matches(in FoldedAction action)
    {
        if (HasAny || literalLookup.Contains(action.Text)) return true;
        foreach (var glob in Globs)
            if (action.Service.SequenceEqual(glob.Service) && glob.Name.IsMatch(action.Name)) return true;
        return false;
    }

    private static Glob NameGlob(string name)
    {
        var buffer = new GlobBuffer(new char[name.Length], new GlobKind[name.Length]);
        new Template(PatternToken.Read(name, wildcards: true, variables: false)).TryExpand(RequestContext.Empty, ref buffer, int.MaxValue);
        return new(buffer.Characters, buffer.Kinds);
    }
}

/// <summary>An action pattern with wildcards in its name.</summary>
/// <param name="Service">The service, folded.</param>
/// <param name="Name">The name's pattern, folded.</param>
internal readonly record struct ServiceGlob(string Service, Glob Name);
