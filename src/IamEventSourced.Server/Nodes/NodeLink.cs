using System.Buffers;

namespace IamEventSourced.Server;

/// <summary>Another node on this database.</summary>
/// <param name="Id">New with each of its starts.</param>
/// <param name="Address">Where it says to be.</param>
sealed record Peer(Guid Id, Uri Address);

/// <summary>The way to another node: sealed messages over HTTP, on connections that are kept.</summary>
sealed class NodeLink(NodeSeal seal) : IDisposable
{
    /// <summary>How long a node that is asked may be silent. While it works it says so twice within this.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(1500);
    /// <summary>The longest message or answer, in bytes.</summary>
    public const int MostBytes = 8 << 20;

    readonly HttpClient _http = new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(1), PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1), PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        AllowAutoRedirect = false, UseProxy = false, UseCookies = false, ActivityHeadersPropagator = null,
    }) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Sends a message and waits for its answer; never throws for what a network can do.</summary>
    /// <param name="peer">Whom.</param>
    /// <param name="plain">The message.</param>
    /// <param name="taken">Called when the node says that it has the message.</param>
    /// <returns>The answer, or null and whether the node may have got the message all the same.</returns>
    public async Task<(byte[]? Answer, bool Sent)> Ask(Peer peer, ReadOnlyMemory<byte> plain, Action? taken = null)
    {
        var (message, number) = seal.Close(peer.Id, plain.Span);
        using var silence = new CancellationTokenSource(Silence);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(peer.Address, NodesDoor.Path)) { Content = new ByteArrayContent(message) };
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
            if (!response.IsSuccessStatusCode) return (null, true);
            taken?.Invoke();
            await using var stream = await response.Content.ReadAsStreamAsync(silence.Token);
            var answer = new ArrayBufferWriter<byte>();
            do
            {
                silence.CancelAfter(Silence);
                var read = await stream.ReadAsync(answer.GetMemory(4096), silence.Token);
                if (read is 0) return (seal.OpenAnswer(peer.Id, number, answer.WrittenSpan.TrimStart(NodesDoor.StillHere)), true);
                answer.Advance(read);
            }
            while (answer.WrittenCount <= MostBytes);
            return (null, true);
        }
        catch (Exception e) when (e is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError }
            or OperationCanceledException { InnerException: TimeoutException }) // no connection within its time
        {
            return (null, false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return (null, true);
        }
    }

    public void Dispose() => _http.Dispose();
}
