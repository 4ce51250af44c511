using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// An account that this node holds in memory: its newest directory, which readers take without a lock, and the one writer that decides
/// the commands that wait, in turn, and appends what they come to in one transaction. The answers go out after the commit.
/// </summary>
#pragma warning disable CA1001 // The semaphore has no wait handle; it ends with the account.
public sealed partial class LiveAccount
{
    const int MostWaiting = 4096, MostInBatch = 256;
    /// <summary>How long a batch is tried whose outcome is not known or that others keep overtaking.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    /// <summary>How long after a lost race batches begin with the stream's row lock: two optimistic writers cost 15–25 times the throughput.</summary>
    static readonly TimeSpan Contention = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(2);
    /// <summary>How long a sender is kept waiting, whatever the database does: the command's id tells later what came of it.</summary>
    static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(10);
    const string Unknown = "It is not known whether this was done; repeat it under the same command id.";
    const string Unreachable = "The database can't be reached; this request changed nothing.";

    readonly AccountStore _store;
    readonly Secrets _secrets;
    readonly IIdSource _ids;
    readonly TimeProvider _time;
    readonly Action<AccountId, long> _announce;
    readonly ILogger _log;
    readonly Channel<Waiting> _waiting = Channel.CreateBounded<Waiting>(MostWaiting);
    readonly SemaphoreSlim _turn = new(1); // of whoever makes the next directory: the writer or a catch-up
    readonly ConcurrentDictionary<AccessKeyId, byte[]> _sealed = new();
    readonly SharedRead<long> _head;
    readonly SharedRead<long> _ahead;
    volatile Directory _directory;
    volatile TaskCompletionSource _advanced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    byte[]? _dataKey;
    long _contended = long.MinValue, _confirmed;

    /// <summary>A command on its way, and where its reply goes.</summary>
    sealed record Waiting(Request Request, ICommand Command, byte[] Hash)
    {
        public TaskCompletionSource<Reply> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public CommandId Id => Request.Id;
        /// <summary>What attempts came to whose COMMIT was on its way; one of them may be what the command table tells of.</summary>
        public List<Decided> Attempts { get; } = [];
        public bool IsSame(Waiting other) => IsSame(other.Request.Caller.PrincipalId, other.Hash);
        public bool IsSame(string caller, byte[] hash) => caller == Request.Caller.PrincipalId && hash.AsSpan().SequenceEqual(Hash);
    }

    /// <summary>What one command came to in a batch that is not committed yet.</summary>
    sealed record Decided(Waiting Waiting, Outcome Outcome, long Revision, object? Answer);

    /// <summary>What a batch came to: each command, the directory after them, and what there is to write.</summary>
    sealed record Decision(IReadOnlyList<Decided> Each, Directory After, IReadOnlyList<RecordedEvent> Events, IReadOnlyList<NewSecret> Made);

    internal LiveAccount(AccountId account, AccountStore store, Secrets secrets, IIdSource ids, TimeProvider time, Action<AccountId, long> announce, ILogger log)
    {
        (_store, _secrets, _ids, _time, _announce, _log) = (store, secrets, ids, time, announce, log);
        _directory = new(account);
        _head = new(async () => (await store.ReadHead(account, [], default)).Revision);
        _ahead = new(Advance);
        // Not as part of the request that happens to open the account: its writer works for everybody.
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(Write);
    }

    /// <summary>The newest directory that this node has.</summary>
    public Directory Directory => _directory;

    /// <summary>When this node last knew that its directory was the newest.</summary>
    /// <remarks>How long ago that was is measured, not read off the clock, which may be set.</remarks>
    public DateTimeOffset Confirmed => _time.GetUtcNow() - _time.GetElapsedTime(Volatile.Read(ref _confirmed));

    AccountId Account => _directory.Account;

    /// <summary>Whose an access key is and its secret; user null: root's; null: no key of this account.</summary>
    public (UserId? User, Func<Secret> Secret)? KeyOf(AccessKeyId key)
    {
        var directory = _directory;
        UserId? user = null;
        if (!directory.RootKeys.Contains(key) && !directory.KeyOwners.TryGet(key, out user)) return null;
        return _sealed.TryGetValue(key, out var kept) && _dataKey is { } dataKey ? (user, () => _secrets.Open(Account, dataKey, key, kept)) : null;
    }

