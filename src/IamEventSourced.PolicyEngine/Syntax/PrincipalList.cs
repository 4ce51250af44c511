using System.Collections.Immutable;

namespace IamEventSourced.PolicyEngine;

/// <summary>The kind of a principal in a resource policy (R14).</summary>
public enum PrincipalKind
{
    /// <summary>The string <c>"*"</c> in place of the map: everybody (R71).</summary>
    Everyone,

    /// <summary>An account, user, role or session.</summary>
    Aws,

    /// <summary>An identity provider.</summary>
    Federated,

    /// <summary>An AWS service.</summary>
    Service,

    /// <summary>An S3 canonical user.</summary>
    CanonicalUser,
}

/// <summary>One principal named by a resource policy.</summary>
/// <param name="Kind">The member it stands under.</param>
/// <param name="Value">The text; <c>*</c> for <see cref="PrincipalKind.Everyone"/>.</param>
public readonly record struct PrincipalValue(PrincipalKind Kind, string Value);

/// <summary>Principal or NotPrincipal of a statement (R10, R14).</summary>
/// <param name="Inverted">True for NotPrincipal.</param>
/// <param name="Values">The principals in the order written.</param>
public sealed record PrincipalList(bool Inverted, ImmutableArray<PrincipalValue> Values);
