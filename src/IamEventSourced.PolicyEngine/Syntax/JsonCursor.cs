using System.Buffers;
using System.Globalization;
using System.Text;

namespace IamEventSourced.PolicyEngine;

/// <summary>
/// Reads JSON (RFC 8259) where the shape is known in advance: it never recurses and never skips a value it does not understand,
/// so no depth can harm it. Offsets are those of the text as given, which the positions of R125 need.
/// </summary>
internal sealed class JsonCursor(string text)
{
    private const string Blanks = " \t\r\n";
    private static readonly SearchValues<char> EndsPlainText = SearchValues.Create(Enumerable.Range(0, 0x20).Select(code => (char)code).Append('"').Append('\\').ToArray());

    private readonly List<PathStep> path = [];
    private readonly LineCounter lines = new(text);

    /// <summary>Offset of the next character.</summary>
    internal int At { get; private set; }

    internal LineCounter Lines => lines;

    internal string Path => "$" + string.Concat(path);

    internal void Enter(PathStep step) => path.Add(step);

    internal void Leave() => path.RemoveAt(path.Count - 1);

    /// <summary>The next character that is not a blank, or NUL at the end.</summary>
    internal char Peek()
    {
        while (At < text.Length && Blanks.Contains(text[At])) At++;
        return At < text.Length ? text[At] : '\0';
    }

    internal void Open(char bracket)
    {
        if (Peek() != bracket) throw Wrong($"'{bracket}' expected.");
        At++;
    }

    /// <summary>Reads up to the value of the next member; false after the closing brace.</summary>
    internal bool NextMember(HashSet<string> seen, out string name)
    {
        name = "";
        if (Closes('}', seen.Count == 0)) return false;
        var start = At;
        name = ReadString();
        if (!seen.Add(name)) throw Wrong($"'{name}' occurs twice.", start);
        if (Peek() != ':') throw Wrong("':' expected.");
        At++;
        return true;
    }

    /// <summary>Reads up to the next element; false after the closing bracket.</summary>
    internal bool NextElement(bool first) => !Closes(']', first);

    internal void End()
    {
        Peek();
        if (At < text.Length) throw Wrong("Text after the document.");
    }

    internal string ReadString()
    {
        if (Peek() != '"') throw Wrong("A string expected.");
        var start = ++At;
        At += PlainLength();
        if (At < text.Length && text[At] == '"') return text[start..At++];

        var result = new StringBuilder().Append(text, start, At - start);
        while (true)
        {
            if (At >= text.Length) throw Wrong("The string has no end.");
            if (text[At] == '"') break;
            if (text[At] != '\\') throw Wrong("A control character in a string.");
            result.Append(ReadEscape());
            var plain = PlainLength();
            result.Append(text, At, plain);
            At += plain;
        }
        At++;
        return result.ToString();
    }

    /// <summary>A string, number, true or false as text (R13).</summary>
    internal string ReadScalar() => Peek() switch
    {
        '"' => ReadString(),
        't' => ReadWord("true"),
        'f' => ReadWord("false"),
        '-' or (>= '0' and <= '9') => ReadNumber(),
        _ => throw Wrong("A string, number or boolean expected."),
    };

    internal string ReadWord(string word)
    {
        if (string.CompareOrdinal(text, At, word, 0, word.Length) != 0) throw Wrong($"'{word}' expected.");
        At += word.Length;
        return word;
    }

    internal MalformedPolicyException Wrong(string detail) => Wrong(detail, At);

    internal MalformedPolicyException Wrong(string detail, int offset) => new(Error(PolicyMessages.Syntax, detail, offset));

    internal PolicyError Error(string message, string detail, int offset)
    {
        var (line, column) = new LineCounter(text).At(Math.Min(offset, text.Length));
        return new(message, line, column, Path, detail);
    }

    private bool Closes(char bracket, bool first)
    {
        var next = Peek();
        if (next == bracket)
        {
            At++;
            return true;
        }
        if (first) return false;
        if (next != ',') throw Wrong($"',' or '{bracket}' expected.");
        At++;
        return false;
    }

    private int PlainLength()
    {
        var length = text.AsSpan(At).IndexOfAny(EndsPlainText);
        return length < 0 ? text.Length - At : length;
    }

    private string ReadEscape()
    {
        var start = At;
        var kind = start + 1 < text.Length ? text[start + 1] : '\0';
        At += 2;
        switch (kind)
        {
            case '"' or '\\' or '/': return kind.ToString();
            case 'b': return "\b";
            case 'f': return "\f";
            case 'n': return "\n";
            case 'r': return "\r";
            case 't': return "\t";
            case 'u': break;
            default: throw Wrong("An unknown escape.", start);
        }
        var unit = ReadHex(start);
        if (!char.IsSurrogate(unit)) return unit.ToString();

        // Half a pair cannot be written as UTF-8.
        if (!char.IsHighSurrogate(unit) || string.CompareOrdinal(text, At, "\\u", 0, 2) != 0) throw Wrong("Half a surrogate pair.", start);
        At += 2;
        var low = ReadHex(start);
        return char.IsLowSurrogate(low) ? new string([unit, low]) : throw Wrong("Half a surrogate pair.", start);
    }

    private char ReadHex(int start)
    {
        if (At + 4 > text.Length || !ushort.TryParse(text.AsSpan(At, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
            throw Wrong("An unknown escape.", start);
        At += 4;
        return (char)unit;
    }

    private string ReadNumber()
    {
        var start = At;
        if (text[At] == '-') At++;
        if (At < text.Length && text[At] == '0') At++;
        else ReadDigits();
        if (At < text.Length && text[At] == '.')
        {
            At++;
            ReadDigits();
        }
        if (At < text.Length && text[At] is ('e' or 'E'))
        {
            At++;
            if (At < text.Length && text[At] is ('+' or '-')) At++;
            ReadDigits();
        }
        return text[start..At];
    }

    private void ReadDigits()
    {
        var start = At;
        while (At < text.Length && char.IsAsciiDigit(text[At])) At++;
        if (At == start) throw Wrong("A digit expected.");
    }
}
