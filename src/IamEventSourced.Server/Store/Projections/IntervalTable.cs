using System.Globalization;

namespace IamEventSourced.Server;

/// <summary>
/// The table of a kind of facts: account, key, values, from, to. An event opens or closes rows, nothing else changes them. Its SQL is made from the kind's description.
/// </summary>
/// <param name="Kind">Of what.</param>
/// <param name="Indexes">Other ways to find rows: column lists in SQL.</param>
sealed record IntervalTable(FactKind Kind, string[] Indexes)
{
    public string Name => Kind.Name;
    public string[] Key => Kind.Key;
    public string[] Values => Kind.Values;
    public string Qualified => $"{EventStore.Schema}.{Name}";
    public IEnumerable<string> Columns => [.. Key, .. Values];

    static readonly Dictionary<FactKind, string[]> IndexesOf = new()
    {
        [FactKind.Users] = ["""account, upper(user_name collate "C"), from_revision"""],
        [FactKind.Groups] = ["""account, upper(group_name collate "C"), from_revision"""],
        [FactKind.Memberships] = ["account, user_id, from_revision"],
        [FactKind.Policies] = ["""account, upper(policy_name collate "C"), from_revision"""],
        [FactKind.Attachments] = ["account, policy_id, from_revision"],
        [FactKind.Boundaries] = ["account, policy_id, from_revision"],
        [FactKind.AccessKeys] = ["account, user_id, from_revision"],
        [FactKind.MFADevices] = ["""account, upper(mfa_device_name collate "C"), from_revision"""],
        [FactKind.MFAAssignments] = ["account, user_id, from_revision"],
        [FactKind.SSHPublicKeys] = ["account, user_id, from_revision", "account, fingerprint, from_revision"],
        [FactKind.ServerCertificates] = ["""account, upper(server_certificate_name collate "C"), from_revision"""],
    };

    static readonly Dictionary<FactKind, IntervalTable> Tables = FactKind.All.ToDictionary(kind => kind, kind => new IntervalTable(kind, IndexesOf.GetValueOrDefault(kind) ?? []));

    /// <summary>The tables of all kinds.</summary>
    public static readonly IReadOnlyList<IntervalTable> All = [.. FactKind.All.Select(Of)];

    /// <summary>The table of a kind.</summary>
    public static IntervalTable Of(FactKind kind) => Tables[kind];

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
