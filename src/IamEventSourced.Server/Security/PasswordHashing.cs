using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using NSec.Cryptography;

namespace IamEventSourced.Server;

/// <summary>
/// Hashes passwords and compares them: argon2id (RFC 9106) at the strength that OWASP asks for. Each takes a processor for tens of
/// milliseconds and 19 MiB of memory, so only a few are worked on at once, few wait, and beyond that is refused.
/// </summary>
#pragma warning disable CA1001 // The semaphore has no wait handle.
public sealed partial class PasswordHashing
{
    /// <summary>OWASP, Password Storage Cheat Sheet: 19 MiB, two passes, one lane.</summary>
    const int MemoryKiB = 19_456, Passes = 2;
    const int SaltBytes = 16, HashBytes = 32;
    const int MostWaiting = 64;

    // Half of the processors: the others go on answering, whoever sends how many passwords.
    readonly SemaphoreSlim _free = new(Math.Max(1, Environment.ProcessorCount / 2));
    int _waiting;

    /// <summary>Works out what a command needs.</summary>
    /// <param name="work">What.</param>
    /// <param name="last">The hashes of the last passwords, that of the replaced one first; empty where there is none.</param>
    /// <returns>Or Throttling.</returns>
    internal Task<Answer<PasswordWorked>> Work(PasswordWork work, IReadOnlyList<string> last) => InTurn(() => new PasswordWorked(work,
        new(string.Join('\n', last.Take(work.Last - 1).Prepend(Hash(work.New)))),
        work.Old is null || IsOf(last[0], work.Old),
        last.Take(work.Last).Any(hash => IsOf(hash, work.New))));

    async Task<Answer<T>> InTurn<T>(Func<T> work)
    {
        try
        {
            if (Interlocked.Increment(ref _waiting) > MostWaiting) return IamError.TooManyPasswords;
            await _free.WaitAsync();
            try { return await Task.Run(work); }
            finally { _free.Release(); }
        }
        finally { Interlocked.Decrement(ref _waiting); }
    }

    /// <summary>The salted hash in the form of PHC strings, which says its strength: $argon2id$v=19$m=…,t=…,p=1$salt$hash.</summary>
    internal static string Hash(Password password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return string.Create(CultureInfo.InvariantCulture, $"$argon2id$v=19$m={MemoryKiB},t={Passes},p=1${Base64(salt)}${Base64(Derived(password, salt, MemoryKiB, Passes))}");
    }

    /// <summary>Whether the hash is this password's, at whatever strength it was made; compared in constant time.</summary>
    /// <exception cref="FormatException">It is no hash.</exception>
    internal static bool IsOf(string hash, Password password)
    {
        var parts = Form().Match(hash) is { Success: true } match ? match.Groups : throw new FormatException("A kept password has no form that is known.");
        return CryptographicOperations.FixedTimeEquals(Bytes(parts["hash"].Value), Derived(password, Bytes(parts["salt"].Value), int.Parse(parts["memory"].ValueSpan, CultureInfo.InvariantCulture), int.Parse(parts["passes"].ValueSpan, CultureInfo.InvariantCulture)));
    }

    static byte[] Derived(Password password, byte[] salt, int memory, int passes)
    {
        var text = Encoding.UTF8.GetBytes(password.Reveal());
        try { return new Argon2id(new Argon2Parameters { DegreeOfParallelism = 1, MemorySize = memory, NumberOfPasses = passes }).DeriveBytes(text, salt, HashBytes); }
        finally { CryptographicOperations.ZeroMemory(text); }
    }

    static string Base64(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    static byte[] Bytes(string base64) => Convert.FromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '='));

    [GeneratedRegex(@"\A\$argon2id\$v=19\$m=(?<memory>\d{1,7}),t=(?<passes>\d{1,3}),p=1\$(?<salt>[A-Za-z0-9+/]+)\$(?<hash>[A-Za-z0-9+/]+)\z")]
    private static partial Regex Form();
}
