using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace IamEventSourced.Server;

/// <summary>A sealed secret cannot be opened: changed, another's, or under another master key. Holds no secret.</summary>
public sealed class SecretUnreadableException : Exception
{
    public SecretUnreadableException() { }
    public SecretUnreadableException(string message) : base(message) { }
    public SecretUnreadableException(string message, Exception? inner) : base(message, inner) { }
}

/// <summary>
/// Secrets at rest: AES-256-GCM under a key of the account's own, itself sealed under the master key. Sealed bytes are
/// version (2), nonce (12), ciphertext, tag (16), and are bound to their account, kind, credential and revision: moved to another row, or left
/// there from an earlier revision, they do not open. Before there were kinds the version was 1, and bound were account and credential.
/// </summary>
/// <param name="master">Opens and closes the accounts' keys.</param>
/// <param name="capacity">How many accounts' keys are held in the clear; when full, all are let go.</param>
public sealed class SecretBox(MasterKey master, int capacity = 1_024)
{
    const byte Version = 2, WithoutKind = 1;
    const int NonceBytes = 12;
    const int TagBytes = 16;
    const int KeyBytes = 32;
    const string DataKey = "data-key";

    readonly Lock gate = new();
    readonly Dictionary<AccountId, (byte[] Wrapped, byte[] Key)> held = [];

    /// <summary>A new data key for an account, sealed under the master key: to be stored with the account.</summary>
    public byte[] NewDataKey(AccountId account)
    {
        var key = RandomNumberGenerator.GetBytes(KeyBytes);
        try { return Seal(WithoutKind, master.Bytes, key, Bound(account, DataKey)); }
        finally { CryptographicOperations.ZeroMemory(key); }
    }

    /// <summary>Seals a secret.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="wrappedKey">The account's data key.</param>
    /// <param name="id">Which.</param>
    /// <param name="revision">That of the event which keeps it.</param>
    /// <param name="secret">The secret.</param>
    /// <exception cref="SecretUnreadableException">The account's data key cannot be opened.</exception>
    public byte[] Seal(AccountId account, byte[] wrappedKey, SecretId id, long revision, Secret secret) =>
        Seal(Version, Unwrap(account, wrappedKey), Encoding.UTF8.GetBytes(secret.Reveal()), Bound(account, id, revision));

    /// <summary>Opens a secret that was sealed so.</summary>
    /// <exception cref="SecretUnreadableException">It, or the account's data key, cannot be opened.</exception>
    public Secret Open(AccountId account, byte[] wrappedKey, SecretId id, long revision, byte[] @sealed) =>
        new(Encoding.UTF8.GetString(Open(Unwrap(account, wrappedKey), @sealed, @sealed is [WithoutKind, ..] ? Bound(account, id.Id) : Bound(account, id, revision), account, id.Id)));

    byte[] Unwrap(AccountId account, byte[] wrapped)
    {
        lock (gate)
            if (held.TryGetValue(account, out var known) && known.Wrapped.AsSpan().SequenceEqual(wrapped)) return known.Key;

        var key = Open(master.Bytes, wrapped, Bound(account, DataKey), account, DataKey);
        lock (gate)
        {
            if (held.Count >= capacity) held.Clear();
            held[account] = ([.. wrapped], key);
        }
        return key;
    }

    static byte[] Bound(AccountId account, string name) => Encoding.UTF8.GetBytes($"{account}/{name}");

    static byte[] Bound(AccountId account, SecretId id, long revision) => Bound(account, string.Create(CultureInfo.InvariantCulture, $"{id.Kind}/{id.Id}/{revision}"));

    /// <summary>A key of the account for one purpose (HKDF, RFC 5869): from it nothing leads back, nor to the keys of other purposes.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="wrappedKey">The account's data key.</param>
    /// <param name="purpose">Its name; never changed.</param>
    public byte[] Derive(AccountId account, byte[] wrappedKey, string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, Unwrap(account, wrappedKey), KeyBytes, [], Encoding.UTF8.GetBytes(purpose));

    internal static byte[] Seal(byte version, ReadOnlySpan<byte> key, ReadOnlySpan<byte> plain, byte[] bound)
    {
        var box = new byte[1 + NonceBytes + plain.Length + TagBytes];
        box[0] = version;
        var nonce = box.AsSpan(1, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(key, TagBytes);
        cipher.Encrypt(nonce, plain, box.AsSpan(1 + NonceBytes, plain.Length), box.AsSpan(^TagBytes..), bound);
        return box;
    }

    static byte[] Open(ReadOnlySpan<byte> key, byte[] box, byte[] bound, AccountId account, string name) => box is [Version or WithoutKind, ..] ? Open(key, box, bound, $"{name} in account {account}")
        : throw new SecretUnreadableException($"The sealed bytes of {name} in account {account} have no form that is known.");

    internal static byte[] Open(ReadOnlySpan<byte> key, ReadOnlySpan<byte> box, byte[] bound, string what)
    {
        if (box.Length < 1 + NonceBytes + TagBytes) throw new SecretUnreadableException($"The sealed bytes of {what} have no form that is known.");
        var plain = new byte[box.Length - 1 - NonceBytes - TagBytes];
        try
        {
            using var cipher = new AesGcm(key, TagBytes);
            cipher.Decrypt(box.Slice(1, NonceBytes), box.Slice(1 + NonceBytes, plain.Length), box[^TagBytes..], plain, bound);
            return plain;
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new SecretUnreadableException($"The sealed bytes of {what} do not open: they were changed, belong elsewhere, or were sealed under another master key.", e);
        }
    }
}
