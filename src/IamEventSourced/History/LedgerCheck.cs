using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IamEventSourced;

/// <summary>Something that is not as the signed tree heads say.</summary>
/// <param name="Kind">What was done.</param>
/// <param name="From">The first revision it was done to; of a line that was inserted, where it stands.</param>
/// <param name="To">The last.</param>
/// <param name="Message">A sentence for people.</param>
public sealed record LedgerFinding(LedgerFindingKind Kind, long From, long To, string Message);

/// <summary>How a ledger can be other than what was signed.</summary>
public enum LedgerFindingKind
{
    /// <summary>An event is another than it was.</summary>
    Changed,
    /// <summary>An event is not there any more.</summary>
    Removed,
    /// <summary>There is one that was not there.</summary>
    Inserted,
    /// <summary>An event stands at another revision than it did.</summary>
    Moved,
    /// <summary>The last events are not there any more: cut off, or rolled back.</summary>
    CutOff,
    /// <summary>Of these revisions at least one is another; the heads kept no leaves that would tell which.</summary>
    Altered,
    /// <summary>A head is signed by another key, or for another account.</summary>
    BadSignature,
    /// <summary>Two heads can't both be true: a ledger that was rolled back was signed again.</summary>
    Contradiction,
    /// <summary>A catalogue that an event names is not there, or is another.</summary>
    Catalogue,
}

/// <summary>What came of checking an export.</summary>
/// <param name="Events">How many events the export has.</param>
/// <param name="Proven">Up to which revision heads were signed; what comes later nobody vouches for yet.</param>
/// <param name="Heads">How many heads were checked.</param>
/// <param name="Findings">What is not as it should be; empty: all is as it was signed.</param>
public sealed record LedgerReport(long Events, long Proven, int Heads, IReadOnlyList<LedgerFinding> Findings);

/// <summary>Checks an export against signed tree heads that were kept elsewhere, and names what was altered.</summary>
public sealed class LedgerCheck
{
    /// <summary>How many pairs of an event and a revision are tried at most, to find where a moved event stood.</summary>
    const int MostTries = 200_000;

    readonly List<LedgerFinding> _findings = [];
    readonly List<TreeHead> _heads = [];
    readonly List<byte[]> _leaves = []; // as they were when they were signed
    readonly GrowingTree _tree = new(); // as the export is
    readonly HashSet<long> _found = [];
    readonly List<(long Claimed, JsonElement Line)> _strange = [];
    readonly List<(long From, long To, long Shift)> _moved = [];
    readonly Dictionary<long, string> _named = [];
    readonly HashSet<string> _catalogues = new(StringComparer.Ordinal);
    readonly int _count;
    int _next;
    long _last, _shift, _agreed;

    /// <param name="account">Whose ledger it has to be.</param>
    /// <param name="heads">The heads that were kept, of one or several nodes, in any order.</param>
    /// <param name="key">The public key of the operator.</param>
    public LedgerCheck(AccountId account, IEnumerable<KeptTreeHead> heads, ECDsa key)
    {
        var kept = heads.ToList();
        _count = kept.Count;
        foreach (var one in kept.Where(one => one.Head.Account != account || !one.Head.IsSignedBy(key)))
            Find(LedgerFindingKind.BadSignature, one.Head.Size, one.Head.Size, $"the head of size {one.Head.Size} is of account {one.Head.Account}, or is not signed by this key");
        var good = kept.Where(one => one.Head.Account == account && one.Head.IsSignedBy(key)).OrderBy(one => one.Head.Size).ThenBy(one => one.Head.Time).ToList();
        _heads.AddRange(good.Select(one => one.Head));
        TakeLeaves(good);
    }

