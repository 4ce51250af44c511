using System.Buffers;

namespace IamEventSourced.PolicyEngine;

/// <summary>The form of an action pattern (R20).</summary>
internal static class ActionForm
{
    private static readonly SearchValues<char> VendorCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-");

    /// <summary>AWS's message (R102), or null when the pattern may be stored.</summary>
    internal static string? Check(string pattern)
    {
        if (pattern == "*") return null;
        var colon = pattern.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0) return PolicyMessages.NoVendor;
        if (pattern.AsSpan(colon + 1).Contains(':')) return PolicyMessages.TwoColons;
        var vendor = pattern[..colon];
        if (vendor.Length == 0 || vendor.AsSpan().ContainsAnyExcept(VendorCharacters)) return PolicyMessages.Vendor(vendor);

        // No record says how the service words this one.
        return colon + 1 == pattern.Length ? PolicyMessages.Syntax : null;
    }
}
