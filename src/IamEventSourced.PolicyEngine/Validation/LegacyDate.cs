using System.Globalization;

namespace IamEventSourced.PolicyEngine;

/// <summary>
/// The dates that the service stores: looser than those that can be compared (R61), as <c>01T</c>, negative years and one-digit fields show (R103).
/// </summary>
internal static class LegacyDate
{
    internal static bool IsReadable(string value)
    {
        if (!value.Contains('-', StringComparison.Ordinal) && !value.Contains('T', StringComparison.OrdinalIgnoreCase))
            return long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _);
        var parts = value.Split(['T', 't'], 2);
        return IsDay(parts[0]) && (parts is not [_, { Length: > 0 } time] || IsTime(time));
    }

    private static bool IsDay(string text)
    {
        var negative = text.StartsWith('-');
        var fields = (negative ? text[1..] : text).Split('-');
        return fields.Length <= 3
            && IsField(fields[0], 0, negative ? 292_275_054 : 292_278_993)
            && (fields.Length < 2 || IsField(fields[1], 1, 12))
            && (fields.Length < 3 || IsField(fields[2], 1, 31));
    }

    private static bool IsTime(string text)
    {
        var zone = text.AsSpan().IndexOfAny("zZ+-");
        var clock = (zone < 0 ? text : text[..zone]).Split(':');
        return clock.Length <= 3
            && IsField(clock[0], 0, 23)
            && (clock.Length < 2 || IsField(clock[1], 0, 59))
            && (clock.Length < 3 || IsSecond(clock[2]))
            && (zone < 0 || IsZone(text[zone..]));
    }

    private static bool IsSecond(string text)
    {
        var fields = text.Split('.');
        return fields.Length <= 2 && IsField(fields[0], 0, 59) && (fields.Length < 2 || IsField(fields[1], 0, 999_999_999));
    }

    private static bool IsZone(string text)
    {
        if (text[0] is 'z' or 'Z') return text.Length == 1;
        var fields = text.Length == 5 && !text.Contains(':', StringComparison.Ordinal) ? [text[1..3], text[3..]] : text[1..].Split(':');
        return fields.Length <= 2 && fields[0].Length == 2 && IsField(fields[0], 0, 23)
            && (fields.Length < 2 || fields[1].Length == 2 && IsField(fields[1], 0, 59));
    }

    private static bool IsField(string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most;
}
