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

/// <summary>The key above all keys: 32 bytes in a file that only its owner may read. Who loses it loses every secret that was sealed.</summary>
public sealed class MasterKey
{
    const int KeyBytes = 32;
    const int MaxFileBytes = 1_024;
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    const UnixFileMode Others = ~(OwnerOnly | UnixFileMode.UserExecute);

    static readonly TimeSpan LockRetry = TimeSpan.FromMilliseconds(10);
    static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(10);

    readonly byte[] bytes;

    MasterKey(byte[] bytes) => this.bytes = bytes;

    internal ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>A key for one purpose (HKDF, RFC 5869): from it nothing leads back, nor to the keys of other purposes.</summary>
    /// <param name="purpose">Its name; never changed.</param>
    internal byte[] Derive(string purpose)
    {
        var key = new byte[KeyBytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, bytes, key, [], Encoding.UTF8.GetBytes(purpose));
        return key;
    }

    /// <summary>Reads the key: 32 bytes as hex or base64.</summary>
    /// <exception cref="MasterKeyUnavailableException">No such file, not a key, or others may read it.</exception>
    public static MasterKey Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file.SafeFileHandle) & Others) is not UnixFileMode.None)
                throw new MasterKeyUnavailableException($"The master key {path} may be read or changed by others than its owner. Say `chmod 600 {path}`, and if others were there, make a new one.");
            if (file.Length > MaxFileBytes) throw NoKey(path);
            var content = new byte[file.Length];
            file.ReadExactly(content);
            var key = Decode(Encoding.UTF8.GetString(content).Trim());
            CryptographicOperations.ZeroMemory(content);
            return new(key ?? throw NoKey(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MasterKeyUnavailableException($"The master key {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads the key, or makes one (mode 0600) where there is no file. Two that do so at once end up with one key.</summary>
    /// <exception cref="MasterKeyUnavailableException">It cannot be made, or see <see cref="Read"/>.</exception>
    public static MasterKey ReadOrCreate(string path)
    {
        if (!File.Exists(path)) Create(path);
        return Read(path);
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

    static MasterKeyUnavailableException NoKey(string path) => new($"The master key {path} is not 32 bytes in hex or base64.");

    static byte[]? Decode(string text)
    {
        if (text.Length is KeyBytes * 2) return text.All(char.IsAsciiHexDigit) ? Convert.FromHexString(text) : null;
        var key = new byte[KeyBytes];
        return text.Length is 44 && Convert.TryFromBase64String(text, key, out var count) && count is KeyBytes ? key : null;
    }
}
