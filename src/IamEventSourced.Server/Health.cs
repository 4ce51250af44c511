using System.Text.Json.Nodes;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace IamEventSourced.Server;

/// <summary>
/// Whether this node answers. <c>/health/live</c> asks nothing. <c>/health/ready</c> is 503 until the node has caught up once after its
/// start, and 200 from then on: one that lost its database decides from memory, and says how old its knowledge is.
/// </summary>
static class Health
{
    public const string LivePath = "/health/live", ReadyPath = "/health/ready";

    /// <summary>The database is looked at each second, with some seconds for an answer.</summary>
    static readonly TimeSpan Silence = TimeSpan.FromSeconds(6);

    /// <summary>The checks. None asks anything outside: each says what the node's own loops have met.</summary>
    public static void Add(IServiceCollection services)
    {
        var checks = services.AddHealthChecks();
        Check("following", node => node.GetRequiredService<Following>() switch
        {
            { CaughtUp: false } => HealthCheckResult.Unhealthy("This node has not caught up yet."),
            { Listens: false } => HealthCheckResult.Degraded("This node hears no hints of others at the moment; it looks for itself."),
            _ => HealthCheckResult.Healthy(),
        });
        Check("database", node => node.GetRequiredService<Following>().Silence is not { } silence ? HealthCheckResult.Unhealthy("The database was never reached.")
            : Aged("unheardSeconds", silence, Silence, "The database does not answer; authorizations go on from memory, commands are refused."));
        Check("knowledge", node => Aged("ageSeconds", node.GetRequiredService<LiveAccounts>().Age(node.GetRequiredService<TimeProvider>()), node.GetRequiredService<ServerOptions>().MaxAge,
            "What this node knows is older than it should be."));
        Check("accounts", node => node.GetRequiredService<LiveAccounts>().Stopped is { Count: > 0 } stopped
            ? HealthCheckResult.Degraded("Accounts have events that this version does not know; they are not served until it is upgraded.", data: new Dictionary<string, object>(StringComparer.Ordinal) { ["stopped"] = stopped.Count })
            : HealthCheckResult.Healthy());
        Check("sampler", node =>
        {
            var sampler = node.GetRequiredService<Sampler>();
            var data = new Dictionary<string, object>(StringComparer.Ordinal) { ["samples"] = sampler.Samples, ["differences"] = sampler.Differences };
            return sampler.Differences is 0 ? HealthCheckResult.Healthy(data: data) : HealthCheckResult.Degraded("Directory and rows have answered differently; the log names account, revision and operation.", data: data);
        });
        Check("ledger", node =>
        {
            var heads = node.GetRequiredService<TreeHeads>();
            var data = new Dictionary<string, object>(StringComparer.Ordinal) { ["signs"] = heads.Signs, ["signed"] = heads.Signed, ["refused"] = heads.Refused.Count };
            return heads.Refused.Count is 0 ? HealthCheckResult.Healthy(data: data) : HealthCheckResult.Degraded("Of some accounts no tree head is signed any more, since their streams are not those that were signed before; the log names them.", data: data);
        });
        Check("subscribers", node =>
        {
            var publishing = node.GetRequiredService<Publishing>();
            var data = new Dictionary<string, object>(StringComparer.Ordinal) { ["subscribers"] = publishing.Mine.Count, ["lag"] = publishing.Mine.Select(subscriber => subscriber.Lag).DefaultIfEmpty().Max(), ["failing"] = publishing.Failing };
            return publishing.Failing is 0 ? HealthCheckResult.Healthy(data: data) : HealthCheckResult.Degraded("Some subscribers can't be told what happens; the log names them. It is tried again, and nothing is left out.", data: data);
        });
        Check("alerts", node =>
        {
            var alerts = node.GetRequiredService<AlertNotices>();
            var data = new Dictionary<string, object>(StringComparer.Ordinal) { ["unsent"] = alerts.Unsent, ["failing"] = alerts.Failing };
            return alerts.Failing is 0 ? HealthCheckResult.Healthy(data: data) : HealthCheckResult.Degraded("Of some accounts' alerts the bus can't be told; the log names them. It is tried again, and none is lost.", data: data);
        });
        Check("bus", BusHealth.Of);
        Check("loops", node => node.GetServices<IHostedService>().OfType<BackgroundService>()
                .Where(loop => loop.ExecuteTask is { IsCompleted: true, IsCompletedSuccessfully: false }).Select(loop => loop.GetType().Name).ToList() is { Count: > 0 } ended
            ? HealthCheckResult.Degraded($"Ended by a defect, which the log names, until the node is started again: {string.Join(", ", ended)}.")
            : HealthCheckResult.Healthy());

        void Check(string name, Func<IServiceProvider, HealthCheckResult> ask) => checks.Add(new(name, node => new Asked(() => ask(node)), HealthStatus.Unhealthy, null));
    }

    /// <summary>The two addresses.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(LivePath, () => Results.Ok());
        routes.MapHealthChecks(ReadyPath, new() { ResponseWriter = Write });
    }

    /// <summary>Asks a node whether it is ready, and prints what it says: for machines and containers without curl.</summary>
    /// <param name="urls">Where the node listens, as <c>Urls</c> says it.</param>
    /// <returns>Whether it is.</returns>
    public static async Task<bool> Ask(string urls)
    {
        // As Kestrel reads them: any address, which is ours too.
        var url = urls.Split(';')[0].Replace("//*", "//127.0.0.1", StringComparison.Ordinal).Replace("//+", "//127.0.0.1", StringComparison.Ordinal).Replace("//0.0.0.0", "//127.0.0.1", StringComparison.Ordinal).Replace("//[::]", "//[::1]", StringComparison.Ordinal);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var response = await http.GetAsync(new Uri(new(url), ReadyPath));
            Console.WriteLine(await response.Content.ReadAsStringAsync());
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            Console.Error.WriteLine($"{url} does not answer: {e.Message}");
            return false;
        }
    }

    static HealthCheckResult Aged(string name, TimeSpan age, TimeSpan most, string otherwise)
    {
        var data = new Dictionary<string, object>(StringComparer.Ordinal) { [name] = Math.Round(age.TotalSeconds, 1) };
        return age <= most ? HealthCheckResult.Healthy(data: data) : HealthCheckResult.Degraded(otherwise, data: data);
    }

    static Task Write(HttpContext http, HealthReport report)
    {
        var checks = new JsonObject();
        foreach (var (name, entry) in report.Entries)
        {
            var check = new JsonObject { ["status"] = entry.Status.ToString() };
            if (entry.Description is { } description) check["description"] = description;
            foreach (var (key, value) in entry.Data) check[key] = JsonValue.Create(value);
            checks[name] = check;
        }
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(new JsonObject { ["status"] = report.Status.ToString(), ["checks"] = checks }.ToJsonString());
    }

    sealed class Asked(Func<HealthCheckResult> ask) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(ask());
    }
}
