using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// Where commands came from, beside the stream and written with it: personal by nature, so never in an event, and its rows can be erased
/// by age or account without touching what the ledger covers.
/// </summary>
static class Origins
{
    /// <summary>Of each command that came over a connection: the first revision it made, the address and what the client calls itself.</summary>
    public static NpgsqlBatchCommand? Insert(AccountId account, IReadOnlyCollection<(long Revision, Origin Origin)> commands, DateTimeOffset at) =>
        commands.Where(command => command.Origin.SourceIp is not null).ToList() is not { Count: > 0 } known ? null
        : new("insert into iam.origins (account, revision, at, source_ip, user_agent) select $1, r, $2, i, u from unnest($3::bigint[], $4::text[], $5::text[]) as new(r, i, u)")
        {
            Parameters =
            {
                new() { Value = account.Value }, new() { Value = at }, new() { Value = known.Select(command => command.Revision).ToArray() },
                new() { Value = known.Select(command => command.Origin.SourceIp!).ToArray() }, new() { Value = known.Select(command => command.Origin.UserAgent).ToArray() },
            },
        };
}
