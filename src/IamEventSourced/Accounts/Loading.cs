namespace IamEventSourced;

/// <summary>
/// Many events at once. Between the first and the last nobody sees a directory, so what was made on the way is changed in place
/// rather than copied (the benchmark <c>replay</c>). What was there before stays as it is. For one owner, who may change threads.
/// </summary>
/// <param name="directory">The directory to begin with.</param>
public sealed class Loading(Directory directory)
{
    /// <summary>For fewer events it does not pay, since the order of the names would be made anew: they wait until there are as many, or no more.</summary>
    const int Least = 1000;

    [ThreadStatic] static object? _now;

    object? _owner = new();
    Directory _directory = directory;
    List<(AccountEvent Event, DateTimeOffset At)>? _few = [];

    /// <summary>Who may change what it made in place, on this thread now; null: nobody.</summary>
    internal static object? Owner => _now;

    /// <summary>One more event.</summary>
    /// <param name="event">What happened.</param>
    /// <param name="at">When.</param>
    public void Add(AccountEvent @event, DateTimeOffset at)
    {
        if (_owner is null) throw new InvalidOperationException("The loading has ended.");
        if (_few is null) { InPlace(@event, at); return; }
        _few.Add((@event, at));
        if (_few.Count < Least) return;
        foreach (var (one, then) in _few) InPlace(one, then);
        _few = null;
    }

    void InPlace(AccountEvent @event, DateTimeOffset at)
    {
        _now = _owner;
        try { _directory = _directory.Apply(@event, at); }
        catch { _owner = null; throw; } // half of it may be in the tables
        finally { _now = null; }
    }

    /// <summary>The directory after all of them, from now on like any other. There are no more events.</summary>
    public Directory End()
    {
        if (_owner is null) throw new InvalidOperationException("The loading has ended.");
        _owner = null;
        foreach (var (@event, at) in _few ?? []) _directory = _directory.Apply(@event, at);
        return _directory;
    }
}

/// <summary>Directories after many events.</summary>
public static class LoadingDirectory
{
    extension(Directory directory)
    {
        /// <summary>The directory after these events.</summary>
        /// <param name="events">The events after the directory's revision, in order.</param>
        public Directory Apply(IReadOnlyList<RecordedEvent> events)
        {
            var loading = new Loading(directory);
            foreach (var recorded in events) loading.Add(recorded.Event, recorded.At);
            return loading.End();
        }
    }
}
