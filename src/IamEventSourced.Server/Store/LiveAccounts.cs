using System.Collections.Concurrent;

namespace IamEventSourced.Server;

/// <summary>The accounts that this node holds. One becomes live at its first question.</summary>
public sealed class LiveAccounts
{
    readonly ConcurrentDictionary<AccountId, Lazy<Task<LiveAccount>>> _live = new();
    readonly Func<AccountId, LiveAccount> _make;

    internal LiveAccounts(AccountStore store, Secrets secrets, IIdSource ids, TimeProvider time, Hints hints, ILogger<LiveAccount> log) =>
        _make = account => new(account, store, secrets, ids, time, hints.Announce, log);

    /// <summary>The account; null when there is none of this id.</summary>
    /// <exception cref="Npgsql.NpgsqlException">The account is not live here and the database can't be reached.</exception>
    public async Task<LiveAccount?> Find(AccountId account, CancellationToken cancel)
    {
        var live = await Open(account).WaitAsync(cancel);
        if (live.Directory.Exists) return live;
        // Not kept: ids that callers invent must not fill the memory. It may have been made elsewhere since it was opened here.
        _live.TryRemove(account, out _);
        return null;
    }

    /// <summary>The account, which need not exist yet: for the command that makes it.</summary>
    internal Task<LiveAccount> Open(AccountId account)
    {
        var live = _live.GetOrAdd(account, id => new(() => Load(id)));
        return live.Value;

        async Task<LiveAccount> Load(AccountId id)
        {
            try
            {
                var made = _make(id);
                await made.CatchUp();
                return made;
            }
            catch
            {
                _live.TryRemove(id, out _); // a failure is not kept
                throw;
            }
        }
    }

    /// <summary>The account, if it is live here.</summary>
    internal LiveAccount? Live(AccountId account) =>
        _live.TryGetValue(account, out var live) && live is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true, Result: { Directory.Exists: true } one } } ? one : null;

    /// <summary>Those that are live now.</summary>
    internal IEnumerable<LiveAccount> Now => _live.Keys.Select(Live).OfType<LiveAccount>();

    /// <summary>How long ago the directory was known to be the newest of which this has been longest unknown.</summary>
    internal TimeSpan Age(TimeProvider time) => Now.Select(account => time.GetUtcNow() - account.Confirmed).DefaultIfEmpty().Max();
}
