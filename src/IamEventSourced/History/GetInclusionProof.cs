namespace IamEventSourced;

/// <summary>The proof (RFC 9162 §2.1.3) that an event is in the account's ledger: with it and the event's leaf anybody comes to the root of a signed tree head.</summary>
/// <param name="Revision">The event's revision.</param>
/// <param name="Size">The size of the tree, up to the newest signed head's; that where none is given.</param>
public sealed record GetInclusionProof(Revision Revision, Revision? Size = null) : IHistoryQuery<GetInclusionProofAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public async Task<Answer<GetInclusionProofAnswer>> Answer(Directory directory, Call call, IHistory history)
    {
        if (await history.HeadUntil(directory.Revision) is not { } head) return GetTreeHead.None;
        var size = Size?.Value ?? head.Size;
        if (size > head.Size) return IamError.InvalidInput($"Size: the newest signed head has size {head.Size}.");
        if (Revision.Value > size) return IamError.InvalidInput($"Revision: a tree of size {size} has no leaf of revision {Revision}.");

        var path = MerkleTree.InclusionPath(Revision.Value - 1, size);
        var hashes = await history.Subtrees([(Revision.Value - 1, Revision.Value), (0, size), .. path]);
        return new GetInclusionProofAnswer(Revision.Value, size, Hex(hashes[0]), [.. hashes.Skip(2).Select(Hex)], Hex(hashes[1]));
    }

    internal static string Hex(byte[] hash) => Convert.ToHexStringLower(hash);
}

/// <summary>A proof that an event is in the ledger. Hashes are in hexadecimal.</summary>
/// <param name="Revision">The event's revision; its index in the tree is one less.</param>
/// <param name="Size">The size of the tree.</param>
/// <param name="Leaf">The event's leaf.</param>
/// <param name="Path">The proof, from the leaf up.</param>
/// <param name="Root">The root of the tree.</param>
public sealed record GetInclusionProofAnswer(long Revision, long Size, string Leaf, IReadOnlyList<string> Path, string Root);
