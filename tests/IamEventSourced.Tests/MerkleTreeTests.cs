using System.Security.Cryptography;
using FsCheck.Xunit;

namespace IamEventSourced.Tests;

/// <summary>The Merkle tree of RFC 9162, against Certificate Transparency's reference tree and against the RFC's own recursive definition.</summary>
public class MerkleTreeTests
{
    // transparency-dev/merkle, testonly: inputs, roots and proofs that Certificate Transparency's implementations share.
    static readonly byte[][] Reference = [.. new[] { "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f" }.Select(input => Leaf(Convert.FromHexString(input)))];

    [Theory]
    [InlineData(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")] [InlineData(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [InlineData(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")] [InlineData(3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")]
    [InlineData(4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")] [InlineData(5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4")]
    [InlineData(6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef")] [InlineData(7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c")]
    [InlineData(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]
    public void The_roots_of_the_reference_tree(int size, string root) => Convert.ToHexStringLower(Grown(Reference[..size]).Root).ShouldBe(root);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 8, "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4")]
    [InlineData(5, 8, "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(2, 3, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(1, 5, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b")]
    public void The_inclusion_proofs_of_the_reference_tree(int index, int size, params string[] path)
    {
        Hex(Inclusion(Reference, index, size)).ShouldBe(path);
        MerkleTree.Includes(Reference[index], index, size, Inclusion(Reference, index, size), Grown(Reference[..size]).Root).ShouldBeTrue();
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 8, "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4")]
    [InlineData(6, 8, "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(2, 5, "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b")]
    [InlineData(6, 7, "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    public void The_consistency_proofs_of_the_reference_tree(int first, int second, params string[] path) => Hex(Consistency(Reference, first, second)).ShouldBe(path);

    [Fact] public void Every_proof_of_every_small_tree_holds_and_for_no_other_place()
    {
        var leaves = Leaves(33, 1);
        var roots = Enumerable.Range(0, leaves.Length + 1).Select(size => Grown(leaves[..size]).Root).ToArray();
        for (var size = 1; size <= leaves.Length; size++)
        {
            roots[size].ShouldBe(Defined(leaves.AsSpan(..size)));
            for (var index = 0; index < size; index++)
            {
                var path = Inclusion(leaves, index, size);
                for (var other = 0; other <= size; other++) MerkleTree.Includes(leaves[index], other, size, path, roots[size]).ShouldBe(other == index);
                MerkleTree.Includes(leaves[(index + 1) % leaves.Length], index, size, path, roots[size]).ShouldBeFalse();
            }
            for (var first = 1; first <= size; first++)
            {
                var path = Consistency(leaves, first, size);
                for (var other = 0; other <= size; other++) MerkleTree.Extends(other, roots[first], size, roots[size], path).ShouldBe(other == first);
            }
            MerkleTree.Extends(0, roots[0], size, roots[size], []).ShouldBeTrue();
        }
    }

    [Property(MaxTest = 300)] public void No_altered_proof_holds(ushort a, ushort b, byte which, byte bit)
    {
        var size = 2 + a % 2000;
        var (index, first) = (b % size, 1 + b % (size - 1));
        var leaves = Leaves(size, a ^ b);
        var root = Grown(leaves).Root;

        var inclusion = Inclusion(leaves, index, size);
        MerkleTree.Includes(leaves[index], index, size, inclusion, root).ShouldBeTrue();
        foreach (var altered in Altered(inclusion, which, bit)) MerkleTree.Includes(leaves[index], index, size, altered, root).ShouldBeFalse();
        MerkleTree.Includes(Flipped(leaves[index], bit), index, size, inclusion, root).ShouldBeFalse();
        MerkleTree.Includes(leaves[index], index, size, inclusion, Flipped(root, bit)).ShouldBeFalse();

        var (before, consistency) = (Grown(leaves[..first]).Root, Consistency(leaves, first, size));
        MerkleTree.Extends(first, before, size, root, consistency).ShouldBeTrue();
        foreach (var altered in Altered(consistency, which, bit)) MerkleTree.Extends(first, before, size, root, altered).ShouldBeFalse();
        MerkleTree.Extends(first, Flipped(before, bit), size, root, consistency).ShouldBeFalse();
        MerkleTree.Extends(first, before, size, Flipped(root, bit), consistency).ShouldBeFalse();
    }

    [Fact] public void A_tree_grows_by_whole_subtrees_as_by_their_leaves()
    {
        var leaves = Leaves(23, 7);
        var tree = new GrowingTree();
        for (var i = 0; i < 16; i += 8) tree.Add(Grown(leaves[i..(i + 8)]).Root, 3);
        foreach (var leaf in leaves[16..]) tree.Add(leaf);
        (tree.Size, Convert.ToHexString(tree.Root)).ShouldBe((23, Convert.ToHexString(Grown(leaves).Root)));
        Should.Throw<InvalidOperationException>(() => tree.Add(tree.Root, 3));
    }

    static IEnumerable<byte[][]> Altered(byte[][] path, byte which, byte bit)
    {
        if (path.Length is 0) yield break;
        var at = which % path.Length;
        yield return [.. path[..at], Flipped(path[at], bit), .. path[(at + 1)..]];
        yield return [.. path[..at], .. path[(at + 1)..]];
        yield return [.. path, path[at]];
        if (path.Length > 1) yield return [.. path.Reverse()];
    }

    static byte[] Flipped(byte[] hash, byte bit)
    {
        byte[] other = [.. hash];
        other[bit / 8] ^= (byte)(1 << (bit % 8));
        return other;
    }

    static byte[][] Inclusion(byte[][] leaves, int index, int size) => [.. MerkleTree.InclusionPath(index, size).Select(part => Defined(leaves.AsSpan((int)part.From..(int)part.To)))];
    static byte[][] Consistency(byte[][] leaves, int first, int second) => [.. MerkleTree.ConsistencyPath(first, second).Select(part => Defined(leaves.AsSpan((int)part.From..(int)part.To)))];

    // MTH of RFC 9162 §2.1.1.
    static byte[] Defined(ReadOnlySpan<byte[]> leaves)
    {
        if (leaves.Length is 0) return SHA256.HashData([]);
        if (leaves.Length is 1) return leaves[0];
        var k = 1;
        while (k * 2 < leaves.Length) k *= 2;
        return SHA256.HashData([1, .. Defined(leaves[..k]), .. Defined(leaves[k..])]);
    }

    static GrowingTree Grown(IEnumerable<byte[]> leaves)
    {
        var tree = new GrowingTree();
        foreach (var leaf in leaves) tree.Add(leaf);
        return tree;
    }

    static byte[][] Leaves(int count, int seed) => [.. Enumerable.Range(0, count).Select(i => Leaf(BitConverter.GetBytes(((long)seed << 32) + i)))];
    static byte[] Leaf(byte[] input) => SHA256.HashData([0, .. input]);
    static string[] Hex(IEnumerable<byte[]> path) => [.. path.Select(Convert.ToHexStringLower)];
}
