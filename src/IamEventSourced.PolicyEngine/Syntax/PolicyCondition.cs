using System.Collections.Immutable;

namespace IamEventSourced.PolicyEngine;

/// <summary>One (operator, key) pair of a Condition; a statement needs all of its pairs (R50).</summary>
/// <param name="Operator">The operator, read without case (R51).</param>
/// <param name="Key">The key as written; compared without case (R52).</param>
/// <param name="Values">The values as text (R13); may be empty.</param>
public sealed record PolicyCondition(ConditionOperator Operator, string Key, ImmutableArray<string> Values);
