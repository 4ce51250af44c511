using System.Globalization;

namespace IamEventSourced.PolicyEngine;

/// <summary>A decimal number of any length, compared exactly and without arithmetic: it points into the text it was read from (R60).</summary>
internal readonly record struct ExactDecimal : IComparable<ExactDecimal>
{
    // An exponent of more digits reads as no number; it keeps the sums below from overflowing.
    private const int MostExponentDigits = 15;

    private readonly string text;
    private readonly int start;
    private readonly int end;
    private readonly int sign;
    private readonly long magnitude;

    private ExactDecimal(string text, int start, int end, int sign, long magnitude)
    {
        this.text = text;
        this.start = start;
        this.end = end;
        this.sign = sign;
        this.magnitude = magnitude;
    }

    /// <summary>Null unless the whole text is <c>[+-]? digits [. digits] [e [+-]? digits]</c>.</summary>
    internal static ExactDecimal? Parse(string text)
    {
        var at = text.StartsWith('+') || text.StartsWith('-') ? 1 : 0;
        var signed = text.StartsWith('-') ? -1 : 1;
        var whole = at;
        at += Digits.Leading(text.AsSpan(at));
        var wholeLength = at - whole;
        if (wholeLength == 0) return null;
        if (at < text.Length && text[at] == '.')
        {
            var fraction = Digits.Leading(text.AsSpan(at + 1));
            if (fraction == 0) return null;
            at += 1 + fraction;
        }
        var digits = text.AsSpan(whole, at - whole);
        long exponent = 0;
        if (at < text.Length)
        {
            if (text[at] is not ('e' or 'E') || ReadExponent(text.AsSpan(at + 1)) is not { } read) return null;
            exponent = read;
        }

        var first = digits.IndexOfAnyExcept('0', '.');
        if (first < 0) return new(text, 0, 0, 0, 0);
        var last = digits.LastIndexOfAnyExcept('0', '.');
        var height = exponent + wholeLength - first + (first > wholeLength ? 1 : 0);
        return new(text, whole + first, whole + last + 1, signed, height);
    }

    public int CompareTo(ExactDecimal other)
    {
        if (sign != other.sign) return sign.CompareTo(other.sign);
        return sign * (magnitude != other.magnitude ? magnitude.CompareTo(other.magnitude) : CompareDigits(other));
    }

    private int CompareDigits(in ExactDecimal other)
    {
        int mine = start, theirs = other.start;
        while (true)
        {
            if (mine < end && text[mine] == '.') mine++;
            if (theirs < other.end && other.text[theirs] == '.') theirs++;
            if (mine >= end || theirs >= other.end) return (mine < end).CompareTo(theirs < other.end);
            var difference = text[mine++] - other.text[theirs++];
            if (difference != 0) return difference;
        }
    }

    private static long? ReadExponent(ReadOnlySpan<char> text)
    {
        var negative = text is ['-', ..];
        if (text is ['+' or '-', ..]) text = text[1..];
        if (text.IsEmpty || Digits.Leading(text) < text.Length) return null;
        text = text.TrimStart('0');
        if (text.Length > MostExponentDigits) return null;
        var exponent = text.IsEmpty ? 0 : long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
        return negative ? -exponent : exponent;
    }
}
