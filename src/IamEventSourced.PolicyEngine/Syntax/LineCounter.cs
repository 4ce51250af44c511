namespace IamEventSourced.PolicyEngine;

/// <summary>Turns offsets into positions. The offsets may only grow: all together cost one pass over the text.</summary>
internal sealed class LineCounter(string text)
{
    private int line = 1;
    private int lineStart;
    private int seen;

    internal TextPosition At(int offset)
    {
        for (; seen < offset; seen++)
        {
            if (text[seen] is not ('\n' or '\r')) continue;
            if (text[seen] == '\r' && seen + 1 < text.Length && text[seen + 1] == '\n') continue;
            line++;
            lineStart = seen + 1;
        }
        return new(line, offset - lineStart + 1);
    }
}
