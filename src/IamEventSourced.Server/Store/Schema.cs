using System.Text.RegularExpressions;
using Marten;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// What the database holds, made by the migrate verb and by no start: Marten's tables, ours, and the server's role with the rights
/// that suffice. That role may add events and read them, never change or delete one.
/// </summary>
static partial class Schema
{
    /// <summary>The role that servers work as.</summary>
    public const string ServerRole = "iam_server";

    static string Tables => $"""
        create table if not exists iam.commands (
          account text not null, command_id text not null, caller text not null, request bytea not null, revision bigint not null, answer jsonb, at timestamptz not null,
          primary key (account, command_id));
        create table if not exists iam.timeline (
          account text not null, entity text not null, revision bigint not null, at timestamptz not null, primary key (account, entity, revision));
        create index if not exists timeline_at on iam.timeline (account, at) where entity = account;
        create table if not exists iam.catalogues (
          digest text primary key, content text not null, check (digest = encode(sha256(convert_to(content, 'UTF8')), 'hex')));
        create table if not exists iam.data_keys (account text primary key, master_key text, wrapped bytea not null);
        alter table iam.data_keys add column if not exists master_key text;
        create table if not exists iam.secrets (account text not null, kind text not null, credential_id text not null, sealed bytea not null, primary key (account, kind, credential_id));
        do $$ begin
          if not exists (select from information_schema.columns where table_schema = 'iam' and table_name = 'secrets' and column_name = 'kind') then
            alter table iam.secrets add kind text not null default 'access-key', drop constraint secrets_pkey;
            update iam.secrets set kind = 'private-key' where starts_with(credential_id, 'ASCA');
            alter table iam.secrets alter kind drop default, add primary key (account, kind, credential_id);
          end if;
        end $$;
        create table if not exists iam.console_sessions (
          account text not null, session_id text not null, secret_hash bytea not null, user_id text, password_id text not null, mfa boolean not null, began_at timestamptz not null, expires_at timestamptz not null,
          primary key (account, session_id));
        create table if not exists iam.origins (
          account text not null, revision bigint not null, at timestamptz not null, source_ip text not null, user_agent text, primary key (account, revision));
        create index if not exists origins_at on iam.origins (at);
        create table if not exists iam.account_aliases (alias text primary key, account text not null unique);
        create table if not exists iam.account_emails (fingerprint bytea primary key, account text not null unique);
        create sequence if not exists iam.refused_attempts_id;
        create table if not exists iam.refused_attempts (
          account text not null, at timestamptz not null, id bigint not null default nextval('iam.refused_attempts_id'), principal text, access_key_id text, operation text not null,
          code text not null, message text not null, source_ip text, command_id text, attempts bigint not null default 1, primary key (account, at, id)) partition by range (at);
        create index if not exists refused_attempts_principal on iam.refused_attempts (account, principal, at);
        create table if not exists iam.refused_attempts_others partition of iam.refused_attempts default;
        create table if not exists iam.decisions (
          account text not null, at timestamptz not null, id bigint not null, revision bigint not null, engine text not null, operation text not null, request_id text not null, caller text not null, signed_by text not null,
          access_key_id text not null, principal text, principal_arn text not null, action text not null, resource text, context text, decision text not null, reason text not null, error text, names_revision bigint,
          one_in int not null, primary key (account, at, id)) partition by range (at);
        create index if not exists decisions_principal on iam.decisions (account, principal, at);
        create table if not exists iam.decisions_others partition of iam.decisions default;
        create table if not exists iam.decision_gaps (account text not null, from_at timestamptz not null, to_at timestamptz not null, decisions bigint not null);
        create index if not exists decision_gaps_to on iam.decision_gaps (account, to_at);
        do $$ begin
          if to_regclass('iam.access_key_uses') is not null then
            alter table iam.access_key_uses rename to credential_uses;
            alter table iam.credential_uses rename access_key_id to credential_id;
          end if;
        end $$;
        create table if not exists iam.credential_uses (
          account text not null, credential_id text not null, day date not null, used_at timestamptz not null, service text not null, region text not null,
          primary key (account, credential_id, day)) with (fillfactor = 70);
        create table if not exists iam.accesses (
          account text not null, user_id text not null, service text not null, action text not null, used_at timestamptz not null) with (fillfactor = 70);
        create unique index if not exists accesses_of on iam.accesses (account, user_id, service, lower(action));
        create table if not exists iam.uses_known (account text not null, principal text not null, uses text not null, since timestamptz not null, primary key (account, principal, uses));
        insert into iam.uses_known (account, principal, uses, since) select '', '', unnest(array['accesses', 'credential_uses']), now() on conflict do nothing;
        create table if not exists iam.mfa_codes (
          account text not null, mfa_device_id text not null, wrong int not null, since timestamptz not null, step bigint not null, primary key (account, mfa_device_id));
        create table if not exists iam.nodes (node uuid primary key, address text not null, seen_at timestamptz not null);
        create table if not exists iam.ledger_spans (
          account text not null, number bigint not null, root bytea not null, leaves bytea not null, primary key (account, number));
        alter table iam.ledger_spans alter leaves set storage external;
        create table if not exists iam.tree_heads (
          account text not null, size bigint not null, root text not null, at timestamptz not null, key text not null, signature text not null, primary key (account, size));
        create table if not exists iam.subscribers (
          account text not null, name text not null, id uuid not null, queue text not null, events boolean not null, notices boolean not null, revision bigint not null, primary key (account, name));
        create table if not exists iam.alerts (
          account text not null, alert_id text not null, began_at timestamptz not null, began_revision bigint not null, alert json not null, resolved_at timestamptz, resolved_revision bigint, sent smallint not null default 0,
          primary key (account, alert_id, began_at));
        create unique index if not exists alerts_active on iam.alerts (account, alert_id) where resolved_at is null;
        create index if not exists alerts_unsent on iam.alerts (account, began_at) where {AlertNotices.UnsentRows};
        create table if not exists iam.alert_comparisons (account text primary key, revision bigint not null);
        create table if not exists iam.checkpoints (
          account text not null, version text not null, revision bigint not null, leaf bytea not null, chunks int not null, mac bytea not null, at timestamptz not null default now(),
          primary key (account, version, revision));
        create table if not exists iam.checkpoint_chunks (
          account text not null, version text not null, revision bigint not null, number int not null, content bytea not null, primary key (account, version, revision, number),
          foreign key (account, version, revision) references iam.checkpoints on delete cascade);
        alter table iam.checkpoint_chunks alter content set storage external;
        {string.Concat(IntervalTable.All.Select(table => table.Create))}
        """;

