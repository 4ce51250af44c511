using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace IamEventSourced.PolicyEngine;

/// <summary>
/// A request's action in lower case, cut at its colon, with the hashes of both (R22): done once a request, in one pass over four characters at a time,
/// since at this speed it is the branches that lengths decide which cost.
/// </summary>
internal readonly ref struct FoldedAction
{
    /// <summary>AWS's longest action name (R105) and what the last step may write beyond it; a longer one costs an array.</summary>
    internal const int StackLength = 128 + Step;

    private const int Step = sizeof(ulong) / sizeof(char);
    private const ulong Ones = 0x0001_0001_0001_0001;
    private const ulong HighBits = 0x8000 * Ones;

    // Another in each process, so that nobody can choose names that hash alike.
    private static readonly ulong Secret = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1;

    private readonly int colon;

    internal FoldedAction(string action, Span<char> buffer)
    {
        if (action.Length > buffer.Length - Step) buffer = new char[action.Length + Step];
        var fours = MemoryMarshal.Cast<char, ulong>(action.AsSpan());
        var folded = MemoryMarshal.Cast<char, ulong>(buffer);
        colon = action.IndexOf(':');
        var cut = colon / Step;
        ulong hash = Secret, service = 0;
        for (var at = 0; at < fours.Length && at < folded.Length; at++)
        {
            var four = folded[at] = Folded(fours[at]);
            if (at == cut) service = Mixed(hash ^ Before(colon, four));
            hash = Mixed(hash ^ four);
        }
        if (action.Length % Step is not 0 and var rest)
        {
            var four = folded[fours.Length] = Folded(Last(action, rest));
            if (fours.Length == cut) service = Mixed(hash ^ Before(colon, four));
            hash = Mixed(hash ^ four);
        }
        Hash = hash;
        ServiceHash = service;
        Text = buffer[..action.Length];
    }

    internal ReadOnlySpan<char> Text { get; }

    /// <summary>Empty for a text without a colon, which only <c>*</c> matches.</summary>
    internal ReadOnlySpan<char> Service => colon < 0 ? [] : Text[..colon];

    internal ReadOnlySpan<char> ServiceAndColon => Text[..(colon + 1)];

    internal ReadOnlySpan<char> Name => Text[(colon + 1)..];

    /// <summary>Of the whole text.</summary>
    internal ulong Hash { get; }

    /// <summary>Of the service; without a colon it means nothing, as nothing stands under no service.</summary>
    internal ulong ServiceHash { get; }

    internal static string Fold(string action) => new FoldedAction(action, []).Text.ToString();

    // The characters of the last step; what is not there is zero.
    private static ulong Last(ReadOnlySpan<char> text, int rest)
    {
        if (text.Length >= Step) return BinaryPrimitives.ReadUInt64LittleEndian(MemoryMarshal.AsBytes(text[^Step..])) >> (16 * (Step - rest));
        ulong four = 0;
        for (var place = rest - 1; place >= 0; place--) four = four << 16 | text[place];
        return four;
    }

    private static ulong Before(int colon, ulong four) => four & (1UL << (16 * (colon % Step))) - 1;

    // ASCII capitals only: the Kelvin sign is no k here. In each lane the high bit tells whether it is at least A, and whether it is more than Z.
    private static ulong Folded(ulong four)
    {
        var low = four & ~HighBits;
        var capitals = (low + (0x8000 - 'A') * Ones) & ~(low + (0x8000 - 'Z' - 1) * Ones) & ~four & HighBits;
        return four | capitals >> 10;
    }

    private static ulong Mixed(ulong hash)
    {
        var high = Math.BigMul(hash, Secret, out var low);
        return high ^ low;
    }
}
