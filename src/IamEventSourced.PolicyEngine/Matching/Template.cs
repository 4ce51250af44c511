namespace IamEventSourced.PolicyEngine;

/// <summary>A pattern with variables, put together anew for each request (R44).</summary>
internal sealed class Template(PatternToken[] tokens)
{
    /// <summary>The variables in the order written.</summary>
    internal IEnumerable<Variable> Variables => tokens.Select(token => token.Variable).OfType<Variable>();

    internal bool HasVariables { get; } = Array.Exists(tokens, token => token.Variable is not null);

    /// <summary>What every expansion starts with.</summary>
    internal string Prefix { get; } = tokens is [{ Kind: GlobKind.Literal, Variable: null } first, ..] ? first.Text : "";

    /// <summary>
    /// False when a variable is unresolved, unless it counts as <paramref name="anything"/>, and when the literal characters are more than the
    /// <paramref name="longest"/> text they are to match: repeating a variable then costs no more than a long text.
    /// </summary>
    internal bool TryExpand(RequestContext context, ref GlobBuffer buffer, int longest, bool anything = false)
    {
        var left = longest;
        foreach (ref readonly var token in tokens.AsSpan())
        {
            if (token.Variable is { } variable)
            {
                if (variable.Resolve(context) is { } value)
                {
                    left -= value.Length;
                    if (left < 0) return false;
                    buffer.Literal(value);
                }
                else if (anything) buffer.Wildcard(GlobKind.Anything);
                else return false;
            }
            else if (token.Kind == GlobKind.Literal)
            {
                left -= token.Text.Length;
                if (left < 0) return false;
                buffer.Literal(token.Text);
            }
            else buffer.Wildcard(token.Kind);
        }
        return true;
    }
}
