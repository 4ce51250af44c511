using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace IamEventSourced;

/// <summary>
/// A public key that can be used: RSA of 2,048–16,384 bits, ECDSA on NIST's P-256, P-384 or P-521, or Ed25519. Held in SSH's wire form
/// (RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709 section 4), of which each key has one: equal keys are equal however they were written.
/// </summary>
public sealed class SSHKey
{
    const int LeastRsaBits = 2048, MostRsaBits = 16_384, MostExponentBits = 64, Ed25519Bytes = 32;
    const string Rsa = "ssh-rsa", Ed25519 = "ssh-ed25519";

    static readonly string[] Algorithms = [Rsa, Ed25519, .. NamedCurve.All.Select(NameOf)];

    readonly string _algorithm;
    readonly byte[] _wire;

    SSHKey(string algorithm, byte[] wire) => (_algorithm, _wire) = (algorithm, wire);

    /// <summary>The key that somebody wrote: as OpenSSH does, with a comment after it or none; as SubjectPublicKeyInfo in PEM; or, RSA, as PKCS #1 in PEM. Else the refusal.</summary>
    /// <param name="body">One key, with white space around it or none.</param>
    public static Answer<SSHKey> Read(SSHPublicKeyBody body)
    {
        var text = body.Value.Trim();
        if (text.StartsWith("-----BEGIN ", StringComparison.Ordinal)) return ReadPem(text);
        var words = text.Split([' ', '\t'], 3, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is 0 || !Algorithms.Contains(words[0])) return IamError.UnrecognizedPublicKeyEncoding;
        if (text.AsSpan().ContainsAny('\r', '\n')) return IamError.InvalidPublicKey("it has more than one line.");
        var wire = new byte[text.Length];
        return words.Length > 1 && Convert.TryFromBase64String(words[1], wire, out var length) ? Checked(words[0], wire[..length]) : IamError.InvalidPublicKey("it is no base64.");
    }

    static Answer<SSHKey> ReadPem(string text)
    {
        if (!PemEncoding.TryFind(text, out var fields) || fields.Location.Start.Value > 0) return IamError.InvalidPublicKey("it is no PEM.");
        var label = text[fields.Label];
        if (label is not ("PUBLIC KEY" or "RSA PUBLIC KEY")) return IamError.UnrecognizedPublicKeyEncoding;
        if (fields.Location.End.Value < text.Length) return IamError.InvalidPublicKey("something follows it.");
        var der = Convert.FromBase64String(text[fields.Base64Data]);
        try
        {
            if (label is "RSA PUBLIC KEY") return Checked(Rsa, OfPkcs1(der));
            var info = PublicKey.CreateFromSubjectPublicKeyInfo(der, out var read);
            if (read < der.Length) return IamError.InvalidPublicKey("something follows it.");
            var key = info.EncodedKeyValue.RawData;
            return info.Oid.Value switch
            {
                PublicKeyAlgorithm.Rsa => Checked(Rsa, OfPkcs1(key)),
                PublicKeyAlgorithm.Ed25519 when info.EncodedParameters is null or { RawData: [] } => Checked(Ed25519, Wire(Name(Ed25519), key)),
                PublicKeyAlgorithm.Ec when NamedCurve.Of(info.EncodedParameters?.RawData) is { } curve => Checked(NameOf(curve), Wire(Name(NameOf(curve)), Name(curve.Name), key)),
                _ => IamError.InvalidPublicKey("it is of a kind that is not known here."),
            };
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException) { return IamError.InvalidPublicKey("it is malformed."); }
    }

    /// <summary>The key of a body that <see cref="Body"/> wrote.</summary>
    public static SSHKey Of(SSHPublicKeyBody body)
    {
        var space = body.Value.IndexOf(' ', StringComparison.Ordinal);
        return new(body.Value[..space], Convert.FromBase64String(body.Value[(space + 1)..]));
    }

    /// <summary>As OpenSSH writes it, without a comment: that may name a person, and says nothing of the key.</summary>
    public SSHPublicKeyBody Body => new($"{_algorithm} {Convert.ToBase64String(_wire)}");

    /// <summary>SHA-256 as OpenSSH shows it.</summary>
    public SSHKeyFingerprint Fingerprint => new($"SHA256:{Convert.ToBase64String(SHA256.HashData(_wire)).TrimEnd('=')}");

    /// <summary>MD5 as AWS shows it: 16 bytes in hexadecimal, with colons between them. For people to compare; nobody is found by it.</summary>
#pragma warning disable CA5351 // AWS's form, which decides nothing.
    public string Md5Fingerprint => string.Join(':', MD5.HashData(_wire).Select(one => Convert.ToHexStringLower([one])));
#pragma warning restore CA5351

