using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace IamEventSourced.Server.Tests;

/// <summary>Passes connections on, and keeps all that goes over them.</summary>
sealed class Relay : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly MemoryStream _heard = new();
    readonly ConcurrentDictionary<TcpClient, bool> _connected = new();
    readonly Task _taking;

    public Relay()
    {
        _listener.Start();
        Url = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _taking = Take();
    }

    /// <summary>Where it is.</summary>
    public string Url { get; }
    /// <summary>To where it passes on; null: nowhere yet.</summary>
    public Uri? To { get; set; }
    /// <summary>What went over it, both ways.</summary>
    public byte[] Heard { get { lock (_heard) return _heard.ToArray(); } }

    /// <summary>Breaks every connection that there is now.</summary>
    public void Cut()
    {
        foreach (var (connection, _) in _connected) connection.Close();
    }

    async Task Take()
    {
        try
        {
            for (; ; ) _ = Pass(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException) { } // it is closed
    }

    async Task Pass(TcpClient from)
    {
        using (from)
        using (var to = new TcpClient())
            try
            {
                _connected[from] = true;
                if (To is null) return;
                await to.ConnectAsync(To.Host, To.Port);
                await Task.WhenAny(Copy(from.GetStream(), to.GetStream()), Copy(to.GetStream(), from.GetStream()));
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException) { } // one of them went away
            finally { _connected.TryRemove(from, out _); }
    }

    async Task Copy(NetworkStream from, NetworkStream to)
    {
        var part = new byte[16_384];
        while (await from.ReadAsync(part) is > 0 and var read)
        {
            lock (_heard) _heard.Write(part, 0, read);
            await to.WriteAsync(part.AsMemory(0, read));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _taking;
    }
}
