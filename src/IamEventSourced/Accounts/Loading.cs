namespace IamEventSourced;

/// <summary>
/// Many events at once. Between the first and the last nobody sees a directory, so what was made on the way is changed in place
/// rather than copied: three times as fast as one by one (the benchmark <c>replay</c>). What was there before stays as it is.
/// </summary>
public static class Loading
{
    /// <summary>For fewer events it does not pay: the order of the names would be made anew.</summary>
    const int Least = 1000;

    [ThreadStatic] static object? _owner;

    /// <summary>Who may change what it made in place, on this thread now; null: nobody.</summary>
    internal static object? Owner => _owner;

    extension(Directory directory)
    {
        /// <summary>The directory after these events.</summary>
        /// <param name="events">The events after the directory's revision, in order.</param>
        public Directory Apply(IReadOnlyList<RecordedEvent> events)
        {
            var before = _owner;
            _owner = events.Count < Least ? null : new object();
            try
            {
                for (var i = 0; i < events.Count; i++) directory = directory.Apply(events[i].Event, events[i].At);
                return directory;
            }
            finally { _owner = before; }
        }
    }
}
