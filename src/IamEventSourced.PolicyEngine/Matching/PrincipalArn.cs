namespace IamEventSourced.PolicyEngine;

internal enum PrincipalArnKind
{
    Root,
    User,
    Role,
    RoleSession,
    FederatedUser,
}

/// <summary>The ARN of a principal, cut into what R72 compares.</summary>
/// <param name="Kind">What it names.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Account">The account.</param>
/// <param name="Name">The last part of a role's path and name, or the role's name in a session's ARN; else what follows the slash.</param>
internal sealed record PrincipalArn(PrincipalArnKind Kind, string Partition, string Account, string Name)
{
    internal static PrincipalArn? Read(string text)
    {
        var parts = text.Split(':', ArnSegments.Count);
        if (parts is not ["arn", var partition, "iam" or "sts", "", { Length: > 0 } account, var resource]) return null;
        if (parts[2] == "iam" && resource == "root") return new(PrincipalArnKind.Root, partition, account, resource);
        var slash = resource.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || slash + 1 == resource.Length) return null;
        var rest = resource[(slash + 1)..];
        return (parts[2], resource[..slash]) switch
        {
            ("iam", "user") => new(PrincipalArnKind.User, partition, account, rest),
            ("iam", "role") => new(PrincipalArnKind.Role, partition, account, rest[(rest.LastIndexOf('/') + 1)..]),
            ("sts", "federated-user") => new(PrincipalArnKind.FederatedUser, partition, account, rest),
            ("sts", "assumed-role") when rest.Split('/') is [{ Length: > 0 } role, { Length: > 0 }] => new(PrincipalArnKind.RoleSession, partition, account, role),
            _ => null,
        };
    }
}
