using System.Text.RegularExpressions;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>Who is told, on the bus, what happens in an account.</summary>
/// <param name="Account">The account.</param>
/// <param name="Name">The subscriber's name, unique in the account.</param>
/// <param name="Id">Anew whenever it is set to a revision: messages have ids of their own then, so that none is taken for a repeat of one that was had before.</param>
/// <param name="Queue">The queue.</param>
/// <param name="Events">Whether it is told the events.</param>
/// <param name="Notices">Whether it is told what they gave and took.</param>
/// <param name="Revision">Its cursor: it has been told all until this revision.</param>
/// <param name="Newest">The account's newest revision.</param>
sealed record Subscriber(AccountId Account, string Name, Guid Id, string Queue, bool Events, bool Notices, long Revision, long Newest)
{
    /// <summary>How many events it has not been told.</summary>
    public long Lag => Math.Max(0, Newest - Revision);
}

/// <summary>The subscribers, as the database keeps them beside the streams. Only the operator makes and removes them: a queue is no account's.</summary>
static partial class Subscribers
{
    [GeneratedRegex("^[A-Za-z0-9_.-]{1,64}$")]
    private static partial Regex Name { get; }

    /// <summary>All of them, or an account's.</summary>
    public static async Task<IReadOnlyList<Subscriber>> Read(NpgsqlDataSource database, AccountId? account, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            select s.account, s.name, s.id, s.queue, s.events, s.notices, s.revision, coalesce(m.version, 0) from iam.subscribers s left join iam.mt_streams m on m.tenant_id = s.account and m.id = s.account
            where s.account = coalesce($1, s.account) order by s.account, s.name
            """);
        command.Parameters.Add(new() { Value = (object?)account?.Value ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        List<Subscriber> subscribers = [];
        while (await rows.ReadAsync(cancel))
            subscribers.Add(new(rows.GetString(0), rows.GetString(1), rows.GetGuid(2), rows.GetString(3), rows.GetBoolean(4), rows.GetBoolean(5), rows.GetInt64(6), rows.GetInt64(7)));
        return subscribers;
    }

    /// <summary>Makes a subscriber, or changes what it is told, where, and from where on.</summary>
    /// <param name="owner">The database, as the tables' owner.</param>
    /// <param name="account">The account.</param>
    /// <param name="name">The subscriber.</param>
    /// <param name="queue">A queue that there is.</param>
    /// <param name="events">Whether it is told the events.</param>
    /// <param name="notices">Whether it is told what they gave and took.</param>
    /// <param name="from">The first revision that it is told, also again; null: it goes on where it is, a new one with the next.</param>
    /// <exception cref="FormatException">The name or the revision is none.</exception>
    /// <exception cref="InvalidOperationException">There is no such account.</exception>
    public static async Task Put(NpgsqlDataSource owner, AccountId account, string name, string queue, bool events, bool notices, long? from)
    {
        if (!Name.IsMatch(name)) throw new FormatException($"NAME: {name} is no name of 1-64 letters, digits and _.-");
        await using var command = owner.CreateCommand("""
            insert into iam.subscribers as s (account, name, id, queue, events, notices, revision)
            select $1, $2, gen_random_uuid(), $3, $4, $5, coalesce($6, m.version) from iam.mt_streams m where m.tenant_id = $1 and m.id = $1 and coalesce($6, 0) <= m.version
            on conflict (account, name) do update set queue = $3, events = $4, notices = $5, id = case when $6 is null then s.id else excluded.id end, revision = coalesce($6, s.revision)
            """);
        foreach (var value in (object[])[account.Value, name, queue, events, notices]) command.Parameters.Add(new() { Value = value });
        command.Parameters.Add(new() { Value = (object?)(from - 1) ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint });
        if (await command.ExecuteNonQueryAsync() is 0) throw new InvalidOperationException(from is null ? $"There is no account {account}." : $"There is no account {account}, or it is not as far as revision {from - 1}.");
    }

    /// <summary>Removes a subscriber; whether there was one. Its queue, and what is in it, stay.</summary>
    public static async Task<bool> Remove(NpgsqlDataSource owner, AccountId account, string name)
    {
        await using var command = owner.CreateCommand("delete from iam.subscribers where account = $1 and name = $2");
        foreach (var value in (string[])[account.Value, name]) command.Parameters.Add(new() { Value = value });
        return await command.ExecuteNonQueryAsync() is 1;
    }

    /// <summary>
    /// Has the subscriber to oneself while it is told more: in the order of the revisions nobody else tells it anything. The cursor goes on once that is told; what fails before is told again.
    /// </summary>
    /// <param name="database">The database.</param>
    /// <param name="subscriber">The subscriber as it was read.</param>
    /// <param name="tell">Tells it, and says until which revision. In less time than the database lets a transaction stand idle, which is ten seconds.</param>
    /// <param name="cancel">Ends the waiting.</param>
    /// <returns>That revision; null: another node tells it, or it was set elsewhere since.</returns>
    public static async Task<long?> Advance(NpgsqlDataSource database, Subscriber subscriber, Func<Task<long>> tell, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using (var held = Command("select from iam.subscribers where account = $1 and name = $2 and id = $3 and revision = $4 and queue = $5 and events = $6 and notices = $7 for update skip locked", subscriber.Id, subscriber.Revision, subscriber.Queue, subscriber.Events, subscriber.Notices))
        await using (var row = await held.ExecuteReaderAsync(cancel))
            if (!await row.ReadAsync(cancel)) return null;
        var told = await tell();
        await using (var advance = Command("update iam.subscribers set revision = $3 where account = $1 and name = $2", told)) await advance.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        return told;

        NpgsqlCommand Command(string sql, params object[] values)
        {
            var command = new NpgsqlCommand(sql, connection, transaction);
            foreach (var value in (object[])[subscriber.Account.Value, subscriber.Name, .. values]) command.Parameters.Add(new() { Value = value });
            return command;
        }
    }
}
