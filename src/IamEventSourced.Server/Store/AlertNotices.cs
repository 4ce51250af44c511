using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace IamEventSourced.Server;

/// <summary>
/// Tells on the bus when an alert of an account begins and when it ends: the node that owns the account compares what there is to alert of with what was noted in the database, soon after the account changed and once an
/// hour, since some begin by the clock alone. Never in the commands' way: it reads a directory that is there, for a tenth of the time; an account that takes long is left alone nine times as long, and holds up no other. What is told is noted before it is sent, and that
/// it was sent after: a restart, another owner or a bus that is down loses none, and tells one twice at most where a node dies in between, under the same id.
/// </summary>
sealed partial class AlertNotices(NpgsqlDataSource database, AccountStore store, LiveAccounts accounts, Checkpoints checkpoints, Dispatcher dispatcher, Nodes nodes, ServerOptions options, TimeProvider time, SubscriberQueues queues, ILogger<AlertNotices> log) : BackgroundService
{
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250), Everywhere = TimeSpan.FromMinutes(1);
    /// <summary>How long after an account was compared it is again, though nothing changed in it.</summary>
    static readonly TimeSpan Often = TimeSpan.FromHours(1);
    /// <summary>How many times longer than its comparison took an account is not compared.</summary>
    const int Rest = 9;
    /// <summary>How long is compared at each look; who has no turn then comes first at the next.</summary>
    static readonly TimeSpan AtOnce = Look / (Rest + 1);
    static readonly TimeSpan LongestSending = TimeSpan.FromSeconds(2);
    const int MostAtOnce = 500, MostSentAtOnce = 100, MostSendings = 20;

    readonly AlertLimits _limits = options.AlertLimits;
    readonly string? _queue = Messages.QueueOfOthers("Iam__AlertsQueue", options.AlertsQueue);
    readonly Dictionary<AccountId, (long Revision, DateTimeOffset At, long Began, TimeSpan Took)> _compared = [];
    readonly HashSet<AccountId> _unsent = [], _failing = [];
    IReadOnlyList<(AccountId Account, long Revision)> _everywhere = [];
    long _lookedEverywhere;
    long _unsentAlerts;
    volatile int _failingCount;
    bool _failed;

    /// <summary>Alerts of any account of which not all is sent, at the last look at all, which is each minute.</summary>
    public long Unsent => Volatile.Read(ref _unsentAlerts);

    /// <summary>Accounts of this node whose alerts could not be compared, noted or sent at the last attempt.</summary>
    public int Failing => _failingCount;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_queue is null) return;
        using var timer = new PeriodicTimer(Look, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await TellDue(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
    }

    /// <summary>Compares the accounts that are due, and sends what is not sent yet.</summary>
    internal async Task TellDue(CancellationToken cancel)
    {
        try
        {
            if (_lookedEverywhere is 0 || time.GetElapsedTime(_lookedEverywhere) >= Everywhere)
            {
                _everywhere = await store.ReadHeads(null, cancel);
                Volatile.Write(ref _unsentAlerts, await CountUnsent(cancel));
                _lookedEverywhere = time.GetTimestamp();
            }
            // Those that are live, since they are at hand, and of them those that changed; then those that were compared longest ago.
            var live = accounts.Now.ToDictionary(account => account.Directory.Account, account => account.Directory.Revision);
            var due = live.Select(one => (Account: one.Key, Revision: one.Value)).Concat(_everywhere.Where(head => !live.ContainsKey(head.Account)))
                .Where(head => _unsent.Contains(head.Account) || IsDue(head.Account, head.Revision))
                .OrderBy(head => _failing.Contains(head.Account)).ThenBy(head => !live.ContainsKey(head.Account))
                .ThenBy(head => _compared.GetValueOrDefault(head.Account).Revision == head.Revision).ThenBy(head => _compared.GetValueOrDefault(head.Account).Began).ToList();
            var began = time.GetTimestamp();
            foreach (var (account, revision) in due)
                if (nodes.OwnerOf(account) is not null) Forget(account);
                else await TellOne(account, revision, time.GetElapsedTime(began) < AtOnce, cancel);
            _failed = false;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            if (!_failed) LogFailed(log, e);
            _failed = true;
        }
        _failingCount = _failing.Count;
    }

    /// <summary>Another node tells of it.</summary>
    void Forget(AccountId account)
    {
        _compared.Remove(account);
        _unsent.Remove(account);
        _failing.Remove(account);
    }

    // By the clock on the wall, as alerts begin by it: where that is set, they may begin or end.
    bool IsDue(AccountId account, long revision) => !_compared.TryGetValue(account, out var last)
        || (revision != last.Revision || (time.GetUtcNow() - last.At).Duration() >= Often) && time.GetElapsedTime(last.Began) >= last.Took * (Rest + 1);

    async Task TellOne(AccountId account, long revision, bool compare, CancellationToken cancel)
    {
        try
        {
            if (compare && IsDue(account, revision))
            {
                _unsent.Add(account);
                if (accounts.Broken(account) is null) await Compare();
            }
            if (!_unsent.Contains(account)) return;
            for (var sendings = 1; await Send(account, cancel); sendings++)
                if (sendings is MostSendings) return; // now the others, then on
            _unsent.Remove(account);
            _failing.Remove(account);
        }
        catch (Exception e) when (!e.IsUnreachable && (e is not OperationCanceledException || !cancel.IsCancellationRequested))
        {
            if (_failing.Add(account)) LogAccountFailed(log, e, account); // the others are told of all the same
        }

        async Task Compare()
        {
            var (began, at) = (time.GetTimestamp(), time.GetUtcNow());
            var directory = accounts.Live(account)?.Directory ?? await Read(account, revision, cancel);
            await Note(directory, new(at.UtcTicks - at.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero), cancel);
            _compared[account] = (directory.Revision, at, began, time.GetElapsedTime(began));
        }
    }

    /// <summary>An account that is not live, from its checkpoint on.</summary>
    async Task<Directory> Read(AccountId account, long revision, CancellationToken cancel) =>
        await checkpoints.Open(account, cancel) is not { } kept ? await store.ReadAt(new(account), revision, cancel)
        : kept.Revision < revision ? await store.ReadAt(kept, revision, cancel) : kept;

    async Task<long> CountUnsent(CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"select count(*) from iam.alerts where {UnsentRows}");
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    /// <summary>Notes what began and what ended since it was looked at last; nothing once the account was compared at a later revision than the directory's, here or on another node.</summary>
    internal async Task Note(Directory directory, DateTimeOffset at, CancellationToken cancel)
    {
        if (await Execute("insert into iam.alert_comparisons as c (account, revision) values ($1, $2) on conflict (account) do update set revision = excluded.revision where c.revision <= excluded.revision") is 0) return;
        const string newest = "with newest as materialized (select from iam.alert_comparisons where account = $1 and revision = $2 for update)"; // the next comparison waits
        var ended = await Active(directory, cancel);
        List<Alert> begun = [];
        await foreach (var alert in new Alerts(directory, dispatcher.HistoryOf(directory, cancel), at, _limits).After(null)!.WithCancellation(cancel))
        {
            if (ended.Remove(alert.AlertId)) continue; // it goes on
            begun.Add(alert);
            if (begun.Count < MostAtOnce) continue;
            await Begin(begun);
            begun.Clear();
        }
        await Begin(begun);
        foreach (var some in ended.Chunk(MostAtOnce))
            await Execute($"{newest} update iam.alerts set resolved_at = $4, resolved_revision = $2 from newest where account = $1 and alert_id = any($3) and resolved_at is null", some, at);

        Task Begin(IReadOnlyList<Alert> alerts) => alerts.Count is 0 ? Task.CompletedTask : Execute($"""
            {newest} insert into iam.alerts (account, alert_id, began_at, began_revision, alert)
            select $1, id, $5, $2, alert::json from unnest($3::text[], $4::text[]) u(id, alert), newest on conflict do nothing
            """, alerts.Select(alert => alert.AlertId).ToArray(), alerts.Select(alert => JsonSerializer.Serialize(alert, Json.Options)).ToArray(), at);

        async Task<int> Execute(string sql, params object[] values)
        {
            await using var command = database.CreateCommand(sql);
            foreach (var value in (object[])[directory.Account.Value, directory.Revision, .. values]) command.Parameters.Add(new() { Value = value });
            return await command.ExecuteNonQueryAsync(cancel);
        }
    }

    /// <summary>The ids of the alerts that were noted and have not ended.</summary>
    async Task<HashSet<string>> Active(Directory directory, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select alert_id from iam.alerts where account = $1 and resolved_at is null");
        command.Parameters.Add(new() { Value = directory.Account.Value });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        HashSet<string> active = new(StringComparer.Ordinal);
        while (await rows.ReadAsync(cancel)) active.Add(rows.GetString(0));
        return active;
    }

    /// <summary>Puts into the queue what was noted and not sent, oldest first; what another node is sending is left to it.</summary>
    /// <returns>Whether there may be more.</returns>
    async Task<bool> Send(AccountId account, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        List<(AlertNotice Notice, DateTimeOffset Began, short Number)> notices = [];
        await using (var command = new NpgsqlCommand($"""
            select alert_id, began_at, began_revision, alert, resolved_at, resolved_revision, sent from iam.alerts
            where account = $1 and {UnsentRows} order by began_at, alert_id limit {MostSentAtOnce} for update skip locked
            """, connection) { Parameters = { new() { Value = account.Value } } })
        await using (var rows = await command.ExecuteReaderAsync(cancel))
            while (await rows.ReadAsync(cancel))
            {
                var (id, began, alert) = (rows.GetString(0), new DateTimeOffset(rows.GetDateTime(1), TimeSpan.Zero), JsonSerializer.Deserialize<Alert>(rows.GetString(3), Json.Options)!);
                if (rows.GetInt16(6) is 0) Add(AlertNotice.Active, rows.GetInt64(2), began, 1);
                if (!rows.IsDBNull(4)) Add(AlertNotice.Resolved, rows.GetInt64(5), new(rows.GetDateTime(4), TimeSpan.Zero), 2);

                void Add(string status, long revision, DateTimeOffset at, short number) => notices.Add((new($"{id}@{Json.Write(began)}/{status}", account, status, alert, revision, at), began, number));
            }
        var sent = 0;
        try
        {
            // No longer than the transaction may stand idle, or none would ever be noted as sent.
            for (var began = time.GetTimestamp(); sent < notices.Count && time.GetElapsedTime(began) < LongestSending; sent++) await queues.Send(_queue!, notices[sent].Notice);
        }
        finally
        {
            if (sent > 0)
            {
                await using var command = new NpgsqlCommand("update iam.alerts a set sent = u.sent from (select id, began, max(sent) sent from unnest($2::text[], $3::timestamptz[], $4::smallint[]) u(id, began, sent) group by id, began) u where a.account = $1 and a.alert_id = u.id and a.began_at = u.began", connection);
                foreach (var value in (object[])[account.Value, notices.Take(sent).Select(one => one.Notice.Alert.AlertId).ToArray(), notices.Take(sent).Select(one => one.Began).ToArray(), notices.Take(sent).Select(one => one.Number).ToArray()]) command.Parameters.Add(new() { Value = value });
                await command.ExecuteNonQueryAsync(CancellationToken.None);
                await transaction.CommitAsync(CancellationToken.None);
            }
        }
        return sent < notices.Count || notices.Count >= MostSentAtOnce;
    }

    /// <summary>Of which rows not all is sent: 1 is that it began, 2 that it ended.</summary>
    internal const string UnsentRows = "(sent = 0 or sent = 1 and resolved_at is not null)";

    [LoggerMessage(Level = LogLevel.Warning, Message = "The alerts of account {Account} could not be compared, noted or sent; it will be tried again, and none is lost")]
    static partial void LogAccountFailed(ILogger log, Exception failure, AccountId account);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Which accounts there is to alert of could not be read; it will be tried again")]
    static partial void LogFailed(ILogger log, Exception failure);
}
