using System.Diagnostics;
using System.Text.Json;

namespace IamEventSourced.Server;

/// <summary>The one writer: batches of what waits, each decided on the directory that the one before left, appended together, answered after the commit.</summary>
public sealed partial class LiveAccount
{
    async Task Write()
    {
        List<Waiting> batch = [];
        while (await _waiting.Reader.WaitToReadAsync())
        {
            batch.Clear();
            await _turn.WaitAsync();
            while (batch.Count < MostInBatch && _waiting.Reader.TryRead(out var waiting)) batch.Add(waiting);
            try { await Carry(OncePerId(batch)); }
            catch (Exception e)
            {
                LogDefect(_log, Account, e);
                Refuse(batch, Unknown);
            }
            finally { _turn.Release(); }
        }
    }

    /// <summary>
    /// The commands with an id of their own. One that comes twice in a batch is answered as the first, without its secrets; where the
    /// first was refused, its id is free again, and another command with it takes its turn anew. So does one whose id is its signature, and the
    /// same where the first was not begun because nobody waited for that one.
    /// </summary>
    List<Waiting> OncePerId(List<Waiting> batch)
    {
        var first = new Dictionary<CommandId, Waiting>();
        foreach (var waiting in batch)
            if (!first.TryAdd(waiting.Id, waiting)) _ = Follow(waiting, first[waiting.Id]);
        return [.. batch.Where(waiting => ReferenceEquals(first[waiting.Id], waiting))];

        async Task Follow(Waiting waiting, Waiting first)
        {
            var reply = (await first.Done.Task)!;
            if (waiting.Id.IsOfSignature || reply.Refusal == NotBegun || reply.Refusal is not null && !(first.IsSame(waiting) && first.Request.Expected == waiting.Request.Expected))
            {
                if (!_waiting.Writer.TryWrite(waiting)) waiting.Done.TrySetResult(NotTaken);
                return;
            }
            waiting.Done.TrySetResult(!first.IsSame(waiting) ? new(IamError.IdempotentParameterMismatch(waiting.Id), reply.Revision)
                : reply with { Answer = reply.Answer is null ? null : JsonSerializer.SerializeToElement(reply.Answer, Json.WithoutSecrets) });
        }
    }

    /// <summary>What is said to a command that can't wait here; null: the account has left the memory.</summary>
    Reply? NotTaken => _ended ? null : new(IamError.ServiceUnavailable("Too many commands wait for this account; nothing was done."), _directory.Revision);