    /// <summary>As SubjectPublicKeyInfo in PEM (RFC 5280 section 4.1, RFC 5480, RFC 8410).</summary>
    public string Pem
    {
        get
        {
            ReadOnlySpan<byte> rest = _wire;
            Take(ref rest, out _);
            var info = new AsnWriter(AsnEncodingRules.DER);
            using (info.PushSequence())
            {
                using (info.PushSequence())
                {
                    info.WriteObjectIdentifier(_algorithm switch { Rsa => PublicKeyAlgorithm.Rsa, Ed25519 => PublicKeyAlgorithm.Ed25519, _ => PublicKeyAlgorithm.Ec });
                    if (_algorithm is Rsa) info.WriteNull();
                    else if (_algorithm is not Ed25519) info.WriteObjectIdentifier(CurveOf(_algorithm).Oid);
                }
                if (_algorithm is Rsa) info.WriteBitString(ToPkcs1(rest));
                else
                {
                    if (_algorithm is not Ed25519) Take(ref rest, out _); // the curve
                    Take(ref rest, out var point);
                    info.WriteBitString(point);
                }
            }
            return PemEncoding.WriteString("PUBLIC KEY", info.Encode());
        }
    }

    static Answer<SSHKey> Checked(string algorithm, byte[] wire) => Problem(algorithm, wire) is { } problem ? IamError.InvalidPublicKey(problem) : new SSHKey(algorithm, wire);

    static string? Problem(string algorithm, ReadOnlySpan<byte> rest)
    {
        const string malformed = "it is malformed.";
        if (!Take(ref rest, out var type) || !type.SequenceEqual(Name(algorithm))) return "it is not of the kind that it says.";
        if (algorithm is Rsa)
        {
            if (!Take(ref rest, out var exponent) || !Take(ref rest, out var modulus) || rest.Length > 0 || BitsOf(exponent) is not { } exponentBits || BitsOf(modulus) is not { } bits) return malformed;
            if (bits < LeastRsaBits) return $"it has {bits} bits; a key of RSA has {LeastRsaBits} at least.";
            if (bits > MostRsaBits) return $"it has {bits} bits; a key of RSA has {MostRsaBits} at most.";
            return (modulus[^1] & exponent[^1] & 1) is 1 && exponentBits is > 1 and <= MostExponentBits ? null : malformed;
        }
        if (algorithm is Ed25519) return Take(ref rest, out var point) && rest.Length is 0 && point.Length is Ed25519Bytes ? null : malformed;

        var curve = CurveOf(algorithm);
        if (!Take(ref rest, out var name) || !name.SequenceEqual(Name(curve.Name)) || !Take(ref rest, out var at) || rest.Length > 0) return malformed;
        return at.Length == 1 + 2 * curve.Bytes && at[0] is 4 && IsOn(curve, at[1..(1 + curve.Bytes)], at[(1 + curve.Bytes)..]) ? null : "it is no point of its curve.";
    }

    static bool IsOn(NamedCurve curve, ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        try
        {
            using var _ = ECDsa.Create(new ECParameters { Curve = curve.Curve, Q = new() { X = x.ToArray(), Y = y.ToArray() } });
            return true;
        }
        catch (CryptographicException) { return false; }
    }

    /// <summary>From RSAPublicKey of PKCS #1 (RFC 8017 appendix A.1.1).</summary>
    static byte[] OfPkcs1(byte[] der)
    {
        var whole = new AsnReader(der, AsnEncodingRules.DER);
        var key = whole.ReadSequence();
        whole.ThrowIfNotEmpty();
        var modulus = key.ReadIntegerBytes().ToArray();
        var exponent = key.ReadIntegerBytes().ToArray();
        key.ThrowIfNotEmpty();
        return Wire(Name(Rsa), exponent, modulus);
    }

    static byte[] ToPkcs1(ReadOnlySpan<byte> numbers)
    {
        Take(ref numbers, out var exponent);
        Take(ref numbers, out var modulus);
        var key = new AsnWriter(AsnEncodingRules.DER);
        using (key.PushSequence())
        {
            key.WriteInteger(modulus);
            key.WriteInteger(exponent);
        }
        return key.Encode();
    }

    /// <summary>How many bits a positive number has; null: it is none, or not written in the one way that RFC 4251 section 5 allows.</summary>
    static int? BitsOf(ReadOnlySpan<byte> number) => number switch
    {
        [] or [0] or [>= 0x80, ..] or [0, < 0x80, ..] => null,
        [0, ..] => (number.Length - 1) * 8,
        [var first, ..] => number.Length * 8 - byte.LeadingZeroCount(first),
    };

    /// <summary>What SSH calls keys on a curve (RFC 5656 section 6.2).</summary>
    static string NameOf(NamedCurve curve) => $"ecdsa-sha2-{curve.Name}";

    static NamedCurve CurveOf(string algorithm) => NamedCurve.All.Single(curve => NameOf(curve) == algorithm);

    static byte[] Name(string name) => Encoding.ASCII.GetBytes(name);

    static byte[] Wire(params byte[][] parts)
    {
        var wire = new byte[parts.Sum(part => 4 + part.Length)];
        var at = 0;
        foreach (var part in parts)
        {
            BinaryPrimitives.WriteInt32BigEndian(wire.AsSpan(at), part.Length);
            part.CopyTo(wire, at + 4);
            at += 4 + part.Length;
        }
        return wire;
    }

    static bool Take(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> part)
    {
        part = default;
        if (rest.Length < 4 || BinaryPrimitives.ReadInt32BigEndian(rest) is var length && (length < 0 || length > rest.Length - 4)) return false;
        part = rest[4..(4 + length)];
        rest = rest[(4 + length)..];
        return true;
    }
}
