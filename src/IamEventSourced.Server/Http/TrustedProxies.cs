using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace IamEventSourced.Server;

/// <summary>Whose word is taken for where a request comes from: that of the configured proxies, and of nobody else.</summary>
static class TrustedProxies
{
    /// <summary>Has ASP.NET's own middleware believe these alone, also where its own switch (<c>ForwardedHeaders_Enabled</c>) would have it believe anybody.</summary>
    /// <param name="services">The server's.</param>
    /// <param name="proxies">Addresses and networks, with commas between them; null: none.</param>
    /// <exception cref="FormatException">One is neither.</exception>
    public static void AddTo(IServiceCollection services, string? proxies)
    {
        var networks = Read(proxies ?? "");
        services.Configure<ForwardedHeadersOptions>(forwarded =>
        {
            // With no network named, the middleware takes everybody for a proxy.
            forwarded.ForwardedHeaders = networks is [] ? ForwardedHeaders.None : ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            forwarded.ForwardLimit = null; // as many as there are, one behind the other
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (var network in networks) forwarded.KnownIPNetworks.Add(network);
        });
    }

    internal static IPNetwork[] Read(string proxies) => [.. proxies.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Network)];

    static IPNetwork Network(string text) => IPAddress.TryParse(text, out var address) ? new(address, address.GetAddressBytes().Length * 8)
        : IPNetwork.TryParse(text, out var network) ? network
        : throw new FormatException($"Iam__TrustedProxies: '{text}' is neither an address nor a network, as 10.0.0.0/8.");
}
