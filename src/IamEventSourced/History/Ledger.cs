using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace IamEventSourced;

/// <summary>The account's ledger: a Merkle tree (RFC 9162) with one leaf for each event, in the order of the revisions.</summary>
public static class Ledger
{
    // The members' names are part of the format for ever.
    sealed record Leaf(AccountId account, long revision, string type, int schema, DateTimeOffset at, LeafActor by, CommandId command, int index,
        string correlation, string? causation, JsonElement data);

    sealed record LeafActor(string principal, AccessKeyId key, Arn arn);

    sealed record StoredLeaf(AccountId account, long revision, string type, JsonElement? schema, DateTimeOffset at, StoredActor by, JsonElement? command, JsonElement? index,
        string? correlation, string? causation, JsonElement data);

    sealed record StoredActor(JsonElement? principal, JsonElement? key, string? arn);

    /// <summary>
    /// The leaf of one revision: SHA-256 of 0x00 and the RFC 8785 form of all that is stored about the event; 32 bytes.
    /// Its index in the tree is the revision less one.
    /// </summary>
    public static byte[] LeafOf(RecordedEvent recorded) => LeafOf(LineOf(recorded));

    /// <summary>All that is stored about the event, as a line of an export: an object with the members that the leaf covers.</summary>
    public static JsonElement LineOf(RecordedEvent recorded) => JsonSerializer.SerializeToElement(new Leaf(recorded.Account, recorded.Revision, recorded.Type, recorded.Schema, recorded.At,
        new(recorded.By.PrincipalId, recorded.By.AccessKeyId, recorded.By.Arn), recorded.Command, recorded.Index, recorded.Correlation, recorded.Causation, JsonElement.Parse(recorded.Data)), Json.Options);

    /// <summary>The same of what is stored, whatever it holds.</summary>
    public static JsonElement LineOf(StoredEvent stored) => JsonSerializer.SerializeToElement(new StoredLeaf(stored.Account, stored.Revision, stored.Type, stored.Schema, stored.At,
        new(stored.Principal, stored.Key, stored.Arn), stored.Command, stored.Index, stored.Correlation, stored.Causation, stored.Data), Json.Options);

    /// <summary>The leaf of an export's line, whatever it holds.</summary>
    /// <exception cref="FormatException">It holds what can be in no event.</exception>
    public static byte[] LeafOf(JsonElement line)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        bytes.Write<byte>([0]);
        CanonicalJson.Write(line, bytes);
        return SHA256.HashData(bytes.WrittenSpan);
    }

    /// <summary>The event of an export's line.</summary>
    /// <exception cref="FormatException">It is none that this version knows.</exception>
    public static RecordedEvent Read(JsonElement line)
    {
        try
        {
            var leaf = line.Deserialize<Leaf>(Json.Options)!;
            if (leaf.schema is not RecordedEvent.CurrentSchema) throw new FormatException($"r {leaf.revision} has metadata of version {leaf.schema}, which this version does not know.");
            if (!AccountEvent.Kinds.TryGetValue(leaf.type, out var kind)) throw new FormatException($"r {leaf.revision} is of a kind that this version does not know: {leaf.type}.");
            return new(leaf.account, leaf.revision, (AccountEvent)leaf.data.Deserialize(kind, Json.Options)!, leaf.at, new(leaf.by.principal, leaf.by.key, leaf.by.arn), leaf.command, leaf.index, leaf.correlation, leaf.causation)
                { Type = leaf.type, Data = leaf.data.GetRawText() };
        }
        catch (JsonException e) { throw new FormatException($"It is no event: {e.Message}", e); }
    }
}
