namespace IamEventSourced.PolicyEngine;

internal static class Digits
{
    /// <summary>How many ASCII digits the text starts with. The texts are short; the framework's range search boxes until it is optimised.</summary>
    internal static int Leading(ReadOnlySpan<char> text)
    {
        var length = 0;
        while (length < text.Length && char.IsAsciiDigit(text[length])) length++;
        return length;
    }
}