    /// <summary>Has the command carried out, once, and says what came of it. Never throws for what a command can come to.</summary>
    internal async Task<Reply> Execute(Request request, ICommand command)
    {
        var waiting = new Waiting(request, command, RequestHash.Of(command));
        if (!_waiting.Writer.TryWrite(waiting)) return TooMany;
        try { return await waiting.Done.Task.WaitAsync(LongestAnswer); }
        catch (TimeoutException) { return new(IamError.ServiceUnavailable(Unknown), _directory.Revision); }
    }

    /// <summary>Brings the directory to the newest revision there is; one read serves all who wait.</summary>
    public Task CatchUp(CancellationToken cancel = default) => _ahead.Next().WaitAsync(cancel);

    async Task<long> Advance()
    {
        await _turn.WaitAsync();
        try
        {
            var at = _time.GetTimestamp();
            Take(await _store.ReadAfter(Account, _directory.Revision, default), at);
            return _directory.Revision;
        }
        finally { _turn.Release(); }
    }

    /// <summary>Makes sure that the directory is not older than this moment's newest; one read serves all who wait.</summary>
    /// <exception cref="TimeoutException">The database does not say.</exception>
    /// <exception cref="BrokenStreamException">The stream is shorter than it was.</exception>
    public async Task Newest(CancellationToken cancel)
    {
        var at = _time.GetTimestamp();
        var head = await _head.Next().WaitAsync(Patience, cancel);
        if (head > _directory.Revision) await CatchUp(cancel).WaitAsync(Patience, cancel);
        else Confirm(at);
        if (head > _directory.Revision) throw new BrokenStreamException(Account, _directory.Revision + 1, "is missing, though the stream had it");
    }

    /// <summary>Waits until the directory has this revision.</summary>
    /// <param name="revision">The revision.</param>
    /// <param name="patience">For how long; zero: one look is taken, and it throws when the database can't be asked.</param>
    /// <param name="cancel">Ends the waiting.</param>
    /// <returns>False: it has not.</returns>
    public async Task<bool> AtLeast(long revision, TimeSpan patience, CancellationToken cancel)
    {
        for (var since = Stopwatch.GetTimestamp(); ;)
        {
            var advanced = _advanced.Task;
            if (_directory.Revision >= revision) return true;
            var left = patience == TimeSpan.Zero ? LongestLook : patience - Stopwatch.GetElapsedTime(since);
            if (left <= TimeSpan.Zero) return false;
            try
            {
                // Only where there is something to read, since reading takes the writer's turn.
                if (await _head.Next().WaitAsync(left, cancel) > _directory.Revision) await CatchUp(cancel).WaitAsync(left, cancel);
            }
            catch (Exception e) when (e.IsUnreachable && patience > TimeSpan.Zero) { } // it may still come by the writer; else the revision it has is said
            if (_directory.Revision >= revision) return true;
            if (patience == TimeSpan.Zero) return false;
            await Task.WhenAny(advanced, Task.Delay(Pause, cancel));
        }
    }

    /// <summary>A hint that the account has this revision.</summary>
    internal void Hint(long revision, CancellationToken cancel)
    {
        if (revision > _directory.Revision) _ = Quietly();
        async Task Quietly()
        {
            try { if (revision > _directory.Revision) await CatchUp(cancel); }
            catch (Exception e) { LogBehind(_log, Account, e); } // the look each second comes again
        }
    }

    /// <summary>Notes that at this moment (a timestamp, not a time) the account's newest revision was this one.</summary>
    internal void Heard(long revision, long at)
    {
        if (_directory.Revision >= revision) Confirm(at);
    }

    void Confirm(long at)
    {
        for (var known = Volatile.Read(ref _confirmed); at > known;)
            if (Interlocked.CompareExchange(ref _confirmed, at, known) is var was && was == known) return; else known = was;
    }

