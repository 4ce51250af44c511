using System.Collections.Immutable;

namespace IamEventSourced.PolicyEngine;

/// <summary>The patterns of Action or NotAction, Resource or NotResource, in the order written (R11; nulls are left out).</summary>
/// <param name="Inverted">True for NotAction and NotResource.</param>
/// <param name="Patterns">The patterns as written, escapes of JSON resolved.</param>
public sealed record PatternList(bool Inverted, ImmutableArray<string> Patterns);
