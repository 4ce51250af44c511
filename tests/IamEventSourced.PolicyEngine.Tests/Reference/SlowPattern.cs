using System.Text.RegularExpressions;

namespace IamEventSourced.PolicyEngine.Tests;

internal static class SlowPattern
{
    // R20–R24
    internal static bool Action(string pattern, string action)
    {
        if (pattern == "*") return true;
        var parts = pattern.ToLowerInvariant().Split(':');
        var asked = action.ToLowerInvariant().Split(':');
        if (parts.Length != 2 || asked.Length != 2 || parts[1].Length == 0 || parts[1].Any(char.IsWhiteSpace) || parts[0].Length == 0 || !parts[0].All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-')) return false;
        return parts[0] == asked[0] && Fits(Glob(parts[1]), asked[1]);
    }

    // R30–R36, R46, R47
    internal static bool Resource(string pattern, string resource, bool variables, SlowContext context, bool unresolvedIsStar, bool onResource)
    {
        if (pattern.Length > 0 && pattern.All(character => character == '*')) return true;
        if (resource == "*") return false;
        if (Expand(pattern, variables, wildcards: true, context, unresolvedIsStar) is not { } places) return false;
        if (Fits(Arn(places, finalCrosses: true), resource)) return true;

        var colons = places.Count(place => place == new Place(':'));
        if (colons >= 5 || onResource) return false; // R35
        for (; colons < 5; colons++) places = [.. places, new(':'), new('*', Wild: true)];
        return Fits(Arn(places, finalCrosses: true), resource);
    }

    /// <summary>Text and wildcards with variables replaced; null when one is unresolved (R42–R46).</summary>
    internal static List<Place>? Expand(string pattern, bool variables, bool wildcards, SlowContext context, bool unresolvedIsStar = false)
    {
        var places = new List<Place>();
        for (var at = 0; at < pattern.Length; at++)
        {
            var end = variables && pattern[at..].StartsWith("${", StringComparison.Ordinal) ? pattern.IndexOf('}', at) : -1;
            if (end < 0)
            {
                places.Add(new(pattern[at], Wild: wildcards && "*?".Contains(pattern[at])));
                continue;
            }
            var body = pattern[(at + 2)..end].Trim(' ');
            at = end;
            if (body is "*" or "?" or "$")
            {
                places.Add(new(body[0]));
                continue;
            }
            var withDefault = Regex.Match(body, @"\A([^,]*), *'([^']*)'\z");
            var value = context.Find(withDefault.Success ? withDefault.Groups[1].Value.Trim(' ') : body).Single;
            if (string.IsNullOrEmpty(value)) value = withDefault.Success ? withDefault.Groups[2].Value : null;
            if (value is not null) places.AddRange(value.Select(character => new Place(character)));
            else if (unresolvedIsStar) places.Add(new('*', Wild: true, Free: true));
            else return null;
        }
        return places;
    }

    // R25
    internal static List<Place> Glob(string pattern) => [.. pattern.Select(character => new Place(character, character is '*' or '?', Free: true))];

    internal static IReadOnlyList<Place> Glob(IEnumerable<Place> places) => [.. places.Select(place => place with { Free = true })];

    // R33, R58: Free is set where a wildcard takes colons.
    internal static IReadOnlyList<Place> Arn(IReadOnlyList<Place> places, bool finalCrosses)
    {
        var segment = 1;
        var result = new List<Place>();
        for (var at = 0; at < places.Count; at++)
        {
            var place = places[at];
            if (place == new Place(':')) segment++;
            var last = at + 1 == places.Count || places[at + 1] == new Place(':');
            result.Add(place with { Free = segment >= 6 || place.Free || place.Character == '*' && last && finalCrosses });
        }
        return result;
    }

    internal static bool Fits(IReadOnlyList<Place> pattern, string text)
    {
        var known = new Dictionary<(int, int), bool>();
        return From(0, 0);

        bool From(int place, int at) => known.TryGetValue((place, at), out var fits) ? fits : known[(place, at)] = Ask(place, at);

        bool Ask(int place, int at)
        {
            if (place == pattern.Count) return at == text.Length;
            var (character, wild, free) = pattern[place];
            var takes = at < text.Length && (wild ? free || text[at] != ':' : text[at] == character);
            if (wild && character == '*') return From(place + 1, at) || takes && From(place, at + 1);
            return takes && From(place + 1, at + 1);
        }
    }

    internal readonly record struct Place(char Character, bool Wild = false, bool Free = false);
}
