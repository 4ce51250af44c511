namespace IamEventSourced.PolicyEngine;

/// <summary>A policy variable (R42): a context key and what stands in when it has no value.</summary>
internal sealed class Variable(string name, string? fallback)
{
    private readonly ContextKey key = new(name);

    /// <summary>The key's name as written.</summary>
    internal string Name => key.Name;

    /// <summary>The body between the braces; one that does not read as <c>name, 'default'</c> is a name as a whole, which no context has.</summary>
    internal static Variable Read(ReadOnlySpan<char> body)
    {
        var comma = body.IndexOf(',');
        if (comma >= 0)
        {
            var quoted = body[(comma + 1)..].Trim(' ');
            if (quoted.Length >= 2 && quoted[0] == '\'' && quoted[^1] == '\'' && !quoted[1..^1].Contains('\''))
                return new(body[..comma].Trim(' ').ToString(), quoted[1..^1].ToString());
        }
        return new(body.ToString(), null);
    }

    /// <summary>The text it stands for; null when unresolved (R45).</summary>
    internal string? Resolve(RequestContext context) => context.Find(key) is { Single.Length: > 0 } value ? value.Single : fallback;
}