    static string Rights => $"""
        grant usage on schema iam to {ServerRole};
        grant select, insert on iam.mt_events to {ServerRole};
        grant select, insert, update (version, timestamp) on iam.mt_streams to {ServerRole};
        grant select on all tables in schema iam to {ServerRole};
        grant usage, select on all sequences in schema iam to {ServerRole};
        grant insert on iam.ledger_spans, iam.tree_heads, iam.commands, iam.timeline, iam.origins, iam.refused_attempts, iam.decisions, iam.decision_gaps, iam.catalogues, iam.data_keys to {ServerRole};
        grant insert, delete on iam.secrets, iam.console_sessions, iam.checkpoints to {ServerRole};
        grant insert, update (wrong, since, step) on iam.mfa_codes to {ServerRole};
        grant insert, update (resolved_at, resolved_revision, sent) on iam.alerts to {ServerRole};
        grant insert, update (revision) on iam.alert_comparisons to {ServerRole};
        grant insert, update (used_at, action) on iam.accesses to {ServerRole};
        grant insert, update (used_at, service, region) on iam.credential_uses to {ServerRole};
        grant insert, update (alias), delete on iam.account_aliases to {ServerRole};
        grant insert, update (fingerprint), delete on iam.account_emails to {ServerRole};
        grant update (revision) on iam.subscribers to {ServerRole};
        grant insert, update, delete on iam.nodes to {ServerRole};
        grant insert on iam.checkpoint_chunks to {ServerRole};
        {string.Concat(IntervalTable.All.Select(table => $"grant insert, update (to_revision, to_at) on {table.Qualified} to {ServerRole};\n"))}
        """;

    /// <summary>Brings the database to what this version needs; as often as one likes, beside others.</summary>
    /// <param name="owner">A connection string of a role that may create schemas and roles.</param>
    public static async Task Migrate(string owner)
    {
        await using var database = NpgsqlDataSource.Create(owner);
        await using var guard = await database.OpenConnectionAsync();
        await Execute(guard, "select pg_advisory_lock(7315024)"); // one migration at a time
        await using (var store = DocumentStore.For(marten => EventStore.Configure(marten, database)))
            await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync(JasperFx.AutoCreate.CreateOrUpdate);
        // Roles are the whole cluster's: another database of it may be migrated at the same moment, beyond the lock's reach.
        await Execute(guard, $"""
            do $$ begin
              if not exists (select from pg_roles where rolname = '{ServerRole}') then
                begin create role {ServerRole} login; exception when duplicate_object or unique_violation then null; end;
              end if;
              if not pg_has_role(current_user, '{ServerRole}', 'member') then
                begin execute format('grant {ServerRole} to %I', current_user); exception when unique_violation then null; end;
              end if;
            end $$
            """);
        await Execute(guard, Tables);
        await Retention.MakeMonths(guard, DateTimeOffset.UtcNow);
        await Execute(guard, Rights);
        await Messages.MigrateBus(owner);
        await Execute(guard, Messages.GrantsTo(ServerRole));
    }

    /// <summary>Why servers of this version can't work with the database yet; null when they can.</summary>
    public static async Task<string?> Missing(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select bool_and(to_regclass(name) is not null) from unnest($1) name");
        command.Parameters.Add(new() { Value = (string[])["iam.mt_events", .. CreatedTable.Matches(Tables).Select(table => table.Groups[1].Value)] });
        return !(bool)(await command.ExecuteScalarAsync(cancel))! ? "The database has not been migrated. Run the migrate verb with the owner's connection string first." : null;
    }

    [GeneratedRegex(@"create table if not exists (\S+)")]
    private static partial Regex CreatedTable { get; }

    static async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
