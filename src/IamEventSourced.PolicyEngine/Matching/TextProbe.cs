using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace IamEventSourced.PolicyEngine;

/// <summary>
/// Up to four characters that a text must have at one place. Stands in an index beside the reference to a pattern and rules most patterns out
/// without following it: at this speed a reference that is not in the cache is what costs.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct TextProbe
{
    private const int MostLength = sizeof(ulong) / sizeof(char);

    private readonly ulong characters;
    private readonly int start;
    private readonly int length;

    private static ReadOnlySpan<ulong> Masks => [0, 0xFFFF, 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF, ulong.MaxValue];

    private TextProbe(string prefix, int start, int length)
    {
        this.start = start;
        this.length = length;
        characters = Pack(prefix.AsSpan(start, length));
    }

    /// <summary>The last characters of what the text must start with: they differ most. An empty prefix passes everything.</summary>
    internal static TextProbe EndOf(string prefix)
    {
        var most = Math.Min(prefix.Length, MostLength);
        return new(prefix, prefix.Length - most, most);
    }

    /// <summary>Whether the text may match.</summary>
    internal bool Passes(ReadOnlySpan<char> text) => text.Length >= start + MostLength
        ? ((Read(text[start..]) ^ characters) & Masks[length]) == 0
        : text.Length >= start + length && Pack(text.Slice(start, length)) == characters;

    private static ulong Read(ReadOnlySpan<char> text) => BinaryPrimitives.ReadUInt64LittleEndian(MemoryMarshal.AsBytes(text));

    private static ulong Pack(ReadOnlySpan<char> text)
    {
        ulong packed = 0;
        for (var place = text.Length - 1; place >= 0; place--) packed = packed << 16 | text[place];
        return packed;
    }
}
