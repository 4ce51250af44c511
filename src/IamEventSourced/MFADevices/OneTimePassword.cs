using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace IamEventSourced;

/// <summary>Time-based one-time passwords (RFC 6238) as AWS's virtual devices make them: HMAC-SHA-1, six digits, steps of 30 seconds. Seeds are written in base 32 (RFC 4648).</summary>
public static class OneTimePassword
{
    const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const int Seconds = 30, BitsOfLetter = 5;

    /// <summary>The step that a moment is in.</summary>
    public static long StepAt(DateTimeOffset at) => at.ToUnixTimeSeconds() / Seconds;

    /// <summary>The code of a step.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="step">The step.</param>
    public static AuthenticationCode At(ReadOnlySpan<byte> seed, long step)
    {
        Span<byte> counter = stackalloc byte[sizeof(long)], hash = stackalloc byte[HMACSHA1.HashSizeInBytes];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
#pragma warning disable CA5350 // What the devices have; RFC 6238 section 1.2. Collisions are no way to a code.
        HMACSHA1.HashData(seed, counter, hash);
#pragma warning restore CA5350
        var number = BinaryPrimitives.ReadInt32BigEndian(hash[(hash[^1] & 15)..]) & int.MaxValue; // RFC 4226 section 5.3
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }

    /// <summary>Whether a step has this code; compared in constant time.</summary>
    public static bool Is(AuthenticationCode code, ReadOnlySpan<byte> seed, long step) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(code.Reveal()), Encoding.ASCII.GetBytes(At(seed, step).Reveal()));

    /// <summary>A seed as people and apps write it.</summary>
    /// <param name="seed">A multiple of five bytes.</param>
    public static string Write(ReadOnlySpan<byte> seed)
    {
        var letters = new StringBuilder(seed.Length * 8 / BitsOfLetter);
        var (bits, held) = (0, 0);
        foreach (var one in seed)
        {
            (bits, held) = ((bits << 8) | one, held + 8);
            for (; held >= BitsOfLetter; held -= BitsOfLetter) letters.Append(Alphabet[(bits >> (held - BitsOfLetter)) & 31]);
            bits &= 31;
        }
        return letters.ToString();
    }

    /// <summary>What <see cref="Write"/> wrote.</summary>
    /// <exception cref="FormatException">It is no seed.</exception>
    public static byte[] Read(string text)
    {
        var seed = new byte[text.Length * BitsOfLetter / 8];
        var (bits, held, count) = (0, 0, 0);
        foreach (var letter in text)
        {
            if (Alphabet.IndexOf(letter, StringComparison.Ordinal) is not (>= 0 and var digit)) throw new FormatException("A seed has the letters A–Z and 2–7.");
            (bits, held) = (((bits << BitsOfLetter) | digit) & 0xFFF, held + BitsOfLetter);
            if (held >= 8) seed[count++] = (byte)(bits >> (held -= 8));
        }
        return seed;
    }
}
