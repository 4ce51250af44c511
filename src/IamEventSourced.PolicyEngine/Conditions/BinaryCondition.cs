using System.Buffers;

namespace IamEventSourced.PolicyEngine;

/// <summary>BinaryEquals (R67): base64 on both sides, compared as bytes.</summary>
internal sealed class BinaryCondition(PolicyCondition condition) : CompiledCondition(condition)
{
    private readonly byte[][] values = [.. condition.Values.Select(Bytes).OfType<byte[]>()];

    protected override bool MatchesAny(string value, RequestContext context)
    {
        if (values.Length == 0 || HasBlank(value)) return false;
        var rented = ArrayPool<byte>.Shared.Rent(value.Length);
        var matches = false;
        if (Convert.TryFromBase64String(value, rented, out var length))
            foreach (var own in values) matches |= rented.AsSpan(0, length).SequenceEqual(own);
        ArrayPool<byte>.Shared.Return(rented);
        return matches;
    }

    // .NET overlooks blanks in base64.
    private static bool HasBlank(string value) => value.AsSpan().ContainsAny(" \t\r\n");

    internal static byte[]? Bytes(string value)
    {
        var bytes = new byte[value.Length];
        return !HasBlank(value) && Convert.TryFromBase64String(value, bytes, out var length) ? bytes[..length] : null;
    }
}
