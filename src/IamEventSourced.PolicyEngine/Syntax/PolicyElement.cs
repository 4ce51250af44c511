namespace IamEventSourced.PolicyEngine;

/// <summary>A value in a policy's text, and where it is.</summary>
/// <param name="Path">As in <see cref="PolicyError.Path"/>: <c>$.Statement[0].Condition.Bool.aws:SecureTransport[1]</c>; <c>$</c> is the document.</param>
/// <param name="Span">Its offsets in the text.</param>
/// <param name="Start">Its first character.</param>
/// <param name="End">The character after it.</param>
public sealed record PolicyElement(string Path, Range Span, TextPosition Start, TextPosition End)
{
    /// <summary>The elements of a text that is known to be a policy, so that its depth is known too; in the order in which they start.</summary>
    internal static List<PolicyElement> ReadAll(string text)
    {
        var json = new JsonCursor(text);
        var elements = new List<PolicyElement>();
        Read(json, elements);
        return elements;
    }

    private static void Read(JsonCursor json, List<PolicyElement> elements)
    {
        var kind = json.Peek();
        var (own, start) = (elements.Count, json.At);
        var startPosition = json.Lines.At(start);
        elements.Add(null!);
        if (kind == '{')
        {
            var members = new HashSet<string>(StringComparer.Ordinal);
            json.Open('{');
            while (json.NextMember(members, out var name)) ReadInside(name);
        }
        else if (kind == '[')
        {
            json.Open('[');
            for (var index = 0; json.NextElement(index == 0); index++) ReadInside(index);
        }
        else if (kind == 'n') json.ReadWord("null");
        else json.ReadScalar();
        elements[own] = new(json.Path, start..json.At, startPosition, json.Lines.At(json.At));

        void ReadInside(PathStep step)
        {
            json.Enter(step);
            Read(json, elements);
            json.Leave();
        }
    }
}
