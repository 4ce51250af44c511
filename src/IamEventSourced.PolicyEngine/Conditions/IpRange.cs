using System.Globalization;

namespace IamEventSourced.PolicyEngine;

/// <summary>An address or CIDR of a policy (R68); bits under the prefix have no meaning.</summary>
internal readonly record struct IpRange(bool IsV6, UInt128 Bits, UInt128 Mask)
{
    internal static IpRange? Parse(ReadOnlySpan<char> text)
    {
        var slash = text.IndexOf('/');
        if (IpValue.Parse(slash < 0 ? text : text[..slash]) is not { } address) return null;
        var width = address.IsV6 ? 128 : 32;
        var prefix = width;
        if (slash >= 0 && (!int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out prefix) || prefix > width)) return null;

        // An IPv4 address is the lowest 32 bits; those above are zero on both sides.
        var mask = prefix == 0 ? UInt128.Zero : UInt128.MaxValue << (width - prefix);
        return new(address.IsV6, address.Bits & mask, mask);
    }

    internal bool Contains(in IpValue address) => address.IsV6 == IsV6 && (address.Bits & Mask) == Bits;
}
