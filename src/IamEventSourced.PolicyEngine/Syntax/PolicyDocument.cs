using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace IamEventSourced.PolicyEngine;

/// <summary>A policy as read: the text byte for byte, and its tree. Equal texts are equal documents.</summary>
public sealed class PolicyDocument : IEquatable<PolicyDocument>
{
    /// <summary>
    /// The longest text that is read, in UTF-16 code units. It only keeps readers from harm: AWS's parameter takes 131,072 (R105),
    /// its own largest managed policy has 152,297, and quotas are the caller's affair.
    /// </summary>
    public const int MaxLength = 1_048_576;

    internal const string Version2012 = "2012-10-17";
    internal const string Version2008 = "2008-10-17";

    internal PolicyDocument(string text, string? version, string? id, bool isArray, ImmutableArray<PolicyStatement> statements)
    {
        Text = text;
        Version = version;
        Id = id;
        StatementIsArray = isArray;
        Statements = statements;
    }

    /// <summary>The text as given.</summary>
    public string Text { get; }

    /// <summary>The version as written; null when absent, which means 2008-10-17 (R4).</summary>
    public string? Version { get; }

    /// <summary>The Id as written; it has no meaning (R5).</summary>
    public string? Id { get; }

    /// <summary>False where Statement is one object instead of an array (R6).</summary>
    public bool StatementIsArray { get; }

    /// <summary>The statements in the order written; at least one.</summary>
    public ImmutableArray<PolicyStatement> Statements { get; }

    /// <summary>Characters that are not white space, also inside strings: what size quotas count (R105).</summary>
    public int Size => SizeOf(Text);

    /// <summary>True where <c>${...}</c> means a variable (R40).</summary>
    public bool HasVariables => Version == Version2012;

    /// <summary>Reads a policy of any kind, strictly (R1–R14).</summary>
    /// <exception cref="MalformedPolicyException">The text is no policy; the message is AWS's.</exception>
    public static PolicyDocument Parse(string text) =>
        TryParse(text, out var document, out var error) ? document : throw new MalformedPolicyException(error);

    /// <summary>Reads a policy of any kind, strictly (R1–R14).</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out PolicyDocument? document, [NotNullWhen(false)] out PolicyError? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        var findings = new Findings();
        document = PolicyReader.Read(text, findings);
        error = findings.First;
        if (error is not null) document = null;
        return error is null && document is not null;
    }

    /// <summary>The characters of a text that are not white space (R105).</summary>
    public static int SizeOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length - text.Count(character => character is ' ' or '\t' or '\n' or '\r');
    }

    /// <inheritdoc/>
    public bool Equals(PolicyDocument? other) => other is not null && Text == other.Text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PolicyDocument);

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The text as given.</summary>
    public override string ToString() => Text;
}
