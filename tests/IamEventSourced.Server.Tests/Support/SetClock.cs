using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace IamEventSourced.Server.Tests;

/// <summary>A node's clock that can be set; what measures durations goes on.</summary>
sealed class SetClock : TimeProvider
{
    long _offset;

    public TimeSpan Offset { get => new(Volatile.Read(ref _offset)); set => Volatile.Write(ref _offset, value.Ticks); }

    /// <summary>The time at which it stands still; null: it goes on.</summary>
    public DateTimeOffset? Stopped { get; set; }

    public override DateTimeOffset GetUtcNow() => Stopped ?? System.GetUtcNow() + Offset;

    /// <summary>Makes it the clock of the node that is built; registered after the host's own, so that it is the one that is found.</summary>
    public void Of(WebApplicationBuilder builder) => builder.Host.UseServiceProviderFactory(new Last(this));

    sealed class Last(TimeProvider clock) : IServiceProviderFactory<IServiceCollection>
    {
        public IServiceCollection CreateBuilder(IServiceCollection services) => services.AddSingleton(clock);
        public IServiceProvider CreateServiceProvider(IServiceCollection containerBuilder) => containerBuilder.BuildServiceProvider();
    }
}
