using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using System.Text.RegularExpressions;

namespace IamEventSourced.PolicyEngine.Tests;

internal static class SlowCondition
{
    internal static bool Holds(string op, string key, string[] values, bool variables, SlowContext context)
    {
        var parts = Regex.Match(op, @"\A((?<set>ForAllValues|ForAnyValue):)?(?<test>.*?)(?<exists>IfExists)?\z", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture);
        var set = parts.Groups["set"].Value.ToUpperInvariant();
        var name = parts.Groups["test"].Value.ToUpperInvariant();
        var (single, list) = context.Find(key);
        var absent = single is null && list is null or [];
        if (name == "NULL") return values.Any(value => value.Equals(absent ? "true" : "false", StringComparison.OrdinalIgnoreCase)); // R66

        var negated = name.Contains("NOT", StringComparison.Ordinal);
        var positive = name.Replace("NOT", "", StringComparison.Ordinal);
        bool Passes(string asked) => values.Any(value => Compares(positive, value, asked, variables, context)) != negated; // R54, R55
        string[] all = single is null ? list ?? [] : [single];
        return set switch
        {
            "FORALLVALUES" => all.All(Passes), // R64
            "FORANYVALUE" => all.Any(Passes), // R65
            _ when absent => parts.Groups["exists"].Success || negated, // R57
            _ when single is null => false, // R63
            _ => Passes(single),
        };
    }

    private static bool Compares(string test, string value, string asked, bool variables, SlowContext context)
    {
        string? Text() => SlowPattern.Expand(value, variables, wildcards: false, context) is { } places ? string.Concat(places.Select(place => place.Character)) : null;
        switch (test)
        {
            case "STRINGEQUALS": return Text() == asked;
            case "STRINGEQUALSIGNORECASE":
                return Text() is { } text && text.Length == asked.Length && text.Zip(asked).All(pair => char.ToUpperInvariant(pair.First) == char.ToUpperInvariant(pair.Second));
            case "STRINGLIKE":
                return SlowPattern.Expand(value, variables, wildcards: true, context) is { } like && SlowPattern.Fits(SlowPattern.Glob(like), asked);
            case "ARNEQUALS" or "ARNLIKE": // R58
                return asked.StartsWith("arn:", StringComparison.Ordinal) && asked.Count(character => character == ':') >= 5
                    && SlowPattern.Expand(value, variables, wildcards: true, context) is { } arn && arn.Count(place => place == new SlowPattern.Place(':')) >= 5
                    && SlowPattern.Fits(SlowPattern.Arn(arn, finalCrosses: false), asked);
            case "BOOL":
                return asked.ToUpperInvariant() is "TRUE" or "FALSE" && string.Equals(Text(), asked, StringComparison.OrdinalIgnoreCase);
            case "BINARYEQUALS":
                return Bytes(value) is { } mine && Bytes(asked) is { } theirs && mine.SequenceEqual(theirs);
            case "IPADDRESS": return InRange(value, asked);
        }
        var order = test.StartsWith("NUMERIC", StringComparison.Ordinal) ? CompareNumbers(asked, value) : CompareDates(asked, value);
        return test.Replace("NUMERIC", "", StringComparison.Ordinal).Replace("DATE", "", StringComparison.Ordinal) switch
        {
            "EQUALS" => order == 0,
            "LESSTHAN" => order < 0,
            "LESSTHANEQUALS" => order <= 0,
            "GREATERTHAN" => order > 0,
            "GREATERTHANEQUALS" => order >= 0,
            _ => throw new InvalidOperationException(test),
        };
    }

    // R60: both as whole multiples of the smaller power of ten.
    private static int? CompareNumbers(string first, string second)
    {
        if (Number(first) is not var (a, aExponent) || Number(second) is not var (b, bExponent)) return null;
        var least = Math.Min(aExponent, bExponent);
        return (a * BigInteger.Pow(10, aExponent - least)).CompareTo(b * BigInteger.Pow(10, bExponent - least));
    }

    private static (BigInteger Mantissa, int Exponent)? Number(string text)
    {
        var parts = Regex.Match(text, @"\A([+-]?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?\z");
        if (!parts.Success) return null;
        var mantissa = BigInteger.Parse(parts.Groups[2].Value + parts.Groups[3].Value, CultureInfo.InvariantCulture);
        var exponent = parts.Groups[4].Success ? int.Parse(parts.Groups[4].Value, CultureInfo.InvariantCulture) : 0;
        return (parts.Groups[1].Value == "-" ? -mantissa : mantissa, exponent - parts.Groups[3].Length);
    }

    private static int? CompareDates(string first, string second) => Date(first) is { } a && Date(second) is { } b ? a.CompareTo(b) : null;

    // R61, as seconds; the generator stays within the years the framework knows.
    private static decimal? Date(string text)
    {
        if (Regex.IsMatch(text, @"\A[0-9]+\z")) return decimal.TryParse(text, CultureInfo.InvariantCulture, out var epoch) && epoch <= long.MaxValue ? epoch : null;
        var parts = Regex.Match(text, @"\A(\d{4})-(\d\d?)(?:-(\d\d?))?(?:[tT](\d\d?):(\d\d?)(?::(\d\d?)(\.\d{1,9})?)?(?:[zZ]|([+-])(\d\d?)(?::?(\d\d?))?)?)?\z");
        if (!parts.Success) return null;
        int Field(int group) => parts.Groups[group].Success ? int.Parse(parts.Groups[group].Value, CultureInfo.InvariantCulture) : 0;
        try
        {
            var local = new DateTimeOffset(Field(1), Field(2), parts.Groups[3].Success ? Field(3) : 1, Field(4), Field(5), Field(6), TimeSpan.Zero);
            var ahead = (Field(9) * 3600 + Field(10) * 60) * (parts.Groups[8].Value == "-" ? -1 : 1);
            return local.ToUnixTimeSeconds() - ahead + (parts.Groups[7].Success ? decimal.Parse("0" + parts.Groups[7].Value, CultureInfo.InvariantCulture) : 0);
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    // R68, bit by bit.
    private static bool InRange(string range, string asked)
    {
        var parts = range.Split('/');
        if (Address(parts[0]) is not { } own || Address(asked) is not { } address || own.AddressFamily != address.AddressFamily) return false;
        byte[] a = own.GetAddressBytes(), b = address.GetAddressBytes();
        var prefix = 8 * a.Length;
        if (parts.Length > 2 || parts.Length == 2 && (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out prefix) || prefix > 8 * a.Length)) return false;
        return Enumerable.Range(0, prefix).All(bit => (a[bit / 8] >> (7 - bit % 8) & 1) == (b[bit / 8] >> (7 - bit % 8) & 1));
    }

    private static IPAddress? Address(string text) =>
        (text.Count(character => character == '.') == 3 || text.Contains(':', StringComparison.Ordinal)) && IPAddress.TryParse(text, out var address)
            && (address.AddressFamily == AddressFamily.InterNetworkV6 || address.ToString() == text) ? address : null;

    private static byte[]? Bytes(string text)
    {
        try
        {
            return text.Contains(' ', StringComparison.Ordinal) ? null : Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
