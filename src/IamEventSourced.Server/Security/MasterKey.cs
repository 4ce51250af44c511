using System.Security.Cryptography;
using System.Text;

namespace IamEventSourced.Server;

/// <summary>There is no master key to be had. The message is plain sentences for the person who started us; print it alone.</summary>
public sealed class MasterKeyUnavailableException : Exception
{
    public MasterKeyUnavailableException() { }
    public MasterKeyUnavailableException(string message) : base(message) { }
    public MasterKeyUnavailableException(string message, Exception? inner) : base(message, inner) { }
}

/// <summary>
/// A key above all keys: 32 bytes that wrap the accounts' data keys, and nothing else. Who loses it loses every secret that was sealed under them.
/// Its id tells it from others, and nothing of it.
/// </summary>
public sealed class MasterKey
{
    const byte Version = 1;
    const int KeyBytes = SecretBox.KeyBytes;
    const int MaxFileBytes = 4_096;
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    const UnixFileMode Others = ~(OwnerOnly | UnixFileMode.UserExecute);

    static readonly TimeSpan LockRetry = TimeSpan.FromMilliseconds(10);
    static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(10);

    readonly byte[] bytes;

    MasterKey(byte[] bytes) =>
        (this.bytes, Id) = (bytes, Convert.ToHexStringLower(HKDF.DeriveKey(HashAlgorithmName.SHA256, bytes, 8, [], "iam master key id"u8.ToArray())));

    /// <summary>16 hexadecimal digits, derived from the key (HKDF, RFC 5869).</summary>
    public string Id { get; }

    /// <summary>Wraps an account's data key.</summary>
    internal byte[] Wrap(AccountId account, ReadOnlySpan<byte> dataKey) => SecretBox.Seal(Version, bytes, dataKey, Bound(account));

    /// <summary>Unwraps it.</summary>
    /// <exception cref="SecretUnreadableException">It does not open.</exception>
    internal byte[] Unwrap(AccountId account, byte[] wrapped) =>
        wrapped is [Version, ..] ? SecretBox.Open(bytes, wrapped, Bound(account), What(account)) : throw SecretBox.Unknown(What(account));

    static byte[] Bound(AccountId account) => Encoding.UTF8.GetBytes($"{account}/data-key");

    static string What(AccountId account) => $"the data key of account {account}";

    /// <summary>Reads keys: each 32 bytes as hex or base64, on a line of its own; the first is the current one.</summary>
    /// <exception cref="MasterKeyUnavailableException">No such file, not keys, or others may read it.</exception>
    public static IReadOnlyList<MasterKey> Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file.SafeFileHandle) & Others) is not UnixFileMode.None)
                throw new MasterKeyUnavailableException($"The master key {path} may be read or changed by others than its owner. Say `chmod 600 {path}`, and if others were there, make a new one.");
            if (file.Length > MaxFileBytes) throw NoKey(path);
            var content = new byte[file.Length];
            file.ReadExactly(content);
            var keys = Parse(Encoding.UTF8.GetString(content), path);
            CryptographicOperations.ZeroMemory(content);
            return keys;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MasterKeyUnavailableException($"The master key {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads keys as a file holds them; between them may be any white space.</summary>
    /// <param name="text">The text.</param>
    /// <param name="from">Where it comes from, for people.</param>
    /// <exception cref="MasterKeyUnavailableException">They are none.</exception>
    public static IReadOnlyList<MasterKey> Parse(string text, string from)
    {
        MasterKey[] keys = [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(one => new MasterKey(Decode(one) ?? throw NoKey(from)))];
        return keys.Length > 0 ? keys : throw NoKey(from);
    }

    /// <summary>Makes a file with one key (mode 0600) where there is none. Two that do so at once end up with one key.</summary>
    /// <exception cref="MasterKeyUnavailableException">It cannot be made.</exception>
    public static void CreateIfNone(string path)
    {
        if (!File.Exists(path)) Create(path);
    }

    static void Create(string path)
    {
        var draft = path + ".new";
        try
        {
            // One at a time: File.Move looks and then renames, so of two that find no key each would put its own in place.
            using var mine = Lock(path + ".lock");
            if (File.Exists(path)) return;

            // Written and flushed beside it first: the file is there whole or not at all, whoever reads it and whenever we die.
            File.Delete(draft);
            using (var file = new FileStream(draft, Private(FileMode.CreateNew)))
            {
                file.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes)) + "\n"));
                file.Flush(flushToDisk: true);
            }
            File.Move(draft, path, overwrite: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MasterKeyUnavailableException($"The master key {path} cannot be made: {e.Message}", e);
        }
    }

    /// <summary>Waits for its turn; freed when the process ends, however it ends. The file stays: removing it would let two lock two files of one name.</summary>
    static FileStream Lock(string path)
    {
        for (var waited = TimeSpan.Zero; ; waited += LockRetry)
            try
            {
                return new(path, Private(FileMode.OpenOrCreate)); // on Unix flock(2)
            }
            catch (IOException) when (waited < LockTimeout && File.Exists(path))
            {
                Thread.Sleep(LockRetry);
            }
    }

    static FileStreamOptions Private(FileMode mode)
    {
        var how = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) how.UnixCreateMode = OwnerOnly;
        return how;
    }

    static MasterKeyUnavailableException NoKey(string path) => new($"The master key {path} is not 32 bytes in hex or base64, nor several such.");

    static byte[]? Decode(string text)
    {
        if (text.Length is KeyBytes * 2) return text.All(char.IsAsciiHexDigit) ? Convert.FromHexString(text) : null;
        var key = new byte[KeyBytes];
        return text.Length is 44 && Convert.TryFromBase64String(text, key, out var count) && count is KeyBytes ? key : null;
    }
}
