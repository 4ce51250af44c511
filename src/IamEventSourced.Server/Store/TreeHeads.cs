using System.Collections.Concurrent;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// Signs what accounts' ledgers come to: for each account that changed a head a second, and one after each 1,000 events. The node that owns the account reads what was
/// committed, behind the commands and never in their way, and keeps no more than the tree's edge. A head goes to this node's file first, then to the database
/// and the bus. Where the stream is not the one that was signed before, as after a rollback, nothing is signed any more, and that is said loudly.
/// </summary>
sealed partial class TreeHeads(NpgsqlDataSource database, AccountStore store, LiveAccounts accounts, Nodes nodes, ServerOptions options, TimeProvider time, SubscriberQueues queues, ILogger<TreeHeads> log, ILedgerKey? key = null) : BackgroundService
{
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250), Every = TimeSpan.FromSeconds(1), Everywhere = TimeSpan.FromMinutes(1);
    /// <summary>After how many events a head is signed at once.</summary>
    const int MostEvents = 1000;

    readonly HeadFiles _files = new(options.HeadsFolder);
    readonly string? _queue = Messages.QueueOfOthers("Iam__HeadsQueue", options.HeadsQueue);
    readonly Dictionary<AccountId, Edge> _edges = [];
    readonly ConcurrentDictionary<AccountId, string> _refused = new();
    readonly Dictionary<AccountId, TreeHead> _unpublished = [];
    readonly HashSet<AccountId> _failing = [];
    long _everywhere, _signed;
    bool _failed, _unheard;

    /// <summary>The ledger of an account as far as it is signed.</summary>
    sealed class Edge
    {
        public GrowingTree Tree { get; } = new();
        /// <summary>The leaves after the last whole span.</summary>
        public List<byte[]> Leaves { get; } = [];
        public long At { get; set; }
        /// <summary>Whole spans that are perhaps not kept yet: a node may have died between file and database.</summary>
        public List<(long Number, byte[] Root, byte[] Leaves)> Spans { get; } = [];
    }

    /// <summary>Whether there is a key to sign with.</summary>
    public bool Signs => key is not null;

    /// <summary>How many heads this node has signed.</summary>
    public long Signed => Volatile.Read(ref _signed);

    /// <summary>Accounts of which nothing is signed any more, and why.</summary>
    public IReadOnlyDictionary<AccountId, string> Refused => _refused;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (key is null) return;
        using var timer = new PeriodicTimer(Look, time);
        try
        {
            do await SignChanged(stoppingToken); while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
    }

    /// <summary>Signs a head for each account that is due.</summary>
    internal async Task SignChanged(CancellationToken cancel)
    {
        try
        {
            var all = _everywhere is 0 || time.GetElapsedTime(_everywhere) >= Everywhere;
            IReadOnlyList<(AccountId, long)> heads = all ? await store.ReadHeads(null, cancel) : [.. accounts.Now.Select(account => (account.Directory.Account, account.Directory.Revision))];
            if (all) _everywhere = time.GetTimestamp();
            foreach (var (account, revision) in heads)
                if (nodes.OwnerOf(account) is not null) Forget(account);
                else if (IsDue(account, revision, all)) await SignOne(account, revision, cancel);
            _failed = false;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            _edges.Clear(); // what may have come of it is read again
            if (!_failed) LogFailed(log, e);
            _failed = true;
        }
    }

    /// <summary>Another node signs it.</summary>
    void Forget(AccountId account)
    {
        _edges.Remove(account);
        _unpublished.Remove(account);
        _failing.Remove(account);
        _refused.TryRemove(account, out _);
    }

    bool IsDue(AccountId account, long revision, bool all)
    {
        if (_refused.ContainsKey(account)) return all; // what was put back in order is signed again
        if (!_edges.TryGetValue(account, out var edge)) return true;
        if (_unpublished.ContainsKey(account) && all) return true;
        return revision < edge.Tree.Size ? all : revision > edge.Tree.Size && (revision - edge.Tree.Size >= MostEvents || time.GetElapsedTime(edge.At) >= Every);
    }

    async Task<long> RevisionOf(AccountId account, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select version from iam.mt_streams where id = $1 and tenant_id = $1");
        command.Parameters.Add(new() { Value = account.Value });
        return await command.ExecuteScalarAsync(cancel) as long? ?? 0;
    }

    async Task SignOne(AccountId account, long revision, CancellationToken cancel)
    {
        try
        {
            if (!_edges.TryGetValue(account, out var edge)) _edges[account] = edge = await Load(account, cancel);
            if (revision < edge.Tree.Size && await RevisionOf(account, cancel) < edge.Tree.Size) throw Shorter(account, revision, edge.Tree.Size);
            while (await Sign(account, edge, cancel)) { }
            await Publish(account); // one that could not be
            _failing.Remove(account);
            if (_refused.TryRemove(account, out _)) LogRestored(log, account);
        }
        catch (Exception e) when (e is LedgerException or BrokenStreamException)
        {
            _edges.Remove(account);
            if (_refused.TryAdd(account, e.Message)) LogRefused(log, account, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            _edges.Remove(account); // what may have come of it is read again; the other accounts are signed all the same
            if (_failing.Add(account)) LogAccountFailed(log, e, account);
        }
    }

    /// <summary>The edge of the ledger as it was signed last, in the database or in this node's file; both have to be of the stream as it is.</summary>
    async Task<Edge> Load(AccountId account, CancellationToken cancel)
    {
        var (kept, written) = (await LedgerStore.HeadUntil(database, account, long.MaxValue, cancel), _files.Last(account)?.Head);
        var edge = new Edge { At = time.GetTimestamp() - time.TimestampFrequency };
        if ((kept?.Size ?? 0) < (written?.Size ?? 0)) (kept, written) = (written, kept);
        if (kept is null) return edge;
        if (await RevisionOf(account, cancel) is var revision && revision < kept.Size) throw Shorter(account, revision, kept.Size);

        foreach (var head in (TreeHead?[])[kept, written])
            if (head is not null && Convert.ToHexStringLower((await LedgerStore.Subtrees(database, account, [(0, head.Size)], cancel))[0]) != head.Root)
                throw new LedgerException($"Account {account}: its first {head.Size} events are not those whose head was signed at {Json.Write(head.Time)}.");

        await using var connection = await database.OpenConnectionAsync(cancel);
        foreach (var root in await LedgerStore.Roots(connection, account, kept.Size >> LedgerStore.SpanHeight, cancel)) edge.Tree.Add(root, LedgerStore.SpanHeight);
        await foreach (var recorded in RecordedEvents.Read(connection, account, edge.Tree.Size, kept.Size - edge.Tree.Size, cancel))
            if (Add(edge, Ledger.LeafOf(recorded)) is { } span) edge.Spans.Add(span);
        return edge;
    }

    static LedgerException Shorter(AccountId account, long revision, long size) => new($"Account {account} has {revision} events; a head of {size} was signed: it was rolled back.");

    /// <summary>Takes what comes next and signs it.</summary>
    /// <returns>Whether there may be more.</returns>
    async Task<bool> Sign(AccountId account, Edge edge, CancellationToken cancel)
    {
        var from = edge.Tree.Size + 1;
        List<byte[]> leaves = [];
        await using (var connection = await database.OpenConnectionAsync(cancel))
            await foreach (var recorded in RecordedEvents.Read(connection, account, edge.Tree.Size, MostEvents, cancel))
            {
                leaves.Add(Ledger.LeafOf(recorded));
                if (Add(edge, leaves[^1]) is { } span) edge.Spans.Add(span);
            }
        if (leaves.Count is 0) return false;

        var (root, now) = (Convert.ToHexStringLower(edge.Tree.Root), time.GetUtcNow());
        now = new(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
        var signature = await key!.Sign(TreeHead.TextOf(account, edge.Tree.Size, root, now), cancel);
        var head = new TreeHead(account, edge.Tree.Size, root, now, key.Name, Convert.ToBase64String(signature));
        _files.Add(new(head, from, Convert.ToBase64String([.. leaves.SelectMany(leaf => leaf)])));
        if (await LedgerStore.Keep(database, head, edge.Spans, cancel) is var other && other != root) throw new LedgerException($"Account {account}: another node signed another head of size {head.Size}.");
        edge.Spans.Clear();
        _unpublished[account] = head;
        await Publish(account);
        edge.At = time.GetTimestamp();
        Interlocked.Increment(ref _signed);
        return leaves.Count == MostEvents;
    }

    /// <summary>Publishes the head that is not published yet, if there is one. A bus that is down keeps nothing from being signed: the head waits.</summary>
    async Task Publish(AccountId account)
    {
        if (!_unpublished.TryGetValue(account, out var head)) return;
        try
        {
            if (_queue is not null) await queues.Send(_queue, head);
            _unpublished.Remove(account);
            _unheard = false;
        }
        catch (Exception e)
        {
            if (!_unheard) LogUnpublished(log, e);
            _unheard = true;
        }
    }

    /// <summary>Adds a leaf.</summary>
    /// <returns>The span that became whole by it.</returns>
    static (long Number, byte[] Root, byte[] Leaves)? Add(Edge edge, byte[] leaf)
    {
        edge.Tree.Add(leaf);
        edge.Leaves.Add(leaf);
        if (edge.Leaves.Count < LedgerStore.SpanLeaves) return null;
        var span = new GrowingTree();
        foreach (var one in edge.Leaves) span.Add(one);
        byte[] all = [.. edge.Leaves.SelectMany(one => one)];
        edge.Leaves.Clear();
        return ((edge.Tree.Size >> LedgerStore.SpanHeight) - 1, span.Root, all);
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "No tree head of account {Account} is signed any more: {Why}")]
    static partial void LogRefused(ILogger log, AccountId account, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The stream of account {Account} is again the one whose heads were signed; they are signed again")]
    static partial void LogRestored(ILogger log, AccountId account);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The tree head of account {Account} could not be signed, kept or published; it will be tried again")]
    static partial void LogAccountFailed(ILogger log, Exception failure, AccountId account);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Tree heads could not be published on the bus; they are signed and kept all the same, and the newest of each account is published when that goes again")]
    static partial void LogUnpublished(ILogger log, Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Tree heads could not be signed or kept; it will be tried again")]
    static partial void LogFailed(ILogger log, Exception failure);
}
