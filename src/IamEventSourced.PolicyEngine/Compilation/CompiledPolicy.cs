namespace IamEventSourced.PolicyEngine;

/// <summary>A policy in the form that is asked; immutable, and shared by all who have it.</summary>
public sealed class CompiledPolicy
{
    private CompiledPolicy(PolicyDocument? document, CompiledStatement[] statements, string? failure)
    {
        Document = document;
        Statements = statements;
        Failure = failure;
    }

    /// <summary>The document; null when there is none that could be read.</summary>
    public PolicyDocument? Document { get; }

    /// <summary>Why there is nothing to ask; then every decision that involves this policy is an explicit deny with this reason. Null when all is well.</summary>
    public string? Failure { get; }

    internal CompiledStatement[] Statements { get; }

    /// <summary>Compiles a document, at a cost linear in its text.</summary>
    public static CompiledPolicy Compile(PolicyDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return new(document, [.. document.Statements.Select(statement => new CompiledStatement(statement, document.HasVariables))], null);
    }

    /// <summary>Reads and compiles a text. One that cannot be read is <see cref="Uncompilable"/>, never an exception: a stored policy must not vanish.</summary>
    public static CompiledPolicy Compile(string text) =>
        PolicyDocument.TryParse(text, out var document, out var error) ? Compile(document) : Uncompilable(error.ToString());

    /// <summary>A policy that makes every decision an explicit deny and says why.</summary>
    public static CompiledPolicy Uncompilable(string why)
    {
        ArgumentException.ThrowIfNullOrEmpty(why);
        return new(null, [], why);
    }
}
