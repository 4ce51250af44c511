using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using IamEventSourced.Client;

namespace IamEventSourced.Server.Tests;

/// <summary>What can't be changed once it is stored, read from the rows themselves.</summary>
public class StoredRowsTests(PostgresFixture postgres)
{
    [Fact]
    public async Task After_a_story_with_every_operation_the_rows_are_as_they_must_be_for_ever()
    {
        await using var server = await ServerFixture.Start(postgres);
        await server.CreateAccount("210987654321");
        (await server.Client(server.Operator, "210987654321").Send(new RecoverRoot("lost"))).Refusal.ShouldBeNull();
        (await server.Client(server.Operator, "210987654321").Send(new CloseAccount())).Refusal.ShouldBeNull();
        var sent = await Story.Play(server);
        Operation.All.Values.Where(operation => operation.IsCommand).Select(operation => operation.Name).Except(sent.Select(one => one.Command.GetType().Name)).ShouldBe([nameof(AdoptCatalogue), nameof(CreateAccount), nameof(CloseAccount), nameof(RecoverRoot)], ignoreOrder: true);

        var rows = await StoredRow.Read(server);
        AccountEvent.Kinds.Keys.Except(rows.Select(row => row.Type)).ShouldBeEmpty();

        // One stream an account, gap-free from 1, its key its tenant.
        rows.Select(row => row.Stream).Distinct().ShouldBe([server.Account.Value, "210987654321"], ignoreOrder: true);
        rows.ShouldAllBe(row => row.Stream == row.Tenant && !row.IsArchived);
        foreach (var stream in rows.GroupBy(row => row.Stream)) stream.Select(row => row.Version).ShouldBe(Enumerable.Range(1, stream.Count()).Select(number => (long)number));

        foreach (var row in rows)
        {
            Story.Names.Any(name => row.Data.Contains(name, StringComparison.OrdinalIgnoreCase)).ShouldBe(NamesMayStandIn(row.Type), $"{row.Type} {row.Data}");
            var data = JsonNode.Parse(row.Data)!;
            Values(data).ShouldAllBe(value => value != null && (value.GetValueKind() != JsonValueKind.Number || Regex.IsMatch(value.ToJsonString(), "^-?[0-9]+$")), row.Data);
        }

        // Metadata: whose command, by whom, in which conversation.
        var own = rows.Where(row => row.Stream == server.Account.Value).ToList();
        var arns = new Dictionary<AccessKeyId, string> { [server.Root.Id] = $"arn:aws:iam::{server.Account}:root" };
        foreach (var one in sent)
        {
            var events = own.Where(row => row.Version > one.Before && row.Version <= one.After).ToList();
            events.ShouldNotBeEmpty();
            for (var i = 0; i < events.Count; i++)
            {
                var by = one.By == server.Operator ? ("operator", "arn:aws:iam::000000000000:operator") : arns.TryGetValue(one.By.Id, out var root) ? (server.Account.Value, root) : (await PrincipalOf(server, one.By.Id), $"arn:aws:iam::{server.Account}:user/{Story.Second}");
                SameJson(events[i].Headers, new JsonObject { ["command"] = one.Id.Value, ["index"] = i, ["principal"] = by.Item1, ["key"] = one.By.Id.Value, ["schema"] = 1 }).ShouldBeTrue(events[i].Headers);
                (events[i].UserName, events[i].Correlation, events[i].Causation).ShouldBe((by.Item2, one.Correlation ?? one.Id.Value, one.Causation));
            }
        }
        own.Select(row => row.At).ShouldBe(own.Select(row => row.At).Order(StringComparer.Ordinal));

        // A document is a string, byte for byte; what jsonb would do to an object is done to nobody's policy.
        var documents = await server.Query($"select version, jsonb_typeof(data->'PolicyDocument'), data->>'PolicyDocument' from iam.mt_events where data ? 'PolicyDocument' and tenant_id = '{server.Account}' order by version");
        string[] written = [.. sent.Select(one => one.Command switch
        {
            CreatePolicy c => c.PolicyDocument.Value, CreatePolicyVersion c => c.PolicyDocument.Value, PutUserPolicy c => c.PolicyDocument.Value, PutGroupPolicy c => c.PolicyDocument.Value, _ => null,
        }).OfType<string>()];
        documents.Select(row => (string)row[1]!).ShouldAllBe(type => type == "string");
        documents.Select(row => (string)row[2]!).ShouldBe(written);

        // The leaf of each event, from the row alone.
        var history = (await server.Client().Ask(new GetEntityHistory(server.Account.Value, MaxItems: 1000))).Answer!;
        history.Events.Select(entry => entry.Revision).ShouldBe(own.Select(row => row.Version));
        foreach (var (entry, row) in history.Events.Zip(own))
        {
            entry.Leaf.ShouldBe(row.Leaf(), $"revision {row.Version}");
            (entry.Type, Json.Write(entry.At)).ShouldBe((row.Type, row.At));
            SameJson(row.Data, JsonNode.Parse(entry.Data.GetRawText())!).ShouldBeTrue();
        }
    }

    [Fact]
    public void The_leaf_is_the_one_that_RFC_8785_and_9162_give()
    {
        // Computed with Python: hashlib.sha256(b'\0' + json.dumps(…, sort_keys=True, separators=(',', ':'), ensure_ascii=False).encode())
        var row = new StoredRow("123456789012", "123456789012", 7, "policy-created", "{\"Path\": \"/\", \"Description\": \"☃ \\\"q\\\" \\\\ \\u0001\\t\"}",
            "{\"command\":\"c-1\",\"index\":0,\"principal\":\"AIDAX\",\"key\":\"AKIAX\",\"schema\":1}", "2026-11-24T05:06:07.123456Z", "arn:aws:iam::123456789012:user/é", "talk", null, false);
        row.Leaf().ShouldBe("25768b6e6890b0e6aa837e18d9a6792707318bc529efcb2e19157239e6c98285");
    }

    static async Task<string> PrincipalOf(ServerFixture server, AccessKeyId key) =>
        (string)(await server.Query($"select data->>'UserId' from iam.mt_events where type = 'access-key-created' and data->>'AccessKeyId' = '{key}'")).Single()[0]!;

    // Names are said where they are given, and an inline policy's name is all that it is called by.
    static bool NamesMayStandIn(string type) => type is "account-renamed" or "account-alias-created" or "user-created" or "user-renamed" or "group-created" or "group-renamed" or "policy-created" or "server-certificate-uploaded" or "server-certificate-renamed" or "virtual-mfa-device-created" or "user-policy-put" or "user-policy-deleted" or "group-policy-put" or "group-policy-deleted";

    static IEnumerable<JsonNode?> Values(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => Values(member.Value)),
        JsonArray items => items.SelectMany(Values),
        _ => [node],
    };

    static bool SameJson(string json, JsonNode expected) => JsonNode.DeepEquals(JsonNode.Parse(json), expected);
}
