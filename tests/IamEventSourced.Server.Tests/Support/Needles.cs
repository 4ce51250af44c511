using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace IamEventSourced.Server.Tests;

/// <summary>Texts and bytes to look for in files and other heaps of bytes, in every way that they may have been written there.</summary>
sealed class Needles
{
    const int Block = 4 << 20;
    /// <summary>What is shorter may be there by chance.</summary>
    const int Shortest = 8;

    // Bytes as Latin-1, since only texts are searched for many at a time.
    readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    SearchValues<string>? _all;

    /// <summary>A text: as it is, its halves (a page may end between them), in UTF-16, in JSON, in a URL, and all that its bytes may be written as.</summary>
    public void Add(string name, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        string[] written = [JsonSerializer.Serialize(text)[1..^1], JsonSerializer.Serialize(text, Json.Options)[1..^1], text.Replace("/", "\\/", StringComparison.Ordinal), Uri.EscapeDataString(text), Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal), text[..(text.Length / 2)], text[(text.Length / 2)..]];
        foreach (var form in written.Where(form => form.Length >= Math.Min(text.Length, 2 * Shortest))) Put(name, Encoding.UTF8.GetBytes(form));
        Put(name, Encoding.Unicode.GetBytes(text));
        Put(name, Encoding.BigEndianUnicode.GetBytes(text));
        Add(name, bytes);
    }

    /// <summary>Bytes: as they are, in hexadecimal, and in base 64 wherever in it they stand.</summary>
    public void Add(string name, ReadOnlySpan<byte> bytes)
    {
        Put(name, bytes);
        Put(name, Encoding.ASCII.GetBytes(Convert.ToHexString(bytes)));
        Put(name, Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes)));
        for (var before = 0; before < 3; before++)
        {
            // Of the letters at both ends some bits are others'.
            var length = (before + bytes.Length) / 3 * 4;
            var first = (before * 8 + 5) / 6;
            byte[] shifted = [.. new byte[before], .. bytes];
            foreach (var form in (string[])[Convert.ToBase64String(shifted), Base64Url.EncodeToString(shifted)]) Put(name, Encoding.ASCII.GetBytes(form[first..length]));
        }
    }

    void Put(string name, ReadOnlySpan<byte> form)
    {
        if (form.Length < Shortest) throw new ArgumentException($"{name} is too short to be told from chance.", nameof(form));
        _names.TryAdd(Encoding.Latin1.GetString(form), name);
        _all = null;
    }

    /// <summary>The names of those that are in there.</summary>
    public IReadOnlySet<string> FoundIn(byte[] content) => FoundIn(new MemoryStream(content));

    /// <inheritdoc cref="FoundIn(byte[])"/>
    public IReadOnlySet<string> FoundIn(Stream content)
    {
        var all = _all ??= SearchValues.Create([.. _names.Keys], StringComparison.Ordinal);
        var overlap = _names.Keys.Max(form => form.Length) - 1;
        HashSet<string> found = new(StringComparer.Ordinal);
        var block = new byte[Block];
        var held = 0;
        while (content.ReadAtLeast(block.AsSpan(held), Block - held, throwOnEndOfStream: false) is > 0 and var read)
        {
            ReadOnlySpan<char> text = Encoding.Latin1.GetString(block, 0, held + read);
            for (var at = 0; text[at..].IndexOfAny(all) is >= 0 and var next; at += next + 1)
                foreach (var (form, name) in _names)
                    if (text[(at + next)..].StartsWith(form, StringComparison.Ordinal)) found.Add(name);
            var kept = Math.Min(overlap, held + read);
            block.AsSpan(held + read - kept, kept).CopyTo(block);
            held = kept;
        }
        return found;
    }
}
