using System.Security.Cryptography;

namespace IamEventSourced.Server;

/// <summary>What was sealed cannot be opened: changed, another's, of another moment, or sealed under another key. Holds no secret.</summary>
public sealed class SecretUnreadableException : Exception
{
    public SecretUnreadableException() { }
    public SecretUnreadableException(string message) : base(message) { }
    public SecretUnreadableException(string message, Exception? inner) : base(message, inner) { }
}

/// <summary>AES-256-GCM: version (1 byte), nonce (12), ciphertext, tag (16). What is bound to it is not in it, and has to be said again to open it.</summary>
static class SecretBox
{
    public const int KeyBytes = 32;
    const int NonceBytes = 12, TagBytes = 16;

    /// <summary>Seals.</summary>
    /// <param name="version">Stands first.</param>
    /// <param name="key">32 bytes.</param>
    /// <param name="plain">What is sealed.</param>
    /// <param name="bound">What it is bound to.</param>
    public static byte[] Seal(byte version, ReadOnlySpan<byte> key, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> bound)
    {
        var box = new byte[1 + NonceBytes + plain.Length + TagBytes];
        box[0] = version;
        var nonce = box.AsSpan(1, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(key, TagBytes);
        cipher.Encrypt(nonce, plain, box.AsSpan(1 + NonceBytes, plain.Length), box.AsSpan(^TagBytes..), bound);
        return box;
    }

    /// <summary>Opens what <see cref="Seal"/> made; the version is for the caller to have looked at.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="box">What was sealed.</param>
    /// <param name="bound">What it was bound to.</param>
    /// <param name="what">What it is, for people.</param>
    /// <exception cref="SecretUnreadableException">It does not open.</exception>
    public static byte[] Open(ReadOnlySpan<byte> key, ReadOnlySpan<byte> box, ReadOnlySpan<byte> bound, string what)
    {
        if (box.Length < 1 + NonceBytes + TagBytes) throw Unknown(what);
        var plain = new byte[box.Length - 1 - NonceBytes - TagBytes];
        try
        {
            using var cipher = new AesGcm(key, TagBytes);
            cipher.Decrypt(box.Slice(1, NonceBytes), box.Slice(1 + NonceBytes, plain.Length), box[^TagBytes..], plain, bound);
            return plain;
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new SecretUnreadableException($"What is kept of {what} does not open: it was changed, belongs elsewhere or to another moment, or was sealed under another key.", e);
        }
    }

    /// <summary>It has no form that is known here.</summary>
    public static SecretUnreadableException Unknown(string what) => new($"What is kept of {what} has no form that is known.");
}
