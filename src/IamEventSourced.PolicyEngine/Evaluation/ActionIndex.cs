using System.Numerics;

namespace IamEventSourced.PolicyEngine;

/// <summary>
/// Where the statements of a set stand that may match an action: under the whole action, else under the service and its colon, both folded. Open addressing,
/// half empty. It takes the hashes that an action carries; dictionaries would read the action twice more.
/// </summary>
internal sealed class ActionIndex
{
    // So many patterns of a service are tried on each action that is named when the index is made, and then no more; without a bound that would be names × patterns.
    private const int MostTried = 16;

    private static readonly Candidates None;

    private readonly Slot[] slots;

    /// <param name="lists">By whole action, and by service and colon.</param>
    internal ActionIndex(Dictionary<string, List<GrantedStatement>> lists)
    {
        slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)lists.Count * 2 + 1)];
        var services = lists.Where(list => list.Key.EndsWith(':')).ToDictionary(list => list.Key, list => new StatementBucket(list.Value), StringComparer.Ordinal);
        var room = lists.Sum(list => list.Value.Count);
        foreach (var (text, statements) in lists)
        {
            var action = new FoldedAction(text, []);
            if (services.TryGetValue(text, out var own))
            {
                Add(text, action.ServiceHash, new(default, own));
                continue;
            }
            var name = action.Name.ToString();
            var service = action.ServiceAndColon.ToString();
            if (!lists.TryGetValue(service, out var patterns)) Add(text, action.Hash, new(new(statements), default));
            else if (patterns.Count <= MostTried && patterns.FindAll(entry => entry.MatchesName(name)) is var matching && matching.Count <= room)
            {
                room -= matching.Count;
                Add(text, action.Hash, new(new([.. statements, .. matching]), default));
            }
            else Add(text, action.Hash, new(new(statements), services[service]));
        }
    }

    internal ref readonly Candidates Find(in FoldedAction action)
    {
        ref readonly var found = ref Find(action.Text, action.Hash);
        if (found.IsNone) found = ref Find(action.ServiceAndColon, action.ServiceHash);
        return ref found;
    }

    private void Add(string text, ulong hash, Candidates candidates)
    {
        var place = (int)hash & slots.Length - 1;
        while (slots[place].Text is not null) place = place + 1 & slots.Length - 1;
        slots[place] = new(hash, text, candidates);
    }

    private ref readonly Candidates Find(ReadOnlySpan<char> text, ulong hash)
    {
        for (var place = (int)hash; ; place++)
        {
            ref readonly var slot = ref slots[place & slots.Length - 1];
            if (slot.Text is null) return ref None;
            if (slot.Hash == hash && text.SequenceEqual(slot.Text)) return ref slot.Candidates;
        }
    }

    private readonly struct Slot(ulong hash, string text, Candidates candidates)
    {
        internal readonly ulong Hash = hash;
        internal readonly string? Text = text;
        internal readonly Candidates Candidates = candidates;
    }
}
