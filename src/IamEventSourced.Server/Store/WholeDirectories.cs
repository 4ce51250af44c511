namespace IamEventSourced.Server;

/// <summary>
/// Whole directories of moments that are over, while somebody pages through what is read from all of an account: at most four, and of no more than a
/// million users together, but for the one that was asked for last.
/// </summary>
sealed class WholeDirectories
{
    const int Most = 4, MostUsers = 1_000_000;

    // One at a time: loading takes as much memory again.
    static readonly SemaphoreSlim Loading = new(1);
    readonly Lock _lock = new();
    readonly List<Directory> _kept = []; // the one that was asked for last is the first

    /// <summary>The account at a revision, from memory or loaded.</summary>
    /// <param name="account">The account.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="load">Loads it, on from an earlier directory: the nearest that is at hand, so that who goes through a history page by page does not begin with its first event each time.</param>
    /// <param name="cancel">Ends the waiting.</param>
    public async Task<Directory> Find(AccountId account, long revision, Func<Directory, Task<Directory>> load, CancellationToken cancel)
    {
        if (Known(account, revision) is { } known) return known;
        await Loading.WaitAsync(cancel);
        try
        {
            if (Known(account, revision) is { } meanwhile) return meanwhile;
            var loaded = await load(Nearest(account, revision));
            Keep(loaded);
            return loaded;
        }
        finally { Loading.Release(); }
    }

    /// <summary>Has a directory at hand for the next pages: one of now costs nothing but that it stays.</summary>
    public void Keep(Directory directory)
    {
        lock (_lock)
        {
            _kept.RemoveAll(kept => kept.Account == directory.Account && kept.Revision == directory.Revision);
            _kept.Insert(0, directory);
            while (_kept.Count > Most || _kept.Count > 1 && _kept.Sum(kept => kept.Users.Count) > MostUsers) _kept.RemoveAt(_kept.Count - 1);
        }
    }

    Directory Nearest(AccountId account, long revision)
    {
        lock (_lock) return _kept.Where(kept => kept.Account == account && kept.Revision < revision).MaxBy(kept => kept.Revision) ?? new(account);
    }

    /// <summary>The account at a revision, where it is at hand.</summary>
    public Directory? Known(AccountId account, long revision)
    {
        lock (_lock)
        {
            var found = _kept.Find(kept => kept.Account == account && kept.Revision == revision);
            if (found is not null && _kept.Remove(found)) _kept.Insert(0, found);
            return found;
        }
    }
}
