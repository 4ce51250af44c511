namespace IamEventSourced;

/// <summary>A kind of fact that holds from one revision of an account to another. An event begins or ends facts, nothing else changes them.</summary>
/// <param name="Name">The kind, and the name of its rows in the database.</param>
/// <param name="Key">The parts that say which fact it is.</param>
/// <param name="Values">The parts that say what it is like; texts, and may be missing.</param>
public sealed record FactKind(string Name, string[] Key, string[] Values)
{
    /// <summary>That the account is open, and its name.</summary>
    public static FactKind Accounts { get; } = new("accounts", ["account_id"], ["account_name"]);
    /// <summary>Its alias.</summary>
    public static FactKind Aliases { get; } = new("aliases", ["account_id"], ["account_alias"]);
    /// <summary>That root was given an e-mail address.</summary>
    public static FactKind PrimaryEmails { get; } = new("primary_emails", ["account_id"], []);
    /// <summary>Quotas that were set.</summary>
    public static FactKind Quotas { get; } = new("quotas", ["quota_name"], ["quota_value"]);
    /// <summary>What is asked of passwords.</summary>
    public static FactKind PasswordPolicies { get; } = new("password_policies", ["account_id"], ["minimum_password_length", "require_symbols", "require_numbers", "require_uppercase_characters", "require_lowercase_characters", "allow_users_to_change_password", "max_password_age", "password_reuse_prevention", "hard_expiry"]);
    /// <summary>The catalogue in force.</summary>
    public static FactKind AdoptedCatalogues { get; } = new("adopted_catalogues", ["account_id"], ["digest"]);
    /// <summary>Users with name and path.</summary>
    public static FactKind Users { get; } = new("users", ["user_id"], ["user_name", "path"]);
    /// <summary>Groups with name and path.</summary>
    public static FactKind Groups { get; } = new("groups", ["group_id"], ["group_name", "path"]);
    /// <summary>Who is in which group.</summary>
    public static FactKind Memberships { get; } = new("memberships", ["group_id", "user_id"], []);
    /// <summary>Managed policies with name, path and description.</summary>
    public static FactKind Policies { get; } = new("policies", ["policy_id"], ["policy_name", "path", "description"]);
    /// <summary>Versions of policies with their texts.</summary>
    public static FactKind PolicyVersions { get; } = new("policy_versions", ["policy_id", "version_id"], ["document"]);
    /// <summary>Which version is in force.</summary>
    public static FactKind DefaultVersions { get; } = new("default_versions", ["policy_id"], ["version_id"]);
    /// <summary>Which user or group has which policy.</summary>
    public static FactKind Attachments { get; } = new("attachments", ["principal_id", "policy_id"], []);
    /// <summary>Permissions boundaries.</summary>
    public static FactKind Boundaries { get; } = new("boundaries", ["user_id"], ["policy_id"]);
    /// <summary>Tags.</summary>
    public static FactKind Tags { get; } = new("tags", ["entity_id", "tag_key"], ["tag_name", "tag_value"]);
    /// <summary>Inline policies with their texts.</summary>
    public static FactKind InlinePolicies { get; } = new("inline_policies", ["principal_id", "policy_key"], ["policy_name", "document"]);
    /// <summary>Access keys, and whose.</summary>
    public static FactKind AccessKeys { get; } = new("access_keys", ["access_key_id"], ["user_id"]);
    /// <summary>Whether an access key is active.</summary>
    public static FactKind AccessKeyStatuses { get; } = new("access_key_statuses", ["access_key_id"], ["status"]);
    /// <summary>Who may sign in by a password.</summary>
    public static FactKind LoginProfiles { get; } = new("login_profiles", ["principal_id"], []);
    /// <summary>Which password is in force.</summary>
    public static FactKind Passwords { get; } = new("passwords", ["principal_id"], ["password_id"]);
    /// <summary>Who has to change its password.</summary>
    public static FactKind PasswordResets { get; } = new("password_resets", ["principal_id"], []);
    /// <summary>MFA devices with name and path.</summary>
    public static FactKind MFADevices { get; } = new("mfa_devices", ["mfa_device_id"], ["mfa_device_name", "path"]);
    /// <summary>Whose device it is.</summary>
    public static FactKind MFAAssignments { get; } = new("mfa_assignments", ["mfa_device_id"], ["user_id"]);
    /// <summary>SSH public keys, and whose.</summary>
    public static FactKind SSHPublicKeys { get; } = new("ssh_public_keys", ["ssh_public_key_id"], ["user_id", "fingerprint", "body"]);
    /// <summary>Whether an SSH key is active.</summary>
    public static FactKind SSHPublicKeyStatuses { get; } = new("ssh_public_key_statuses", ["ssh_public_key_id"], ["status"]);
    /// <summary>Server certificates with name and path.</summary>
    public static FactKind ServerCertificates { get; } = new("server_certificates", ["server_certificate_id"], ["server_certificate_name", "path"]);
    /// <summary>Server certificates with their chains.</summary>
    public static FactKind ServerCertificateBodies { get; } = new("server_certificate_bodies", ["server_certificate_id"], ["body", "chain"]);

    /// <summary>All kinds.</summary>
    public static IReadOnlyList<FactKind> All { get; } =
        [Accounts, Aliases, PrimaryEmails, Quotas, PasswordPolicies, AdoptedCatalogues, Users, Groups, Memberships, Policies, PolicyVersions, DefaultVersions, Attachments, Boundaries, Tags, InlinePolicies, AccessKeys, AccessKeyStatuses, LoginProfiles, Passwords, PasswordResets, MFADevices, MFAAssignments, SSHPublicKeys, SSHPublicKeyStatuses, ServerCertificates, ServerCertificateBodies];

    /// <summary>These values under the names of the parts, without those that are missing.</summary>
    /// <param name="parts"><see cref="Key"/> or <see cref="Values"/>.</param>
    /// <param name="values">In the same order.</param>
    public static IReadOnlyDictionary<string, string> Named(string[] parts, string?[] values) =>
        parts.Zip(values).Where(part => part.Second is not null).ToDictionary(part => part.First, part => part.Second!, StringComparer.Ordinal);
}
