namespace IamEventSourced.Server;

/// <summary>A read that many may wait for: whoever asks gets the result of one that begins after it asked, and all who ask meanwhile share it.</summary>
sealed class SharedRead<T>(Func<Task<T>> read)
{
    readonly Lock _lock = new();
    Task _running = Task.CompletedTask;
    Task<T>? _next;

    /// <summary>The result of the next read.</summary>
    public Task<T> Next()
    {
        lock (_lock) return _next ??= After(_running);
    }

    async Task<T> After(Task running)
    {
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        Task<T> mine;
        lock (_lock)
        {
            _running = mine = read();
            _next = null;
        }
        return await mine;
    }
}
