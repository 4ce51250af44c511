using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace IamEventSourced.Server.Tests;

/// <summary>A browser at an address of its own (127.0.0.x), which keeps the cookies that it is given.</summary>
sealed class Browser : IDisposable
{
    readonly ServerFixture _server;
    readonly HttpClient _http;

    public Browser(ServerFixture server, string address = "127.0.0.1")
    {
        _server = server;
        _http = new(new SocketsHttpHandler
        {
            UseCookies = false,
            ConnectCallback = async (connection, cancel) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
                await socket.ConnectAsync(connection.DnsEndPoint, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
    }

    /// <summary>The cookies that it holds.</summary>
    public Dictionary<string, string> Cookies { get; } = [];
    /// <summary>The Set-Cookie headers of the last answer.</summary>
    public IReadOnlyList<string> Set { get; private set; } = [];

    public Task<WireReply> SignIn(string account, string? user, string password, string? newPassword = null, string? url = null, string? code = null) => Post("/sign-in", new { Account = account, UserName = user, Password = password, NewPassword = newPassword, MFACode = code }, url);
    public Task<WireReply> SignOut(string? url = null) => Post("/sign-out", new { }, url);
    public Task<WireReply> Ask(IOperation operation, string? url = null, params (string, string)[] headers) => Post($"/accounts/{_server.Account}/{operation.GetType().Name}", operation, url, headers);

    public async Task<WireReply> Post(string path, object body, string? url = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, (url ?? _server.Url) + path) { Content = new StringContent(body as string ?? JsonSerializer.Serialize(body, body.GetType(), Json.Options), Encoding.UTF8, "application/json") };
        if (Cookies.Count > 0) request.Headers.Add("Cookie", string.Join("; ", Cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        using var response = await _http.SendAsync(request);
        Set = response.Headers.TryGetValues("Set-Cookie", out var set) ? [.. set] : [];
        foreach (var cookie in Set.Select(one => one.Split(';')[0].Split('=', 2)))
            if (cookie[1].Length > 0) Cookies[cookie[0]] = cookie[1];
            else Cookies.Remove(cookie[0]);
        var revision = response.Headers.TryGetValues("Iam-Revision", out var values) ? long.Parse(values.Single(), CultureInfo.InvariantCulture) : 0;
        return new((int)response.StatusCode, await response.Content.ReadAsStringAsync(), revision);
    }

    public void Dispose() => _http.Dispose();
}
