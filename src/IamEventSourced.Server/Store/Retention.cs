using System.Globalization;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>How long is kept what is no part of the stream: refused attempts and decisions by months, of which the oldest go whole; addresses apart, since they are personal; and when credentials were used, but for the last use of one that there is, what was accessed, and alerts that ended. The owner's work: servers may delete nothing.</summary>
static class Retention
{
    /// <summary>Days that these are kept where nothing else is said.</summary>
    public const int Days = 400;
    /// <summary>The same of decisions.</summary>
    public const int DecisionDays = 90;

    const int MonthsAhead = 12;

    /// <summary>Tables in months.</summary>
    static readonly string[] ByMonths = ["refused_attempts", "decisions"];

    /// <summary>Makes the tables' parts for the months to come. Until one is there, its rows are kept in the part for all others.</summary>
    public static async Task MakeMonths(NpgsqlConnection owner, DateTimeOffset now)
    {
        var first = new DateOnly(now.UtcDateTime.Year, now.UtcDateTime.Month, 1);
        foreach (var table in ByMonths)
            for (var month = first; month <= first.AddMonths(MonthsAhead); month = month.AddMonths(1))
            {
                var (part, range) = (PartOf(table, month), (From: Start(month), To: Start(month.AddMonths(1))));
                await Execute(owner, $"""
                    do $$ begin
                      if to_regclass('iam.{part}') is null then
                        create table iam.{part} (like iam.{table} including defaults including constraints);
                        with others as (delete from iam.{table}_others where at >= '{range.From}' and at < '{range.To}' returning *) insert into iam.{part} select * from others;
                        alter table iam.{table} attach partition iam.{part} for values from ('{range.From}') to ('{range.To}');
                      end if;
                    end $$
                    """);
            }
    }

    /// <summary>Drops what is older.</summary>
    /// <param name="owner">The database, as the tables' owner.</param>
    /// <param name="now">The time.</param>
    /// <param name="days">How many days refused attempts are kept at least, which go when their month is over that long, and uses of credentials.</param>
    /// <param name="addressDays">How many days addresses and what clients call themselves are kept.</param>
    /// <param name="decisionDays">How many days decisions are kept. Without the addresses in them they could not be repeated: they are kept no longer than these.</param>
    /// <returns>How many months of attempts were dropped.</returns>
    public static async Task<int> Apply(NpgsqlDataSource owner, DateTimeOffset now, int days, int addressDays, int decisionDays = DecisionDays)
    {
        await using var connection = await owner.OpenConnectionAsync();
        await MakeMonths(connection, now);
        var (oldest, oldestAddress, oldestDecision) = (now.AddDays(-days).ToUniversalTime(), now.AddDays(-addressDays).ToUniversalTime(), now.AddDays(-Math.Min(decisionDays, addressDays)).ToUniversalTime());
        var dropped = await Drop(connection, "refused_attempts", oldest);
        await Drop(connection, "decisions", oldestDecision);
        await Execute(connection, "delete from iam.decisions where at < $1", oldestDecision);
        await Execute(connection, "delete from iam.decision_gaps where to_at < $1", oldestDecision);
        await Execute(connection, "delete from iam.refused_attempts_others where at < $1", oldest);
        await Execute(connection, """
            delete from iam.credential_uses u where used_at < $1 and (
              exists (select from iam.credential_uses l where l.account = u.account and l.credential_id = u.credential_id and l.day > u.day)
              or not exists (select from iam.access_keys k where k.account = u.account and k.access_key_id = u.credential_id and k.to_revision is null)
              and not exists (select from iam.login_profiles p where p.account = u.account and p.principal_id = u.credential_id and p.to_revision is null))
            """, oldest);
        await Execute(connection, "delete from iam.alerts where resolved_at < $1 and sent = 2", oldest);
        await Execute(connection, "update iam.uses_known set since = greatest(since, $1) where account = '' and principal = '' and uses = 'accesses'", oldest);
        await Execute(connection, "delete from iam.uses_known where account <> '' and since < $1", now.AddDays(-AgeInDays.Limits.Max).ToUniversalTime()); // nobody asks what is unused for longer
        await Execute(connection, "delete from iam.accesses where used_at < $1", oldest);
        await Execute(connection, "delete from iam.console_sessions where expires_at < $1", now.ToUniversalTime());
        await Execute(connection, "update iam.refused_attempts set source_ip = null where at < $1 and source_ip is not null", oldestAddress);
        await Execute(connection, "delete from iam.origins where at < $1", oldestAddress);
        return dropped;
    }

    /// <summary>Drops the months of a table that are over since this time.</summary>
    /// <returns>How many there were.</returns>
    static async Task<int> Drop(NpgsqlConnection connection, string table, DateTimeOffset oldest)
    {
        List<string> old = [];
        await using (var parts = new NpgsqlCommand("select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = $1::regclass", connection) { Parameters = { new() { Value = $"iam.{table}" } } })
        await using (var rows = await parts.ExecuteReaderAsync())
            while (await rows.ReadAsync())
                if (DateOnly.TryParseExact(rows.GetString(0), $"'{table}_'yyyyMM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var month)
                    && month.AddMonths(1).ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc) <= oldest.UtcDateTime) old.Add(rows.GetString(0));
        foreach (var part in old) await Execute(connection, $"drop table iam.{part}");
        return old.Count;
    }

    static string PartOf(string table, DateOnly month) => month.ToString($"'{table}_'yyyyMM", CultureInfo.InvariantCulture);

    static string Start(DateOnly month) => month.ToString("yyyy-MM-dd' 00:00:00+00'", CultureInfo.InvariantCulture);

    static async Task Execute(NpgsqlConnection connection, string sql, params DateTimeOffset[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync();
    }
}
