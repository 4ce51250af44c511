namespace IamEventSourced.PolicyEngine;

/// <summary>Principal or NotPrincipal of a statement, compiled (R70–R75).</summary>
internal sealed class PrincipalPatterns(PrincipalList principals, Effect effect)
{
    private readonly (PrincipalKind Kind, string Text, PrincipalArn? Arn)[] values =
        [.. principals.Values.Select(value => (Everyone(value) ? PrincipalKind.Everyone : value.Kind, value.Value, value.Kind == PrincipalKind.Aws ? PrincipalArn.Read(value.Value) : null))];

    /// <param name="principal">Who asks.</param>
    /// <param name="bounded">Whether it has a permissions boundary (R75).</param>
    internal PrincipalMatch Of(Principal principal, bool bounded)
    {
        var found = PrincipalMatch.None;
        foreach (ref readonly var value in values.AsSpan()) found |= Of(value, principal);
        if (!principals.Inverted) return found;

        // R74, R75. Whom NotPrincipal leaves in, it means as directly as * does.
        return found == PrincipalMatch.None || effect == Effect.Deny && bounded ? PrincipalMatch.Direct : PrincipalMatch.None;
    }

    private static PrincipalMatch Of(in (PrincipalKind Kind, string Text, PrincipalArn? Arn) value, Principal principal) => value.Kind switch
    {
        PrincipalKind.Everyone => PrincipalMatch.Direct,
        PrincipalKind.Service => Direct(principal.ServiceName == value.Text),
        PrincipalKind.Federated => Direct(principal.Provider == value.Text),
        PrincipalKind.CanonicalUser => Direct(principal.CanonicalUserId == value.Text),
        _ when principal.Account is null => PrincipalMatch.None,
        _ when value.Arn is null => value.Text == principal.Account ? PrincipalMatch.Account : PrincipalMatch.None,
        _ => Of(value.Arn, value.Text, principal),
    };

    // R72.
    private static PrincipalMatch Of(PrincipalArn arn, string text, Principal principal) => arn.Kind switch
    {
        PrincipalArnKind.Root => arn.Account == principal.Account ? PrincipalMatch.Account : PrincipalMatch.None,
        PrincipalArnKind.Role when principal.Arn == text => PrincipalMatch.Session,
        PrincipalArnKind.Role => IsSessionOf(arn, principal) ? PrincipalMatch.Session : PrincipalMatch.None,
        PrincipalArnKind.User when principal.UserArn == text => PrincipalMatch.Session,
        _ => Direct(principal.Arn == text),
    };

    private static bool IsSessionOf(PrincipalArn role, Principal principal) =>
        principal.Parts is { Kind: PrincipalArnKind.RoleSession } session
        && session.Partition == role.Partition && session.Account == role.Account
        && session.Name.Equals(role.Name, StringComparison.OrdinalIgnoreCase);

    private static bool Everyone(PrincipalValue value) => value.Kind is PrincipalKind.Everyone || value is { Kind: PrincipalKind.Aws, Value: "*" };

    private static PrincipalMatch Direct(bool matches) => matches ? PrincipalMatch.Direct : PrincipalMatch.None;
}
