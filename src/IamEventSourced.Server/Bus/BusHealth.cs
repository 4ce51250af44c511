using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Wolverine.Runtime;
using Wolverine.Transports;

namespace IamEventSourced.Server;

/// <summary>Whether commands are taken from the queue.</summary>
static class BusHealth
{
    /// <summary>Degraded at worst: the other doors are open all the same.</summary>
    public static HealthCheckResult Of(IServiceProvider node) =>
        node.GetRequiredService<IWolverineRuntime>().Endpoints.ActiveListeners().FirstOrDefault(listener => listener.Uri.Host == Messages.CommandQueue) is { Status: ListeningStatus.Accepting }
            ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded("No commands are taken from the queue at the moment.");
}
