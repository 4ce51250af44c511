using System.Runtime.CompilerServices;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// The events on which it depends what a user may do, found by the interval rows, which begin and end with events: of a group of many members
/// the memberships of others are not even looked at.
/// </summary>
static class DecidingEvents
{
    public static async IAsyncEnumerable<RecordedEvent> Read(NpgsqlConnection connection, Directory directory, UserId? user, ResourceName? resource, [EnumeratorCancellation] CancellationToken cancel)
    {
        var entities = await Entities(connection, directory, user, resource, cancel);
        await foreach (var recorded in RecordedEvents.ReadAt(connection, directory.Account, await Revisions(connection, directory, entities, cancel), cancel))
            if (recorded.Event.Entities().All(entities.Contains)) yield return recorded; // a boundary that takes another's place is of three
    }

    /// <summary>The user, its groups and the policies of these, as they ever were; and whoever had the name that the resource is called by.</summary>
    static async Task<HashSet<string>> Entities(NpgsqlConnection connection, Directory directory, UserId? user, ResourceName? resource, CancellationToken cancel)
    {
        var name = resource is not null && resource.Value.StartsWith("arn:aws:iam::", StringComparison.Ordinal) ? resource.Value[(resource.Value.LastIndexOfAny(['/', ':']) + 1)..].ToUpperInvariant() : "";
        await using var command = new NpgsqlCommand("""
            with groups as (select distinct group_id from iam.memberships where account = $1 and user_id = $2 and from_revision <= $3)
            select group_id from groups union
            select policy_id from iam.attachments where account = $1 and principal_id = any(array(select group_id from groups) || $2) and from_revision <= $3 union
            select policy_id from iam.boundaries where account = $1 and user_id = $2 and from_revision <= $3 union
            select user_id from iam.users where account = $1 and upper(user_name collate "C") = $4 and from_revision <= $3 union
            select policy_id from iam.policies where account = $1 and upper(policy_name collate "C") = $4 and from_revision <= $3 union
            select server_certificate_id from iam.server_certificates where account = $1 and upper(server_certificate_name collate "C") = $4 and from_revision <= $3 union
            select mfa_device_id from iam.mfa_devices where account = $1 and upper(mfa_device_name collate "C") = $4 and from_revision <= $3
            """, connection) { Parameters = { new() { Value = directory.Account.Value }, new() { Value = user?.Value ?? "" }, new() { Value = directory.Revision }, new() { Value = name } } };
        HashSet<string> entities = new(StringComparer.Ordinal);
        if (user is not null) entities.Add(user.Value);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) entities.Add(rows.GetString(0));
        return entities;
    }

    static async Task<long[]> Revisions(NpgsqlConnection connection, Directory directory, IEnumerable<string> entities, CancellationToken cancel)
    {
        // Which parts of a kind of facts have to be of these entities; none: the account's own.
        (FactKind Kind, string[] Columns)[] all =
        [
            (FactKind.Accounts, []), (FactKind.PasswordPolicies, []), (FactKind.AdoptedCatalogues, []),
            (FactKind.Users, ["user_id"]), (FactKind.Groups, ["group_id"]), (FactKind.Memberships, ["user_id", "group_id"]),
            (FactKind.Policies, ["policy_id"]), (FactKind.PolicyVersions, ["policy_id"]), (FactKind.DefaultVersions, ["policy_id"]), (FactKind.InlinePolicies, ["principal_id"]),
            (FactKind.Attachments, ["principal_id", "policy_id"]), (FactKind.Boundaries, ["user_id", "policy_id"]), (FactKind.Tags, ["entity_id"]),
            (FactKind.ServerCertificates, ["server_certificate_id"]), (FactKind.MFADevices, ["mfa_device_id"]),
        ];
        await using var command = new NpgsqlCommand(string.Join(" union all ", all.Select(one =>
            $"select from_revision, to_revision from {IntervalTable.Of(one.Kind).Qualified} where account = $1 and from_revision <= $3 {string.Concat(one.Columns.Select(column => $" and {column} = any($2)"))}")), connection)
        {
            Parameters = { new() { Value = directory.Account.Value }, new() { Value = entities.ToArray() }, new() { Value = directory.Revision } },
        };
        SortedSet<long> revisions = [1];
        if (directory.Closed is { } closed) revisions.Add(closed.Revision);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            revisions.Add(rows.GetInt64(0));
            if (!rows.IsDBNull(1) && rows.GetInt64(1) <= directory.Revision) revisions.Add(rows.GetInt64(1));
        }
        return [.. revisions];
    }
}
