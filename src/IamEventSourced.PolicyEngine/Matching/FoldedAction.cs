using System.Buffers;
using System.Text;

namespace IamEventSourced.PolicyEngine;

/// <summary>A request's action in lower case, cut at its colon (R22): done once a request.</summary>
internal readonly ref struct FoldedAction
{
    /// <summary>AWS's longest action name; a longer one costs an array (R105).</summary>
    internal const int StackLength = 128;

    private readonly int colon;

    internal FoldedAction(string action, Span<char> buffer)
    {
        if (action.Length > buffer.Length) buffer = new char[action.Length];
        colon = Fold(action, buffer);
        Text = buffer[..action.Length];
    }

    internal ReadOnlySpan<char> Text { get; }

    /// <summary>Empty for a text without a colon, which only <c>*</c> matches.</summary>
    internal ReadOnlySpan<char> Service => colon < 0 ? [] : Text[..colon];

    internal ReadOnlySpan<char> Name => Text[(colon + 1)..];

    internal static string Fold(string action) => string.Create(action.Length, action, static (buffer, text) => Fold(text, buffer));

    // ASCII only: the Kelvin sign is no k here. Returns where the first colon is.
    private static int Fold(ReadOnlySpan<char> action, Span<char> buffer)
    {
        if (Ascii.ToLower(action, buffer, out var folded) != OperationStatus.Done)
            for (; folded < action.Length; folded++) buffer[folded] = action[folded] is >= 'A' and <= 'Z' and var letter ? (char)(letter | 0x20) : action[folded];
        return action.IndexOf(':');
    }
}
