namespace IamEventSourced.PolicyEngine;

/// <summary>What kind of principal asks (R87–R92, R94).</summary>
public enum PrincipalType
{
    /// <summary>Nobody known: the request was not signed.</summary>
    Anonymous,

    /// <summary>An account's root.</summary>
    Account,

    /// <summary>A user.</summary>
    User,

    /// <summary>A role, or a session of one.</summary>
    AssumedRole,

    /// <summary>A federated session of a user.</summary>
    FederatedUser,

    /// <summary>A service that acts for itself.</summary>
    Service,

    /// <summary>Somebody an identity provider vouches for, who has no session yet.</summary>
    FederatedIdentity,
}

/// <summary>Who asks: what policies that name principals are compared with (R70–R75), and what decides which policies count (R87–R92).</summary>
public sealed record Principal
{
    private Principal(PrincipalType type) => Type = type;

    /// <summary>Nobody known; only <c>*</c> names it (R71).</summary>
    public static Principal Anonymous { get; } = new(PrincipalType.Anonymous);

    /// <summary>The kind.</summary>
    public PrincipalType Type { get; }

    /// <summary>The ARN; of a role session the session's, as <c>arn:aws:sts::123456789012:assumed-role/Name/session</c>. Null for those that have none.</summary>
    public string? Arn { get; private init; }

    /// <summary>The account; null for services, identities of a provider and anonymous.</summary>
    public string? Account { get; private init; }

    /// <summary>The user whose federated session this is, or null (R72).</summary>
    public string? UserArn { get; private init; }

    /// <summary>The service, as <c>ec2.amazonaws.com</c>, or null (R73).</summary>
    public string? ServiceName { get; private init; }

    /// <summary>The identity provider as trust policies name it, or null (R73).</summary>
    public string? Provider { get; private init; }

    /// <summary>The canonical user id of the account, where one is known (R73).</summary>
    public string? CanonicalUserId { get; init; }

    /// <summary>Whether the account manages the organisation: then its service control policies do not bind (R85).</summary>
    public bool InManagementAccount { get; init; }

    /// <summary>Services, providers' identities and anonymous have no policies of their own and no organisation (R90).</summary>
    internal bool HasPolicies => Account is not null;

    /// <summary>The ARN, cut.</summary>
    internal PrincipalArn? Parts { get; private init; }

    /// <summary>For questions of identity and boundary alone, where nothing is compared with who asks.</summary>
    internal static Principal Unnamed { get; } = new(PrincipalType.User) { Account = "" };

    /// <summary>The principal of an ARN: root, user, role, role session or federated session.</summary>
    /// <exception cref="ArgumentException">It is no ARN of a principal.</exception>
    public static Principal Of(string arn) => TryParse(arn) ?? throw new ArgumentException($"'{arn}' is no ARN of a principal.", nameof(arn));

    /// <summary>The principal of an ARN: root, user, role, role session or federated session; null when it is none.</summary>
    public static Principal? TryParse(string arn)
    {
        ArgumentNullException.ThrowIfNull(arn);
        if (PrincipalArn.Read(arn) is not { } read) return null;
        var type = read.Kind switch
        {
            PrincipalArnKind.Root => PrincipalType.Account,
            PrincipalArnKind.User => PrincipalType.User,
            PrincipalArnKind.FederatedUser => PrincipalType.FederatedUser,
            _ => PrincipalType.AssumedRole,
        };
        return new(type) { Arn = arn, Account = read.Account, Parts = read };
    }

    /// <summary>A federated session, and the user it is of (R72, R92).</summary>
    /// <param name="arn">As <c>arn:aws:sts::123456789012:federated-user/name</c>.</param>
    /// <param name="userArn">The user's ARN.</param>
    /// <exception cref="ArgumentException">They are no such ARNs.</exception>
    public static Principal FederatedUser(string arn, string userArn)
    {
        var session = Of(arn);
        if (session.Type != PrincipalType.FederatedUser) throw new ArgumentException($"'{arn}' is no federated session.", nameof(arn));
        if (Of(userArn).Type != PrincipalType.User) throw new ArgumentException($"'{userArn}' is no user.", nameof(userArn));
        return session with { UserArn = userArn };
    }

    /// <summary>A service.</summary>
    /// <param name="name">As <c>ec2.amazonaws.com</c>.</param>
    public static Principal Service(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new(PrincipalType.Service) { ServiceName = name };
    }

    /// <summary>An identity of a provider.</summary>
    /// <param name="provider">As <c>accounts.google.com</c> or a provider's ARN.</param>
    public static Principal Federated(string provider)
    {
        ArgumentException.ThrowIfNullOrEmpty(provider);
        return new(PrincipalType.FederatedIdentity) { Provider = provider };
    }
}
