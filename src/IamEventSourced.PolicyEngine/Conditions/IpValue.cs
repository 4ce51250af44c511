using System.Globalization;

namespace IamEventSourced.PolicyEngine;

/// <summary>
/// One address (R68). The framework's parser also takes <c>1</c>, <c>0x7f.1</c>, octal and scoped forms, which a policy must not mean by accident.
/// </summary>
internal readonly record struct IpValue(bool IsV6, UInt128 Bits)
{
    private const int Groups = 8;

    internal static IpValue? Parse(ReadOnlySpan<char> text)
    {
        if (text.Contains(':')) return ParseV6(text) is { } wide ? new(true, wide) : null;
        return ParseV4(text) is { } narrow ? new(false, narrow) : null;
    }

    private static uint? ParseV4(ReadOnlySpan<char> text)
    {
        uint bits = 0;
        for (var part = 0; part < 4; part++)
        {
            var dot = text.IndexOf('.');
            if (dot < 0 != (part == 3)) return null;
            var digits = part == 3 ? text : text[..dot];
            if (digits.Length is 0 or > 3 || digits.Length > 1 && digits[0] == '0') return null;
            if (!byte.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value)) return null;
            bits = bits << 8 | value;
            if (part < 3) text = text[(dot + 1)..];
        }
        return bits;
    }

    private static UInt128? ParseV6(ReadOnlySpan<char> text)
    {
        var gap = text.IndexOf("::");
        if (gap < 0) return ReadGroups(text, out var all) is Groups ? all : null;

        // The gap stands for one group of zeros at least; a second gap would be an empty group of the tail.
        if (ReadGroups(text[..gap], out var head) is not { } before || ReadGroups(text[(gap + 2)..], out var tail) is not { } after) return null;
        if (before + after >= Groups || text[..gap].Contains('.')) return null;
        return head << (16 * (Groups - before)) | tail;
    }

    // The number of groups, which may be too many.
    private static int? ReadGroups(ReadOnlySpan<char> text, out UInt128 bits)
    {
        bits = 0;
        if (text.IsEmpty) return 0;
        for (var count = 0; ; count++)
        {
            var colon = text.IndexOf(':');
            if (colon < 0 && text.Contains('.'))
            {
                if (ParseV4(text) is not { } narrow) return null;
                bits = bits << 32 | narrow;
                return count + 2;
            }
            var digits = colon < 0 ? text : text[..colon];
            if (digits.Length is 0 or > 4 || !ushort.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var group)) return null;
            bits = bits << 16 | group;
            if (colon < 0) return count + 1;
            text = text[(colon + 1)..];
        }
    }
}
