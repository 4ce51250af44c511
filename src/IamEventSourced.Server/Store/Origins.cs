namespace IamEventSourced.Server;

/// <summary>
/// Where commands came from, beside the stream and written with it: personal by nature, so never in an event, and its rows can be erased
/// by age or account without touching what the ledger covers.
/// </summary>
static class Origins
{
    /// <summary>Of each command that came over a connection: the first revision it made, the address and what the client calls itself.</summary>
    public static IEnumerable<(string Sql, object[] Parameters)> Insert(AccountId account, IReadOnlyCollection<(long Revision, Origin Origin)> commands, DateTimeOffset at) =>
        commands.Where(command => command.Origin.SourceIp is not null).ToList() is not { Count: > 0 } known ? []
        : [("insert into iam.origins (account, at, revision, source_ip, user_agent) select ?, ?, * from unnest(?, ?, ?)",
            [account.Value, at, known.Select(command => command.Revision).ToArray(), known.Select(command => command.Origin.SourceIp!).ToArray(), known.Select(command => command.Origin.UserAgent).ToArray()])];
}