    /// <summary>Carries out a batch to the end: every command in it is answered.</summary>
    async Task Carry(List<Waiting> batch)
    {
        var began = Stopwatch.GetTimestamp();
        var doubtful = false;
        for (var attempt = 0; ; attempt++)
        {
            batch.RemoveAll(waiting => waiting.Done.Task.IsCompleted);
            if (batch.Count is 0) return;
            if (_broken is { } broken) // since they came to wait
            {
                Refuse(batch, broken.Message);
                return;
            }
            var writing = false;
            try
            {
                await Attempt(batch, doubtful, () => writing = true);
                continue;
            }
            catch (BrokenStreamException e)
            {
                Refuse(batch, doubtful ? Unknown : e.Message);
                return;
            }
            catch (OvertakenException) { Volatile.Write(ref _contended, Stopwatch.GetTimestamp()); }
            catch (Exception e)
            {
                switch (AccountTransaction.FailureOf(e))
                {
                    case Failure.Conflict: Volatile.Write(ref _contended, Stopwatch.GetTimestamp()); break;
                    case Failure.Repeated: break;
                    case Failure.Taken when batch is [{ Command.Taken: { } taken } late]:
                        Answer(late, new(taken, _directory.Revision), late.Last?.Permissions);
                        continue;
                    case Failure.BadData when batch is [var bad]:
                        Answer(bad, new(IamError.InvalidInput("A parameter holds a text that can't be stored."), _directory.Revision), bad.Last?.Permissions);
                        continue;
                    case Failure.Defect or Failure.Taken when batch is [var unfit]:
                        LogDefect(_log, Account, e);
                        Answer(unfit, new(IamError.ServiceFailure, _directory.Revision), unfit.Last?.Permissions);
                        continue;
                    case Failure.BadData or Failure.Defect or Failure.Taken:
                        foreach (var alone in batch.ToList()) await Carry([alone]);
                        continue;
                    default:
                        doubtful |= writing;
                        if (writing) LogUnknown(_log, Account, batch.Count, e);
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
            catch (BrokenStreamException e)
            {
                Refuse(batch, doubtful ? Unknown : e.Message);
                return;
            }
            catch (Exception e) when (AccountTransaction.FailureOf(e) is Failure.Unknown) { } // the next attempt says what is to be said
        }
    }

    /// <summary>Takes what others wrote, and answers those of the batch that were carried out before.</summary>
    async Task Settle(List<Waiting> batch)
    {
        var at = _time.GetTimestamp();
        await Take(await _store.ReadAfter(_directory, default), at);
        var head = await _store.ReadHead(Account, [.. batch.Select(waiting => waiting.Id)], default);
        if (head.Revision != _directory.Revision) return; // what is said below may depend on the newest
        foreach (var waiting in batch)
            if (head.CarriedOut.TryGetValue(waiting.Id, out var before)) Repeat(waiting, before);
    }

    /// <summary>One try: decides each on the directory that the one before left, writes all together, publishes and answers.</summary>
    async Task Attempt(List<Waiting> batch, bool doubtful, Action writing)
    {
        foreach (var waiting in batch) waiting.Last = null;
        var lockFirst = doubtful || Stopwatch.GetElapsedTime(Volatile.Read(ref _contended)) < Contention && Volatile.Read(ref _contended) != long.MinValue;
        var at = _time.GetTimestamp();
        var decision = lockFirst ? null : Decide(batch);
        if (decision is not null && decision.Each.All(one => one.Outcome.Refusal is not null))
        {
            // Nothing to write. A refusal is true only of the newest directory, and only of a command that was not carried out before.
            var newest = await _store.ReadHead(Account, [.. batch.Select(waiting => waiting.Id)], default);
            if (newest.Revision != _directory.Revision) throw new OvertakenException();
            Confirm(at);
            Reply(decision.Each, newest.CarriedOut);
            return;
        }

        var began = Telemetry.Now;
        using var span = Telemetry.BeginCommit(batch.Select(waiting => waiting.Span));
        await using var transaction = await _store.Begin(Account, default);
        if (lockFirst)
        {
            if (await transaction.Lock(default) > _directory.Revision) await Take(await transaction.ReadAfter(_directory, default), at);
            if (doubtful)
            {
                // What was in doubt is over now: the lock waited for it. Who was carried out then is answered; the rest is decided anew.
                var done = await transaction.Find([.. batch.Select(waiting => waiting.Id)], default);
                foreach (var waiting in batch)
                    if (done.TryGetValue(waiting.Id, out var earlier)) Repeat(waiting, earlier);
                batch.RemoveAll(waiting => waiting.Done.Task.IsCompleted);
                if (batch.Count is 0) return;
            }
        }
        var (decided, after, events, made) = decision ?? Decide(batch);
        var claimed = decided.Where(one => one.Outcome.Refusal is null).Select(CarriedOut).ToList();
        var refused = decided.Where(one => one.Outcome.Refusal is not null).Select(one => one.Waiting.Id).ToList();
        var happened = events.Select(recorded => recorded.Event).ToList();
        var secrets = await _secrets.Keep(Account, _dataKey, events, made, default);
        var now = _time.GetUtcNow();
        var origins = Origins.Insert(Account, [.. decided.Where(one => one.Outcome.Events.Count > 0).Select(one => (one.Revision - one.Outcome.Events.Count + 1, one.Waiting.Request.Origin))], now);
        var before = await transaction.Commit(new(_directory.Revision, events, claimed, now,
            [.. secrets.Statements, .. origins, .. Aliases.Statements(Account, happened), .. Emails.Statements(Account, happened, made, _shared), .. Catalogues.Statements(happened)], refused), () =>
        {
            foreach (var one in decided) one.Waiting.Attempts.Add(one);
            writing();
        }, default);
        Telemetry.Committed(decided.Count, began);

        if (secrets.DataKey is not null) _dataKey = secrets.DataKey;
        Hold(secrets.Ended, secrets.Sealed);
        Publish(after);
        Confirm(at);
        Reply(decided, before);
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
            var call = new Call(request.Caller, request.Id, Now(after), _ids) { Origin = request.Origin, Passwords = waiting.Passwords, Codes = waiting.Request.Codes };
            var before = after;
            var kept = events.Count;
            var asked = _decisions.Keeps ? new AskedPermissions(before, call, []) : null;
            Decided one;
            try
            {
                var outcome = !request.IsWanted() ? NotBegun : after.Refusal(waiting.Command, call, checks: asked?.Checks) is { } refusal ? refusal
                    : request.Expected is { } expected && expected != after.Revision ? IamError.PreconditionFailed(expected, after.Revision)
                    : waiting.Command.Decide(after, call);
                var by = outcome.Events.Count is 0 ? null : new Actor(request.Caller.PrincipalId, request.Caller.Key, after.ArnOf(request.Caller));
                for (var i = 0; i < outcome.Events.Count; i++)
                {
                    after = after.Apply(outcome.Events[i], call.At);
                    events.Add(new(Account, after.Revision, outcome.Events[i], call.At, by!, request.Id, i, request.Correlation ?? request.Id.Value, request.Causation));
                }
                one = new(waiting, outcome, after.Revision, outcome.Refusal is null ? waiting.Command.AnswerOn(after, outcome) : null) { Permissions = asked };
                made.AddRange(outcome.Secrets);
            }
            catch (Exception e)
            {
                // A defect of one command fails this one alone.
                LogDefect(_log, Account, e);
                after = before;
                events.RemoveRange(kept, events.Count - kept);
                one = new(waiting, IamError.ServiceFailure, after.Revision, null) { Permissions = asked };
            }
            waiting.Last = one;
            decided.Add(one);
        }
        return new(decided, after, events, made);
    }

    static CarriedOut CarriedOut(Decided one) => new(one.Waiting.Id, one.Waiting.Request.Caller.PrincipalId, one.Waiting.Hash, one.Revision,
        one.Answer is null ? null : JsonSerializer.Serialize(one.Answer, Json.WithoutSecrets));

    void Reply(IReadOnlyList<Decided> decided, IReadOnlyDictionary<CommandId, CarriedOut> carriedOut)
    {
        foreach (var one in decided)
        {
            var (waiting, outcome, revision, answer) = one;
            if (outcome.Refusal is not null && carriedOut.TryGetValue(waiting.Id, out var before)) Repeat(waiting, before);
            else Answer(waiting, new(outcome.Refusal, revision, answer), one.Permissions);
        }
    }

    /// <summary>Answers a command, and keeps what was asked of the caller's permissions for that.</summary>
    void Answer(Waiting waiting, Reply reply, AskedPermissions? asked)
    {
        if (waiting.Done.TrySetResult(reply) && asked is var (directory, call, checks)) _decisions.Keep(waiting.Request, directory, call, checks);
    }

    /// <summary>Answers a command that was carried out before.</summary>
    void Repeat(Waiting waiting, CarriedOut before)
    {
        var (reply, asked) = Repeated(waiting, before);
        Answer(waiting, reply, asked);
    }

    (Reply Reply, AskedPermissions? Asked) Repeated(Waiting waiting, CarriedOut before)
    {
        if (!waiting.IsSame(before.Caller, before.Request)) return (new(IamError.IdempotentParameterMismatch(waiting.Id), before.Revision), null);
        // By ourselves, in an attempt of which we did not learn that it held: nobody has had its answer yet, nor its secret.
        if (waiting.Attempts.Find(attempt => attempt.Outcome.Refusal is null && attempt.Revision == before.Revision && IsAnswer(attempt, before)) is { } own) return (new(null, own.Revision, own.Answer), own.Permissions);
        AskedPermissions? asked = null;
        if (waiting.Id.IsOfSignature && before.Revision != _directory.Revision)
        {
            // An equal request of the same second, or one played back, and something happened since: "done" need not be true any more, and doing it might not be meant.
            var call = new Call(waiting.Request.Caller, waiting.Id, Now(_directory), _ids) { Origin = waiting.Request.Origin, Passwords = waiting.Passwords, Codes = waiting.Request.Codes };
            asked = _decisions.Keeps ? new(_directory, call, []) : null;
            var now = _directory.Decide(waiting.Command, call, asked?.Checks);
            if (now.Refusal is not null || now.Events.Count > 0) return (new(now.Refusal ?? IamError.Throttling, _directory.Revision), asked);
        }
        return (new(null, before.Revision, before.Answer is null ? null : JsonElement.Parse(before.Answer)), asked);
    }

    static bool IsAnswer(Decided attempt, CarriedOut before) => (CarriedOut(attempt).Answer, before.Answer) switch
    {
        (null, null) => true,
        ({ } own, { } stored) => JsonElement.DeepEquals(JsonElement.Parse(own), JsonElement.Parse(stored)),
        _ => false,
    };

    void Refuse(List<Waiting> batch, string why)
    {
        foreach (var waiting in batch)
            // Of one whose COMMIT was on its way nobody knows on which revision it was decided, or whether.
            if (waiting.Done.TrySetResult(new(IamError.ServiceUnavailable(why), _directory.Revision)) && waiting.Attempts is [.., { Permissions: var (_, call, checks) }]) _decisions.Miss(waiting.Request, call, checks);
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
}
