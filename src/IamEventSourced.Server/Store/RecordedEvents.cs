using System.Collections.Frozen;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Npgsql;
using NpgsqlTypes;

namespace IamEventSourced.Server;

/// <summary>
/// An account's events as Marten's tables hold them, written as Marten would, but all in one round trip, and read in one ordered pass: Marten's
/// own session takes two to three times as long, its reader four times, and it fails a whole stream at an event it does not know (docs/adr).
/// </summary>
static class RecordedEvents
{
    const string Command = "command", Index = "index", Principal = "principal", Key = "key", SchemaVersion = "schema";

    /// <summary>
    /// Writes a run of events of one account into Marten's tables as its own append would: the stream is locked and its version checked
    /// before a number is taken for an event. Another version divides by zero (<see cref="Overtaken"/>).
    /// </summary>
    public static IEnumerable<NpgsqlBatchCommand> Append(AccountId account, long expected, IReadOnlyList<RecordedEvent> events)
    {
        yield return expected is 0
            ? new("insert into iam.mt_streams (tenant_id, id, version, timestamp) values ($1, $1, $2, now())") { Parameters = { new() { Value = account.Value }, new() { Value = (long)events.Count } } }
            : new("update iam.mt_streams set version = $2 / (version = $3)::int, timestamp = now() where tenant_id = $1 and id = $1") { Parameters = { new() { Value = account.Value }, new() { Value = expected + events.Count }, new() { Value = expected } } };
        yield return new("""
            insert into iam.mt_events (tenant_id, stream_id, is_archived, seq_id, version, id, type, mt_dotnet_type, timestamp, user_name, correlation_id, causation_id, headers, data)
            select $1, $1, false, nextval('iam.mt_events_sequence'), * from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """)
        {
            Parameters =
            {
                new() { Value = account.Value }, Each(recorded => recorded.Revision), Each(_ => Guid.CreateVersion7()), Each(recorded => recorded.Type), Each(recorded => DotNetTypes[recorded.Event.GetType()]), Each(recorded => recorded.At),
                Each(recorded => recorded.By.Arn.Value), Each(recorded => recorded.Correlation), Each(recorded => recorded.Causation), Each(Headers, json: true), Each(recorded => recorded.Data, json: true),
            },
        };

        NpgsqlParameter Each<T>(Func<RecordedEvent, T> column, bool json = false)
        {
            var each = new NpgsqlParameter { Value = events.Select(column).ToArray() };
            if (json) each.NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb;
            return each;
        }
    }

    /// <summary>Nothing, or division by zero where the account's newest revision is another.</summary>
    public static NpgsqlBatchCommand Check(AccountId account, long expected) =>
        new("select where 1 / (coalesce((select version from iam.mt_streams where tenant_id = $1 and id = $1), 0) = $2)::int = 0") { Parameters = { new() { Value = account.Value }, new() { Value = expected } } };

    /// <summary>The state that says that an account was not at the expected revision: division by zero, which nothing else here does.</summary>
    public const string Overtaken = PostgresErrorCodes.DivisionByZero;

    static string Headers(RecordedEvent recorded) => JsonSerializer.Serialize(new Dictionary<string, object>
    {
        [Command] = recorded.Command.Value, [Index] = recorded.Index, [Principal] = recorded.By.PrincipalId, [Key] = recorded.By.AccessKeyId.Value, [SchemaVersion] = recorded.Schema,
    });

    static readonly FrozenDictionary<Type, string> DotNetTypes = AccountEvent.Kinds.Values.Distinct().ToFrozenDictionary(type => type, type => $"{type.FullName}, {type.Assembly.GetName().Name}");

