using System.Threading.Channels;
using Npgsql;
using NpgsqlTypes;

namespace IamEventSourced.Benchmarks;

/// <summary>
/// The floor: what one account's writer would cost if it did nothing but write. One writer takes the calls that wait and sends them as one
/// prepared NpgsqlBatch, one round trip and one transaction, into tables of the same shape as the service's: the stream's version
/// with its check, command ids, events, the timeline, the interval rows.
/// </summary>
sealed class RawBatch : IAsyncDisposable
{
    const int MostInBatch = 256;

    sealed record Waiting(string Id, string Entity, bool Opens)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    static readonly byte[] Hash = new byte[32];
    readonly Channel<Waiting> _waiting = Channel.CreateUnbounded<Waiting>();
    readonly NpgsqlConnection _connection;
    readonly string _account;
    readonly bool _users;
    readonly Task _writer;
    long _version;

    RawBatch(NpgsqlConnection connection, string account, bool users, long version)
    {
        (_connection, _account, _users, _version) = (connection, account, users, version);
        _writer = Write();
    }

    /// <summary>The transactions so far.</summary>
    public long Batches { get; private set; }

    public static async Task Prepare(NpgsqlDataSource owner)
    {
        await using var command = owner.CreateCommand("""
            create schema floor;
            create table floor.plain (id text primary key, account text not null, data jsonb not null);
            create table floor.mt_streams (like iam.mt_streams including all);
            create table floor.mt_events (like iam.mt_events including all);
            create sequence floor.mt_events_sequence;
            create table floor.commands (like iam.commands including all);
            create table floor.timeline (like iam.timeline including all);
            create table floor.memberships (like iam.memberships including all);
            create table floor.users (like iam.users including all);
            do $$ declare f record; begin
              for f in select pg_get_constraintdef(oid) d from pg_constraint where conrelid = 'iam.mt_events'::regclass and contype = 'f' loop
                execute 'alter table floor.mt_events add ' || replace(f.d, 'iam.', 'floor.');
              end loop;
            end $$;
            """);
        await command.ExecuteNonQueryAsync();
    }

    public static async Task<RawBatch> Open(NpgsqlDataSource database, string account, bool users)
    {
        var connection = await database.OpenConnectionAsync();
        await using var stream = new NpgsqlCommand("insert into floor.mt_streams (id, tenant_id, version, timestamp, is_archived) values ($1, $1, 0, now(), false)", connection) { Parameters = { new() { Value = account } } };
        await stream.ExecuteNonQueryAsync();
        return new(connection, account, users, 0);
    }

    /// <summary>A caller that opens a fact of its own and closes it again, in turn.</summary>
    public Func<Task> Caller(string entity)
    {
        var opens = false;
        return () =>
        {
            var waiting = new Waiting(Guid.CreateVersion7().ToString(), entity, opens = !opens);
            _waiting.Writer.TryWrite(waiting);
            return waiting.Done.Task;
        };
    }

