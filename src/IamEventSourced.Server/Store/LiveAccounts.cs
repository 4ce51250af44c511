using System.Collections.Concurrent;

namespace IamEventSourced.Server;

/// <summary>The accounts that this node holds. One becomes live at its first question, and leaves when it is the least used of too many.</summary>
#pragma warning disable CA1001 // The semaphore has no wait handle.
public sealed class LiveAccounts
{
    readonly ConcurrentDictionary<AccountId, Lazy<Opening>> _live = new();
    /// <summary>An account, and when it may be asked.</summary>
    sealed record Opening(LiveAccount Account, Task<LiveAccount> Open);

    readonly SemaphoreSlim _openings = new(Math.Max(2, Environment.ProcessorCount)); // each takes a processor and memory while it lasts
    readonly Lock _trimming = new();
    readonly Func<AccountId, LiveAccount> _make;
    readonly ServerOptions _options;
    readonly SigningKeys _derived;

    internal LiveAccounts(AccountStore store, Secrets secrets, ServiceKey shared, PasswordHashing passwords, IIdSource ids, TimeProvider time, Hints hints, Checkpoints checkpoints, SigningKeys derived, DecisionLog decisions, ServerOptions options, ILogger<LiveAccount> log) =>
        (_make, _options, _derived) = (account => new(account, store, secrets, shared, passwords, ids, time, hints.Announce, log, derived, decisions, checkpoints), options, derived);

    /// <summary>The account; null when there is none of this id.</summary>
    /// <exception cref="Npgsql.NpgsqlException">The account is not live here and the database can't be reached.</exception>
    public async ValueTask<LiveAccount?> Find(AccountId account, CancellationToken cancel)
    {
        var live = await Open(account).WaitAsync(cancel);
        live.Use();
        if (live.Directory.Exists || live.Broken is not null) return live;
        await live.CatchUp(cancel); // it may have been made elsewhere since it was opened here, and who does not exist is not followed
        if (live.Directory.Exists) return live;
        // Not kept: ids that callers invent must not fill the memory.
        if (live.TryEnd()) _live.TryRemove(account, out _);
        return null;
    }

    /// <summary>The account, which need not exist yet: for the command that makes it.</summary>
    internal Task<LiveAccount> Open(AccountId account)
    {
        return (_live.TryGetValue(account, out var live) ? live : Added()).Value.Open;

        Lazy<Opening> Added() => _live.GetOrAdd(account, id => new(() => Begin(_make(id))));

        Opening Begin(LiveAccount made) => new(made, Load(made));

        async Task<LiveAccount> Load(LiveAccount made)
        {
            await _openings.WaitAsync();
            try
            {
                made.Use();
                try { await made.Open(); }
                catch (BrokenStreamException) when (made.Broken is not null) { } // it stays, and says so
                return made;
            }
            catch
            {
                _live.TryRemove(account, out _); // a failure is not kept
                throw;
            }
            finally { _openings.Release(); }
        }
    }

    /// <summary>The account, if it is live here.</summary>
    internal LiveAccount? Live(AccountId account) =>
        _live.TryGetValue(account, out var live) && Opened(live) is { Directory.Exists: true } one ? one : null;

    /// <summary>A caller is told of this revision; no answer of this node may be older from now on, as <see cref="LiveAccount.Promise"/> says, also while the account is being opened.</summary>
    internal void Promise(AccountId account, long revision)
    {
        if (_live.TryGetValue(account, out var live)) live.Value.Account.Promise(revision); // what is opened later reads it
    }

    /// <summary>Why this node can't follow an account's stream; null: it can, or has not tried.</summary>
    internal BrokenStreamException? Broken(AccountId account) => _live.TryGetValue(account, out var live) ? Opened(live)?.Broken : null;

    /// <summary>Those that are live now.</summary>
    internal IEnumerable<LiveAccount> Now => _live.Keys.Select(Live).OfType<LiveAccount>();

    /// <summary>How long ago the directory was known to be the newest of which this has been longest unknown.</summary>
    internal TimeSpan Age(TimeProvider time) => Now.Select(account => time.GetUtcNow() - account.Confirmed).DefaultIfEmpty().Max();

    /// <summary>Accounts that this node serves no more until it is upgraded, with the revision it does not know and why.</summary>
    public IReadOnlyList<(AccountId Account, long Revision, string Why)> Stopped =>
        [.. from live in _live let broken = Opened(live.Value)?.Broken where broken is not null select (live.Key, broken.Revision, broken.Message)];

    /// <summary>Lets the least used accounts go while there are more, or larger ones, than this node is to hold. The one used last stays, whatever its size.</summary>
    internal void Trim()
    {
        if (!_trimming.TryEnter()) return;
        try
        {
            var all = _live.Select(live => (Live: live, One: Opened(live.Value)!)).Where(one => one.One is not null).ToList();
            var (count, size) = (all.Count, all.Sum(one => (long)one.One.Size));
            if (count <= _options.MostLiveAccounts && size <= _options.MostLiveUsers) return;
            foreach (var (live, one) in all.OrderBy(one => one.One.Used).SkipLast(1))
            {
                if (count <= _options.MostLiveAccounts && size <= _options.MostLiveUsers) return;
                var its = one.Size;
                if (!one.TryEnd()) continue;
                _live.TryRemove(live);
                _derived.Forget(live.Key); // what is deleted from now on is not heard of
                (count, size) = (count - 1, size - its);
            }
        }
        finally { _trimming.Exit(); }
    }

    static LiveAccount? Opened(Lazy<Opening> live) => live is { IsValueCreated: true, Value: { Open.IsCompletedSuccessfully: true, Account: var one } } ? one : null;
}
