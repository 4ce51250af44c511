using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace IamEventSourced.Server.Tests;

/// <summary>What happens to a connection at the moment when a COMMIT goes by.</summary>
public enum Cut
{
    /// <summary>It goes on.</summary>
    None,
    /// <summary>Both sides are cut, the COMMIT never arrives.</summary>
    Before,
    /// <summary>The COMMIT arrives, its answer does not.</summary>
    After,
    /// <summary>The client is cut at once, the COMMIT arrives a while later: what was in doubt goes on being so.</summary>
    Late,
}

/// <summary>Which way a black hole swallows.</summary>
[Flags]
public enum Lanes
{
    ToServer = 1,
    ToClient = 2,
    Both = ToServer | ToClient,
}

/// <summary>Whose connections a black hole takes.</summary>
public enum Whose
{
    Everybodys,
    /// <summary>Those that listen for hints.</summary>
    Listeners,
    /// <summary>Each from its first COMMIT on, that one included.</summary>
    Writers,
}

/// <summary>Stands between a server and PostgreSQL, on a loopback port, and does to their connections what networks do.</summary>
public sealed class FaultProxy : IAsyncDisposable
{
    /// <summary>How long a late COMMIT is on its way.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(300);

    // A transaction of several round trips begins and ends with a simple query: its length, its text. One of a single round trip is
    // committed by the Sync behind the statements, among which are its events. A COPY by its own end.
    static readonly byte[] Begin = [.. "BEGIN"u8], Commit = [(byte)'Q', 0, 0, 0, 11, .. "COMMIT\0"u8], Events = [.. "\"schema\":1"u8], Sync = [(byte)'S', 0, 0, 0, 4], CopyDone = [(byte)'c', 0, 0, 0, 4];
    static readonly byte[] Listening = [.. "listen iam_accounts"u8];

    readonly NpgsqlConnectionStringBuilder _behind;
    readonly ConcurrentDictionary<Socket, bool> _open = new();
    readonly int _port;
    Socket? _door;
    volatile Hole? _hole;
    int _commits, _cuts;

    /// <summary>Begins to listen.</summary>
    /// <param name="database">Where PostgreSQL is: on a unix socket or at a port.</param>
    public FaultProxy(string database)
    {
        _behind = new(database);
        _port = Listen(0);
    }

    /// <summary>The same database, by way of this proxy.</summary>
    public string Database => new NpgsqlConnectionStringBuilder(_behind.ConnectionString) { Host = IPAddress.Loopback.ToString(), Port = _port, SslMode = SslMode.Disable }.ConnectionString;

    /// <summary>Decides at each COMMIT, given how many went by before.</summary>
    public Func<int, Cut> AtCommit { get; set; } = _ => Cut.None;

    /// <summary>How many connections were cut at a COMMIT.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    /// <summary>How many connections there are.</summary>
    public int Connections => _open.Count / 2;

    /// <summary>The database is gone: nobody is let in, and whoever was in is cut.</summary>
    public void Refuse()
    {
        Interlocked.Exchange(ref _door, null)?.Dispose();
        CutAll();
    }

    /// <summary>The database is back, at the same place.</summary>
    public void Admit() => Listen(_port);

    /// <summary>Cuts every connection that there is.</summary>
    public void CutAll()
    {
        foreach (var socket in _open.Keys) Close(socket);
    }

    /// <summary>A black hole: whatever is sent waits; where it takes everybody's, new connections too.</summary>
    public void Hold(Lanes lanes = Lanes.Both, Whose whose = Whose.Everybodys) => _hole = new(lanes, whose);

    /// <summary>The black hole ends: what waited arrives.</summary>
    public void Release() => Interlocked.Exchange(ref _hole, null)?.End.TrySetResult();

    sealed record Hole(Lanes Lanes, Whose Whose)
    {
        public TaskCompletionSource End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>What was heard of a connection.</summary>
    sealed class Link
    {
        public volatile bool Listens, Writes;
    }

    Task Pass(Link link, Lanes lane) => _hole is { } hole && hole.Lanes.HasFlag(lane) && hole.Whose switch { Whose.Listeners => link.Listens, Whose.Writers => link.Writes, _ => true } ? hole.End.Task : Task.CompletedTask;

    int Listen(int port)
    {
        var door = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        door.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        door.Bind(new IPEndPoint(IPAddress.Loopback, port));
        door.Listen(512);
        _door = door;
        _ = Accept(door);
        return ((IPEndPoint)door.LocalEndPoint!).Port;
    }

    async Task Accept(Socket door)
    {
        try
        {
            for (; ; ) _ = Serve(await door.AcceptAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException) { } // refused from now on
    }

    async Task Serve(Socket client)
    {
        var unix = _behind.Host!.StartsWith('/');
        using var server = unix ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            _open[client] = _open[server] = true;
            var link = new Link();
            try
            {
                await Pass(link, Lanes.ToServer);
                await server.ConnectAsync(unix ? new UnixDomainSocketEndPoint(Path.Combine(_behind.Host!, $".s.PGSQL.{_behind.Port}")) : new DnsEndPoint(_behind.Host!, _behind.Port));
                if (!unix) server.NoDelay = true;
                client.NoDelay = true;
                await Task.WhenAny(Pump(client, server, link, Lanes.ToServer), Pump(server, client, link, Lanes.ToClient));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException) { } // an end of one side is an end of both
            finally
            {
                _open.TryRemove(client, out _);
                _open.TryRemove(server, out _);
            }
        }
    }

    async Task Pump(Socket from, Socket to, Link link, Lanes lane)
    {
        var buffer = new byte[65536];
        var (several, events) = (false, false);
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var count)
            {
                var commits = lane is Lanes.ToServer && IsCommit(buffer.AsSpan(0, count));
                link.Writes |= commits;
                link.Listens |= lane is Lanes.ToServer && buffer.AsSpan(0, count).IndexOf(Listening) >= 0;
                await Pass(link, lane);
                var cut = commits ? AtCommit(Interlocked.Increment(ref _commits) - 1) : Cut.None;
                if (cut is not Cut.None) Interlocked.Increment(ref _cuts);
                if (cut is Cut.Before) return;
                if (cut is Cut.Late or Cut.After) Close(from);
                if (cut is Cut.Late) await Task.Delay(Delay); // the network's time, not a wait of the test's
                for (var sent = 0; sent < count;) sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
                if (cut is not Cut.None) return;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException) { }

        bool IsCommit(ReadOnlySpan<byte> sent)
        {
            if (sent.EndsWith(CopyDone)) return true;
            several = several && sent.IndexOf("ROLLBACK"u8) < 0 || sent.IndexOf(Begin) >= 0;
            events |= sent.IndexOf(Events) >= 0;
            if (several ? sent.IndexOf(Commit) < 0 : !events || !sent.EndsWith(Sync)) return false;
            several = events = false;
            return true;
        }
    }

    static void Close(Socket socket)
    {
        try { socket.Close(0); }
        catch (ObjectDisposedException) { }
    }

    public ValueTask DisposeAsync()
    {
        Release();
        Refuse();
        return ValueTask.CompletedTask;
    }
}
