using System.Collections.Concurrent;
using Npgsql;
using Wolverine;

namespace IamEventSourced.Server;

/// <summary>
/// Where replies may go. The sender writes the address, and Wolverine would follow it anywhere: to a queue that is none and then
/// for ever, to a TCP port, to our own command queue. So it must be a queue of PostgreSQL that we have been granted INSERT on.
/// </summary>
public sealed class ReplyQueues(string connectionString)
{
    const int MaxKnown = 1000;

    readonly ConcurrentDictionary<string, bool> known = new(StringComparer.Ordinal);

    /// <summary>Takes the reply address off a message when it is not one that may be written to.</summary>
    public async Task Check(Envelope message, CancellationToken cancellation)
    {
        if (message.ReplyUri is { } uri && !(message.ReplyRequested == CommandReply.Name && await MayWriteTo(uri, cancellation))) message.ReplyUri = null;
    }

    async Task<bool> MayWriteTo(Uri uri, CancellationToken cancellation)
    {
        var name = uri.Host;
        if (uri is not { Scheme: "postgresql", UserInfo: "", IsDefaultPort: true, PathAndQuery: "" or "/" } || !Messages.IsQueueOfOthers(name)) return false;
        if (known.ContainsKey(name)) return true;

        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellation);
        await using var ask = new NpgsqlCommand("select coalesce(has_table_privilege(to_regclass($1), 'insert'), false)", connection) { Parameters = { new() { Value = Messages.Table(name) } } };
        if (await ask.ExecuteScalarAsync(cancellation) is not true) return false;

        if (known.Count >= MaxKnown) known.Clear();
        known[name] = true;
        return true;
    }
}
