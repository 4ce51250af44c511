namespace IamEventSourced.PolicyEngine;

/// <summary>A key's name with its hash, so that looking it up costs no pass over the name (R52).</summary>
internal readonly record struct ContextKey
{
    internal ContextKey(string name)
    {
        Name = name;
        Hash = HashOf(name);
    }

    internal string Name { get; }

    internal int Hash { get; }

    internal static int HashOf(string name) => StringComparer.OrdinalIgnoreCase.GetHashCode(name);
}
