using Npgsql;

namespace IamEventSourced.Server;

/// <summary>A command that was carried out.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Caller">The principal that sent it.</param>
/// <param name="Request">SHA-256 of its name and parameters.</param>
/// <param name="Revision">The revision it led to, or, where nothing changed, was true at.</param>
/// <param name="Answer">What was answered, without secrets, as JSON; null: nothing but that it is done.</param>
sealed record CarriedOut(CommandId Id, string Caller, byte[] Request, long Revision, string? Answer);

/// <summary>
/// Which commands were carried out, by account and command id: written in the transaction of the events, so that a command is
/// carried out once however often it arrives. Refusals are not kept: a refused command may be tried again.
/// </summary>
static class CommandTable
{
    public const string PrimaryKey = "commands_pkey";

    /// <summary>Adds them; a 23505 on <see cref="PrimaryKey"/> says that one of them was carried out before.</summary>
    public static NpgsqlBatchCommand Insert(AccountId account, IReadOnlyCollection<CarriedOut> commands, DateTimeOffset at) => new(
        "insert into iam.commands (account, command_id, caller, request, revision, answer, at) select $1, i, c, q, r, a::jsonb, $7 from unnest($2::text[], $3::text[], $4::bytea[], $5::bigint[], $6::text[]) as new(i, c, q, r, a)")
    {
        Parameters =
        {
            new() { Value = account.Value }, new() { Value = commands.Select(command => command.Id.Value).ToArray() }, new() { Value = commands.Select(command => command.Caller).ToArray() },
            new() { Value = commands.Select(command => command.Request).ToArray() }, new() { Value = commands.Select(command => command.Revision).ToArray() },
            new() { Value = commands.Select(command => command.Answer).ToArray() }, new() { Value = at },
        },
    };

    /// <summary>Those of the ids that were carried out before, each looked up by its whole key: its plan may be kept from when there were few.</summary>
    public static NpgsqlBatchCommand Find(AccountId account, IEnumerable<CommandId> ids) => new(
        "select c.* from unnest($2) asked(id), lateral (select command_id, caller, request, revision, answer from iam.commands where account = $1 and command_id = asked.id offset 0) c")
    {
        Parameters = { new() { Value = account.Value }, new() { Value = ids.Select(id => id.Value).ToArray() } },
    };

    public static async Task<Dictionary<CommandId, CarriedOut>> Read(NpgsqlDataReader rows, CancellationToken cancel)
    {
        var found = new Dictionary<CommandId, CarriedOut>();
        while (await rows.ReadAsync(cancel))
        {
            CommandId id = rows.GetString(0);
            found[id] = new(id, rows.GetString(1), rows.GetFieldValue<byte[]>(2), rows.GetInt64(3), rows.IsDBNull(4) ? null : rows.GetString(4));
        }
        return found;
    }
}
