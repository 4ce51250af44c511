using System.Globalization;
using System.Text;

namespace IamEventSourced.PolicyEngine;

/// <summary>Tree to text: what <see cref="PolicyReader"/> reads as the same tree.</summary>
internal sealed class PolicyWriter
{
    private readonly StringBuilder text = new();
    private readonly bool indented;
    private int depth;
    private bool first = true;

    private PolicyWriter(bool indented) => this.indented = indented;

    internal static string Write(PolicyDocument document, bool indented)
    {
        var writer = new PolicyWriter(indented);
        writer.WriteDocument(document);
        return writer.text.ToString();
    }

    private void WriteDocument(PolicyDocument document)
    {
        Open('{');
        if (document.Version is { } version) Member("Version", version);
        if (document.Id is { } id) Member("Id", id);
        Name("Statement");
        if (document.StatementIsArray) Open('[');
        foreach (var statement in document.Statements)
        {
            if (document.StatementIsArray) Next();
            WriteStatement(statement);
        }
        if (document.StatementIsArray) Close(']');
        Close('}');
    }

    private void WriteStatement(PolicyStatement statement)
    {
        Open('{');
        if (statement.Sid is { } sid) Member("Sid", sid);
        Member("Effect", statement.Effect.ToString());
        if (statement.Principals is { } principals) WritePrincipals(principals);
        Member(statement.Actions.Inverted ? "NotAction" : "Action", statement.Actions.Patterns);
        if (statement.Resources is { } resources) Member(resources.Inverted ? "NotResource" : "Resource", resources.Patterns);
        if (!statement.Conditions.IsEmpty) WriteConditions(statement.Conditions);
        Close('}');
    }

    private void WritePrincipals(PrincipalList principals)
    {
        Name(principals.Inverted ? "NotPrincipal" : "Principal");
        if (principals.Values is [{ Kind: PrincipalKind.Everyone }])
        {
            String("*");
            return;
        }
        Open('{');
        foreach (var kind in principals.Values.GroupBy(value => value.Kind)) Member(kind.Key == PrincipalKind.Aws ? "AWS" : kind.Key.ToString(), [.. kind.Select(value => value.Value)]);
        Close('}');
    }

    private void WriteConditions(IEnumerable<PolicyCondition> conditions)
    {
        Name("Condition");
        Open('{');
        foreach (var group in conditions.GroupBy(condition => condition.Operator))
        {
            // A key may occur again only where the operator is spelled in another case; both must hold, so the lists cannot be one.
            var spellings = new List<List<PolicyCondition>>();
            var times = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
            foreach (var condition in group)
            {
                var before = times.GetValueOrDefault(condition.Key);
                times[condition.Key] = before + 1;
                if (before == spellings.Count) spellings.Add([]);
                spellings[before].Add(condition);
            }
            for (var number = 0; number < spellings.Count; number++)
            {
                Name(Spelled(group.Key.ToString(), number));
                Open('{');
                foreach (var condition in spellings[number]) Member(condition.Key, condition.Values);
                Close('}');
            }
        }
        Close('}');
    }

    // The bits of the number say which of the last letters change their case.
    private static string Spelled(string name, int number) =>
        string.Concat(name.Reverse().Select((letter, place) => place < 31 && (number >> place & 1) != 0 ? (char)(letter ^ 0x20) : letter).Reverse());

    private void Member(string name, string value)
    {
        Name(name);
        String(value);
    }

    private void Member(string name, IReadOnlyList<string> values)
    {
        Name(name);
        if (values is [var only])
        {
            String(only);
            return;
        }
        Open('[');
        foreach (var value in values)
        {
            Next();
            String(value);
        }
        Close(']');
    }

    private void Open(char bracket)
    {
        text.Append(bracket);
        depth++;
        first = true;
    }

    private void Close(char bracket)
    {
        depth--;
        if (!first) Line();
        text.Append(bracket);
        first = false;
    }

    private void Name(string name)
    {
        Next();
        String(name);
        text.Append(indented ? ": " : ":");
    }

    private void Next()
    {
        if (!first) text.Append(',');
        Line();
        first = false;
    }

    private void Line()
    {
        if (indented) text.Append('\n').Append(' ', 2 * depth);
    }

    // R1: what is beyond U+00FF only as an escape.
    private void String(string value)
    {
        text.Append('"');
        foreach (var character in value)
        {
            if (character is '"' or '\\') text.Append('\\').Append(character);
            else if (character is < ' ' or > '\u00FF') text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            else text.Append(character);
        }
        text.Append('"');
    }
}
