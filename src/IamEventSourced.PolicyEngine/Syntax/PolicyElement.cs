namespace IamEventSourced.PolicyEngine;

/// <summary>A value in a policy's text, and where it is.</summary>
public sealed class PolicyElement
{
    private readonly PolicyElement? parent;
    private readonly PathStep step;

    private PolicyElement(PolicyElement? parent, PathStep step, TextPosition start)
    {
        this.parent = parent;
        this.step = step;
        Start = start;
    }

    /// <summary>
    /// As in <see cref="PolicyError.Path"/>: <c>$.Statement[0].Condition.Bool.aws:SecureTransport[1]</c>; <c>$</c> is the document.
    /// Put together anew on each call: a key can be as long as the text, and have as many values.
    /// </summary>
    public string Path => parent is null ? "$" : parent.Path + step;

    /// <summary>Its offsets in the text.</summary>
    public Range Span { get; private set; }

    /// <summary>Its first character.</summary>
    public TextPosition Start { get; }

    /// <summary>The character after it.</summary>
    public TextPosition End { get; private set; }

    /// <summary>The elements of a text that is known to be a policy, so that its depth is known too; in the order in which they start.</summary>
    internal static List<PolicyElement> ReadAll(string text)
    {
        var json = new JsonCursor(text);
        var elements = new List<PolicyElement>();
        Read(json, null, default, elements);
        return elements;
    }

    /// <summary>Whether this is the element of the path: from the end, so that most differ at once.</summary>
    internal bool IsAt(ReadOnlySpan<char> path)
    {
        if (parent is null) return path is "$";
        var last = step.ToString();
        return path.EndsWith(last) && parent.IsAt(path[..^last.Length]);
    }

    private static void Read(JsonCursor json, PolicyElement? parent, PathStep step, List<PolicyElement> elements)
    {
        var kind = json.Peek();
        var start = json.At;
        var element = new PolicyElement(parent, step, json.Lines.At(start));
        elements.Add(element);
        if (kind == '{')
        {
            var members = new HashSet<string>(StringComparer.Ordinal);
            json.Open('{');
            while (json.NextMember(members, out var name)) Read(json, element, name, elements);
        }
        else if (kind == '[')
        {
            json.Open('[');
            for (var index = 0; json.NextElement(index == 0); index++) Read(json, element, index, elements);
        }
        else if (kind == 'n') json.ReadWord("null");
        else json.ReadScalar();
        element.Span = start..json.At;
        element.End = json.Lines.At(json.At);
    }
}
