using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace IamEventSourced.Server;

/// <summary>
/// An account's data key in the clear, in memory alone: seals the account's secrets. Each is bound to its account, kind, credential and revision:
/// moved to another row, or left there from an earlier revision, it does not open. Before there were kinds, bound were account and credential.
/// </summary>
public sealed class DataKey
{
    const byte Version = 2, WithoutKind = 1;

    readonly AccountId _account;
    readonly byte[] _key;

    /// <param name="account">Whose.</param>
    /// <param name="key">32 bytes.</param>
    internal DataKey(AccountId account, byte[] key) => (_account, _key) = (account, key.Length is SecretBox.KeyBytes ? key : throw new SecretUnreadableException($"The data key of account {account} is none."));

    /// <summary>A new one.</summary>
    public static DataKey Create(AccountId account) => new(account, RandomNumberGenerator.GetBytes(SecretBox.KeyBytes));

    internal ReadOnlySpan<byte> Bytes => _key;

    /// <summary>Seals a secret.</summary>
    /// <param name="id">Which.</param>
    /// <param name="revision">That of the event which keeps it.</param>
    /// <param name="secret">The secret.</param>
    public byte[] Seal(SecretId id, long revision, Secret secret) => SecretBox.Seal(Version, _key, Encoding.UTF8.GetBytes(secret.Reveal()), Bound(id, revision));

    /// <summary>Opens a secret that was sealed so.</summary>
    /// <exception cref="SecretUnreadableException">It does not open.</exception>
    public Secret Open(SecretId id, long revision, byte[] @sealed)
    {
        var what = $"a secret ({id.Kind}) of account {_account}"; // who may not know the id may read logs
        var bound = @sealed switch
        {
            [Version, ..] => Bound(id, revision),
            [WithoutKind, ..] => Encoding.UTF8.GetBytes($"{_account}/{id.Id}"),
            _ => throw SecretBox.Unknown(what),
        };
        return new(Encoding.UTF8.GetString(SecretBox.Open(_key, @sealed, bound, what)));
    }

    /// <summary>A key for one purpose (HKDF, RFC 5869): from it nothing leads back, nor to the keys of other purposes.</summary>
    /// <param name="purpose">Its name; never changed.</param>
    public byte[] Derive(string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, _key, SecretBox.KeyBytes, [], Encoding.UTF8.GetBytes(purpose));

    byte[] Bound(SecretId id, long revision) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_account}/{id.Kind}/{id.Id}/{revision}"));
}

/// <summary>
/// The key that all nodes on a database share: the data key of the operator, which is no account's. What nodes seal or sign among themselves is under
/// keys that are derived from it, so that a new master key changes nothing of it.
/// </summary>
public sealed class ServiceKey
{
    volatile DataKey? _key;

    /// <summary>It was read.</summary>
    internal void Is(DataKey key) => _key = key;

    /// <inheritdoc cref="DataKey.Derive"/>
    /// <exception cref="InvalidOperationException">It was not read yet.</exception>
    internal byte[] Derive(string purpose) => (_key ?? throw new InvalidOperationException("The operator's data key was not read yet.")).Derive(purpose);
}
