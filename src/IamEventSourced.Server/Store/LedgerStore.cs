using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// What is kept of accounts' ledgers in the database: the tree heads, and for each span of 1,024 events the hashes of its leaves and its root, so that a proof
/// in a tree of a million reads a thousand roots and the leaves of two spans, not a million events (docs/adr).
/// </summary>
static class LedgerStore
{
    /// <summary>How high the tree over a span is.</summary>
    public const int SpanHeight = 10;
    /// <summary>How many leaves a span has.</summary>
    public const int SpanLeaves = 1 << SpanHeight;

    /// <summary>The last head of a size up to this; null: there is none.</summary>
    public static async Task<TreeHead?> HeadUntil(NpgsqlDataSource database, AccountId account, long size, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select size, root, at, key, signature from iam.tree_heads where account = $1 and size <= $2 order by size desc limit 1");
        command.Parameters.Add(new() { Value = account.Value });
        command.Parameters.Add(new() { Value = size });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        return await rows.ReadAsync(cancel) ? new(account, rows.GetInt64(0), rows.GetString(1), new(rows.GetDateTime(2), TimeSpan.Zero), rows.GetString(3), rows.GetString(4)) : null;
    }

    /// <summary>Keeps a head, with the spans that became whole by it.</summary>
    /// <returns>The root that is kept of this size: another, if another node signed another.</returns>
    public static async Task<string> Keep(NpgsqlDataSource database, TreeHead head, IReadOnlyList<(long Number, byte[] Root, byte[] Leaves)> spans, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var (number, root, leaves) in spans)
            batch.BatchCommands.Add(new("insert into iam.ledger_spans (account, number, root, leaves) values ($1, $2, $3, $4) on conflict do nothing") { Parameters = { new() { Value = head.Account.Value }, new() { Value = number }, new() { Value = root }, new() { Value = leaves } } });
        batch.BatchCommands.Add(new("insert into iam.tree_heads (account, size, root, at, key, signature) values ($1, $2, $3, $4, $5, $6) on conflict do nothing")
            { Parameters = { new() { Value = head.Account.Value }, new() { Value = head.Size }, new() { Value = head.Root }, new() { Value = head.Time }, new() { Value = head.Key }, new() { Value = head.Signature } } });
        batch.BatchCommands.Add(new("select root from iam.tree_heads where account = $1 and size = $2") { Parameters = { new() { Value = head.Account.Value }, new() { Value = head.Size } } });
        return (string)(await batch.ExecuteScalarAsync(cancel))!;
    }

    /// <summary>The roots of subtrees. What the spans do not have is hashed from the events.</summary>
    /// <exception cref="BrokenStreamException">The account has not so many events.</exception>
    public static async Task<IReadOnlyList<byte[]>> Subtrees(NpgsqlDataSource database, AccountId account, IReadOnlyList<(long From, long To)> subtrees, CancellationToken cancel)
    {
        var end = subtrees.Max(subtree => subtree.To);
        await using var connection = await database.OpenConnectionAsync(cancel);
        var roots = await Roots(connection, account, end >> SpanHeight, cancel);
        Dictionary<long, byte[][]> leaves = [];
        List<byte[]> found = [];
        foreach (var (from, to) in subtrees)
        {
            var tree = new GrowingTree();
            for (var at = from; at < to;)
            {
                var number = at >> SpanHeight;
                if ((at & (SpanLeaves - 1)) is 0 && at + SpanLeaves <= to && number < roots.Count)
                {
                    tree.Add(roots[(int)number], SpanHeight);
                    at += SpanLeaves;
                    continue;
                }
                if (!leaves.TryGetValue(number, out var span)) leaves[number] = span = await Leaves(connection, account, number, number < roots.Count, end, cancel);
                tree.Add(span[(int)(at & (SpanLeaves - 1))]);
                at++;
            }
            found.Add(tree.Root);
        }
        return found;
    }

    /// <summary>The roots of the first spans, as many as are kept without a gap.</summary>
    public static async Task<IReadOnlyList<byte[]>> Roots(NpgsqlConnection connection, AccountId account, long most, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select number, root from iam.ledger_spans where account = $1 and number < $2 order by number", connection) { Parameters = { new() { Value = account.Value }, new() { Value = most } } };
        await using var rows = await command.ExecuteReaderAsync(cancel);
        List<byte[]> roots = [];
        while (await rows.ReadAsync(cancel) && rows.GetInt64(0) == roots.Count) roots.Add(rows.GetFieldValue<byte[]>(1));
        return roots;
    }

    static async Task<byte[][]> Leaves(NpgsqlConnection connection, AccountId account, long number, bool isKept, long end, CancellationToken cancel)
    {
        if (isKept)
        {
            await using var command = new NpgsqlCommand("select leaves from iam.ledger_spans where account = $1 and number = $2", connection) { Parameters = { new() { Value = account.Value }, new() { Value = number } } };
            return [.. ((byte[])(await command.ExecuteScalarAsync(cancel))!).Chunk(MerkleTree.HashBytes)];
        }
        List<byte[]> leaves = [];
        var (from, to) = (number << SpanHeight, Math.Min(end, (number + 1) << SpanHeight));
        await foreach (var recorded in RecordedEvents.Read(connection, account, from, to - from, cancel)) leaves.Add(Ledger.LeafOf(recorded));
        return leaves.Count == to - from ? [.. leaves] : throw new BrokenStreamException(account, from + leaves.Count + 1, "is missing, though its ledger had it");
    }
}
