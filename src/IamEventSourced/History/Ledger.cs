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

    /// <summary>
    /// The leaf of one revision: SHA-256 of 0x00 and the RFC 8785 form of all that is stored about the event; 32 bytes.
    /// Its index in the tree is the revision less one.
    /// </summary>
    public static byte[] LeafOf(RecordedEvent recorded)
    {
        var leaf = new Leaf(recorded.Account, recorded.Revision, recorded.Type, recorded.Schema, recorded.At,
            new(recorded.By.PrincipalId, recorded.By.AccessKeyId, recorded.By.Arn), recorded.Command, recorded.Index, recorded.Correlation, recorded.Causation,
            JsonElement.Parse(recorded.Data));
        var bytes = new ArrayBufferWriter<byte>(1024);
        bytes.Write<byte>([0]);
        CanonicalJson.Write(JsonSerializer.SerializeToElement(leaf, Json.Options), bytes);
        return SHA256.HashData(bytes.WrittenSpan);
    }
}
