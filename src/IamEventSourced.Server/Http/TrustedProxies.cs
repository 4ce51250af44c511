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

    /// <summary>
    /// Has what trusted proxies say count. Of several schemes each is of the address that stands as far from the right; beyond the addresses nobody knows who wrote one,
    /// so these do not count; nor, where there is no address, any but the last.
    /// </summary>
    public static void UseTrustedProxies(this IApplicationBuilder app)
    {
        app.Use((http, next) =>
        {
            var headers = http.Request.Headers;
            var schemes = headers.GetCommaSeparatedValues(ForwardedHeadersDefaults.XForwardedProtoHeaderName);
            var most = Math.Max(1, headers.GetCommaSeparatedValues(ForwardedHeadersDefaults.XForwardedForHeaderName).Length);
            if (schemes.Length > most) headers[ForwardedHeadersDefaults.XForwardedProtoHeaderName] = string.Join(',', schemes[^most..]);
            return next(http);
        });
        app.UseForwardedHeaders();
    }

    internal static IPNetwork[] Read(string proxies) => [.. proxies.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Network)];

    static IPNetwork Network(string text) => IPAddress.TryParse(text, out var address) ? new(address, address.GetAddressBytes().Length * 8)
        : IPNetwork.TryParse(text, out var network) ? network
        : throw new FormatException($"Iam__TrustedProxies: '{text}' is neither an address nor a network, as 10.0.0.0/8.");
}
