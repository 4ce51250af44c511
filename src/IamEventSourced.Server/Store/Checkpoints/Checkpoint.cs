using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace IamEventSourced.Server;

/// <summary>
/// A directory as it is stored: a cache of the stream, never a source. Nobody without the key that nodes share can make one, and none is taken for
/// that of another account, revision, version or history.
/// </summary>
/// <param name="Account">Whose.</param>
/// <param name="Version">What wrote it, see <see cref="CurrentVersion"/>.</param>
/// <param name="Revision">The directory's.</param>
/// <param name="Leaf">The ledger's leaf of the event of that revision: of another history it is another.</param>
/// <param name="Chunks">The directory's content, compressed.</param>
/// <param name="Mac">Binds all of these together, the chunks in their order and number.</param>
sealed record Checkpoint(AccountId Account, string Version, long Revision, byte[] Leaf, IReadOnlyList<byte[]> Chunks, byte[] Mac)
{
    /// <summary>The layout of the bytes, and what their key is derived from: raised when the same directory is written otherwise.</summary>
    const int Format = 2;

    /// <summary>
    /// Format, fold and a digest of the shape of all that a directory holds. The latter changes by itself with any fact that is added,
    /// so that it can't be forgotten; a checkpoint of another version is not opened, the stream is read.
    /// </summary>
    public static string CurrentVersion { get; } =
        FormattableString.Invariant($"{Format}.{Directory.FoldVersion}.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Form<Directory>.Own.Shape)))[..16]}");

    /// <summary>The checkpoint of a directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="leaf">The leaf of its last event.</param>
    /// <param name="key">The key of checkpoints.</param>
    public static Checkpoint Of(Directory directory, byte[] leaf, byte[] key)
    {
        var writer = new ChunkWriter();
        Form<Directory>.Own.Write(writer, directory);
        var checkpoint = new Checkpoint(directory.Account, CurrentVersion, directory.Revision, leaf, writer.Chunks(), []);
        return checkpoint with { Mac = checkpoint.MacBy(key) };
    }

    /// <summary>The directory.</summary>
    /// <param name="key">The key of checkpoints.</param>
    /// <param name="leaf">The leaf of the event that the stream has at that revision; null: it has none.</param>
    /// <exception cref="RefusedCheckpointException">Anything does not match.</exception>
    public Directory Open(byte[] key, byte[]? leaf)
    {
        if (Version != CurrentVersion) throw new RefusedCheckpointException("version", $"it was written by version {Version}, this is {CurrentVersion}");
        if (!CryptographicOperations.FixedTimeEquals(Mac, MacBy(key))) throw new RefusedCheckpointException("mac", "its MAC does not match: it was changed, is not whole, is another's, or was written under another key");
        if (leaf is null) throw new RefusedCheckpointException("beyond", "the stream does not have its revision");
        if (!leaf.AsSpan().SequenceEqual(Leaf)) throw new RefusedCheckpointException("history", "it is of another history");
        try
        {
            var reader = new ChunkReader(Chunks);
            var directory = Form<Directory>.Own.Read(reader)!;
            reader.End();
            return directory.Account == Account && directory.Revision == Revision ? directory.WithPoliciesOfCatalogue() : throw new FormatException("It holds another directory.");
        }
        catch (Exception e) when (e is FormatException or ArgumentException or KeyNotFoundException or OverflowException or InvalidCastException or NullReferenceException)
        {
            throw new RefusedCheckpointException("content", "it can't be read", e);
        }
    }

    byte[] MacBy(byte[] key)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        Append(Encoding.UTF8.GetBytes(Account.Value));
        Append(Encoding.UTF8.GetBytes(Version));
        Number(Revision);
        Append(Leaf);
        Number(Chunks.Count);
        foreach (var chunk in Chunks) Append(chunk);
        return mac.GetHashAndReset();

        void Append(byte[] bytes)
        {
            Number(bytes.Length); // so that no two things are the same bytes
            mac.AppendData(bytes);
        }

        void Number(long number)
        {
            Span<byte> bytes = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64BigEndian(bytes, number);
            mac.AppendData(bytes);
        }
    }
}

/// <summary>A checkpoint that is not opened.</summary>
/// <param name="reason">One word, for counting.</param>
/// <param name="why">For people.</param>
/// <param name="cause">What failed.</param>
sealed class RefusedCheckpointException(string reason, string why, Exception? cause = null) : Exception(why, cause)
{
    public string Reason => reason;
}
