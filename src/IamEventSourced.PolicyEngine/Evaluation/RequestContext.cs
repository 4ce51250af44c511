namespace IamEventSourced.PolicyEngine;

/// <summary>What is known of a request besides action and resource: values by key, keys compared without case (R52). Immutable.</summary>
public sealed class RequestContext
{
    private readonly int[] hashes;
    private readonly string[] names;
    private readonly ContextValue[] values;

    private RequestContext(int[] hashes, string[] names, ContextValue[] values)
    {
        this.hashes = hashes;
        this.names = names;
        this.values = values;
    }

    /// <summary>Nothing is known.</summary>
    public static RequestContext Empty { get; } = new([], [], []);

    /// <summary>The number of keys.</summary>
    public int Count => names.Length;

    /// <summary>The keys as spelled by who set them.</summary>
    public IReadOnlyList<string> Keys => names;

    /// <summary>The value of a key, without case; null when the key is not there.</summary>
    public ContextValue? this[string key]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(key);
            return Find(new(key));
        }
    }

    /// <summary>A context of these entries.</summary>
    /// <exception cref="ArgumentException">Two keys differ in nothing but case (R52).</exception>
    public static RequestContext Of(params ReadOnlySpan<(string Key, ContextValue Value)> entries)
    {
        var builder = new Builder();
        foreach (var (key, value) in entries) builder.Add(key, value);
        return builder.Build();
    }

    /// <summary>This context with the other's entries, which win (R94).</summary>
    public RequestContext With(RequestContext other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Count == 0) return other;
        if (other.Count == 0) return this;
        var builder = new Builder();
        for (var at = 0; at < Count; at++) builder.Set(names[at], values[at]);
        for (var at = 0; at < other.Count; at++) builder.Set(other.names[at], other.values[at]);
        return builder.Build();
    }

    internal ContextValue? Find(in ContextKey key)
    {
        for (var start = 0; start < hashes.Length; start++)
        {
            var found = hashes.AsSpan(start).IndexOf(key.Hash);
            if (found < 0) return null;
            start += found;
            if (string.Equals(names[start], key.Name, StringComparison.OrdinalIgnoreCase)) return values[start];
        }
        return null;
    }

    /// <summary>Collects entries. Not for use by several threads at once.</summary>
    public sealed class Builder
    {
        private readonly Dictionary<string, ContextValue> entries = new(16, StringComparer.OrdinalIgnoreCase);

        /// <summary>Adds a key; false, and nothing changes, when it is there already in any case (R52).</summary>
        public bool TryAdd(string key, ContextValue value) => entries.TryAdd(key, value);

        /// <summary>Adds a key that must not be there yet.</summary>
        /// <exception cref="ArgumentException">The key is there, perhaps in another case (R52).</exception>
        public Builder Add(string key, ContextValue value)
        {
            entries.Add(key, value);
            return this;
        }

        /// <summary>Sets a key, in place of a value that was there: for keys that the server fills (R94).</summary>
        public Builder Set(string key, ContextValue value)
        {
            entries[key] = value;
            return this;
        }

        /// <summary>The context of what was collected so far.</summary>
        public RequestContext Build()
        {
            if (entries.Count == 0) return Empty;
            var names = entries.Keys.ToArray();
            return new(Array.ConvertAll(names, ContextKey.HashOf), names, [.. entries.Values]);
        }
    }
}
