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

    readonly Lane _known = new(), _strangers = new();
    // What is compared where there is no password, so that the work is the same.
    readonly string _nobodys = Hash(Convert.ToHexString(RandomNumberGenerator.GetBytes(SaltBytes)));

    /// <summary>Works that wait for each other, for a quarter of the processors. Guesses of strangers have one of their own, so that they take no turn from others.</summary>
    sealed class Lane
    {
        readonly SemaphoreSlim _free = new(Math.Max(1, Environment.ProcessorCount / 4));
        int _waiting;

        public async Task<Answer<T>> InTurn<T>(Func<T> work)
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
    }

    /// <summary>Works out what a command needs.</summary>
    /// <param name="work">What.</param>
    /// <param name="last">The hashes of the last passwords, that of the replaced one first; empty where there is none.</param>
    /// <returns>Or Throttling.</returns>
    internal Task<Answer<PasswordWorked>> Work(PasswordWork work, IReadOnlyList<string> last) => _known.InTurn(() => new PasswordWorked(work,
        new(string.Join('\n', last.Take(work.Last - 1).Prepend(Hash(work.New)))),
        work.Old is null || IsOf(last[0], work.Old),
        last.Take(work.Last).Any(hash => IsOf(hash, work.New))));

    /// <summary>Whether the password is right.</summary>
    /// <param name="hash">Of the password that it has to be; null: there is none, and it is not, after as much work.</param>
    /// <param name="password">The password.</param>
    /// <param name="isKnown">Whether who asks has signed in before.</param>
    /// <returns>Or Throttling.</returns>
    internal Task<Answer<bool>> IsRight(string? hash, Password password, bool isKnown) => (isKnown ? _known : _strangers).InTurn(() => IsOf(hash ?? _nobodys, password) && hash is not null);

    /// <summary>The hash anew, at the strength of now.</summary>
    internal Task<Answer<string>> Strengthened(Password password, bool isKnown) => (isKnown ? _known : _strangers).InTurn(() => Hash(password));

    /// <summary>Whether the hash is weaker than one would be made now.</summary>
    internal static bool IsWeak(string hash) => Read(hash) is var (memory, passes, _, _) && (memory < MemoryKiB || passes < Passes);

    /// <summary>The salted hash in the form of PHC strings, which says its strength: $argon2id$v=19$m=…,t=…,p=1$salt$hash.</summary>
    internal static string Hash(Password password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return string.Create(CultureInfo.InvariantCulture, $"$argon2id$v=19$m={MemoryKiB},t={Passes},p=1${Base64(salt)}${Base64(Derived(password, salt, MemoryKiB, Passes))}");
    }

    /// <summary>Whether the hash is this password's, at whatever strength it was made; compared in constant time.</summary>
    /// <exception cref="FormatException">It is no hash.</exception>
    internal static bool IsOf(string hash, Password password) =>
        Read(hash) is var (memory, passes, salt, derived) && CryptographicOperations.FixedTimeEquals(derived, Derived(password, salt, memory, passes));

    static (int Memory, int Passes, byte[] Salt, byte[] Derived) Read(string hash)
    {
        var parts = Form().Match(hash) is { Success: true } match ? match.Groups : throw new FormatException("A kept password has no form that is known.");
        return (int.Parse(parts["memory"].ValueSpan, CultureInfo.InvariantCulture), int.Parse(parts["passes"].ValueSpan, CultureInfo.InvariantCulture), Bytes(parts["salt"].Value), Bytes(parts["hash"].Value));
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
