using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>
/// A policy's text, kept byte for byte: 1–131,072 of tab, line feed, carriage return and U+0020–U+00FF (R1, R105).
/// Compiled at the first question, then shared by every directory that holds it.
/// </summary>
public sealed record PolicyText(string Value) : Text<PolicyText>(Value), IText<PolicyText>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 131072, @"[\u0009\u000A\u000D\u0020-\u00FF]+");
    /// <inheritdoc/>
    public static implicit operator PolicyText(string text) => new(text);

    CompiledPolicy? _compiled;

    /// <summary>Ready to be evaluated. A text that is no policy denies everything, loudly: a policy never disappears.</summary>
    public CompiledPolicy Compiled => _compiled ??= CompiledPolicy.Compile(Value);

    /// <summary>The text's tree; null when it is no policy.</summary>
    public PolicyDocument? Document => Compiled.Document;

    /// <summary>The condition keys and variables that it looks at.</summary>
    internal IReadOnlyList<string> ContextKeys => field ??= Document is { } document ? PolicyEngine.ContextKeys.Of(document) : [];

    /// <summary>What is wrong with the text as a policy of users and groups, in AWS's words (R102); or null.</summary>
    public string? Malformation => PolicyValidator.Validate(Value, PolicyKind.Identity)?.Message;

    /// <summary>Characters without white space: what quotas count (R105).</summary>
    public int Size => PolicyDocument.SizeOf(Value);

    // A record's own equality would compare the compiled form too.
    /// <inheritdoc/>
    public bool Equals(PolicyText? other) => base.Equals(other);
    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();
}
