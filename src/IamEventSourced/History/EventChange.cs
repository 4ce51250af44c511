namespace IamEventSourced;

/// <summary>A fact that one event ends, begins, or makes another: what was so before, the event itself does not tell.</summary>
/// <param name="Kind">The fact's kind.</param>
/// <param name="Key">Which one, in the order of <see cref="FactKind.Key"/>.</param>
/// <param name="After">What it is like after the event; null: it is no more so.</param>
public sealed record EventChange(FactKind Kind, string[] Key, IReadOnlyDictionary<string, string>? After)
{
    /// <summary>The facts that an event touches; of one that it ends it may be that it was not.</summary>
    public static IEnumerable<EventChange> Of(RecordedEvent recorded)
    {
        var changes = new FactIntervals();
        changes.Add(recorded.Account, recorded.Event, new(recorded.Revision, recorded.At));
        foreach (var (kind, change) in changes.Kinds)
        {
            // What begins ends first, where it is so already.
            var begun = change.Written.ToDictionary(fact => string.Join('\0', fact.Key), StringComparer.Ordinal);
            foreach (var (key, _) in change.Closed)
                yield return new(kind, key, begun.GetValueOrDefault(string.Join('\0', key)) is { } fact ? FactKind.Named(kind.Values, fact.Values) : null);
        }
    }

    /// <summary>The change, for an answer; null: there is none, since what it would end was not.</summary>
    /// <param name="before">What was so before; null: it was not.</param>
    public FactChange? With(IReadOnlyDictionary<string, string>? before) => before is null && After is null ? null : new(Kind.Name, FactKind.Named(Kind.Key, Key), before, After);
}
