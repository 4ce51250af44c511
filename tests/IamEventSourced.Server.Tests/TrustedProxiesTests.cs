using Microsoft.AspNetCore.Builder;

namespace IamEventSourced.Server.Tests;

/// <summary>Where a request comes from: the connection says it, or a proxy that is configured, and nobody else.</summary>
public class TrustedProxiesTests(PostgresFixture postgres)
{
    [Fact]
    public async Task What_a_configured_proxy_says_is_the_callers_address_and_what_others_say_is_not()
    {
        await using var server = await ServerFixture.Start(postgres);
        var behind = await server.StartNode(Behind("192.0.2.7, 127.0.0.0/8"));
        var behindOthers = await server.StartNode(Behind("192.0.2.0/24"));
        var behindNone = await server.StartNode(Behind(" , "));
        var switchedOn = await server.StartNode(builder => builder.Configuration["ForwardedHeaders_Enabled"] = "true"); // ASP.NET's own switch, which believes anybody
        var alice = await server.CreateUser("alice");
        await Allow("""{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}""");
        (await Asks(server.Url, "203.0.113.7")).ShouldBe("AccessDenied"); // a free header
        foreach (var url in (string[])[behindOthers, behindNone, switchedOn]) (await Asks(url, "203.0.113.7")).ShouldBe("AccessDenied", url); // from none of the proxies
        (await Asks(behind, "203.0.113.7")).ShouldBeNull();
        (await Asks(behind, "203.0.113.7:4711")).ShouldBeNull();
        (await Asks(behind, "198.51.100.1")).ShouldBe("AccessDenied");
        // A chain of proxies: from right to left up to the first that is none of them. What stands before it is the client's own word.
        (await Asks(behind, "203.0.113.7, 192.0.2.7")).ShouldBeNull();
        (await Asks(behind, "203.0.113.7, 198.51.100.1, 192.0.2.7")).ShouldBe("AccessDenied");
        (await Asks(behind, "198.51.100.1, 203.0.113.7")).ShouldBeNull();
        (await Asks(behind, "nonsense")).ShouldBe("AccessDenied");
        await Until.True(async () => (await server.Client().Ask(new ListRefusedAttempts(SourceIp: "198.51.100.1"))).Answer!.Attempts.Count is 2, TimeSpan.FromSeconds(30), "what was refused is not kept under the caller's address");

        await Allow("""{"Bool":{"aws:SecureTransport":"true"}}""");
        foreach (var url in (string[])[server.Url, behindNone, switchedOn]) (await Asks(url, "203.0.113.7", "https")).ShouldBe("AccessDenied", url);
        (await Asks(behind, "203.0.113.7", "https")).ShouldBeNull();
        (await Asks(behind, "203.0.113.7", "http")).ShouldBe("AccessDenied");
        // Of several the last that a proxy wrote, of the address that it is of: what stands before is the client's own word.
        (await Asks(behind, "203.0.113.7", "https, http")).ShouldBe("AccessDenied");
        (await Asks(behind, "203.0.113.7", "http, https")).ShouldBeNull();
        (await Asks(behind, "203.0.113.7, 192.0.2.7", "https, http")).ShouldBeNull();
        (await Asks(behind, "203.0.113.7, 192.0.2.7", "https, http, http")).ShouldBe("AccessDenied");
        (await Asks(behind, "127.0.0.9", "https, http")).ShouldBe("AccessDenied");
        (await Asks(behind, null, "https, http")).ShouldBe("AccessDenied");
        (await Asks(behind, null, "http, https")).ShouldBeNull();

        async Task<string?> Asks(string url, string? from, string? scheme = null) =>
            (await server.Post(new ListUsers(), alice, url: url, headers: [.. from is null ? Array.Empty<(string, string)>() : [("X-Forwarded-For", from)], .. scheme is null ? Array.Empty<(string, string)>() : [("X-Forwarded-Proto", scheme)]])).Code;

        async Task Allow(string condition)
        {
            var put = await server.Client().Send(new PutUserPolicy("alice", "all", $$$"""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{{condition}}}}}"""));
            foreach (var url in (string[])[behind, behindOthers, behindNone, switchedOn]) (await server.Post(new GetUser("alice"), at: $"at-least={put.Revision}", url: url)).Status.ShouldBe(200);
        }
    }

    [Theory, InlineData("10.0.0.0/33"), InlineData("proxy.example.com"), InlineData("10.0.0.0/8;192.0.2.7")]
    public void What_is_no_address_and_no_network_is_said_by_name(string text) => Should.Throw<FormatException>(() => TrustedProxies.Read($"::1, {text}")).Message.ShouldContain(text);

    [Fact] public void Addresses_are_networks_of_one() => TrustedProxies.Read("192.0.2.7, 10.1.2.3/8 ,::1,2001:db8::/32").Select(network => network.ToString()).ShouldBe(["192.0.2.7/32", "10.0.0.0/8", "::1/128", "2001:db8::/32"]);

    static Action<WebApplicationBuilder> Behind(string proxies) => builder => builder.Configuration["Iam:TrustedProxies"] = proxies;
}
