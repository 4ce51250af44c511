using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IamEventSourced.Tests;

/// <summary>Whatever a superuser does to an account's events, the check of an export against the heads finds it and names it.</summary>
public class LedgerCheckTests
{
    static readonly AccountId Account = "123456789012";
    static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    static readonly int Cases = Environment.GetEnvironmentVariable("IAM_LONG") is "1" ? 10_000 : 400;

    /// <summary>An account's events as an export has them, and the heads that were signed meanwhile.</summary>
    sealed record Recorded(IReadOnlyList<JsonObject> Lines, IReadOnlyList<KeptTreeHead> Heads)
    {
        public int Count => Lines.Count;
        public List<JsonObject> Copy() => [.. Lines.Select(line => (JsonObject)line.DeepClone())];
    }

    static Recorded Record(Random random, bool withLeaves = true)
    {
        var count = random.Next(12, 80);
        List<JsonObject> lines = [];
        var (tree, heads, leaves) = (new GrowingTree(), new List<KeptTreeHead>(), new List<byte[]>());
        for (var revision = 1; revision <= count; revision++)
        {
            var line = Line(revision, random);
            lines.Add(JsonObject.Create(line)!);
            leaves.Add(Ledger.LeafOf(line));
            tree.Add(leaves[^1]);
            if (revision < count && random.Next(9) > 0) continue;
            heads.Add(new(Signed(revision, tree.Root), revision - leaves.Count + 1, withLeaves ? Convert.ToBase64String([.. leaves.SelectMany(leaf => leaf)]) : null));
            leaves.Clear();
        }
        return new(lines, heads);
    }

    static JsonElement Line(long revision, Random random) => Ledger.LineOf(new RecordedEvent(Account, revision, new UserTagged(new UserId($"AIDA{random.Next(100):D17}"), new TagKey("team"), new TagValue($"{random.Next(1000)}")),
        DateTimeOffset.UnixEpoch.AddSeconds(revision), new(Account.Value, "AKIAIOSFODNN7EXAMPLE", $"arn:aws:iam::{Account}:root"), $"c{random.NextInt64():x}", 0, "correlation", null));

    static TreeHead Signed(long size, byte[] root)
    {
        var (text, time) = (Convert.ToHexStringLower(root), DateTimeOffset.UnixEpoch.AddSeconds(size));
        return new(Account, size, text, time, TreeHead.NameOf(Key), Convert.ToBase64String(Key.SignData(TreeHead.TextOf(Account, size, text, time), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)));
    }

    static LedgerReport Check(IEnumerable<JsonObject> lines, IEnumerable<KeptTreeHead> heads)
    {
        var check = new LedgerCheck(Account, heads, Key);
        foreach (var line in lines) check.Take(line.ToJsonString());
        return check.Report();
    }

    /// <summary>Does something to the events; what the check has to say of it.</summary>
    static (string Deed, Func<LedgerFinding, bool>[] Expected) Tamper(List<JsonObject> lines, Random random)
    {
        var (count, at) = (lines.Count, random.Next(lines.Count));
        var r = at + 1L;
        switch (random.Next(10))
        {
            case 0: lines[at]["data"]!["TagValue"] = "forged"; return ($"data of r {r} changed", [Is(LedgerFindingKind.Changed, r)]);
            case 1: lines[at]["by"]!["principal"] = "AIDAFORGED"; return ($"caller of r {r} changed", [Is(LedgerFindingKind.Changed, r)]);
            case 2: lines[at]["more"] = 1; return ($"r {r} given a member", [Is(LedgerFindingKind.Changed, r)]);
            case 3: lines.RemoveAt(at); return ($"r {r} deleted", [Gone(r, count)]);
            case 4:
                lines.RemoveAt(at);
                Number(lines);
                return ($"r {r} deleted, the rest numbered anew", [Gone(r, count)]);
            case 5:
                lines.Insert(at, at < count - 1 && random.Next(2) is 0 ? (JsonObject)lines[random.Next(at, count)].DeepClone() : JsonObject.Create(Line(r, random))!);
                Number(lines);
                // Of two that are the same but for their number, the one that was there keeps its place, or they have changed places.
                return ($"one inserted at r {r}", [finding => finding.Kind is LedgerFindingKind.Inserted && finding.From >= r || finding.Kind is LedgerFindingKind.Moved && finding.From <= r && finding.To >= r]);
            case 6:
                var other = (at + 1 + random.Next(count - 1)) % count;
                (lines[at], lines[other]) = (lines[other], lines[at]);
                Number(lines);
                return ($"r {r} and r {other + 1} swapped", [Covers(r), Covers(other + 1)]);
            case 7:
                var (from, length) = (random.Next(count - 3), 3);
                var block = lines.GetRange(from, length);
                lines.RemoveRange(from, length);
                lines.InsertRange(from, [block[2], block[0], block[1]]);
                Number(lines);
                return ($"r {from + 1}–{from + length} put into another order", [Covers(from + 1), Covers(from + 2), Covers(from + 3)]);
            case 8:
                lines.RemoveRange(at, count - at);
                return ($"cut off from r {r}", [finding => finding.Kind is LedgerFindingKind.CutOff && finding.From == r && finding.To == count]);
            default:
                lines.RemoveRange(at, count - at);
                for (var revision = r; revision <= count; revision++) lines.Add(JsonObject.Create(Line(revision, random))!);
                return ($"rolled back to r {at}, written anew", [.. Enumerable.Range(at + 1, count - at).Select(revision => Is(LedgerFindingKind.Changed, revision))]);
        }
    }

