using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace IamEventSourced.Server;

/// <summary>
/// Tells on the bus when an alert of an account begins and when it ends: the node that owns the account compares what there is to alert of with what was noted in the database, soon after the account changed and once an
/// hour, since some begin by the clock alone. Never in the commands' way: it reads a directory that is there, and pauses nine times as long as each account took. What is told is noted before it is sent, and that
/// it was sent after: a restart, another owner or a bus that is down loses none, and tells one twice at most where a node dies in between, under the same id.
/// </summary>
sealed partial class AlertNotices(NpgsqlDataSource database, AccountStore store, LiveAccounts accounts, Dispatcher dispatcher, Nodes nodes, ServerOptions options, TimeProvider time, SubscriberQueues queues, ILogger<AlertNotices> log) : BackgroundService
{
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250), Everywhere = TimeSpan.FromMinutes(1);
    /// <summary>How long after an account was compared it is again, though nothing changed in it.</summary>
    static readonly TimeSpan Often = TimeSpan.FromHours(1);
    /// <summary>How many times longer than a comparison took nothing is compared.</summary>
    const int Rest = 9;
    const int MostAtOnce = 500, MostSentAtOnce = 100, MostSendings = 20;

    readonly AlertLimits _limits = options.AlertLimits;
    readonly string? _queue = options.AlertsQueue is not { Length: > 0 } name ? null : Messages.IsQueueOfOthers(name) ? name
        : throw new InvalidOperationException($"Iam__AlertsQueue: {Messages.NoQueueOfOthers(name)}");
    readonly Dictionary<AccountId, (long Revision, DateTimeOffset At)> _compared = [];
    readonly HashSet<AccountId> _unsent = [], _failing = [];
    volatile int _failingCount;
    long _everywhere;
    bool _failed;

    /// <summary>Of how many of this node's accounts alerts could not be told at the last attempt.</summary>
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
            var all = _everywhere is 0 || time.GetElapsedTime(_everywhere) >= Everywhere;
            IReadOnlyList<(AccountId, long)> heads = all ? await store.ReadHeads(null, cancel) : [.. accounts.Now.Select(account => (account.Directory.Account, account.Directory.Revision))];
            if (all) _everywhere = time.GetTimestamp();
            foreach (var (account, revision) in heads)
                if (nodes.OwnerOf(account) is not null) Forget(account);
                else if (IsDue(account, revision) || _unsent.Contains(account)) await TellOne(account, revision, cancel);
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
    bool IsDue(AccountId account, long revision) => !_compared.TryGetValue(account, out var last) || revision != last.Revision || (time.GetUtcNow() - last.At).Duration() >= Often;

    async Task TellOne(AccountId account, long revision, CancellationToken cancel)
    {
        try
        {
            if (IsDue(account, revision) && accounts.Broken(account) is null)
            {
                var (began, at) = (time.GetTimestamp(), time.GetUtcNow());
                var directory = accounts.Live(account)?.Directory ?? await store.ReadAt(new(account), revision, cancel);
                await Note(directory, new(at.UtcTicks - at.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero), cancel);
                _compared[account] = (directory.Revision, at);
                await Task.Delay(time.GetElapsedTime(began) * Rest, time, cancel);
            }
            _unsent.Add(account);
            for (var sendings = 1; await Send(account, cancel); sendings++)
                if (sendings is MostSendings) return; // now the others, then on
            _unsent.Remove(account);
            _failing.Remove(account);
        }
        catch (Exception e) when (!e.IsUnreachable && (e is not OperationCanceledException || !cancel.IsCancellationRequested))
        {
            if (_failing.Add(account)) LogAccountFailed(log, e, account); // the others are told of all the same
        }
    }

    /// <summary>Notes what began and what ended since it was looked at last. Nothing of a later revision than the directory's is undone.</summary>
    internal async Task Note(Directory directory, DateTimeOffset at, CancellationToken cancel)
    {
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
            await Execute("update iam.alerts set resolved_at = $3, resolved_revision = $4 where account = $1 and alert_id = any($2) and resolved_at is null and began_revision <= $4", directory.Account.Value, some, at, directory.Revision);

        Task Begin(IReadOnlyList<Alert> alerts) => alerts.Count is 0 ? Task.CompletedTask : Execute("""
            insert into iam.alerts (account, alert_id, began_at, began_revision, alert)
            select $1, id, $4, $5, alert::json from unnest($2::text[], $3::text[]) u(id, alert)
            where not exists (select from iam.alerts a where a.account = $1 and a.alert_id = id and a.resolved_revision > $5)
            on conflict do nothing
            """, directory.Account.Value, alerts.Select(alert => alert.AlertId).ToArray(), alerts.Select(alert => JsonSerializer.Serialize(alert, Json.Options)).ToArray(), at, directory.Revision);

        async Task Execute(string sql, params object[] values)
        {
            await using var command = database.CreateCommand(sql);
            foreach (var value in values) command.Parameters.Add(new() { Value = value });
            await command.ExecuteNonQueryAsync(cancel);
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
            where account = $1 and {Unsent} order by began_at, alert_id limit {MostSentAtOnce} for update skip locked
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
            for (; sent < notices.Count; sent++) await queues.Send(_queue!, notices[sent].Notice);
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
        return notices.Count >= MostSentAtOnce;
    }

    /// <summary>Of which rows not all is sent: 1 is that it began, 2 that it ended.</summary>
    internal const string Unsent = "(sent = 0 or sent = 1 and resolved_at is not null)";

    [LoggerMessage(Level = LogLevel.Warning, Message = "The alerts of account {Account} could not be compared, noted or sent; it will be tried again, and none is lost")]
    static partial void LogAccountFailed(ILogger log, Exception failure, AccountId account);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Which accounts there is to alert of could not be read; it will be tried again")]
    static partial void LogFailed(ILogger log, Exception failure);
}
