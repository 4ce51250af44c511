using System.Buffers;

namespace IamEventSourced.PolicyEngine;

/// <summary>A pattern being put together: characters and what each stands for. Starts on the caller's stack, goes on in pooled arrays.</summary>
internal ref struct GlobBuffer(Span<char> characters, Span<GlobKind> kinds)
{
    internal const int StackLength = 384;

    private Span<char> characters = characters;
    private Span<GlobKind> kinds = kinds;
    private char[]? rentedCharacters;
    private GlobKind[]? rentedKinds;
    private int length;

    internal readonly ReadOnlySpan<char> Characters => characters[..length];

    internal readonly Span<GlobKind> Kinds => kinds[..length];

    internal void Literal(ReadOnlySpan<char> text)
    {
        Reserve(text.Length);
        text.CopyTo(characters[length..]);
        kinds.Slice(length, text.Length).Clear();
        length += text.Length;
    }

    internal void Wildcard(GlobKind kind)
    {
        Reserve(1);
        characters[length] = '*';
        kinds[length++] = kind;
    }

    internal readonly bool IsMatch(ReadOnlySpan<char> text) => GlobMatcher.IsMatch(Characters, Kinds, text);

    internal void Dispose()
    {
        if (rentedCharacters is not null) ArrayPool<char>.Shared.Return(rentedCharacters);
        if (rentedKinds is not null) ArrayPool<GlobKind>.Shared.Return(rentedKinds);
        this = default;
    }

    private void Reserve(int more)
    {
        if (length + more <= characters.Length) return;
        var wanted = Math.Max(length + more, 2 * characters.Length);
        var newCharacters = ArrayPool<char>.Shared.Rent(wanted);
        var newKinds = ArrayPool<GlobKind>.Shared.Rent(newCharacters.Length);
        Characters.CopyTo(newCharacters);
        Kinds.CopyTo(newKinds);
        var used = length;
        Dispose();
        characters = rentedCharacters = newCharacters;
        kinds = rentedKinds = newKinds;
        length = used;
    }
}
