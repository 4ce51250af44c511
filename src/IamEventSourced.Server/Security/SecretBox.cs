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
/// version (1), nonce (12), ciphertext, tag (16), and are bound to their account and credential: moved to another row, they do not open.
/// </summary>
/// <param name="master">Opens and closes the accounts' keys.</param>
/// <param name="capacity">How many accounts' keys are held in the clear; when full, all are let go.</param>
public sealed class SecretBox(MasterKey master, int capacity = 1_024)
{
    const byte Version = 1;
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
        try { return Seal(master.Bytes, key, Bound(account, DataKey)); }
        finally { CryptographicOperations.ZeroMemory(key); }
    }

    /// <summary>Seals a credential's secret.</summary>
    /// <exception cref="SecretUnreadableException">The account's data key cannot be opened.</exception>
    public byte[] Seal(AccountId account, byte[] wrappedKey, AccessKeyId credential, Secret secret) =>
        Seal(Unwrap(account, wrappedKey), Encoding.UTF8.GetBytes(secret.Reveal()), Bound(account, credential.Value));

    /// <summary>Opens a credential's secret.</summary>
    /// <exception cref="SecretUnreadableException">It, or the account's data key, cannot be opened.</exception>
    public Secret Open(AccountId account, byte[] wrappedKey, AccessKeyId credential, byte[] @sealed) =>
        new(Encoding.UTF8.GetString(Open(Unwrap(account, wrappedKey), @sealed, account, credential.Value)));

    byte[] Unwrap(AccountId account, byte[] wrapped)
    {
        lock (gate)
            if (held.TryGetValue(account, out var known) && known.Wrapped.AsSpan().SequenceEqual(wrapped)) return known.Key;

        var key = Open(master.Bytes, wrapped, account, DataKey);
        lock (gate)
        {
            if (held.Count >= capacity) held.Clear();
            held[account] = ([.. wrapped], key);
        }
        return key;
    }

    static byte[] Bound(AccountId account, string name) => Encoding.UTF8.GetBytes($"{account}/{name}");

    static byte[] Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> plain, byte[] bound)
    {
        var box = new byte[1 + NonceBytes + plain.Length + TagBytes];
        box[0] = Version;
        var nonce = box.AsSpan(1, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(key, TagBytes);
        cipher.Encrypt(nonce, plain, box.AsSpan(1 + NonceBytes, plain.Length), box.AsSpan(^TagBytes..), bound);
        return box;
    }

    static byte[] Open(ReadOnlySpan<byte> key, byte[] box, AccountId account, string name)
    {
        if (box.Length < 1 + NonceBytes + TagBytes || box[0] is not Version)
            throw new SecretUnreadableException($"The sealed bytes of {name} in account {account} have no form that is known.");
        var plain = new byte[box.Length - 1 - NonceBytes - TagBytes];
        try
        {
            using var cipher = new AesGcm(key, TagBytes);
            cipher.Decrypt(box.AsSpan(1, NonceBytes), box.AsSpan(1 + NonceBytes, plain.Length), box.AsSpan(^TagBytes..), plain, Bound(account, name));
            return plain;
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new SecretUnreadableException($"The sealed bytes of {name} in account {account} do not open: they were changed, belong elsewhere, or were sealed under another master key.", e);
        }
    }
}
