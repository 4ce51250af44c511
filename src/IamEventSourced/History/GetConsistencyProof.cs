namespace IamEventSourced;

/// <summary>The proof (RFC 9162 §2.1.4) that the account's ledger only grew: that a later tree begins with the leaves of an earlier one.</summary>
/// <param name="FromSize">The size of the earlier tree.</param>
/// <param name="ToSize">The size of the later, up to the newest signed head's; that where none is given.</param>
public sealed record GetConsistencyProof(Revision FromSize, Revision? ToSize = null) : IHistoryQuery<GetConsistencyProofAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public async Task<Answer<GetConsistencyProofAnswer>> Answer(Directory directory, Call call, IHistory history)
    {
        if (await history.HeadUntil(directory.Revision) is not { } head) return GetTreeHead.None;
        var (from, to) = (FromSize.Value, ToSize?.Value ?? head.Size);
        if (to > head.Size) return IamError.InvalidInput($"ToSize: the newest signed head has size {head.Size}.");
        if (from > to) return IamError.InvalidInput($"FromSize: {from} is more than {to}.");

        var hashes = await history.Subtrees([(0, from), (0, to), .. MerkleTree.ConsistencyPath(from, to)]);
        return new GetConsistencyProofAnswer(from, to, [.. hashes.Skip(2).Select(GetInclusionProof.Hex)], GetInclusionProof.Hex(hashes[0]), GetInclusionProof.Hex(hashes[1]));
    }
}

/// <summary>A proof that the ledger only grew. Hashes are in hexadecimal.</summary>
/// <param name="FromSize">The size of the earlier tree.</param>
/// <param name="ToSize">The size of the later.</param>
/// <param name="Path">The proof.</param>
/// <param name="FromRoot">The root of the earlier.</param>
/// <param name="ToRoot">The root of the later.</param>
public sealed record GetConsistencyProofAnswer(long FromSize, long ToSize, IReadOnlyList<string> Path, string FromRoot, string ToRoot);
