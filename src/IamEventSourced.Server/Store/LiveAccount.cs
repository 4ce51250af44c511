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
    /// <summary>How long a decision waits for the database when it could do without it.</summary>
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    /// <summary>How long a sender is kept waiting, whatever the database does: the command's id tells later what came of it.</summary>
    static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(10);
    internal const string Unknown = "It is not known whether this was done; repeat it under the same command id.";
    /// <summary>Said to nobody: the sender no longer waits.</summary>
    internal static readonly IamError NotBegun = IamError.ServiceUnavailable("Nobody waits for this any more; nothing was done.");
    const string Unreachable = "The database can't be reached; this request changed nothing.";

    readonly AccountStore _store;
    readonly Secrets _secrets;
    readonly ServiceKey _shared;
    readonly PasswordHashing _passwords;
    readonly IIdSource _ids;
    readonly TimeProvider _time;
    readonly Action<AccountId, long> _announce;
    readonly ILogger _log;
    readonly Checkpoints? _checkpoints;
    readonly SigningKeys _derived;
    readonly DecisionLog _decisions;
    readonly Channel<Waiting> _waiting = Channel.CreateBounded<Waiting>(MostWaiting);
    readonly SemaphoreSlim _turn = new(1); // of whoever makes the next directory: the writer or a catch-up
    readonly ConcurrentDictionary<SecretId, byte[]> _sealed = new();
    readonly SharedRead<long> _head;
    readonly SharedRead<long> _ahead;
    volatile Directory _directory;
    volatile TaskCompletionSource _advanced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    volatile BrokenStreamException? _broken;
    volatile bool _ended;
    DataKey? _dataKey;
    long _contended = long.MinValue, _confirmed, _promised, _used, _checkpointed;
    /// <summary>When a decision last began or ceased to wait for a database that did not answer; 0: it answers.</summary>
    long _silent;

    /// <summary>A command on its way, and where its reply goes.</summary>
    sealed record Waiting(Request Request, ICommand Command, byte[] Hash, PasswordWorked? Passwords)
    {
        public TaskCompletionSource<Reply?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public CommandId Id => Request.Id;
        /// <summary>The span of the operation, to which the transaction's links.</summary>
        public ActivityContext Span { get; } = Activity.Current?.Context ?? default;
        /// <summary>What attempts came to whose COMMIT was on its way; one of them may be what the command table tells of.</summary>
        public List<Decided> Attempts { get; } = [];
        /// <summary>What the attempt under way came to.</summary>
        public Decided? Last { get; set; }
        public bool IsSame(Waiting other) => IsSame(other.Request.Caller.PrincipalId, other.Hash);
        public bool IsSame(string caller, byte[] hash) => caller == Request.Caller.PrincipalId && hash.AsSpan().SequenceEqual(Hash);
    }

    /// <summary>What one command came to in a batch that is not committed yet.</summary>
    sealed record Decided(Waiting Waiting, Outcome Outcome, long Revision, object? Answer)
    {
        /// <summary>What was asked of the caller's permissions on the way; null: nobody wants to know.</summary>
        public AskedPermissions? Permissions { get; init; }
    }

    /// <summary>What was asked of a caller's permissions, and on which directory.</summary>
    sealed record AskedPermissions(Directory Directory, Call Call, List<PermissionCheck> Checks);

    /// <summary>What a batch came to: each command, the directory after them, and what there is to write.</summary>
    sealed record Decision(IReadOnlyList<Decided> Each, Directory After, IReadOnlyList<RecordedEvent> Events, IReadOnlyList<NewSecret> Made);

    internal LiveAccount(AccountId account, AccountStore store, Secrets secrets, ServiceKey shared, PasswordHashing passwords, IIdSource ids, TimeProvider time, Action<AccountId, long> announce, ILogger log, SigningKeys derived, DecisionLog decisions, Checkpoints? checkpoints = null)
    {
        (_store, _secrets, _shared, _passwords, _ids, _time, _announce, _log, _derived, _decisions, _checkpoints) = (store, secrets, shared, passwords, ids, time, announce, log, derived, decisions, checkpoints);
        _directory = new(account);
        _head = new(async () => (await store.ReadHead(account, [], default)).Revision);
        _ahead = new(Advance);
        // Not as part of the request that happens to open the account: its writer works for everybody.
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(Write);
    }

    /// <summary>The newest directory that this node has.</summary>
    public Directory Directory => _directory;

    /// <summary>Ends when there is a newer directory.</summary>
    internal Task Advanced => _advanced.Task;

    /// <summary>When this node last knew that its directory was the newest.</summary>
    /// <remarks>How long ago that was is measured, not read off the clock, which may be set.</remarks>
    public DateTimeOffset Confirmed => _time.GetUtcNow() - _time.GetElapsedTime(Volatile.Read(ref _confirmed));

    /// <summary>How many commands wait for the writer.</summary>
    internal int WaitingCommands => _waiting.Reader.Count;

    AccountId Account => _directory.Account;

    /// <summary>Whose an access key is and its secret; user null: root's; null: no active key of this account.</summary>
    public (UserId? User, Func<Secret> Secret)? KeyOf(AccessKeyId key)
    {
        var directory = _directory;
        directory.KeyOwners.TryGet(key, out var user);
        if (directory.Signing(key, user) is not { } active) return null;
        var secret = SecretKind.AccessKey.Of(key);
        return _sealed.TryGetValue(secret, out var kept) && _dataKey is { } dataKey ? (user, () => dataKey.Open(secret, active.Created.Revision, kept)) : null;
    }

    /// <summary>Whose session the token of temporary credentials is, and their secret; null: none of this account, or the key that opened it is not in force. Its time may be over.</summary>
    public (UserId? User, Session Session, Func<Secret> Secret)? SessionOf(AccessKeyId key, string token) =>
        _dataKey is { } dataKey && SessionToken.Open(dataKey, key, token) is { } found && _directory.Signing(found.Session.OpenedWith, found.User) is not null ? found : null;

    /// <summary>New temporary credentials for a session.</summary>
    internal Credentials CredentialsFor(UserId? user, Session session) => SessionToken.Seal(_dataKey!, _ids.NextAccessKeyId(Account).AsTemporary(), user, session);

    /// <summary>Why this node can't follow the account's stream beyond the directory, and serves it no more until it is upgraded; null: it can.</summary>
    internal BrokenStreamException? Broken => _broken;

    /// <summary>When it was asked last, as a timestamp.</summary>
    internal long Used => Volatile.Read(ref _used);

    /// <summary>Notes that it is asked now.</summary>
    internal void Use() => Volatile.Write(ref _used, _time.GetTimestamp());

    /// <summary>How much of the memory it takes: users, groups and policies.</summary>
    internal int Size => _directory is var directory ? directory.Users.Count + directory.Groups.Count + directory.Policies.Count : 0;

    /// <summary>Becomes live: from its checkpoint where there is one, then from what of the stream comes after.</summary>
    internal async Task Open()
    {
        if (_checkpoints is not null && await _checkpoints.Open(Account, default) is { } kept)
        {
            var (@sealed, dataKey) = await _store.ReadSecrets(Account, default);
            var unwrapped = dataKey is null ? null : await Unwrap(dataKey);
            await _turn.WaitAsync();
            try
            {
                foreach (var (id, one) in @sealed) _sealed[id] = one;
                (_dataKey, _checkpointed, _directory) = (unwrapped, kept.Revision, kept);
            }
            finally { _turn.Release(); }
        }
        await CatchUp();
    }

    /// <summary>Ends its writer, unless a command waits or is in flight. Who holds its directory goes on.</summary>
    internal bool TryEnd()
    {
        if (!_turn.Wait(0)) return false;
        try
        {
            if (_waiting.Reader.Count > 0) return false;
            _ended = true; // before anybody can find that nothing is taken any more
            if (!_waiting.Writer.TryComplete()) return false;
            if (_checkpoints is not null && _directory.Revision >= _checkpoints.WorthwhileAfter(_checkpointed)) _checkpoints.Offer(_directory);
            return true;
        }
        finally { _turn.Release(); }
    }

    /// <summary>Has the command carried out, once, and says what came of it. Never throws for what a command can come to.</summary>
    /// <returns>Null: it has left the memory and has to be found anew; nothing was done.</returns>
    internal async Task<Reply?> Execute(Request request, ICommand command)
    {
        if (_broken is { } broken) return new(IamError.ServiceUnavailable(broken.Message), _directory.Revision);
        var hash = RequestHash.Of(command, Operation.Of(command).TakesSecret ? _shared.Derive($"{nameof(RequestHash)} {Account}") : null);
        for (var working = 1; ; working++)
        {
            var (worked, tooMany) = command is IPasswordCommand slow ? await Work(request, slow) : default;
            if (tooMany is not null) return new(tooMany, _directory.Revision);
            var matched = command is IMFACodesCommand codes ? request with { Codes = await Match(request, codes) } : request;
            var waiting = new Waiting(matched, command, hash, worked);
            if (!_waiting.Writer.TryWrite(waiting)) return NotTaken;
            try
            {
                var reply = await waiting.Done.Task.WaitAsync(LongestAnswer);
                if (working is MostWorkings || reply is not { Refusal.Code: "EntityTemporarilyUnmodifiable" }) return reply;
            }
            catch (TimeoutException) { return new(IamError.ServiceUnavailable(Unknown), _directory.Revision); }
        }
    }

    /// <summary>Brings the directory to the newest revision there is; one read serves all who wait.</summary>
    public Task CatchUp(CancellationToken cancel = default) => _ahead.Next().WaitAsync(cancel);

    async Task<long> Advance()
    {
        await _turn.WaitAsync();
        try
        {
            if (_broken is { } broken) throw broken;
            var at = _time.GetTimestamp();
            await Take(await _store.ReadAfter(_directory, default), at);
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

    /// <summary>
    /// Tries to make the directory as new as what this node told of, for what is answered in any case: who asks waits <see cref="Soon"/> for the
    /// database and not longer. While it does not answer, one at a time waits so, and all others do not.
    /// </summary>
    internal async Task Nearer(CancellationToken cancel)
    {
        var silent = Volatile.Read(ref _silent);
        if (silent is not 0 && (_time.GetElapsedTime(silent) < Soon || Interlocked.CompareExchange(ref _silent, _time.GetTimestamp(), silent) != silent)) return;
        try
        {
            await Newest(cancel).WaitAsync(Soon, cancel);
            Volatile.Write(ref _silent, 0);
        }
        catch (Exception e) when (e.IsUnreachable) { Volatile.Write(ref _silent, _time.GetTimestamp()); }
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

    /// <summary>Whether this node has told a caller of a later revision than its directory has: that of a command which another node carried out.</summary>
    internal bool IsBehind => _directory.Revision < Volatile.Read(ref _promised);

    /// <summary>A caller is told of this revision; no answer of this node may be older from now on, but for a decision for which the database can't be asked.</summary>
    internal void Promise(long revision)
    {
        for (var known = Volatile.Read(ref _promised); revision > known;)
            if (Interlocked.CompareExchange(ref _promised, revision, known) is var was && was == known) return; else known = was;
    }

    /// <summary>A hint that the account has this revision.</summary>
    internal void Hint(long revision, CancellationToken cancel)
    {
        if (revision > _directory.Revision && _broken is null) _ = Quietly();
        async Task Quietly()
        {
            try { if (revision > _directory.Revision) await CatchUp(cancel); }
            catch (Exception e)
            {
                if (_broken is null) LogBehind(_log, Account, e); // the look each second comes again
            }
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

    /// <summary>Takes what is committed; there was nothing else at that moment.</summary>
    /// <exception cref="BrokenStreamException">There was, but this version does not know it: from now on nothing is said of the account.</exception>
    async Task Take(Tail tail, long at)
    {
        if (_dataKey is null && tail.DataKey is { } wrapped) _dataKey = await Unwrap(wrapped);
        Hold(tail.Ended, tail.Sealed);
        if (!ReferenceEquals(tail.Directory, _directory)) Publish(tail.Directory);
        if (tail.Broken is { } broken)
        {
            LogBroken(_log, Account, broken);
            throw _broken = broken;
        }
        Confirm(at);
    }

    /// <summary>Lets go the secrets that are no more, with what was derived from them, and holds the new ones.</summary>
    void Hold(IReadOnlyCollection<SecretId> ended, IReadOnlyDictionary<SecretId, byte[]> made)
    {
        foreach (var id in ended)
        {
            _sealed.TryRemove(id, out _);
            if (id.Kind == SecretKind.AccessKey) _derived.Forget(new AccessKeyId(id.Id));
        }
        foreach (var (id, kept) in made) _sealed[id] = kept;
    }

    async Task<DataKey> Unwrap(WrappedKey dataKey)
    {
        try { return await _secrets.Unwrap(Account, dataKey, default); }
        catch (SecretUnreadableException e)
        {
            LogUnreadable(_log, Account, e);
            throw;
        }
    }

    void Publish(Directory directory)
    {
        _directory = directory;
        if (directory.Closed is not null && !_sealed.IsEmpty)
        {
            _sealed.Clear();
            _derived.Forget(Account);
        }
        if (_checkpoints is not null && directory.Revision >= _checkpoints.DueAfter(_checkpointed))
        {
            _checkpointed = directory.Revision;
            _checkpoints.Offer(directory);
        }
        Interlocked.Exchange(ref _advanced, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Account {Account} is not served by this node any more until it is upgraded: its stream has an event that this version does not know")]
    static partial void LogBroken(ILogger log, AccountId account, Exception failure);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Account {Account} can't be served: its data key was changed behind the service's back")]
    static partial void LogUnreadable(ILogger log, AccountId account, Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Account {Account} could not be brought up to date; it will be tried again")]
    static partial void LogBehind(ILogger log, AccountId account, Exception failure);
}
