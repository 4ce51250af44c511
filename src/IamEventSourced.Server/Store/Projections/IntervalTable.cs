using System.Globalization;

namespace IamEventSourced.Server;

/// <summary>
/// A table of facts that hold from one revision to another: account, key, values, from, to. An event opens or closes rows,
/// nothing else changes them. Its SQL is made from this description.
/// </summary>
/// <param name="Name">The table.</param>
/// <param name="Key">Columns that say what fact it is.</param>
/// <param name="Values">Columns that say what it is like; text, may be null.</param>
/// <param name="Indexes">Other ways to find rows: column lists in SQL.</param>
sealed record IntervalTable(string Name, string[] Key, string[] Values, params string[] Indexes)
{
    public string Qualified => $"{EventStore.Schema}.{Name}";
    public IEnumerable<string> Columns => [.. Key, .. Values];

    public static readonly IntervalTable
        Accounts = new("accounts", ["account_id"], ["account_name"]),
        Aliases = new("aliases", ["account_id"], ["account_alias"]),
        Quotas = new("quotas", ["quota_name"], ["quota_value"]),
        PasswordPolicies = new("password_policies", ["account_id"], ["minimum_password_length", "require_symbols", "require_numbers", "require_uppercase_characters", "require_lowercase_characters", "allow_users_to_change_password", "max_password_age", "password_reuse_prevention", "hard_expiry"]),
        AdoptedCatalogues = new("adopted_catalogues", ["account_id"], ["digest"]),
        Users = new("users", ["user_id"], ["user_name", "path"], """account, upper(user_name collate "C"), from_revision"""),
        Groups = new("groups", ["group_id"], ["group_name", "path"], """account, upper(group_name collate "C"), from_revision"""),
        Memberships = new("memberships", ["group_id", "user_id"], [], "account, user_id, from_revision"),
        Policies = new("policies", ["policy_id"], ["policy_name", "path", "description"], """account, upper(policy_name collate "C"), from_revision"""),
        PolicyVersions = new("policy_versions", ["policy_id", "version_id"], ["document"]),
        DefaultVersions = new("default_versions", ["policy_id"], ["version_id"]),
        Attachments = new("attachments", ["principal_id", "policy_id"], [], "account, policy_id, from_revision"),
        Boundaries = new("boundaries", ["user_id"], ["policy_id"], "account, policy_id, from_revision"),
        Tags = new("tags", ["entity_id", "tag_key"], ["tag_name", "tag_value"]),
        InlinePolicies = new("inline_policies", ["principal_id", "policy_key"], ["policy_name", "document"]),
        AccessKeys = new("access_keys", ["access_key_id"], ["user_id"], "account, user_id, from_revision"),
        AccessKeyStatuses = new("access_key_statuses", ["access_key_id"], ["status"]),
        LoginProfiles = new("login_profiles", ["principal_id"], []),
        Passwords = new("passwords", ["principal_id"], ["password_id"]),
        PasswordResets = new("password_resets", ["principal_id"], []),
        MFADevices = new("mfa_devices", ["mfa_device_id"], ["mfa_device_name", "path"], """account, upper(mfa_device_name collate "C"), from_revision"""),
        MFAAssignments = new("mfa_assignments", ["mfa_device_id"], ["user_id"], "account, user_id, from_revision"),
        SSHPublicKeys = new("ssh_public_keys", ["ssh_public_key_id"], ["user_id", "fingerprint", "body"], "account, user_id, from_revision", "account, fingerprint, from_revision"),
        SSHPublicKeyStatuses = new("ssh_public_key_statuses", ["ssh_public_key_id"], ["status"]),
        ServerCertificates = new("server_certificates", ["server_certificate_id"], ["server_certificate_name", "path"], """account, upper(server_certificate_name collate "C"), from_revision"""),
        ServerCertificateBodies = new("server_certificate_bodies", ["server_certificate_id"], ["body", "chain"]);

    public static readonly IReadOnlyList<IntervalTable> All =
        [Accounts, Aliases, Quotas, PasswordPolicies, AdoptedCatalogues, Users, Groups, Memberships, Policies, PolicyVersions, DefaultVersions, Attachments, Boundaries, Tags, InlinePolicies, AccessKeys, AccessKeyStatuses, LoginProfiles, Passwords, PasswordResets, MFADevices, MFAAssignments, SSHPublicKeys, SSHPublicKeyStatuses, ServerCertificates, ServerCertificateBodies];

    /// <summary>Makes the table and its indexes where they are missing.</summary>
    public string Create => $"""
        create table if not exists {Qualified} (
          account text not null, {string.Concat(Key.Select(column => $"{column} text not null, "))}{string.Concat(Values.Select(column => $"{column} text, "))}
          from_revision bigint not null, from_at timestamptz not null, to_revision bigint, to_at timestamptz,
          primary key (account, {string.Join(", ", Key)}, from_revision), check (to_revision > from_revision));
        create unique index if not exists {Name}_open on {Qualified} (account, {string.Join(", ", Key)}) where to_revision is null;
        {string.Concat(Indexes.Select((columns, i) => $"create index if not exists {Name}_{i + 1} on {Qualified} ({columns});\n"))}
        """;

    /// <summary>
    /// Ends open rows: account, then arrays of each key column, of revisions and of times. Each is looked up by its whole key: a join might be
    /// planned by the account alone, while it has few rows, and the plan is kept.
    /// </summary>
    public string Close => $"""
        update {Qualified} t set to_revision = c.revision, to_at = c.at from (
          select revision, at, (select o.ctid from {Qualified} o where o.account = $1 and o.to_revision is null and {string.Join(" and ", Key.Select(column => $"o.{column} = c.{column}"))}) place
          from unnest({Numbers(2, Key.Length + 2)}) c({string.Join(", ", Key)}, revision, at) offset 0) c
        where t.ctid = c.place
        """;

    /// <summary>Writes rows: account, then arrays of each column, of from and to.</summary>
    public string Insert => $"""
        insert into {Qualified} (account, {string.Join(", ", Columns)}, from_revision, from_at, to_revision, to_at)
        select $1, * from unnest({Numbers(2, Key.Length + Values.Length + 4)})
        """;

    static string Numbers(int first, int count) => string.Join(", ", Enumerable.Range(first, count).Select(number => string.Create(CultureInfo.InvariantCulture, $"${number}")));
}
