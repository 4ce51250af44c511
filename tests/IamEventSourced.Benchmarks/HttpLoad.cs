using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using IamEventSourced.Client;

namespace IamEventSourced.Benchmarks;

/// <summary>Sends ready-made HTTP requests over some connections, each the next when its answer has come; a process of its own, so that the server's cost is seen apart.</summary>
static class HttpLoad
{
    /// <summary>Requests, each with its length before it.</summary>
    public static byte[] Packed(IEnumerable<byte[]> requests) => [.. requests.SelectMany(request => (byte[])[.. BitConverter.GetBytes(request.Length), .. request])];

    /// <summary>A request of the JSON door, signed. A signature is good for minutes.</summary>
    public static async Task<byte[]> Signed(Uri url, AccountId account, IOperation what, AccessKeyId key, Secret secret, Secret? sessionToken = null)
    {
        var operation = Operation.Of(what);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(url, $"/accounts/{account}/{operation.Name}"));
        var body = JsonSerializer.SerializeToUtf8Bytes(what, what.GetType(), Json.Options);
        request.Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
        if (sessionToken is not null) request.Headers.Add(RequestSigner.SessionTokenHeader, sessionToken.Reveal());
        await RequestSigner.SignAsync(request, key, secret, "us-east-1", operation.Service, DateTimeOffset.UtcNow);
        var head = new StringBuilder().Append(CultureInfo.InvariantCulture, $"POST {request.RequestUri!.AbsolutePath} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n");
        foreach (var (name, values) in request.Headers.NonValidated) head.Append(CultureInfo.InvariantCulture, $"{name}: {values}\r\n");
        return [.. Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), .. body];
    }

    /// <summary>How many requests were answered with success in that time.</summary>
    public static async Task<long> Start(string file, int port, int connections, int seconds)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) is "dotnet") start.ArgumentList.Add(typeof(HttpLoad).Assembly.Location);
        foreach (var argument in new object[] { "http-load", file, port, connections, seconds }) start.ArgumentList.Add(Convert.ToString(argument, CultureInfo.InvariantCulture)!);
        using var process = Process.Start(start)!;
        var (output, failure) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode is 0 ? long.Parse(await output, CultureInfo.InvariantCulture) : throw new InvalidOperationException($"The load ended badly: {await failure}");
    }

    public static async Task Run(string file, string port, string connections, string seconds)
    {
        List<byte[]> requests = [];
        var packed = await File.ReadAllBytesAsync(file);
        for (var at = 0; at < packed.Length;)
        {
            var length = BitConverter.ToInt32(packed, at);
            requests.Add(packed[(at + 4)..(at + 4 + length)]);
            at += 4 + length;
        }
        var server = new IPEndPoint(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture));
        var time = TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture));
        var began = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, int.Parse(connections, CultureInfo.InvariantCulture)).Select(i => Task.Run(() => Connection(i * 31))));
        Console.Write(counts.Sum().ToString(CultureInfo.InvariantCulture));

        async Task<long> Connection(int first)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(server);
            var buffer = new byte[1 << 17];
            var count = 0L;
            for (var next = first; Stopwatch.GetElapsedTime(began) < time; next++, count++)
            {
                await socket.SendAsync(requests[next % requests.Count]);
                var (filled, expected) = (0, -1);
                while (expected < 0 || filled < expected)
                {
                    var read = await socket.ReceiveAsync(buffer.AsMemory(filled));
                    if (read is 0) throw new IOException("The server closed the connection.");
                    filled += read;
                    if (expected < 0) expected = LengthOf(buffer.AsSpan(0, filled));
                }
            }
            return count;
        }
    }

    /// <summary>The length of the whole answer; -1 while its head is not complete.</summary>
    static int LengthOf(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0) return -1;
        if (!answer.StartsWith("HTTP/1.1 200"u8)) throw new IOException(Encoding.UTF8.GetString(answer));
        var length = answer[..head].IndexOf("Content-Length: "u8);
        if (length < 0) throw new IOException("An answer without length.");
        var digits = answer[(length + 16)..];
        return head + 4 + int.Parse(digits[..digits.IndexOf((byte)'\r')], NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
