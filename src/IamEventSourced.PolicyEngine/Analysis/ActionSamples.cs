using System.Text;

namespace IamEventSourced.PolicyEngine;

/// <summary>Concrete actions that stand for a pattern of actions: for each way in which the policies' own patterns meet it, one.</summary>
public static class ActionSamples
{
    // What wildcards stand for where nothing else is asked: no pattern of anybody's has it.
    private const string Filling = "zq0x";

    // Of more patterns no two are looked at together.
    private const int MostPaired = 64;

    /// <summary>The actions; the pattern itself, where it has no wildcard.</summary>
    /// <param name="pattern">A service, a colon, and a name that may have <c>*</c> and <c>?</c>.</param>
    /// <param name="sets">The policies.</param>
    public static IReadOnlyList<string> Of(string pattern, params IEnumerable<GrantSet> sets)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(sets);
        var colon = pattern.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || pattern.AsSpan(colon).IndexOfAny('*', '?') < 0) return [pattern];
        var service = FoldedAction.Fold(pattern[..(colon + 1)]);
        var name = FoldedAction.Fold(pattern[(colon + 1)..]);
        string[] patterns = [.. sets.SelectMany(set => set.Grants).SelectMany(grant => grant.Policy.Statements).SelectMany(statement => statement.Source.Actions.Patterns)
            .Select(FoldedAction.Fold).Where(one => one.StartsWith(service, StringComparison.Ordinal)).Select(one => one[service.Length..]).Distinct(StringComparer.Ordinal)];

        var found = new HashSet<string>(StringComparer.Ordinal) { name.Replace("*", Filling, StringComparison.Ordinal).Replace('?', 'x') };
        foreach (var one in patterns)
        {
            if (Meet(name, one) is { } text) found.Add(text);
            if (patterns.Length > MostPaired) continue;
            foreach (var other in patterns)
                if (Meet(one, other) is { } both && Meet(name, both) is not null) found.Add(both);
        }
        return [.. found.Select(text => service + text)];
    }

    /// <summary>A text that both patterns match; null: there is none.</summary>
    private static string? Meet(string one, string other)
    {
        var (text, seen) = (new StringBuilder(), new bool[one.Length + 1, other.Length + 1]);
        return Walk(0, 0) ? text.ToString() : null;

        bool Walk(int at, int place)
        {
            if (seen[at, place]) return false;
            seen[at, place] = true;
            var (own, theirs) = (at < one.Length ? one[at] : '\0', place < other.Length ? other[place] : '\0');
            if (own is '\0' && theirs is '\0') return true;
            if (own is '*' && theirs is '*') return Then(Filling, at + 1, place) || Then(Filling, at, place + 1);
            if (own is '*') return Walk(at + 1, place) || theirs is not '\0' && Then(Letter(theirs), at, place + 1);
            if (theirs is '*') return Walk(at, place + 1) || own is not '\0' && Then(Letter(own), at + 1, place);
            return own is not '\0' && theirs is not '\0' && (own == theirs || own is '?' || theirs is '?') && Then(Letter(own is '?' ? theirs : own), at + 1, place + 1);
        }

        bool Then(string more, int at, int place)
        {
            var length = text.Length;
            text.Append(more);
            if (Walk(at, place)) return true;
            text.Length = length;
            return false;
        }

        static string Letter(char character) => character is '?' ? "x" : character.ToString();
    }
}