    /// <summary>The account's events after a revision, in order and without gaps.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="account">Whose.</param>
    /// <param name="after">The revision before the first.</param>
    /// <param name="most">How many at most.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <exception cref="BrokenStreamException">A revision is missing, an event is of a kind or layout that this version does not know, or names a catalogue that is not kept.</exception>
    public static async IAsyncEnumerable<RecordedEvent> Read(NpgsqlConnection connection, AccountId account, long after, long most = long.MaxValue, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await using var command = new NpgsqlCommand($"""
            select version, type, timestamp, user_name, correlation_id, causation_id, headers, data, {Content("$4")}
            from iam.mt_events where tenant_id = $1 and stream_id = $1 and version > $2 order by version limit $3
            """, connection)
        {
            Parameters = { new() { Value = account.Value }, new() { Value = after }, new() { Value = most }, new() { Value = Catalogue.BuiltIn.Digest.Value } },
        };
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            var recorded = Read(account, rows);
            if (recorded.Revision != ++after) throw new BrokenStreamException(account, after, $"is missing; the next is {recorded.Revision}");
            if (recorded.Event is CatalogueAdopted adopted) Catalogues.Have(account, after, adopted.Digest, rows.IsDBNull(8) ? null : rows.GetString(8));
            yield return recorded;
        }
    }

    /// <summary>Those events of the account that touched an entity and fit a question, in the order that it asks for; none after a revision.</summary>
    public static async IAsyncEnumerable<RecordedEvent> ReadOf(NpgsqlConnection connection, AccountId account, string entity, GetEntityHistory query, long to, int most, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await using var command = new NpgsqlCommand { Connection = connection };
        var conditions = new Conditions(command);
        conditions.Where("t.account = {0}", account.Value);
        conditions.Where("t.entity = {0}", entity);
        conditions.Where("t.revision <= {0}", query is { NewestFirst: true, FromRevision.Value: var newest } ? Math.Min(to, newest) : to);
        conditions.Where("t.revision >= {0}", query is { NewestFirst: false, FromRevision.Value: var oldest } ? (long)oldest : null);
        conditions.Where("t.at >= {0}", query.From?.ToUniversalTime());
        conditions.Where("t.at < {0}", query.To?.ToUniversalTime());
        conditions.Where("e.type = {0}", query.EventType?.Value);
        conditions.Where("e.correlation_id = {0}", query.CorrelationId?.Value);
        conditions.Where("e.headers->>'command' = {0}", query.CommandId?.Value);
        conditions.Where("e.headers->>'principal' = {0}", query.PrincipalId?.Value);
        conditions.Where("e.headers->>'key' = {0}", query.AccessKeyId?.Value);
        command.CommandText = $"""
            select e.version, e.type, e.timestamp, e.user_name, e.correlation_id, e.causation_id, e.headers, e.data
            from iam.timeline t join iam.mt_events e on e.tenant_id = t.account and e.stream_id = t.account and e.version = t.revision
            where {conditions} order by t.revision {(query.NewestFirst ? "desc" : "")} limit {most}
            """;
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) yield return Read(account, rows);
    }

    /// <summary>The account's events of these revisions, in order.</summary>
    public static async IAsyncEnumerable<RecordedEvent> ReadAt(NpgsqlConnection connection, AccountId account, long[] revisions, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await using var command = new NpgsqlCommand("""
            select version, type, timestamp, user_name, correlation_id, causation_id, headers, data
            from iam.mt_events where tenant_id = $1 and stream_id = $1 and version = any($2) order by version
            """, connection) { Parameters = { new() { Value = account.Value }, new() { Value = revisions } } };
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) yield return Read(account, rows);
    }

    /// <summary>What is stored at these revisions, in order, whatever it holds.</summary>
    public static async IAsyncEnumerable<StoredEvent> ReadStored(NpgsqlConnection connection, AccountId account, long from, long to, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await using var command = new NpgsqlCommand("""
            select version, type, timestamp, user_name, correlation_id, causation_id, headers, data
            from iam.mt_events where tenant_id = $1 and stream_id = $1 and version between $2 and $3 order by version
            """, connection) { Parameters = { new() { Value = account.Value }, new() { Value = from }, new() { Value = to } } };
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            var headers = rows.IsDBNull(6) ? default : JsonElement.Parse(rows.GetString(6), new() { MaxDepth = int.MaxValue });
            yield return new(account, rows.GetInt64(0), rows.GetString(1), Time(), Text(3), Text(4), Text(5), Stored(rows.GetString(7)))
            {
                Schema = Header(SchemaVersion), Principal = Header(Principal), Key = Header(Key), Command = Header(Command), Index = Header(Index),
            };

            string? Text(int column) => rows.IsDBNull(column) ? null : rows.GetString(column);
            JsonElement? Header(string name) => headers.ValueKind is JsonValueKind.Object && headers.TryGetProperty(name, out var value) ? value.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? Stored(value.GetRawText()) : value : null;

            // PostgreSQL knows times that .NET does not; no event was at one.
            DateTimeOffset Time()
            {
                try { return new(rows.GetDateTime(2), TimeSpan.Zero); }
                catch (Exception e) when (e is InvalidCastException or ArgumentException or OverflowException) { return DateTimeOffset.MinValue; }
            }
        }
    }

    /// <summary>How deep what is told of a row may nest, so that answers, lines and messages can hold it; no event comes near.</summary>
    const int Deepest = 48;

    /// <summary>The JSON, or where it nests too deep to be told so, its text.</summary>
    static JsonElement Stored(string json)
    {
        try { return JsonElement.Parse(json, new() { MaxDepth = Deepest }); }
        catch (JsonException) { return JsonSerializer.SerializeToElement(json); }
    }

    /// <summary>What the fold needs of the events after a revision, in order and without gaps: the events alone, and their times.</summary>
    /// <remarks>How the metadata are laid out is of no matter to it: who and by which command decides nothing. An account whose newest events have metadata of a later version is served; its history is not told.</remarks>
    /// <inheritdoc cref="Read(NpgsqlConnection, AccountId, long, long, CancellationToken)"/>
    public static async IAsyncEnumerable<(AccountEvent Event, DateTimeOffset At)> ReadToFold(NpgsqlConnection connection, AccountId account, long after, long most = long.MaxValue, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await using var command = new NpgsqlCommand($"select version, type, timestamp, data, {Content("$3")} from iam.mt_events where tenant_id = $1 and stream_id = $1 and version > $2 order by version limit $4", connection)
        {
            Parameters = { new() { Value = account.Value }, new() { Value = after }, new() { Value = Catalogue.BuiltIn.Digest.Value }, new() { Value = most } },
        };
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            if (rows.GetInt64(0) is var revision && revision != ++after) throw new BrokenStreamException(account, after, $"is missing; the next is {revision}");
            var @event = Event(account, revision, rows.GetString(1), rows.GetFieldValue<byte[]>(3));
            if (@event is CatalogueAdopted adopted) Catalogues.Have(account, revision, adopted.Digest, rows.IsDBNull(4) ? null : rows.GetString(4));
            yield return (@event, new(rows.GetDateTime(2), TimeSpan.Zero));
        }
    }

    /// <summary>With an event that names a catalogue comes its content, where it is not the one that this version brings.</summary>
    static string Content(string builtIn) => $"case when type = 'catalogue-adopted' and data->>'Digest' <> {builtIn} then (select content from iam.catalogues where digest = data->>'Digest') end";

    static AccountEvent Event(AccountId account, long revision, string type, ReadOnlySpan<byte> data)
    {
        if (!Kinds.TryGetValue(type, out var kind)) throw new BrokenStreamException(account, revision, $"is of a kind that this version does not know: {type}") { IsForGood = true };
        try { return (AccountEvent)JsonSerializer.Deserialize(data, kind)!; }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new BrokenStreamException(account, revision, "can't be read by this version", e) { IsForGood = true };
        }
    }

    static readonly FrozenDictionary<string, JsonTypeInfo> Kinds = AccountEvent.Kinds.ToFrozenDictionary(kind => kind.Key, kind => Json.Options.GetTypeInfo(kind.Value), StringComparer.Ordinal);

    static RecordedEvent Read(AccountId account, NpgsqlDataReader row)
    {
        var revision = row.GetInt64(0);
        var (type, data) = (row.GetString(1), row.GetString(7));
        var @event = Event(account, revision, type, Encoding.UTF8.GetBytes(data));
        try
        {
            using var headers = JsonDocument.Parse(row.GetString(6));
            var metadata = headers.RootElement;
            if (metadata.GetProperty(SchemaVersion).GetInt32() is not RecordedEvent.CurrentSchema and var schema) throw new BrokenStreamException(account, revision, $"has metadata of version {schema}") { IsForGood = true };
            return new(account, revision, @event, new DateTimeOffset(row.GetDateTime(2), TimeSpan.Zero),
                new(metadata.GetProperty(Principal).GetString()!, metadata.GetProperty(Key).GetString()!, row.GetString(3)),
                metadata.GetProperty(Command).GetString()!, metadata.GetProperty(Index).GetInt32(), row.GetString(4), row.IsDBNull(5) ? null : row.GetString(5)) { Type = type, Data = data };
        }
        catch (Exception e) when (e is JsonException or FormatException or KeyNotFoundException or InvalidOperationException or InvalidCastException)
        {
            throw new BrokenStreamException(account, revision, "can't be read", e);
        }
    }
}

/// <summary>The account's stream can't be followed beyond a revision: nothing of it is guessed, the account stops there.</summary>
sealed class BrokenStreamException(AccountId account, long revision, string what, Exception? cause = null)
    : Exception(string.Create(CultureInfo.InvariantCulture, $"Account {account}: revision {revision} {what}."), cause)
{
    /// <summary>The revision that can't be followed.</summary>
    public long Revision => revision;

    /// <summary>Whether no other attempt helps, only another version of the program.</summary>
    public bool IsForGood { get; init; }
}
