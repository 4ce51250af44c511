using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace IamEventSourced;

/// <summary>What an operator's key vouches for: when the account had so many events, its ledger had this root.</summary>
/// <param name="Account">Whose ledger.</param>
/// <param name="Size">How many events: the revision of the newest.</param>
/// <param name="Root">The root of the tree over their leaves (RFC 9162), in hexadecimal.</param>
/// <param name="Time">When it was signed, by the signing node's clock.</param>
/// <param name="Key">Which key signed: the first 16 hexadecimal digits of the SHA-256 of its SubjectPublicKeyInfo.</param>
/// <param name="Signature">ECDSA with P-256 and SHA-256 over <see cref="TextOf"/>, as DER in base 64.</param>
public sealed record TreeHead(AccountId Account, long Size, string Root, DateTimeOffset Time, string Key, string Signature)
{
    /// <summary>What is signed: five lines, so that no signature of anything else can stand for it.</summary>
    public static byte[] TextOf(AccountId account, long size, string root, DateTimeOffset time) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"iam-tree-head-v1\n{account}\n{size}\n{root}\n{Json.Write(time)}\n"));

    /// <summary>The name of a key.</summary>
    public static string NameOf(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, 8));

    /// <summary>Whether this key signed it.</summary>
    public bool IsSignedBy(ECDsa key)
    {
        var signature = new byte[Signature.Length];
        return Convert.TryFromBase64String(Signature, signature, out var length)
            && key.VerifyData(TextOf(Account, Size, Root, Time), signature.AsSpan(0, length), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }
}

/// <summary>A tree head as it is kept outside the database, with the leaves since the one before, which name the event that was altered.</summary>
/// <param name="Head">It.</param>
/// <param name="From">The revision of the first leaf.</param>
/// <param name="Leaves">The hashes of the leaves up to the head's size, one after the other, in base 64; absent: they are not kept.</param>
public sealed record KeptTreeHead(TreeHead Head, long From, string? Leaves = null)
{
    /// <summary>Reads the lines of a file; the last may be torn, as a node was killed while it wrote.</summary>
    /// <exception cref="FormatException">A line is none, or its leaves are not as many as its revisions.</exception>
    public static IEnumerable<KeptTreeHead> Read(IEnumerable<string> lines)
    {
        var (number, torn) = (0, (string?)null);
        foreach (var line in lines.Where(line => line.Length > 0))
        {
            number++;
            if (torn is not null) throw new FormatException(torn);
            KeptTreeHead? kept = null;
            try { kept = JsonSerializer.Deserialize<KeptTreeHead>(line, Json.Options); }
            catch (JsonException e) { torn = $"Line {number} of the heads is none: {e.Message}"; }
            if (kept is null) continue;
            if (kept.Leaves is not null && (kept.From < 1 || kept.Hashes().Length != kept.Head.Size - kept.From + 1)) throw new FormatException($"Line {number} of the heads has other leaves than those of r {kept.From}–{kept.Head.Size}.");
            yield return kept;
        }
    }

    /// <summary>The line for a file.</summary>
    public string Write() => JsonSerializer.Serialize(this, Json.Options);

    /// <summary>The hashes of the leaves; none where they are not kept.</summary>
    public byte[][] Hashes() => Leaves is null ? [] : [.. Convert.FromBase64String(Leaves).Chunk(MerkleTree.HashBytes)];
}
