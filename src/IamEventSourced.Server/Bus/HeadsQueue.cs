using Wolverine;
using Wolverine.Runtime;

namespace IamEventSourced.Server;

/// <summary>Sends tree heads to the queue that <c>Iam__HeadsQueue</c> names, for whoever keeps them elsewhere; message type <c>iam-tree-head</c>. The server has to be granted INSERT on it.</summary>
sealed class HeadsQueue(IServiceProvider services, ServerOptions options)
{
    /// <summary>Sends one; nothing where no queue is named.</summary>
    public async Task Publish(TreeHead head)
    {
        if (options.HeadsQueue is not { Length: > 0 } name) return;
        await new MessageBus(services.GetRequiredService<IWolverineRuntime>()).EndpointFor(new Uri($"postgresql://{name}")).SendAsync(head);
    }
}
