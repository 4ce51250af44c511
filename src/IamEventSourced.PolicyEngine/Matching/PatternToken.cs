namespace IamEventSourced.PolicyEngine;

/// <summary>A piece of a pattern: literal text, a wildcard or a variable.</summary>
/// <param name="Kind">Literal, One or Run; a variable is neither.</param>
/// <param name="Text">The literal text.</param>
/// <param name="Variable">The variable, or null.</param>
internal readonly record struct PatternToken(GlobKind Kind, string Text, Variable? Variable)
{
    /// <summary>Cuts a pattern into tokens (R25, R40–R43).</summary>
    internal static PatternToken[] Read(string pattern, bool wildcards, bool variables)
    {
        var tokens = new List<PatternToken>();
        var start = 0;
        var at = 0;
        var mayClose = variables;
        while (at < pattern.Length)
        {
            if (wildcards && (pattern[at] is '*' or '?'))
            {
                Literal(at);
                tokens.Add(new(pattern[at] == '*' ? GlobKind.Run : GlobKind.One, "", null));
                start = ++at;
            }
            else if (mayClose && pattern[at] == '$' && at + 1 < pattern.Length && pattern[at + 1] == '{')
            {
                var end = pattern.IndexOf('}', at);
                if (end < 0)
                {
                    // Looked for once only: else "${${${" would cost its square.
                    mayClose = false;
                    continue;
                }
                Literal(at);
                var body = pattern.AsSpan(at + 2, end - at - 2).Trim(' ');
                tokens.Add(body is "*" or "?" or "$" ? new(GlobKind.Literal, body.ToString(), null) : new(GlobKind.Literal, "", IamEventSourced.PolicyEngine.Variable.Read(body)));
                start = at = end + 1;
            }
            else at++;
        }
        Literal(pattern.Length);
        return [.. tokens];

        void Literal(int end)
        {
            if (end > start) tokens.Add(new(GlobKind.Literal, pattern[start..end], null));
        }
    }
}