    async Task Write()
    {
        List<Waiting> batch = [];
        while (await _waiting.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < MostInBatch && _waiting.Reader.TryRead(out var waiting)) batch.Add(waiting);
            await _turn.WaitAsync();
            try { await Carry(OncePerId(batch)); }
            catch (Exception e)
            {
                LogDefect(_log, Account, e);
                foreach (var waiting in batch) waiting.Done.TrySetResult(new(IamError.ServiceUnavailable(Unknown), _directory.Revision));
            }
            finally { _turn.Release(); }
        }
    }

    /// <summary>
    /// The commands with an id of their own. One that comes twice in a batch is answered as the first, without its secrets; where the
    /// first was refused, its id is free again, and another command with it takes its turn anew. So does one whose id is its signature.
    /// </summary>
    List<Waiting> OncePerId(List<Waiting> batch)
    {
        var first = new Dictionary<CommandId, Waiting>();
        foreach (var waiting in batch)
            if (!first.TryAdd(waiting.Id, waiting)) _ = Follow(waiting, first[waiting.Id]);
        return [.. batch.Where(waiting => ReferenceEquals(first[waiting.Id], waiting))];

        async Task Follow(Waiting waiting, Waiting first)
        {
            var reply = await first.Done.Task;
            if (waiting.Id.IsOfSignature || reply.Refusal is not null && !(first.IsSame(waiting) && first.Request.Expected == waiting.Request.Expected))
            {
                if (!_waiting.Writer.TryWrite(waiting)) waiting.Done.TrySetResult(TooMany);
                return;
            }
            waiting.Done.TrySetResult(!first.IsSame(waiting) ? new(IamError.IdempotentParameterMismatch(waiting.Id), reply.Revision)
                : reply with { Answer = reply.Answer is null ? null : JsonSerializer.SerializeToElement(reply.Answer, Json.WithoutSecrets) });
        }
    }

    Reply TooMany => new(IamError.ServiceUnavailable("Too many commands wait for this account; nothing was done."), _directory.Revision);

    /// <summary>Carries out a batch to the end: every command in it is answered.</summary>
    async Task Carry(List<Waiting> batch)
    {
        var began = Stopwatch.GetTimestamp();
        var doubtful = false;
        for (var attempt = 0; ; attempt++)
        {
            batch.RemoveAll(waiting => waiting.Done.Task.IsCompleted);
            if (batch.Count is 0) return;
            var writing = false;
            try
            {
                await Attempt(batch, doubtful, () => writing = true);
                continue;
            }
            catch (OvertakenException) { Volatile.Write(ref _contended, Stopwatch.GetTimestamp()); }
            catch (Exception e)
            {
                switch (AccountTransaction.FailureOf(e))
                {
                    case Failure.Conflict: Volatile.Write(ref _contended, Stopwatch.GetTimestamp()); break;
                    case Failure.Repeated: break;
                    case Failure.BadData when batch is [var bad]:
                        bad.Done.SetResult(new(IamError.InvalidInput("A parameter holds a text that can't be stored."), _directory.Revision));
                        continue;
                    case Failure.Defect when batch is [var unfit]:
                        LogDefect(_log, Account, e);
                        unfit.Done.SetResult(new(IamError.ServiceFailure, _directory.Revision));
                        continue;
                    case Failure.BadData or Failure.Defect:
                        foreach (var alone in batch.ToList()) await Carry([alone]);
                        continue;
                    default:
                        doubtful |= writing;
                        LogUnknown(_log, Account, batch.Count, e);
                        if (!writing && attempt > 0)
                        {
                            // Only those whose COMMIT was on its way are in doubt and worth waiting for.
                            if (!doubtful) Refuse(batch, Unreachable);
                            while (_waiting.Reader.TryRead(out var waiting)) Refuse([waiting], Unreachable);
                            if (!doubtful) return;
                        }
                        if (doubtful) await Task.Delay(Pause);
                        break;
                }
            }
            if (Stopwatch.GetElapsedTime(began) > Patience)
            {
                Refuse(batch, doubtful ? Unknown : "Others keep changing this account; nothing was done.");
                return;
            }
            try { await Settle(batch); }
            catch (Exception e) when (AccountTransaction.FailureOf(e) is Failure.Unknown && e is not BrokenStreamException) { } // the next attempt says what is to be said
        }
    }

    /// <summary>Takes what others wrote, and answers those of the batch that were carried out before.</summary>
    async Task Settle(List<Waiting> batch)
    {
        var at = _time.GetTimestamp();
        Take(await _store.ReadAfter(Account, _directory.Revision, default), at);
        var head = await _store.ReadHead(Account, [.. batch.Select(waiting => waiting.Id)], default);
        foreach (var waiting in batch)
            if (head.CarriedOut.TryGetValue(waiting.Id, out var before)) waiting.Done.TrySetResult(Repeated(waiting, before));
    }

    /// <summary>One try: decides each on the directory that the one before left, writes all together, publishes and answers.</summary>
    async Task Attempt(List<Waiting> batch, bool doubtful, Action writing)
    {
        var lockFirst = doubtful || Stopwatch.GetElapsedTime(Volatile.Read(ref _contended)) < Contention && Volatile.Read(ref _contended) != long.MinValue;
        var at = _time.GetTimestamp();
        var decision = lockFirst ? null : Decide(batch);
        if (decision is not null && decision.Each.All(one => one.Outcome.Refusal is not null))
        {
            // Nothing to write. A refusal is true only of the newest directory, and only of a command that was not carried out before.
            var newest = await _store.ReadHead(Account, [.. batch.Select(waiting => waiting.Id)], default);
            if (newest.Revision != _directory.Revision) throw new OvertakenException();
            Confirm(at);
            Reply(decision.Each, newest);
            return;
        }

        await using var transaction = await _store.Begin(Account, default);
        if (lockFirst)
        {
            if (await transaction.Lock(default) > _directory.Revision) Take(await transaction.ReadAfter(_directory.Revision, default), at);
            if (doubtful)
            {
                // What was in doubt is over now: the lock waited for it. Who was carried out then is answered; the rest is decided anew.
                var done = await transaction.Claim([], [.. batch.Select(waiting => waiting.Id)], default, [], default);
                foreach (var waiting in batch)
                    if (done.CarriedOut.TryGetValue(waiting.Id, out var before)) waiting.Done.TrySetResult(Repeated(waiting, before));
                batch.RemoveAll(waiting => waiting.Done.Task.IsCompleted);
                if (batch.Count is 0) return;
            }
        }
        var (decided, after, events, made) = decision ?? Decide(batch);
        var claimed = decided.Where(one => one.Outcome.Refusal is null).Select(CarriedOut).ToList();
        var refused = decided.Where(one => one.Outcome.Refusal is not null).Select(one => one.Waiting.Id).ToList();
        var secrets = _secrets.Keep(Account, _dataKey, made, events.Select(recorded => recorded.Event));
        var now = _time.GetUtcNow();
        var origins = Origins.Insert(Account, [.. decided.Where(one => one.Outcome.Events.Count > 0).Select(one => (one.Revision - one.Outcome.Events.Count + 1, one.Waiting.Request.Origin))], now);
        var head = await transaction.Claim(claimed, refused, now, origins is null ? secrets.Statements : [.. secrets.Statements, origins], default);
        if (head.Revision != _directory.Revision) throw new OvertakenException();
        foreach (var one in decided) one.Waiting.Attempts.Add(one);
        writing();
        await transaction.Commit(_directory.Revision, events, default);

        if (secrets.DataKey is not null) _dataKey = secrets.DataKey;
        foreach (var (id, kept) in secrets.Sealed) _sealed[id] = kept;
        foreach (var ended in events.Select(recorded => recorded.Event).OfType<AccessKeyDeleted>()) _sealed.TryRemove(ended.AccessKeyId, out _);
        Publish(after);
        Confirm(at);
        Reply(decided, head);
        if (events.Count > 0) _announce(Account, after.Revision);
    }

    Decision Decide(List<Waiting> batch)
    {
        var after = _directory;
        List<RecordedEvent> events = [];
        List<NewSecret> made = [];
        List<Decided> decided = new(batch.Count);
        foreach (var waiting in batch)
        {
            var request = waiting.Request;
            var call = new Call(request.Caller, request.Id, Now(after), _ids) { Origin = request.Origin };
            var before = after;
            var kept = events.Count;
            try
            {
                var outcome = after.Refusal(waiting.Command, call) is { } refusal ? refusal
                    : request.Expected is { } expected && expected != after.Revision ? IamError.PreconditionFailed(expected, after.Revision)
                    : waiting.Command.Decide(after, call);
                var by = outcome.Events.Count is 0 ? null : new Actor(request.Caller.PrincipalId, request.Caller.Key, after.ArnOf(request.Caller));
                for (var i = 0; i < outcome.Events.Count; i++)
                {
                    after = after.Apply(outcome.Events[i], call.At);
                    events.Add(new(Account, after.Revision, outcome.Events[i], call.At, by!, request.Id, i, request.Correlation ?? request.Id.Value, request.Causation));
                }
                decided.Add(new(waiting, outcome, after.Revision, outcome.Refusal is null ? waiting.Command.AnswerOn(after, outcome) : null));
                made.AddRange(outcome.Secrets);
            }
            catch (Exception e)
            {
                // A defect of one command fails this one alone.
                LogDefect(_log, Account, e);
                after = before;
                events.RemoveRange(kept, events.Count - kept);
                decided.Add(new(waiting, IamError.ServiceFailure, after.Revision, null));
            }
        }
        return new(decided, after, events, made);
    }

    static CarriedOut CarriedOut(Decided one) => new(one.Waiting.Id, one.Waiting.Request.Caller.PrincipalId, one.Waiting.Hash, one.Revision,
        one.Answer is null ? null : JsonSerializer.Serialize(one.Answer, Json.WithoutSecrets));

    void Reply(IReadOnlyList<Decided> decided, Head head)
    {
        foreach (var (waiting, outcome, revision, answer) in decided)
            waiting.Done.TrySetResult(outcome.Refusal is not null && head.CarriedOut.TryGetValue(waiting.Id, out var before) ? Repeated(waiting, before) : new(outcome.Refusal, revision, answer));
    }

    /// <summary>What is said to a command that was carried out before.</summary>
    Reply Repeated(Waiting waiting, CarriedOut before)
    {
        if (!waiting.IsSame(before.Caller, before.Request)) return new(IamError.IdempotentParameterMismatch(waiting.Id), before.Revision);
        // By ourselves, in an attempt of which we did not learn that it held: nobody has had its answer yet, nor its secret.
        if (waiting.Attempts.Find(attempt => attempt.Outcome.Refusal is null && attempt.Revision == before.Revision && IsAnswer(attempt, before)) is { } own) return new(null, own.Revision, own.Answer);
        // An equal request of the same second, or one played back. Where it would change something now, "done" would not be true, and doing it might not be meant.
        if (waiting.Id.IsOfSignature && _directory.Decide(waiting.Command, new(waiting.Request.Caller, waiting.Id, Now(_directory), _ids) { Origin = waiting.Request.Origin }).Events.Count > 0)
            return new(IamError.Throttling, _directory.Revision);
        return new(null, before.Revision, before.Answer is null ? null : JsonElement.Parse(before.Answer));
    }

    static bool IsAnswer(Decided attempt, CarriedOut before) => (CarriedOut(attempt).Answer, before.Answer) switch
    {
        (null, null) => true,
        ({ } own, { } stored) => JsonElement.DeepEquals(JsonElement.Parse(own), JsonElement.Parse(stored)),
        _ => false,
    };

    void Refuse(List<Waiting> batch, string why)
    {
        foreach (var waiting in batch) waiting.Done.TrySetResult(new(IamError.ServiceUnavailable(why), _directory.Revision));
    }

    /// <summary>Takes events that are committed into the directory; there were no others at that moment.</summary>
    void Take(Tail tail, long at)
    {
        if (tail.DataKey is not null) _dataKey = tail.DataKey;
        foreach (var (id, kept) in tail.Sealed) _sealed[id] = kept;
        foreach (var recorded in tail.Events)
            if (recorded.Event is AccessKeyDeleted ended) _sealed.TryRemove(ended.AccessKeyId, out _);
        var directory = _directory.Apply(tail.Events);
        if (!ReferenceEquals(directory, _directory)) Publish(directory);
        Confirm(at);
    }

    void Publish(Directory directory)
    {
        _directory = directory;
        Interlocked.Exchange(ref _advanced, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    /// <summary>This moment, in whole microseconds; never before the account's last event, whatever the clock does.</summary>
    DateTimeOffset Now(Directory directory)
    {
        var now = _time.GetUtcNow();
        now = new(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
        return now > directory.At ? now : directory.At;
    }

    /// <summary>Another node wrote the account first.</summary>
    sealed class OvertakenException : Exception;

    [LoggerMessage(Level = LogLevel.Error, Message = "A command of account {Account} failed by a defect")]
    static partial void LogDefect(ILogger log, AccountId account, Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A transaction of account {Account} with {Commands} commands failed; whether it was committed will be looked up")]
    static partial void LogUnknown(ILogger log, AccountId account, int commands, Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Account {Account} could not be brought up to date; it will be tried again")]
    static partial void LogBehind(ILogger log, AccountId account, Exception failure);
}