    /// <summary>The leaves as they were signed, as far as the heads have them without a gap and agree with them.</summary>
    void TakeLeaves(List<KeptTreeHead> kept)
    {
        var signed = new GrowingTree();
        for (var i = 0; i < kept.Count; i++)
        {
            var (head, from) = (kept[i].Head, kept[i].From);
            if (i > 0 && kept[i - 1].Head is var before && before.Size == head.Size)
            {
                if (before.Root != head.Root) Find(LedgerFindingKind.Contradiction, head.Size, head.Size, $"two heads of size {head.Size} have different roots: what was rolled back was signed again");
                continue;
            }
            if (kept[i].Leaves is null || from > signed.Size + 1) return;
            var hashes = kept[i].Hashes();
            var known = _leaves.Count;
            foreach (var hash in hashes.Skip((int)(signed.Size + 1 - from)))
            {
                signed.Add(hash);
                _leaves.Add(hash);
            }
            if (Convert.ToHexStringLower(signed.Root) == head.Root) continue;
            Find(LedgerFindingKind.Contradiction, head.Size, head.Size, $"the head of size {head.Size} has not the root of the leaves that are kept up to it");
            _leaves.RemoveRange(known, _leaves.Count - known);
            return;
        }
    }

    /// <summary>Takes the next line of the export: its heading, a catalogue, or an event.</summary>
    /// <exception cref="FormatException">It is no JSON, or none of these.</exception>
    public void Take(string line)
    {
        JsonElement read;
        try { read = JsonElement.Parse(line); }
        catch (JsonException e) { throw new FormatException($"A line of the export is no JSON: {e.Message}", e); }
        if (read.ValueKind is not JsonValueKind.Object) throw new FormatException("A line of the export is no object.");
        if (read.TryGetProperty("content", out var content) && read.TryGetProperty("catalogue", out _)) _catalogues.Add(Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(TextOf(content) ?? ""))));
        else if (read.TryGetProperty("revision", out var revision) && read.TryGetProperty("data", out _)) TakeEvent(read, revision.ValueKind is JsonValueKind.Number && revision.TryGetInt64(out var number) ? number : 0);
    }

    void TakeEvent(JsonElement line, long claimed)
    {
        var leaf = LeafOf(line);
        _tree.Add(leaf);
        if (line.TryGetProperty("type", out var type) && TextOf(type) is "catalogue-adopted" && line.GetProperty("data") is { ValueKind: JsonValueKind.Object } data && data.TryGetProperty("Digest", out var digest)) _named[claimed] = TextOf(digest) ?? "";
        if (IsSigned(leaf, claimed)) _found.Add(claimed);
        else if ((claimed <= _leaves.Count || !IsAsSigned) && !Stands(line, claimed)) _strange.Add((claimed, line));
        if (claimed <= _last) Find(LedgerFindingKind.Moved, claimed, claimed, $"r {claimed} stands after r {_last}");
        var expected = Math.Max(_last, _leaves.Count) + 1; // what is missing before, the leaves tell
        if (claimed > expected) Find(LedgerFindingKind.Removed, expected, claimed - 1, $"r {expected}–{claimed - 1} are not there any more");
        _last = Math.Max(_last, claimed);
        CompareRoots();
    }

    bool IsAsSigned => _findings.Count is 0 && _strange.Count is 0 && _moved.Count is 0;

    bool IsSigned(byte[] leaf, long revision) => revision >= 1 && revision <= _leaves.Count && !_found.Contains(revision) && leaf.AsSpan().SequenceEqual(_leaves[(int)revision - 1]);

    /// <summary>Where no leaves are kept, the roots tell between which heads something is other.</summary>
    void CompareRoots()
    {
        for (; _next < _heads.Count && _heads[_next].Size <= _tree.Size; _next++)
        {
            if (_heads[_next].Size < _tree.Size) continue;
            var from = Math.Max(_agreed, _leaves.Count) + 1;
            if (Convert.ToHexStringLower(_tree.Root) == _heads[_next].Root) _agreed = _tree.Size;
            else if (_tree.Size > _leaves.Count && IsAsSigned) Find(LedgerFindingKind.Altered, from, _tree.Size, $"of r {from}–{_tree.Size} at least one is not as it was signed");
        }
    }

    /// <summary>Whether it is an event that stood elsewhere: most often as far off as the one before, or near.</summary>
    bool Stands(JsonElement line, long claimed)
    {
        foreach (var shift in (long[])[_shift, 1, -1, 2, -2, 3, -3])
            if (shift is not 0 && IsSigned(LeafAt(line, claimed + shift), claimed + shift))
            {
                Move(claimed + shift, claimed);
                return true;
            }
        return false;
    }

    void Move(long was, long now)
    {
        _found.Add(was);
        _shift = was - now;
        // A run that moved is one finding.
        if (_moved is [.., var last] && last.To == was - 1 && last.Shift == _shift) _moved[^1] = last with { To = was };
        else _moved.Add((was, was, _shift));
    }

    /// <summary>What came of it, after the last line.</summary>
    public LedgerReport Report()
    {
        SortedSet<long> missing = [.. Enumerable.Range(1, _leaves.Count).Select(revision => (long)revision).Where(revision => !_found.Contains(revision))];
        var tries = MostTries;
        _strange.RemoveAll(one =>
        {
            if (tries <= 0) return false;
            if (missing.FirstOrDefault(revision => tries > 0 && tries-- > 0 && IsSigned(LeafAt(one.Line, revision), revision)) is not (> 0 and var was)) return false;
            Move(was, one.Claimed);
            return missing.Remove(was);
        });
        foreach (var (from, to, shift) in _moved)
            Find(LedgerFindingKind.Moved, from, to, from == to ? (FormattableString)$"r {from} stands at r {from - shift}" : $"r {from}–{to} stand at r {from - shift}–{to - shift}");
        foreach (var (claimed, _) in _strange.Where(one => one.Claimed <= _leaves.Count))
            if (missing.Remove(claimed)) Find(LedgerFindingKind.Changed, claimed, claimed, $"r {claimed} is not as it was signed");
            else Find(LedgerFindingKind.Inserted, claimed, claimed, $"what stands at r {claimed} was not there");
        var (end, tail) = (_heads.Count > 0 ? _heads[^1].Size : 0, (long)_leaves.Count);
        while (missing.Remove(tail)) tail--;
        foreach (var (first, last) in Runs(missing)) Find(LedgerFindingKind.Removed, first, last, first == last ? (FormattableString)$"r {first} is not there any more" : $"r {first}–{last} are not there any more");
        if (tail == _leaves.Count && _leaves.Count < end) tail = Math.Max(_last, tail); // beyond the leaves that are kept
        if (tail < end && (tail < _leaves.Count || _last < end)) Find(LedgerFindingKind.CutOff, tail + 1, end, $"r {tail + 1}–{end} are not there any more: cut off, or rolled back");
        foreach (var (revision, digest) in _named.Where(named => !_catalogues.Contains(named.Value)))
            Find(LedgerFindingKind.Catalogue, revision, revision, $"the catalogue {digest} that r {revision} names is not there, or is another");
        return new(_tree.Size, Math.Min(end, _tree.Size), _count, _findings);
    }

    static IEnumerable<(long First, long Last)> Runs(IEnumerable<long> revisions)
    {
        (long First, long Last)? run = null;
        foreach (var revision in revisions)
        {
            if (run is var (_, last) && revision != last + 1) yield return run.Value;
            run = run is var (first, before) && revision == before + 1 ? (first, revision) : (revision, revision);
        }
        if (run is { } end) yield return end;
    }

    void Find(LedgerFindingKind kind, long from, long to, FormattableString message) => _findings.Add(new(kind, from, to, FormattableString.Invariant(message)));

    // What can be in no event has no leaf.
    static byte[] LeafOf(JsonElement line)
    {
        try { return Ledger.LeafOf(line); }
        catch (Exception e) when (e is FormatException or InvalidOperationException) { return new byte[MerkleTree.HashBytes]; }
    }

    // Half of a surrogate pair is no text.
    static string? TextOf(JsonElement value)
    {
        try { return value.ValueKind is JsonValueKind.String ? value.GetString() : null; }
        catch (InvalidOperationException) { return null; }
    }

    static byte[] LeafAt(JsonElement line, long revision)
    {
        try
        {
            var other = JsonObject.Create(line)!;
            other["revision"] = revision;
            return LeafOf(JsonSerializer.SerializeToElement(other));
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException) { return new byte[MerkleTree.HashBytes]; }
    }
}
