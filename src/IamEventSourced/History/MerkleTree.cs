using System.Security.Cryptography;

namespace IamEventSourced;

/// <summary>
/// The Merkle tree of RFC 9162 §2.1 over SHA-256, for hashes of leaves (which hold the 0x00 already): of which parts a proof is made, and whether one holds.
/// A tree of n leaves is the node of its first k and the other n − k, k the largest power of two below n. Hashes have 32 bytes.
/// </summary>
public static class MerkleTree
{
    /// <summary>How long a hash is, in bytes.</summary>
    public const int HashBytes = 32;

    /// <summary>The root of a tree without leaves.</summary>
    public static byte[] EmptyRoot { get; } = SHA256.HashData([]);

    /// <summary>The hash of a node: SHA-256 of 0x01 and both sides.</summary>
    public static byte[] Node(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> both = stackalloc byte[1 + 2 * HashBytes];
        both[0] = 1;
        left.CopyTo(both[1..]);
        right.CopyTo(both[(1 + HashBytes)..]);
        return SHA256.HashData(both);
    }

    /// <summary>Of which subtrees the proof is made that a leaf is in a tree, from the leaf up (§2.1.3.1); each as the leaves from, up to but not including, to.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The tree has no such leaf.</exception>
    public static IReadOnlyList<(long From, long To)> InclusionPath(long index, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        List<(long, long)> path = [];
        for (var (from, to) = (0L, size); to - from > 1;)
        {
            var middle = from + LargestBelow(to - from);
            path.Add(index < middle ? (middle, to) : (from, middle));
            (from, to) = index < middle ? (from, middle) : (middle, to);
        }
        path.Reverse();
        return path;
    }

    /// <summary>Of which subtrees the proof is made that a tree begins with the leaves of an earlier one (§2.1.4.1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The earlier is empty, or greater than the later.</exception>
    public static IReadOnlyList<(long From, long To)> ConsistencyPath(long first, long second)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, second);
        List<(long, long)> path = [];
        var (from, to) = (0L, second);
        while (first < to)
        {
            var middle = from + LargestBelow(to - from);
            path.Add(first <= middle ? (middle, to) : (from, middle));
            (from, to) = first <= middle ? (from, middle) : (middle, to);
        }
        if (from > 0) path.Add((from, to)); // else it is the earlier tree whole, whose root is known
        path.Reverse();
        return path;
    }

    /// <summary>Whether a leaf is in the tree of a root (§2.1.3.2).</summary>
    /// <param name="leaf">The leaf's hash.</param>
    /// <param name="index">Its index, from 0.</param>
    /// <param name="size">How many leaves the tree has.</param>
    /// <param name="path">The proof.</param>
    /// <param name="root">The tree's root.</param>
    public static bool Includes(byte[] leaf, long index, long size, IReadOnlyList<byte[]> path, byte[] root)
    {
        if (index < 0 || index >= size) return false;
        var (node, last, hash) = (index, size - 1, leaf);
        foreach (var other in path)
        {
            if (last is 0) return false;
            if ((node & 1) is 1 || node == last)
            {
                hash = Node(other, hash);
                for (; (node & 1) is 0 && node is not 0; node >>= 1) last >>= 1;
            }
            else hash = Node(hash, other);
            (node, last) = (node >> 1, last >> 1);
        }
        return last is 0 && hash.AsSpan().SequenceEqual(root);
    }

    /// <summary>Whether the later tree begins with the leaves of the earlier (§2.1.4.2).</summary>
    /// <param name="first">How many leaves the earlier tree has.</param>
    /// <param name="firstRoot">Its root.</param>
    /// <param name="second">How many the later has.</param>
    /// <param name="secondRoot">Its root.</param>
    /// <param name="path">The proof; empty for trees of one size.</param>
    public static bool Extends(long first, byte[] firstRoot, long second, byte[] secondRoot, IReadOnlyList<byte[]> path)
    {
        if (first is 0) return second >= 0 && path.Count is 0 && firstRoot.AsSpan().SequenceEqual(EmptyRoot);
        if (first == second) return path.Count is 0 && firstRoot.AsSpan().SequenceEqual(secondRoot);
        if (first < 0 || first > second || path.Count is 0) return false;
        IEnumerable<byte[]> steps = long.IsPow2(first) ? [firstRoot, .. path] : path;

        var (node, last) = (first - 1, second - 1);
        for (; (node & 1) is 1; node >>= 1) last >>= 1;
        var (earlier, later) = (steps.First(), steps.First());
        foreach (var other in steps.Skip(1))
        {
            if (last is 0) return false;
            if ((node & 1) is 1 || node == last)
            {
                (earlier, later) = (Node(other, earlier), Node(other, later));
                for (; (node & 1) is 0 && node is not 0; node >>= 1) last >>= 1;
            }
            else later = Node(later, other);
            (node, last) = (node >> 1, last >> 1);
        }
        return last is 0 && earlier.AsSpan().SequenceEqual(firstRoot) && later.AsSpan().SequenceEqual(secondRoot);
    }

    static long LargestBelow(long size)
    {
        var power = 1L;
        while (power * 2 < size) power *= 2;
        return power;
    }
}

/// <summary>A tree that only grows: it keeps no more than the roots of its whole subtrees, one for each bit of its size. Not for several threads at once.</summary>
public sealed class GrowingTree
{
    readonly List<(byte[] Hash, int Height)> _whole = []; // the largest first

    /// <summary>How many leaves it has.</summary>
    public long Size { get; private set; }

    /// <summary>Adds a leaf, by its hash.</summary>
    public void Add(byte[] leaf) => Add(leaf, 0);

    /// <summary>Adds a whole subtree of 2^height leaves, by its root.</summary>
    /// <exception cref="InvalidOperationException">It would not stand at a multiple of its size.</exception>
    public void Add(byte[] root, int height)
    {
        if ((Size & ((1L << height) - 1)) is not 0) throw new InvalidOperationException($"A subtree of 2^{height} leaves can't follow {Size}.");
        Size += 1L << height;
        for (; _whole is [.., var (left, same)] && same == height; height++)
        {
            root = MerkleTree.Node(left, root);
            _whole.RemoveAt(_whole.Count - 1);
        }
        _whole.Add((root, height));
    }

    /// <summary>The root of the tree as it is.</summary>
    public byte[] Root
    {
        get
        {
            if (_whole.Count is 0) return MerkleTree.EmptyRoot;
            var root = _whole[^1].Hash;
            for (var i = _whole.Count - 2; i >= 0; i--) root = MerkleTree.Node(_whole[i].Hash, root);
            return root;
        }
    }
}
