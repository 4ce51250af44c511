using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// Where commands came from, beside the stream and written with it: personal by nature, so never in an event, and its rows can be erased
/// by age or account without touching what the ledger covers.
/// </summary>
static class Origins
{
    /// <summary>Of each command that came over a connection: the first revision it made, the address and what the client calls itself.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Insert(AccountId account, IEnumerable<(long Revision, Origin Origin)> commands, DateTimeOffset at)
    {
        var known = commands.Where(command => command.Origin.SourceIp is not null).ToList();
        if (known.Count > 0)
            yield return new("insert into iam.origins (account, at, revision, source_ip, user_agent) select $1, $2, * from unnest($3, $4, $5)")
            {
                Parameters =
                {
                    new() { Value = account.Value }, new() { Value = at }, new() { Value = known.Select(command => command.Revision).ToArray() },
                    new() { Value = known.Select(command => command.Origin.SourceIp!).ToArray() }, new() { Value = known.Select(command => command.Origin.UserAgent).ToArray() },
                },
            };
    }
}
