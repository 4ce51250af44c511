using System.Globalization;
using System.Runtime.InteropServices;

namespace IamEventSourced.PolicyEngine;

/// <summary>A moment, to the nanosecond (R61).</summary>
/// <param name="Seconds">Since 1970.</param>
/// <param name="Nanoseconds">0 to 999,999,999 more.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Instant(long Seconds, int Nanoseconds) : IComparable<Instant>
{
    public int CompareTo(Instant other) => Seconds != other.Seconds ? Seconds.CompareTo(other.Seconds) : Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>Seconds since 1970, or ISO 8601 with month, day, time and zone as far as given; else null.</summary>
    internal static Instant? Parse(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return null;
        if (Digits.Leading(text) == text.Length)
            return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? new(seconds, 0) : null;

        var fields = new Fields(text);
        var negative = fields.Take('-');
        if (!fields.Number(9, out var year) || !fields.Take('-') || !fields.Number(2, out var month) || month is < 1 or > 12) return null;
        if (negative) year = -year;
        var day = 1;
        if (fields.Take('-') && !fields.Number(2, out day) || day < 1 || day > DaysIn(year, month)) return null;

        long clock = 0;
        var nanoseconds = 0;
        if (fields.Take('T'))
        {
            if (!fields.Number(2, out var hour) || hour > 23 || !fields.Take(':') || !fields.Number(2, out var minute) || minute > 59) return null;
            var second = 0;
            if (fields.Take(':'))
            {
                if (!fields.Number(2, out second) || second > 59) return null;
                if (fields.Take('.') && !fields.Fraction(out nanoseconds)) return null;
            }
            if (!fields.Zone(out var offset)) return null;
            clock = hour * 3600 + minute * 60 + second - offset;
        }
        return fields.AtEnd ? new(Days(year, month, day) * 86_400 + clock, nanoseconds) : null;
    }

    private static int DaysIn(int year, int month) => month switch
    {
        2 => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28,
        4 or 6 or 9 or 11 => 30,
        _ => 31,
    };

    // Days since 1970 in the Gregorian calendar extended both ways; years begin in March so that the leap day is the last.
    private static long Days(long year, int month, int day)
    {
        if (month <= 2) year--;
        var era = (year >= 0 ? year : year - 399) / 400;
        var yearOfEra = year - era * 400;
        var dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468;
    }

    private ref struct Fields(ReadOnlySpan<char> text)
    {
        private ReadOnlySpan<char> rest = text;

        internal readonly bool AtEnd => rest.IsEmpty;

        /// <summary>Takes the character, a letter in either case.</summary>
        internal bool Take(char expected)
        {
            if (rest.IsEmpty || rest[0] != expected && rest[0] != char.ToLowerInvariant(expected)) return false;
            rest = rest[1..];
            return true;
        }

        internal bool Number(int mostDigits, out int number)
        {
            number = 0;
            var length = Digits.Leading(rest);
            if (length == 0 || length > mostDigits) return false;
            number = int.Parse(rest[..length], NumberStyles.None, CultureInfo.InvariantCulture);
            rest = rest[length..];
            return true;
        }

        internal bool Fraction(out int nanoseconds)
        {
            var before = rest.Length;
            if (!Number(9, out nanoseconds)) return false;
            for (var digits = before - rest.Length; digits < 9; digits++) nanoseconds *= 10;
            return true;
        }

        /// <summary>Seconds ahead of UTC: nothing or Z, +hh, +hhmm, +hh:mm.</summary>
        internal bool Zone(out int offset)
        {
            offset = 0;
            if (rest.IsEmpty || Take('Z')) return true;
            var negative = rest[0] == '-';
            if (!Take('+') && !Take('-')) return false;
            var packed = rest.Length == 4 && !rest.Contains(':');
            if (!Number(packed ? 4 : 2, out var hours)) return false;
            var minutes = 0;
            if (packed) (hours, minutes) = (hours / 100, hours % 100);
            else if (Take(':') && !Number(2, out minutes)) return false;
            if (hours > 23 || minutes > 59) return false;
            offset = hours * 3600 + minutes * 60;
            if (negative) offset = -offset;
            return true;
        }
    }
}