    async Task Write()
    {
        var (table, key, values) = _users ? ("users", "user_id", ", user_name, path") : ("memberships", "group_id, user_id", "");
        await using var batch = new NpgsqlBatch(_connection);
        var stream = Add("update floor.mt_streams set version = $2 / (version = $3)::int, timestamp = $4 where tenant_id = $1 and id = $1"); // another's version: division by zero
        var (account, to, from, time) = (Text(stream), One<long>(stream), One<long>(stream), One<DateTime>(stream));
        var commands = Add("insert into floor.commands (account, command_id, caller, request, revision, answer, at) select $1, i, $1, q, r, null, $2 from unnest($3::text[], $4::bytea[], $5::bigint[]) as new(i, q, r)");
        Text(commands);
        var (commandTime, ids, hashes, revisions) = (One<DateTime>(commands), One<string[]>(commands), One<byte[][]>(commands), One<long[]>(commands));
        var events = Add("""
            insert into floor.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, correlation_id, headers, user_name, is_archived)
            select nextval('floor.mt_events_sequence'), i, $1, v, d, t, $2, $1, $3, c, h, $4, false from unnest($5::uuid[], $6::bigint[], $7::jsonb[], $8::text[], $9::text[], $10::jsonb[]) as new(i, v, d, t, c, h)
            """);
        Text(events);
        var eventTime = One<DateTime>(events);
        One<string>(events).TypedValue = "IamEventSourced.UserAddedToGroup, IamEventSourced";
        One<string>(events).TypedValue = $"arn:aws:iam::{_account}:root";
        var (eventIds, versions, data, types, correlations, headers) = (One<Guid[]>(events), One<long[]>(events), Json(events), One<string[]>(events), One<string[]>(events), Json(events));
        var timeline = Add("insert into floor.timeline (account, entity, revision, at) select $1, *, $4 from unnest($2, $3)");
        Text(timeline);
        var (entities, entityRevisions, timelineTime) = (One<string[]>(timeline), One<long[]>(timeline), One<DateTime>(timeline));
        var close = Add(_users
            ? "update floor.users t set to_revision = c.r, to_at = $3 from unnest($2, $4) c(u, r) where t.account = $1 and t.user_id = c.u and t.to_revision is null"
            : "update floor.memberships t set to_revision = c.r, to_at = $3 from unnest($2, $4) c(u, r) where t.account = $1 and t.group_id = 'AGPAAAAAAAAAAAAAAAAAA' and t.user_id = c.u and t.to_revision is null");
        Text(close);
        var (closed, closeTime, closeRevisions) = (One<string[]>(close), One<DateTime>(close), One<long[]>(close));
        var open = Add($"insert into floor.{table} (account, {key}{values}, from_revision, from_at) select $1, {(_users ? "u, u, '/'" : "'AGPAAAAAAAAAAAAAAAAAA', u")}, r, $3 from unnest($2, $4) c(u, r)");
        Text(open);
        var (opened, openTime, openRevisions) = (One<string[]>(open), One<DateTime>(open), One<long[]>(open));
        account.TypedValue = _account;
        await batch.PrepareAsync();

        List<Waiting> taken = [];
        while (await _waiting.Reader.WaitToReadAsync())
        {
            taken.Clear();
            while (taken.Count < MostInBatch && _waiting.Reader.TryRead(out var waiting)) taken.Add(waiting);
            try
            {
                var now = DateTime.UtcNow;
                var numbers = taken.Select((_, i) => _version + 1 + i).ToArray();
                var names = taken.Select(one => one.Id).ToArray();
                time.TypedValue = commandTime.TypedValue = eventTime.TypedValue = timelineTime.TypedValue = closeTime.TypedValue = openTime.TypedValue = now;
                (from.TypedValue, to.TypedValue) = (_version, _version + taken.Count);
                (ids.TypedValue, hashes.TypedValue, revisions.TypedValue) = (names, taken.Select(_ => Hash).ToArray(), numbers);
                (eventIds.TypedValue, versions.TypedValue) = (taken.Select(_ => Guid.CreateVersion7()).ToArray(), numbers);
                data.TypedValue = taken.Select(one => $$"""{"GroupId":"AGPAAAAAAAAAAAAAAAAAA","UserId":"{{one.Entity}}"}""").ToArray();
                types.TypedValue = taken.Select(one => one.Opens ? "user-added-to-group" : "user-removed-from-group").ToArray();
                correlations.TypedValue = names;
                headers.TypedValue = names.Select(id => $$"""{"key":"AKIAIOSFODNN7EXAMPLE","index":0,"schema":1,"command":"{{id}}","principal":"{{_account}}"}""").ToArray();
                entities.TypedValue = taken.SelectMany(one => _users ? new[] { _account, one.Entity } : [_account, "AGPAAAAAAAAAAAAAAAAAA", one.Entity]).ToArray();
                entityRevisions.TypedValue = numbers.SelectMany(number => Enumerable.Repeat(number, _users ? 2 : 3)).ToArray();
                (closed.TypedValue, closeRevisions.TypedValue) = Facts(opens: false);
                (opened.TypedValue, openRevisions.TypedValue) = Facts(opens: true);
                await batch.ExecuteNonQueryAsync();
                _version += taken.Count;
                Batches++;
                foreach (var one in taken) one.Done.SetResult();

                (string[], long[]) Facts(bool opens) => ([.. taken.Where(one => one.Opens == opens).Select(one => one.Entity)], [.. numbers.Where((_, i) => taken[i].Opens == opens)]);
            }
            catch (Exception e)
            {
                foreach (var one in taken) one.Done.TrySetException(e);
            }
        }

        NpgsqlBatchCommand Add(string sql)
        {
            var command = new NpgsqlBatchCommand(sql);
            batch.BatchCommands.Add(command);
            return command;
        }
        NpgsqlParameter<string> Text(NpgsqlBatchCommand command)
        {
            var parameter = One<string>(command);
            parameter.TypedValue = _account;
            return parameter;
        }
        static NpgsqlParameter<T> One<T>(NpgsqlBatchCommand command)
        {
            var parameter = new NpgsqlParameter<T>();
            command.Parameters.Add(parameter);
            return parameter;
        }
        static NpgsqlParameter<string[]> Json(NpgsqlBatchCommand command)
        {
            var parameter = new NpgsqlParameter<string[]> { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb };
            command.Parameters.Add(parameter);
            return parameter;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.Complete();
        await _writer;
        await _connection.DisposeAsync();
    }
}
