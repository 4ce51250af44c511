namespace IamEventSourced.PolicyEngine;

/// <summary>What is wrong with a policy's text, and where.</summary>
/// <param name="Message">The message AWS gives, word for word (R102).</param>
/// <param name="Line">Line of the offending character, from 1.</param>
/// <param name="Column">Column of the offending character in UTF-16 code units, from 1.</param>
/// <param name="Path">The element, such as <c>$.Statement[0].Condition.Bool</c>.</param>
/// <param name="Detail">The same for people: AWS's messages do not say which member was wrong.</param>
public sealed record PolicyError(string Message, int Line, int Column, string Path, string Detail)
{
    /// <summary>Everything on one line.</summary>
    public override string ToString() => $"{Message} {Detail} ({Path}, line {Line}, column {Column})";
}