    static Func<LedgerFinding, bool> Is(LedgerFindingKind kind, long revision) => finding => finding.Kind == kind && finding.From == revision && finding.To == revision;
    static Func<LedgerFinding, bool> Gone(long revision, int count) => revision == count ? finding => finding.Kind is LedgerFindingKind.CutOff && finding.From == revision : Is(LedgerFindingKind.Removed, revision);
    static Func<LedgerFinding, bool> Covers(long revision) => finding => finding.From <= revision && finding.To >= revision;

    static void Number(List<JsonObject> lines)
    {
        for (var i = 0; i < lines.Count; i++) lines[i]["revision"] = i + 1;
    }

    [Fact] public void What_was_not_altered_is_proven_to_the_last_head()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var recorded = Record(new(seed), withLeaves: seed % 2 is 0);
            var report = Check(recorded.Lines, recorded.Heads.Reverse());
            report.Findings.ShouldBeEmpty();
            (report.Events, report.Proven, report.Heads).ShouldBe((recorded.Count, recorded.Count, recorded.Heads.Count));
        }
    }

    [Fact] public void Whatever_is_done_is_found_and_named()
    {
        for (var seed = 0; seed < Cases; seed++)
        {
            var random = new Random(seed);
            var recorded = Record(random);
            var lines = recorded.Copy();
            var (deed, expected) = Tamper(lines, random);
            var report = Check(lines, recorded.Heads);
            foreach (var one in expected) report.Findings.ShouldContain(finding => one(finding), $"seed {seed}: {deed}; found {string.Join("; ", report.Findings)}");
        }
    }

    [Fact] public void Without_leaves_it_is_named_between_which_heads()
    {
        for (var seed = 0; seed < Cases / 4; seed++)
        {
            var random = new Random(seed);
            var recorded = Record(random, withLeaves: false);
            var lines = recorded.Copy();
            var (deed, _) = Tamper(lines, random);
            var first = Enumerable.Range(1, recorded.Count).First(revision => revision > lines.Count || !JsonNode.DeepEquals(lines[revision - 1], recorded.Lines[revision - 1]));
            var head = recorded.Heads.First(head => head.Head.Size >= first);
            Check(lines, recorded.Heads).Findings.ShouldContain(finding => finding.To >= first && finding.From >= head.From && finding.From <= first
                || finding.Kind == LedgerFindingKind.CutOff && finding.From >= head.From, $"seed {seed}: {deed}; first other is r {first}");
        }
    }

    [Fact] public void Lines_in_another_order_are_named()
    {
        var recorded = Record(new(1));
        var lines = recorded.Copy();
        (lines[4], lines[7]) = (lines[7], lines[4]);
        Check(lines, recorded.Heads).Findings.ShouldContain(finding => finding.Kind == LedgerFindingKind.Moved && finding.From == 5);
    }

    [Fact] public void A_head_of_another_key_or_account_proves_nothing()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var recorded = Record(new(1));
        var last = recorded.Heads[^1];
        foreach (var forged in (KeptTreeHead[])[last with { Head = last.Head with { Account = "210987654321" } }, last with { Head = last.Head with { Size = last.Head.Size + 1 } }, last with { Head = last.Head with { Root = recorded.Heads[0].Head.Root } }, last with { Head = last.Head with { Signature = "AAAA" } }, last with { Head = last.Head with { Time = last.Head.Time.AddSeconds(1) } }])
            Check(recorded.Lines, [.. recorded.Heads.SkipLast(1), forged]).Findings.ShouldHaveSingleItem().Kind.ShouldBe(LedgerFindingKind.BadSignature);
        var check = new LedgerCheck(Account, recorded.Heads, other);
        foreach (var line in recorded.Lines) check.Take(line.ToJsonString());
        check.Report().ShouldSatisfyAllConditions(report => report.Proven.ShouldBe(0), report => report.Findings.Count.ShouldBe(recorded.Heads.Count));
    }

    [Fact] public void Heads_that_can_not_both_be_true_are_named()
    {
        var recorded = Record(new(2));
        Check(recorded.Lines, [.. recorded.Heads, new(Signed(recorded.Heads[0].Head.Size, SHA256.HashData([])), 1)]).Findings.ShouldContain(finding => finding.Kind == LedgerFindingKind.Contradiction);
        Check(recorded.Lines, [.. recorded.Heads, new(Signed(recorded.Count - 1, SHA256.HashData([])), recorded.Count)]).Findings.ShouldNotBeEmpty();
    }

    [Fact] public void Leaves_that_were_altered_are_not_believed()
    {
        var recorded = Record(new(3));
        var hashes = recorded.Heads[1].Hashes();
        hashes[0] = SHA256.HashData([]);
        Check(recorded.Lines, [recorded.Heads[0], recorded.Heads[1] with { Leaves = Convert.ToBase64String([.. hashes.SelectMany(hash => hash)]) }, .. recorded.Heads.Skip(2)])
            .Findings.ShouldHaveSingleItem().Kind.ShouldBe(LedgerFindingKind.Contradiction);
    }

    [Fact] public void A_catalogue_that_an_event_names_has_to_be_there()
    {
        var line = Ledger.LineOf(new RecordedEvent(Account, 1, new CatalogueAdopted(Catalogue.BuiltIn.Digest), DateTimeOffset.UnixEpoch, new("operator", "AKIAIOSFODNN7EXAMPLE", $"arn:aws:iam::{Account}:root"), "c1", 0, "c1", null));
        var tree = new GrowingTree();
        tree.Add(Ledger.LeafOf(line));
        KeptTreeHead head = new(Signed(1, tree.Root), 1);
        var content = JsonSerializer.Serialize(new { catalogue = Catalogue.BuiltIn.Digest.Value, content = Catalogue.BuiltIn.Content });
        Found(content).ShouldBeEmpty();
        Found("{}").ShouldHaveSingleItem().Kind.ShouldBe(LedgerFindingKind.Catalogue);
        Found(content.Replace("Describe", "Delete", StringComparison.Ordinal)).ShouldHaveSingleItem().Kind.ShouldBe(LedgerFindingKind.Catalogue);

        IReadOnlyList<LedgerFinding> Found(string catalogue)
        {
            var check = new LedgerCheck(Account, [head], Key);
            check.Take(line.GetRawText());
            check.Take(catalogue);
            return check.Report().Findings;
        }
    }

    [Fact] public void Heads_are_kept_as_lines_of_which_the_last_may_be_torn()
    {
        var recorded = Record(new(4));
        string[] lines = [.. recorded.Heads.Select(head => head.Write())];
        KeptTreeHead.Read(lines).ShouldBe(recorded.Heads);
        KeptTreeHead.Read([.. lines, lines[0][..40]]).Count().ShouldBe(lines.Length);
        Should.Throw<FormatException>(() => KeptTreeHead.Read([lines[0][..40], .. lines]).Count());
        Should.Throw<FormatException>(() => KeptTreeHead.Read([(recorded.Heads[0] with { From = 2 }).Write()]).Count());
    }

    [Fact] public void A_line_of_an_export_is_the_event_again()
    {
        var line = Line(7, new(5));
        JsonElement.DeepEquals(Ledger.LineOf(Ledger.Read(line)), line).ShouldBeTrue();
        Should.Throw<FormatException>(() => Ledger.Read(JsonElement.Parse("""{"revision":1}""")));
    }

    [Theory]
    [InlineData("""{"revision":"5","data":{}}""")]
    [InlineData("""{"revision":1,"data":{}}""")]
    [InlineData("""{"revision":1,"type":"catalogue-adopted","data":[]}""")]
    [InlineData("""{"revision":1,"type":"catalogue-adopted","data":{"Digest":7}}""")]
    [InlineData("""{"revision":1,"type":"\ud800","data":{"x":"\ud800"}}""")]
    [InlineData("""{"catalogue":"x","content":7}""")]
    public void A_hostile_line_is_no_defect(string line)
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var check = new LedgerCheck("123456789012", [], key);
        check.Take(line);
        Should.NotThrow(() => check.Report());
    }
}
