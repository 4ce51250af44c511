using Npgsql;

namespace IamEventSourced.Server;

/// <summary>Which account has an alias: one row an alias over all accounts, written with the events, so that of two who want it one gets it.</summary>
static class Aliases
{
    /// <summary>A 23505 on it says that another account has the alias.</summary>
    public const string PrimaryKey = "account_aliases_pkey";

    /// <summary>The statements for the events of a batch, one by one: what was held for a moment between two of them was held too.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Statements(AccountId account, IEnumerable<AccountEvent> events)
    {
        foreach (var @event in events)
            if (@event is AccountAliasCreated created)
                yield return new("insert into iam.account_aliases (alias, account) values ($1, $2) on conflict (account) do update set alias = excluded.alias") { Parameters = { new() { Value = created.AccountAlias.Value }, new() { Value = account.Value } } };
            else if (@event is AccountAliasDeleted) yield return new("delete from iam.account_aliases where account = $1") { Parameters = { new() { Value = account.Value } } };
    }
}
