namespace IamEventSourced.Server;

/// <summary>A data key as it is stored.</summary>
/// <param name="KeyId">The master key that wraps it; null: it was wrapped before they had ids.</param>
/// <param name="Bytes">The wrapped key.</param>
public sealed record WrappedKey(string? KeyId, byte[] Bytes);

/// <summary>
/// Where the master keys are: here they are <see cref="MasterKeys"/>, but they may be a service's that shows them to nobody. It wraps data keys under the
/// one that is current and unwraps those under any that it knows.
/// </summary>
public interface IKeyManagement
{
    /// <summary>Wraps a data key under the current master key, bound to its account.</summary>
    /// <exception cref="MasterKeyUnavailableException">Not now.</exception>
    ValueTask<WrappedKey> Wrap(AccountId account, ReadOnlyMemory<byte> key, CancellationToken cancel);

    /// <summary>Unwraps what <see cref="Wrap"/> made for this account.</summary>
    /// <exception cref="MasterKeyUnavailableException">Not now, or its master key is not known.</exception>
    /// <exception cref="SecretUnreadableException">It was changed, or is another account's.</exception>
    ValueTask<byte[]> Unwrap(AccountId account, WrappedKey wrapped, CancellationToken cancel);

    /// <summary>The id of the master key that is current.</summary>
    /// <exception cref="MasterKeyUnavailableException">Not now.</exception>
    ValueTask<string> CurrentKeyId(CancellationToken cancel);
}

/// <summary>
/// Master keys of our own, in a file or in the environment: the first is current. The file is read again when a data key is made and when a key is asked
/// for that was not known, so that one can be added while the service runs.
/// </summary>
public sealed class MasterKeys : IKeyManagement
{
    readonly Func<IReadOnlyList<MasterKey>> _read;
    volatile IReadOnlyList<MasterKey> _known;

    MasterKeys(Func<IReadOnlyList<MasterKey>> read) => (_read, _known) = (read, read());

    /// <summary>Those that the settings <c>Iam__MasterKey</c> (no part of <see cref="ServerOptions"/>, which may be printed) or <c>Iam__MasterKeyFile</c> name.</summary>
    /// <param name="settings">The configuration.</param>
    /// <param name="mayCreate">Whether a file that is not there is made, with one key.</param>
    /// <exception cref="MasterKeyUnavailableException">They can't be had, or see <see cref="MasterKey.Read"/>.</exception>
    public static MasterKeys Of(IConfiguration settings, bool mayCreate = false)
    {
        if (settings["Iam:MasterKey"] is { } text)
        {
            var known = MasterKey.Parse(text, "in Iam__MasterKey");
            return new(() => known);
        }
        var path = settings["Iam:MasterKeyFile"] ?? new ServerOptions().MasterKeyFile;
        if (mayCreate) MasterKey.CreateIfNone(path);
        return Read(path);
    }

    /// <summary>Those in a file.</summary>
    /// <exception cref="MasterKeyUnavailableException">See <see cref="MasterKey.Read"/>.</exception>
    public static MasterKeys Read(string path) => new(() => MasterKey.Read(path));

    /// <inheritdoc/>
    public ValueTask<string> CurrentKeyId(CancellationToken cancel) => new((_known = _read())[0].Id);

    /// <inheritdoc/>
    public ValueTask<WrappedKey> Wrap(AccountId account, ReadOnlyMemory<byte> key, CancellationToken cancel)
    {
        var current = (_known = _read())[0];
        return new(new WrappedKey(current.Id, current.Wrap(account, key.Span)));
    }

    /// <inheritdoc/>
    public ValueTask<byte[]> Unwrap(AccountId account, WrappedKey wrapped, CancellationToken cancel)
    {
        if (wrapped.KeyId is not { } id) return new(UnwrapByAny(account, wrapped.Bytes));
        var key = Find(id);
        if (key is null)
        {
            _known = _read();
            key = Find(id) ?? throw new MasterKeyUnavailableException($"The data key of account {account} is wrapped under the master key {id}, which is not known here; known are {string.Join(", ", _known.Select(one => one.Id))}.");
        }
        return new(key.Unwrap(account, wrapped.Bytes));
    }

    MasterKey? Find(string id) => _known.FirstOrDefault(one => one.Id == id);

    byte[] UnwrapByAny(AccountId account, byte[] wrapped)
    {
        for (var (known, i) = (_known, 0); ; i++)
            try { return known[i].Unwrap(account, wrapped); }
            catch (SecretUnreadableException) when (i < known.Count - 1) { }
    }
}
