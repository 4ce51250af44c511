using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace IamEventSourced.Server.Tests;

/// <summary>A connection to a server that sends a request byte for byte, as no client library would: targets, headers and bodies as they are.</summary>
sealed class Connection : IAsyncDisposable
{
    readonly Uri _server;
    TcpClient _tcp = new();

    Connection(Uri server) => _server = server;

    public static async Task<Connection> To(string url)
    {
        var connection = new Connection(new(url));
        await connection.Connect();
        return connection;
    }

    async Task Connect() => await _tcp.ConnectAsync(_server.Host, _server.Port);

    /// <summary>Sends it and reads the answer.</summary>
    public Task<WireReply> Send(PlainRequest request) => Send(Bytes(request));

    /// <summary>Sends all of a request but its last byte, and closes.</summary>
    public async Task Break(PlainRequest request)
    {
        await _tcp.GetStream().WriteAsync(Bytes(request).AsMemory(..^1));
        _tcp.Dispose();
    }

    static byte[] Bytes(PlainRequest request)
    {
        var head = new StringBuilder($"{request.Method} {request.Target} HTTP/1.1\r\n");
        foreach (var (name, value) in request.Headers) head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (!request.Body.IsEmpty || request.Method is "POST") head.Append(CultureInfo.InvariantCulture, $"Content-Length: {request.Body.Length}\r\n");
        return [.. Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), .. request.Body.Span];
    }

    /// <summary>Sends bytes, which need be no whole request, and reads the answer.</summary>
    public async Task<WireReply> Send(byte[] bytes)
    {
        var stream = _tcp.GetStream();
        await stream.WriteAsync(bytes);
        var answer = new MemoryStream();
        var (status, length, start, closes) = (0, 0, -1, false);
        var part = new byte[16_384];
        while (start < 0 || answer.Length < start + length)
        {
            if (await stream.ReadAsync(part) is not (> 0 and var read)) throw new EndOfStreamException(Encoding.UTF8.GetString(answer.ToArray()));
            answer.Write(part, 0, read);
            if (start >= 0 || answer.GetBuffer().AsSpan(0, (int)answer.Length).IndexOf("\r\n\r\n"u8) is not (>= 0 and var end)) continue;
            start = end + 4;
            var lines = Encoding.Latin1.GetString(answer.GetBuffer(), 0, end).Split("\r\n");
            status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
            length = lines.Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)).Select(line => int.Parse(line[15..], CultureInfo.InvariantCulture)).FirstOrDefault();
            closes = lines.Contains("Connection: close", StringComparer.OrdinalIgnoreCase);
        }
        if (closes)
        {
            _tcp.Dispose();
            _tcp = new();
            await Connect();
        }
        return new(status, Encoding.UTF8.GetString(answer.GetBuffer(), start, length), 0);
    }

    public ValueTask DisposeAsync()
    {
        _tcp.Dispose();
        return ValueTask.CompletedTask;
    }
}
