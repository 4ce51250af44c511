using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IamEventSourced.Server.Tests;

/// <summary>An event as PostgreSQL holds it, and its leaf in the ledger, by no code of the server's.</summary>
sealed record StoredRow(string Stream, string Tenant, long Version, string Type, string Data, string Headers, string At, string UserName, string Correlation, string? Causation, bool IsArchived)
{
    /// <summary>Every event of every account, or of one, in order.</summary>
    public static async Task<List<StoredRow>> Read(ServerFixture server, AccountId? account = null) => [.. (await server.Query($"""
        select stream_id, tenant_id, version, type, data::text, headers::text, to_char(timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), user_name, correlation_id, causation_id, is_archived
        from iam.mt_events {(account is null ? "" : $"where tenant_id = '{account}'")} order by stream_id, version
        """)).Select(row => new StoredRow((string)row[0]!, (string)row[1]!, (long)row[2]!, (string)row[3]!, (string)row[4]!, (string)row[5]!, (string)row[6]!, (string)row[7]!, (string)row[8]!, (string?)row[9], (bool)row[10]!))];

    /// <summary>SHA-256 of 0x00 and the RFC 8785 form of what is stored (RFC 9162).</summary>
    public string Leaf()
    {
        var headers = JsonNode.Parse(Headers)!;
        var leaf = new JsonObject
        {
            ["account"] = Stream, ["revision"] = Version, ["type"] = Type, ["schema"] = headers["schema"]!.DeepClone(), ["at"] = At,
            ["by"] = new JsonObject { ["principal"] = headers["principal"]!.DeepClone(), ["key"] = headers["key"]!.DeepClone(), ["arn"] = UserName },
            ["command"] = headers["command"]!.DeepClone(), ["index"] = headers["index"]!.DeepClone(), ["correlation"] = Correlation, ["data"] = JsonNode.Parse(Data),
        };
        if (Causation is not null) leaf["causation"] = Causation;
        return Convert.ToHexStringLower(SHA256.HashData([0, .. Encoding.UTF8.GetBytes(Canonical(leaf))]));
    }

    /// <summary>RFC 8785 for what events hold.</summary>
    static string Canonical(JsonNode? node) => node switch
    {
        JsonObject members => $"{{{string.Join(',', members.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => $"{Quoted(member.Key)}:{Canonical(member.Value)}"))}}}",
        JsonArray items => $"[{string.Join(',', items.Select(Canonical))}]",
        JsonValue value when value.GetValueKind() is JsonValueKind.String => Quoted(value.GetValue<string>()),
        JsonValue value when value.GetValueKind() is JsonValueKind.Number => long.Parse(value.ToJsonString(), CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture),
        JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => value.ToJsonString(),
        _ => throw new FormatException("An event holds no null."),
    };

    static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var letter in text)
            quoted.Append(letter switch
            {
                '"' => "\\\"", '\\' => @"\\", '\b' => "\\b", '\f' => "\\f", '\n' => "\\n", '\r' => "\\r", '\t' => "\\t",
                < (char)0x20 => $"\\u{(int)letter:x4}",
                _ => letter.ToString(),
            });
        return quoted.Append('"').ToString();
    }
}
