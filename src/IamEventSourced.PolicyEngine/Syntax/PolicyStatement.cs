using System.Collections.Immutable;

namespace IamEventSourced.PolicyEngine;

/// <summary>One statement of a policy.</summary>
public sealed record PolicyStatement
{
    /// <summary>Place in the document, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>The Sid as written, or null (R8).</summary>
    public required string? Sid { get; init; }

    /// <summary>Allow or Deny (R7).</summary>
    public required Effect Effect { get; init; }

    /// <summary>Action or NotAction; never empty in a parsed document (R9, R11).</summary>
    public required PatternList Actions { get; init; }

    /// <summary>Resource or NotResource; null where a resource policy leaves it out (R9).</summary>
    public required PatternList? Resources { get; init; }

    /// <summary>Principal or NotPrincipal; null in identity policies (R10).</summary>
    public required PrincipalList? Principals { get; init; }

    /// <summary>All (operator, key) pairs in the order written; empty means no condition (R12).</summary>
    public required ImmutableArray<PolicyCondition> Conditions { get; init; }

    /// <summary>Where the simulator says it starts (R125): after the previous statement, or after the bracket or brace that opens.</summary>
    public required TextPosition Start { get; init; }

    /// <summary>Where it ends: after its closing brace (R125).</summary>
    public required TextPosition End { get; init; }

    /// <summary>The statement's own braces, as offsets into the document's text.</summary>
    public required Range Span { get; init; }
}
