using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// The nodes on this database, as each announces itself in it every second, and which of them owns an account: the live one with the
/// highest hash over both (rendezvous), so that all who see the same nodes say the same. Nothing rests on that but speed: the append
/// checks the expected revision, whoever writes.
/// </summary>
sealed partial class Nodes(NpgsqlDataSource database, ServerOptions options, IServer server, IHostApplicationLifetime lifetime, NodeSeal seal, NodeLink link, TimeProvider time, ILogger<Nodes> log) : BackgroundService
{
    static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    /// <summary>How long after its last beat a node counts as live.</summary>
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);
    const string None = "none";

    readonly Uri? _given = Given(options.NodeAddress);
    readonly Lock _lock = new();
    readonly HashSet<Guid> _reached = [];
    readonly ConcurrentDictionary<Guid, Task> _tries = new();
    IReadOnlyList<Peer> _announced = [];
    volatile IReadOnlyList<Peer> _peers = [];
    long _beaten = long.MinValue;

    /// <summary>This node.</summary>
    public Guid Id => seal.Id;

    /// <summary>The other nodes that are live and answer this one.</summary>
    public IReadOnlyList<Peer> Peers => InStep ? _peers : [];

    /// <summary>Whether this node is known to the others: it has announced itself lately.</summary>
    public bool InStep => Volatile.Read(ref _beaten) is var beaten && beaten != long.MinValue && Stopwatch.GetElapsedTime(beaten) < Fresh;

    /// <summary>Who should write an account; null: this node.</summary>
    public Peer? OwnerOf(AccountId account)
    {
        var peers = _peers;
        if (peers.Count is 0 || !InStep) return null;
        Peer? owner = null;
        var highest = Weight(Id, account);
        foreach (var peer in peers)
            if (Weight(peer.Id, account) is var weight && weight > highest) (owner, highest) = (peer, weight);
        return owner;
    }

    /// <summary>A node did not answer: it owns nothing until it answers again.</summary>
    public void Lost(Peer peer)
    {
        lock (_lock)
        {
            if (!_reached.Remove(peer.Id)) return;
            _peers = [.. _announced.Where(one => _reached.Contains(one.Id))];
        }
        LogLost(log, peer.Id, peer.Address);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Gone before the doors close, so that the others send nothing more.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var _ = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (stop.IsCancellationRequested || Address() is not { } address) return;

        using var timer = new PeriodicTimer(Beat);
        var silent = false;
        do
        {
            try
            {
                await Announce(address, stop.Token);
                silent = false;
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                if (!silent) LogSilent(log, e); // once, not at every beat
                silent = true;
            }
            catch (OperationCanceledException) { }
        }
        while (await Ticked());

        try
        {
            Volatile.Write(ref _beaten, long.MinValue);
            await using var leave = database.CreateCommand("delete from iam.nodes where node = $1");
            leave.Parameters.Add(new() { Value = Id });
            await leave.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception e) { LogSilent(log, e); } // the others notice in three seconds

        async Task<bool> Ticked()
        {
            try { return await timer.WaitForNextTickAsync(stop.Token); }
            catch (OperationCanceledException) { return false; }
        }
    }

    async Task Announce(Uri address, CancellationToken cancel)
    {
        var (at, beaten) = (time.GetTimestamp(), Stopwatch.GetTimestamp());
        List<Peer> announced = [];
        await using (var connection = await database.OpenConnectionAsync(cancel))
        {
            await using var batch = new NpgsqlBatch(connection)
            {
                BatchCommands =
                {
                    new("insert into iam.nodes as own (node, address, seen_at) values ($1, $2, clock_timestamp()) on conflict (node) do update set seen_at = excluded.seen_at returning seen_at")
                        { Parameters = { new() { Value = Id }, new() { Value = address.ToString() } } },
                    new("delete from iam.nodes where seen_at < now() - interval '1 hour'"),
                    new("select node, address from iam.nodes where node <> $1 and seen_at > now() - $2") { Parameters = { new() { Value = Id }, new() { Value = Fresh } } },
                },
            };
            await using var rows = await batch.ExecuteReaderAsync(cancel);
            await rows.ReadAsync(cancel);
            seal.Tell(rows.GetFieldValue<DateTimeOffset>(0), at);
            await rows.NextResultAsync(cancel);
            while (await rows.ReadAsync(cancel))
                if (Uri.TryCreate(rows.GetString(1), UriKind.Absolute, out var other)) announced.Add(new(rows.GetGuid(0), other));
        }
        lock (_lock)
        {
            _announced = announced;
            _reached.IntersectWith(announced.Select(peer => peer.Id));
            _peers = [.. announced.Where(peer => _reached.Contains(peer.Id))];
            foreach (var peer in announced)
                if (!_reached.Contains(peer.Id) && !_tries.ContainsKey(peer.Id)) _tries[peer.Id] = Try(peer);
        }
        Volatile.Write(ref _beaten, beaten);
    }

    /// <summary>Asks a node that is announced whether it can be reached at its address: no command ever waits to find that out.</summary>
    async Task Try(Peer peer)
    {
        await Task.Yield();
        var (answer, _) = await link.Ask(peer, "[]"u8.ToArray());
        lock (_lock)
        {
            _tries.TryRemove(peer.Id, out _);
            if (answer is null || !_announced.Contains(peer) || !_reached.Add(peer.Id)) return;
            _peers = [.. _announced.Where(one => _reached.Contains(one.Id))];
        }
        LogReached(log, peer.Id, peer.Address);
    }

    /// <summary>Where others reach this node: as configured, else as it listens; null: it keeps to itself.</summary>
    Uri? Address()
    {
        if (options.NodeAddress is None) return null;
        if (_given is not null) return _given;
        if (server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() is not { } listening) return null;
        // Where it listens on every address, others know the machine by its name.
        var bound = BindingAddress.Parse(listening);
        var host = bound.Host is "+" or "*" || IPAddress.TryParse(bound.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)) ? Dns.GetHostName() : bound.Host;
        return new UriBuilder(bound.Scheme, host, bound.Port).Uri;
    }

    static Uri? Given(string? address) => address is null or "" or None ? null
        : Uri.TryCreate(address, UriKind.Absolute, out var given) && given.Scheme is "http" or "https" ? given
        : throw new InvalidOperationException("Iam__NodeAddress is no http or https address.");

    static ulong Weight(Guid node, AccountId account)
    {
        Span<byte> both = stackalloc byte[16 + 12], hash = stackalloc byte[32];
        node.TryWriteBytes(both);
        Encoding.ASCII.GetBytes(account.Value, both[16..]);
        SHA256.HashData(both, hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Node {Node} at {Address} does not answer; its accounts are written without it until it does")]
    static partial void LogLost(ILogger log, Guid node, Uri address);

    [LoggerMessage(Level = LogLevel.Information, Message = "Node {Node} at {Address} answers")]
    static partial void LogReached(ILogger log, Guid node, Uri address);

    [LoggerMessage(Level = LogLevel.Warning, Message = "This node can't announce itself for the moment; it writes accounts without the others")]
    static partial void LogSilent(ILogger log, Exception failure);
}
