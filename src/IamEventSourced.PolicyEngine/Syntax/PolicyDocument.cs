using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Unicode;

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

    /// <summary>Reads a policy of any kind from UTF-8, strictly (R1–R14).</summary>
    /// <exception cref="MalformedPolicyException">The bytes are no policy; the message is AWS's.</exception>
    public static PolicyDocument Parse(ReadOnlySpan<byte> utf8) =>
        TryParse(utf8, out var document, out var error) ? document : throw new MalformedPolicyException(error);

    /// <summary>Reads a policy of any kind from UTF-8, strictly (R1–R14).</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out PolicyDocument? document, [NotNullWhen(false)] out PolicyError? error)
    {
        // What R1 lets stand takes two bytes a character at most.
        if (utf8.Length <= 2 * MaxLength)
        {
            var text = new char[utf8.Length];
            if (Utf8.ToUtf16(utf8, text, out _, out var length, replaceInvalidSequences: false) == OperationStatus.Done)
                return TryParse(new string(text, 0, length), out document, out error);
            error = new JsonCursor(new string(text, 0, length)).Wrong("Not UTF-8.", length).Error;
        }
        else error = new(PolicyMessages.Syntax, 1, 1, "$", $"More than {MaxLength} characters.");
        document = null;
        return false;
    }

    /// <summary>
    /// Every value in the text, in the order in which they start, with its path and place. Read anew on each call: keep what you need.
    /// </summary>
    public IReadOnlyList<PolicyElement> ReadElements() => PolicyElement.ReadAll(Text);

    /// <summary>The value at a path, as <c>$.Statement[0].Action[1]</c>; null when there is none.</summary>
    public PolicyElement? Find(string path) => PolicyElement.ReadAll(Text).Find(element => element.IsAt(path));

    /// <summary>
    /// The tree as JSON, always in the same form: members in AWS's order, lists of one as plain strings, scalars as strings, what means nothing left out.
    /// It means what the text means; where the text itself counts, take <see cref="Text"/>.
    /// </summary>
    /// <param name="indented">Whether for people, on lines; else without white space.</param>
    public string ToJson(bool indented = false) => PolicyWriter.Write(this, indented);

    /// <summary>The path of a statement, as <c>$.Statement[0]</c>.</summary>
    internal string PathOf(PolicyStatement statement) => StatementIsArray ? "$.Statement" + (PathStep)statement.Index : "$.Statement";

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
