using System.Collections.Concurrent;
using System.Net;

namespace IamEventSourced.Server.Tests;

/// <summary>Takes what is sent by OTLP over HTTP, as it comes.</summary>
sealed class Collector : IAsyncDisposable
{
    readonly HttpListener _listener = new();
    readonly ConcurrentQueue<(string Path, byte[] Body)> _received = new();
    readonly Task _taking;

    public Collector()
    {
        Url = $"http://127.0.0.1:{FreePort()}";
        _listener.Prefixes.Add(Url + "/");
        _listener.Start();
        _taking = Take();
    }

    public string Url { get; }

    public IEnumerable<byte[]> Received(string path) => _received.Where(one => one.Path == path).Select(one => one.Body);

    public static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    async Task Take()
    {
        try
        {
            for (; ; )
            {
                var context = await _listener.GetContextAsync();
                var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                _received.Enqueue((context.Request.Url!.AbsolutePath, body.ToArray()));
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException) { } // it is closed
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _taking;
    }
}
