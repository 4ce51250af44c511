namespace IamEventSourced.PolicyEngine;

/// <summary>Turns offsets into positions. Offsets that only grow cost one pass over the text in all.</summary>
internal sealed class LineCounter(string text)
{
    private int line = 1;
    private int lineStart;
    private int seen;

    internal TextPosition At(int offset)
    {
        if (offset < seen) (line, lineStart, seen) = (1, 0, 0);
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
