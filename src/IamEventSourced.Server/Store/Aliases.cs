namespace IamEventSourced.Server;

/// <summary>Which account has an alias: one row an alias over all accounts, written with the events, so that of two who want it one gets it.</summary>
static class Aliases
{
    /// <summary>A 23505 on it says that another account has the alias.</summary>
    public const string PrimaryKey = "account_aliases_pkey";

    /// <summary>The statements for the events of a batch, one by one: what was held for a moment between two of them was held too.</summary>
    public static IEnumerable<(string Sql, object[] Parameters)> Statements(AccountId account, IEnumerable<AccountEvent> events)
    {
        foreach (var @event in events)
            if (@event is AccountAliasCreated created)
                yield return ("insert into iam.account_aliases (alias, account) values (?, ?) on conflict (account) do update set alias = excluded.alias", [created.AccountAlias.Value, account.Value]);
            else if (@event is AccountAliasDeleted) yield return ("delete from iam.account_aliases where account = ?", [account.Value]);
    }
}
