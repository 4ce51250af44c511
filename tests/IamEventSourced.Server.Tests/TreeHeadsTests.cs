using System.Security.Cryptography;
using System.Text.Json;
using IamEventSourced.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

/// <summary>What a node signs of the ledgers, proves of them, and what of it a superuser of the database can't undo.</summary>
public sealed class TreeHeadsTests(PostgresFixture postgres) : IAsyncLifetime
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly string _folder = System.IO.Directory.CreateTempSubdirectory("iam-heads-").FullName;
    ServerFixture _server = null!;
    ECDsa _key = null!;

    string KeyFile => Path.Combine(_folder, "ledger");
    string Heads => Path.Combine(_folder, "heads", $"{_server.Account}.heads");

    public async ValueTask InitializeAsync()
    {
        LedgerKeyFile.CreateIfNone(KeyFile);
        _key = ECDsa.Create();
        _key.ImportFromPem(await File.ReadAllTextAsync(KeyFile + ".pub"));
        _server = await ServerFixture.Start(postgres, Signing);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _key.Dispose();
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    void Signing(WebApplicationBuilder node) => (node.Configuration["Iam:LedgerKeyFile"], node.Configuration["Iam:HeadsFolder"]) = (KeyFile, Path.Combine(_folder, "heads"));

    async Task<long> Make(int users, string prefix = "u")
    {
        var revision = 0L;
        foreach (var some in Enumerable.Range(0, users).Chunk(64))
            revision = (await Task.WhenAll(some.Select(i => _server.Client().Send(new CreateUser($"{prefix}{i}"))))).Max(reply => reply.Refusal is null ? reply.Revision : throw new InvalidOperationException(reply.Refusal.Message));
        return revision;
    }

    async Task<TreeHead> HeadOf(long revision)
    {
        TreeHead? head = null;
        await Until.True(async () => (head = (await _server.Client().Ask(new GetTreeHead())).Answer)?.Size >= revision, Patience, $"no head of r {revision}");
        return head!;
    }

    async Task<LedgerReport> Check(string? url = null)
    {
        var heads = System.IO.Directory.GetFiles(_folder, $"{_server.Account}.heads", SearchOption.AllDirectories);
        var check = new LedgerCheck(_server.Account, heads.SelectMany(file => KeptTreeHead.Read(File.ReadAllLines(file))), _key);
        for (long? from = 1; from is { } revision;)
        {
            var page = (await _server.Client(url: url).Ask(new ExportEvents((int)revision, 1000))).Answer.ShouldNotBeNull();
            foreach (var catalogue in page.Catalogues) check.Take(JsonSerializer.Serialize(new { catalogue = catalogue.Digest.Value, content = catalogue.Content }));
            foreach (var line in page.Events) check.Take(line.GetRawText());
            from = page.NextRevision;
        }
        return check.Report();
    }

    [Fact] public async Task What_was_committed_is_signed_and_whatever_is_in_it_is_proven()
    {
        await _server.Client(_server.Operator).Send(new AdoptCatalogue());
        var first = await HeadOf(await Make(3, "first"));
        var last = await HeadOf(await Make(2300));
        var client = _server.Client();
        last.IsSignedBy(_key).ShouldBeTrue();
        var kept = KeptTreeHead.Read(await File.ReadAllLinesAsync(Heads)).ToList();
        kept.ShouldAllBe(one => one.Head.IsSignedBy(_key) && one.Head.Size - one.From < 1000);
        kept[^1].Head.ShouldBe(last);

        foreach (var revision in (int[])[1, 2, 1024, 1025, 2048, 2049, 2300, (int)last.Size])
        {
            var proof = (await client.Ask(new GetInclusionProof(revision))).Answer!;
            (proof.Size, proof.Root, proof.Leaf).ShouldBe((last.Size, last.Root, (await client.Ask(new GetEntityHistory(_server.Account.Value, revision, 1))).Answer!.Events[0].Leaf));
            MerkleTree.Includes(Bytes(proof.Leaf), revision - 1, proof.Size, [.. proof.Path.Select(Bytes)], Bytes(last.Root)).ShouldBeTrue($"r {revision}");
            var consistency = (await client.Ask(new GetConsistencyProof(revision))).Answer!;
            MerkleTree.Extends(revision, Bytes(consistency.FromRoot), last.Size, Bytes(last.Root), [.. consistency.Path.Select(Bytes)]).ShouldBeTrue($"r {revision}");
        }
        foreach (var one in kept) (await client.Ask(new GetConsistencyProof((int)one.Head.Size))).Answer!.FromRoot.ShouldBe(one.Head.Root);
        (await client.Ask(new GetTreeHead(), ReadAt.Revision(first.Size))).Answer.ShouldBe(first);
        (await client.Ask(new GetInclusionProof(9, 8))).Refusal!.Message.ShouldStartWith("Revision: ");
        (await client.Ask(new GetInclusionProof(1, 1_000_000))).Refusal!.Message.ShouldStartWith("Size: ");
        (await client.Ask(new GetConsistencyProof(9, 8))).Refusal!.Message.ShouldStartWith("FromSize: ");
        (await client.Ask(new GetConsistencyProof(9, 1_000_000))).Refusal!.Message.ShouldStartWith("ToSize: ");

        var report = await Check();
        report.Findings.ShouldBeEmpty();
        report.Proven.ShouldBe(last.Size);
    }

    [Fact] public async Task What_a_superuser_does_to_the_events_is_named()
    {
        var size = (await HeadOf(await Make(20))).Size;
        const string Row = "where stream_id = '123456789012' and version";
        await Tampered($"update iam.mt_events set data = jsonb_set(data, '{{UserName}}', '\"mallory\"') {Row} = 9", LedgerFindingKind.Changed, 9);
        await Tampered($"update iam.mt_events set timestamp = timestamp + interval '1 day' {Row} = 9", LedgerFindingKind.Changed, 9);
        await Tampered($"update iam.mt_events set headers = jsonb_set(headers, '{{principal}}', '\"AIDAMALLORY\"') {Row} = 9", LedgerFindingKind.Changed, 9);
        await Tampered($"delete from iam.mt_events {Row} = 9", LedgerFindingKind.Removed, 9);
        await Tampered($"delete from iam.mt_events {Row} = 9; {Renumber("version - 1", 9)}", LedgerFindingKind.Removed, 9);
        await Tampered($"""
            {Renumber("version + 1", 8)};
            insert into iam.mt_events select (jsonb_populate_record(e, jsonb_build_object('seq_id', nextval('iam.mt_events_sequence'), 'id', gen_random_uuid(), 'version', 9, 'data', jsonb_set(data, array['Path'], '"/admin/"')))).* from iam.mt_events e {Row} = 10
            """, LedgerFindingKind.Inserted, 9);
        await Tampered($"update iam.mt_events set version = -version {Row} in (9, 12); update iam.mt_events set version = 21 + version {Row} in (-9, -12)", LedgerFindingKind.Moved, 9);
        await Tampered($"delete from iam.mt_events {Row} > 9", LedgerFindingKind.CutOff, 10);
        (await Check()).Findings.ShouldBeEmpty();

        string Renumber(string to, int after) => $"update iam.mt_events set version = -({to}) {Row} > {after}; update iam.mt_events set version = -version {Row} < 0";

        async Task Tampered(string sql, LedgerFindingKind kind, long revision)
        {
            await _server.Query("create schema kept; create table kept.events as select * from iam.mt_events");
            await _server.Query(sql);
            var report = await Check();
            report.Findings.ShouldContain(finding => finding.Kind == kind && finding.From == revision, $"{sql}: {string.Join("; ", report.Findings)}");
            report.Proven.ShouldBeLessThanOrEqualTo(size);
            await _server.Query("delete from iam.mt_events; insert into iam.mt_events select * from kept.events; drop schema kept cascade");
        }
    }

    [Fact] public async Task Whatever_a_superuser_does_at_random_is_found_and_named()
    {
        var commands = new RandomCommands(9, _server.Account);
        for (var i = 0; i < 150; i++) await _server.Client().Send(commands.Next());
        var count = (int)(await HeadOf(await Make(5))).Size;
        await _server.Query("create schema kept; create table kept.events as select * from iam.mt_events");
        var cases = Environment.GetEnvironmentVariable("IAM_LONG") is "1" ? 10_000 : 60;
        for (var seed = 0; seed < cases; seed++)
        {
            var (deed, expected) = Deed(new(seed), count);
            await _server.Query(deed);
            var report = await Check();
            foreach (var one in expected) report.Findings.ShouldContain(finding => one(finding), $"seed {seed}: {deed}; found {string.Join("; ", report.Findings)}");
            await _server.Query("delete from iam.mt_events; insert into iam.mt_events select * from kept.events");
        }
        (await Check()).Findings.ShouldBeEmpty();
    }

    /// <summary>Something that a superuser can do to an account's events, and what the check of an export has to say of it.</summary>
    static (string Sql, Func<LedgerFinding, bool>[] Expected) Deed(Random random, int count)
    {
        const string Row = "where stream_id = '123456789012' and version";
        var r = random.Next(2, count + 1);
        var other = 2 + (r - 2 + random.Next(1, count - 1)) % (count - 1);
        switch (random.Next(15))
        {
            case 0: return Changed($"data = coalesce(jsonb_set(data, array[coalesce((select key from jsonb_object_keys(data) key order by key offset {random.Next(9)} % (select greatest(count(*), 1) from jsonb_object_keys(data)) limit 1), 'Forged')], '\"forged\"'), '{{\"Forged\": 1}}')");
            case 1: return Changed("data = data || '{\"More\": 1}'");
            case 2: return Changed("data = coalesce(data - (select min(key) from jsonb_object_keys(data) key), '{\"Forged\": 1}')");
            case 3: return Changed($"headers = jsonb_set(headers, '{{{(random.Next(3) switch { 0 => "principal", 1 => "key", _ => "command" })}}}', '\"FORGED\"')");
            case 4: return Changed($"timestamp = timestamp + interval '{random.Next(1, 1_000_000)} microseconds'");
            case 5: return Changed(random.Next(3) switch { 0 => "user_name = 'arn:aws:iam::123456789012:user/forged'", 1 => "correlation_id = 'forged'", _ => "causation_id = 'forged'" });
            case 6: return Changed("type = 'group-renamed'");
            case 7: return ($"delete from iam.mt_events {Row} = {r}", [Gone(r)]);
            case 8: return ($"delete from iam.mt_events {Row} = {r}; {Numbered($"version - 1", $"> {r}")}", [Gone(r)]);
            case 9:
                // The same content a second time: the one that was there keeps its place, or they have changed places. What stands after the last revision is no event to the server.
                return ($"""
                    {Numbered("version + 1", $">= {r}")};
                    insert into iam.mt_events select (jsonb_populate_record(e, jsonb_build_object('seq_id', nextval('iam.mt_events_sequence'), 'id', gen_random_uuid(), 'version', {r}))).* from kept.events e {Row} = {other}
                    """, [finding => finding.Kind is LedgerFindingKind.Inserted && finding.From >= r || finding.Kind is LedgerFindingKind.Moved && finding.From <= r && finding.To >= r || r == count && finding.Kind is LedgerFindingKind.Changed && finding.From == r]);
            case 10: return (Numbered($"case version when {r} then {other} else {r} end", $"in ({r}, {other})"), [Covers(r), Covers(other)]);
            case 11:
                var from = random.Next(2, count - 1);
                return (Numbered($"{from} + (version - {from} + 1) % 3", $"between {from} and {from + 2}"), [Covers(from), Covers(from + 1), Covers(from + 2)]);
            case 12: return ($"delete from iam.mt_events {Row} >= {r}", [finding => finding.Kind is LedgerFindingKind.CutOff && finding.From == r && finding.To == count]);
            case 13: return Changed($"{(random.Next(2) is 0 ? "data" : "headers")} = jsonb_build_object('principal', (repeat('[', 200) || repeat(']', 200))::jsonb)");
            default:
                return ($"update iam.mt_events set data = data || '{{\"Forged\": \"{random.Next()}\"}}' {Row} >= {r}", [.. Enumerable.Range(r, count - r + 1).Select(revision => Is(LedgerFindingKind.Changed, revision))]);
        }

        (string, Func<LedgerFinding, bool>[]) Changed(string what) => ($"update iam.mt_events set {what} {Row} = {r}", [Is(LedgerFindingKind.Changed, r)]);
        string Numbered(string to, string which) => $"update iam.mt_events set version = -({to}) {Row} {which}; update iam.mt_events set version = -version {Row} < 0";
        Func<LedgerFinding, bool> Gone(long revision) => revision == count ? finding => finding.Kind is LedgerFindingKind.CutOff && finding.From == revision : Is(LedgerFindingKind.Removed, revision);
        static Func<LedgerFinding, bool> Is(LedgerFindingKind kind, long revision) => finding => finding.Kind == kind && finding.From == revision && finding.To == revision;
        static Func<LedgerFinding, bool> Covers(long revision) => finding => finding.From <= revision && finding.To >= revision;
    }

    [Fact] public async Task A_database_that_was_rolled_back_is_not_signed_again_until_it_is_in_order()
    {
        var head = await HeadOf(await Make(6));
        await _server.StopNode(0);
        var lines = (await File.ReadAllLinesAsync(Heads)).Length;
        await _server.Query("create schema kept; create table kept.events as select * from iam.mt_events; create table kept.heads as select * from iam.tree_heads");
        await _server.Query($"delete from iam.mt_events where version > 5; update iam.mt_streams set version = 5; delete from iam.tree_heads where size > 5");

        await Refuses("was rolled back");
        await _server.Query("insert into iam.mt_events select * from kept.events where version > 5; update iam.mt_events set data = jsonb_set(data, '{UserName}', '\"mallory\"') where version = 7; update iam.mt_streams set version = (select max(version) from iam.mt_events)");
        await Refuses("are not those whose head was signed");

        await _server.Query("delete from iam.mt_events; insert into iam.mt_events select * from kept.events; insert into iam.tree_heads select * from kept.heads on conflict do nothing");
        (await _server.Client(url: await _server.StartNode(Signing)).Send(new CreateUser("after"))).Refusal.ShouldBeNull();
        await Until.True(() => Task.FromResult(File.ReadAllLines(Heads).Length > lines), Patience, "nothing is signed");
        KeptTreeHead.Read(await File.ReadAllLinesAsync(Heads)).Select(kept => kept.Head.Size).Last().ShouldBe(head.Size + 1);

        async Task Refuses(string why)
        {
            var url = await _server.StartNode(Signing);
            var heads = _server.Node(_nodes).GetRequiredService<TreeHeads>();
            await Until.True(() => Task.FromResult(heads.Refused.ContainsKey(_server.Account)), Patience, "it is signed");
            heads.Refused[_server.Account].ShouldContain(why);
            using var http = new HttpClient();
            using var health = await http.GetAsync(new Uri($"{url}/health/ready"), TestContext.Current.CancellationToken); // of whatever status: the node may not have caught up yet
            JsonElement.Parse(await health.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).GetProperty("checks").GetProperty("ledger").GetProperty("status").GetString().ShouldBe("Degraded");
            (await File.ReadAllLinesAsync(Heads)).Length.ShouldBe(lines);
            await _server.StopNode(_nodes++);
        }
    }

    int _nodes = 1;

    [Fact] public async Task Heads_go_to_the_bus_and_a_bus_that_takes_none_keeps_none_from_being_signed()
    {
        await _server.StopNode(0);
        await Messages.MigrateBus(_server.Database, "iam_heads");
        await _server.Query("grant insert, select (id) on queues.wolverine_queue_iam_heads to iam_server");
        var url = await _server.StartNode(node =>
        {
            Signing(node);
            node.Configuration["Iam:HeadsQueue"] = "iam_heads";
        });
        var client = _server.Client(url: url);

        var first = (await client.Send(new CreateUser("first"))).Revision;
        await Until.True(async () => (await Sent()).Contains(first), Patience, "no head is sent");
        await _server.Query("revoke insert on queues.wolverine_queue_iam_heads from iam_server");
        var second = (await client.Send(new CreateUser("second"))).Revision;
        await Until.True(async () => (await client.Ask(new GetTreeHead())).Answer?.Size == second, Patience, "nothing is signed");
        (await Sent()).ShouldNotContain(second);
        var third = (await client.Send(new CreateUser("third"))).Revision;
        await Until.True(async () => (await client.Ask(new GetTreeHead())).Answer?.Size == third, Patience, "nothing is signed any more");
        KeptTreeHead.Read(await File.ReadAllLinesAsync(Heads)).Select(kept => kept.Head.Size).ShouldContain(third);

        await _server.Query("grant insert on queues.wolverine_queue_iam_heads to iam_server");
        var fourth = (await client.Send(new CreateUser("fourth"))).Revision;
        await Until.True(async () => (await Sent()).Contains(fourth), Patience, "no head is sent any more");

        // In its envelope.
        async Task<List<long>> Sent() => [.. (await _server.Query("select body from queues.wolverine_queue_iam_heads where message_type = 'iam-tree-head'")).Select(row => System.Text.Encoding.Latin1.GetString((byte[])row[0]!))
            .Select(body => JsonElement.Parse(body[body.IndexOf("{\"", StringComparison.Ordinal)..(body.LastIndexOf('}') + 1)]).GetProperty("Size").GetInt64())];
    }

    [Fact] public async Task After_a_kill_between_events_and_head_the_next_head_is_right()
    {
        await _server.StopNode(0);
        var keys = Path.GetDirectoryName(_server.Node(0).GetRequiredService<ServerOptions>().MasterKeyFile)!;
        (string, string)[] settings = [("Iam__LedgerKeyFile", KeyFile), ("Iam__HeadsFolder", Path.Combine(_folder, "heads")), ("Iam__NodeAddress", "none")];
        var made = 0;
        for (var kill = 0; kill < 2; kill++)
        {
            using var process = await ServerProcess.Start(_server.Database, keys, settings);
            var client = _server.Client(url: process.Url);
            for (var i = 0; i < 40 + 7 * kill; i++) (await client.Send(new CreateUser($"k{made++}"))).Refusal.ShouldBeNull();
            await process.Kill();
        }
        await File.AppendAllTextAsync(Heads, "{\"Head\":{\"Account\":\"1234"); // as a kill may leave it
        using var last = await ServerProcess.Start(_server.Database, keys, settings);
        var revision = (await _server.Client(url: last.Url).Send(new CreateUser("last"))).Revision;
        await Until.True(async () => (await _server.Client(url: last.Url).Ask(new GetTreeHead())).Answer?.Size >= revision, Patience, "no head");
        var kept = KeptTreeHead.Read(await File.ReadAllLinesAsync(Heads)).ToList();
        kept.Zip(kept.Skip(1)).ShouldAllBe(pair => pair.Second.From == pair.First.Head.Size + 1);
        kept[^1].Head.Size.ShouldBe(revision);
        (await Check(last.Url)).Findings.ShouldBeEmpty();
    }

    [Fact] public async Task Two_nodes_that_both_sign_sign_the_same()
    {
        var other = await _server.StartNode(node => (node.Configuration["Iam:LedgerKeyFile"], node.Configuration["Iam:HeadsFolder"]) = (KeyFile, Path.Combine(_folder, "heads2")));
        for (var i = 0; i < 30; i++) (await _server.Client(url: i % 2 is 0 ? other : null).Send(new CreateUser($"t{i}"))).Refusal.ShouldBeNull();
        var revision = (await _server.Client().Send(new CreateUser("last"))).Revision;
        await Until.True(() => Task.FromResult(System.IO.Directory.GetFiles(_folder, "*.heads", SearchOption.AllDirectories) is { Length: 2 } files && files.All(file => KeptTreeHead.Read(File.ReadAllLines(file)).Last().Head.Size == revision)), Patience, "one does not sign");
        (await Check()).ShouldSatisfyAllConditions(report => report.Findings.ShouldBeEmpty(), report => report.Proven.ShouldBe(revision));
        for (var node = 0; node < 2; node++) _server.Node(node).GetRequiredService<TreeHeads>().Refused.ShouldBeEmpty();
    }

    [Fact, System.Runtime.Versioning.UnsupportedOSPlatform("windows")] public void A_key_that_others_may_read_or_of_another_kind_is_refused()
    {
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Should.Throw<InvalidOperationException>(() => LedgerKeyFile.Read(KeyFile)).Message.ShouldContain("chmod 600");
        using var rsa = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        File.WriteAllText(KeyFile + "384", rsa.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(KeyFile + "384", UnixFileMode.UserRead);
        Should.Throw<InvalidOperationException>(() => LedgerKeyFile.Read(KeyFile + "384")).Message.ShouldContain("P-256");
    }

    static byte[] Bytes(string hex) => Convert.FromHexString(hex);
}
