using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IamEventSourced;

/// <summary>What is uploaded as a server certificate, read: the certificates alone, each written in one way, so that nothing else that stood in the text is kept with them.</summary>
/// <param name="Body">The certificate, in PEM.</param>
/// <param name="Chain">Those that certify it, in PEM; null: none was given.</param>
sealed record CertificateReading(CertificateBody Body, CertificateChain? Chain)
{
    const int MostInChain = 20, LeastRsaBits = 1024, MostRsaBits = 4096, MostIssuerRsaBits = 8192;
    const string Begin = "-----BEGIN CERTIFICATE-----", End = "-----END CERTIFICATE-----";

    /// <summary>How certificates are signed (RFC 4055, RFC 5758): RSA or ECDSA, with SHA-2.</summary>
    static readonly Dictionary<string, (bool Rsa, HashAlgorithmName Hash)> Signatures = new(StringComparer.Ordinal)
    {
        ["1.2.840.113549.1.1.11"] = (true, HashAlgorithmName.SHA256), ["1.2.840.113549.1.1.12"] = (true, HashAlgorithmName.SHA384), ["1.2.840.113549.1.1.13"] = (true, HashAlgorithmName.SHA512),
        ["1.2.840.10045.4.3.2"] = (false, HashAlgorithmName.SHA256), ["1.2.840.10045.4.3.3"] = (false, HashAlgorithmName.SHA384), ["1.2.840.10045.4.3.4"] = (false, HashAlgorithmName.SHA512),
    };

    /// <summary>Reads and judges them: one certificate, in force at the time, the private key that belongs to it, and a chain of which each certifies the one before. Or the refusal.</summary>
    public static Answer<CertificateReading> Read(CertificateBody body, PrivateKey key, CertificateChain? chain, DateTimeOffset at)
    {
        List<X509Certificate2> certificates = [];
        try
        {
            if (Add(body.Value, 1) is { } unfit) return IamError.MalformedCertificate($"CertificateBody: {unfit}");
            var (begins, ends) = (Utc(certificates[0].NotBefore), Utc(certificates[0].NotAfter));
            if (at < begins || at > ends) return IamError.MalformedCertificate($"CertificateBody: the certificate is in force from {Json.Write(begins)} to {Json.Write(ends)} only.");
            if (KeyRefusal(certificates[0].PublicKey, key) is { } refusal) return refusal;
            if (chain is not null && Add(chain.Value, MostInChain) is { } broken) return IamError.MalformedCertificate($"CertificateChain: {broken}");
            for (var i = 1; i < certificates.Count; i++)
            {
                if (certificates.Take(i).Any(before => before.RawDataMemory.Span.SequenceEqual(certificates[i].RawDataMemory.Span))) return IamError.MalformedCertificate($"CertificateChain: certificate {i} was there before.");
                if (!Certifies(certificates[i], certificates[i - 1])) return IamError.MalformedCertificate($"CertificateChain: certificate {i} does not certify the one before it. The chain begins with what certifies CertificateBody.");
            }
            var pem = certificates.ConvertAll(certificate => certificate.ExportCertificatePem());
            return new CertificateReading(pem[0], pem.Count > 1 ? new(string.Join('\n', pem.Skip(1))) : null);
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException) { return IamError.MalformedCertificate("A certificate is malformed."); }
        finally { certificates.ForEach(certificate => certificate.Dispose()); }

        string? Add(string text, int most)
        {
            var rest = text.AsSpan().Trim();
            for (var count = 0; count is 0 || rest.Length > 0; count++)
            {
                if (count == most) return most is 1 ? "there is more than one certificate." : $"there are more than {most} certificates.";
                var length = rest.IndexOf(End, StringComparison.Ordinal);
                if (!rest.StartsWith(Begin, StringComparison.Ordinal) || length < 0) return "it is no certificate in PEM, or there is something else with it.";
                var der = new byte[length];
                if (!Convert.TryFromBase64Chars(rest[Begin.Length..length], der, out var bytes)) return "it is no base64.";
                if (Unfit(der.AsSpan(0, bytes)) is { } unfit) return unfit;
                certificates.Add(X509CertificateLoader.LoadCertificate(der.AsSpan(0, bytes)));
                rest = rest[(length + End.Length)..].TrimStart();
            }
            return null;
        }
    }

    /// <summary>When the certificate of a body that was read ends.</summary>
    public static DateTimeOffset ExpirationOf(CertificateBody body)
    {
        using var certificate = X509Certificate2.CreateFromPem(body.Value);
        return Utc(certificate.NotAfter);
    }

    static DateTimeOffset Utc(DateTime local) => new(local.ToUniversalTime());

    /// <summary>One value of DER and nothing after it: what the platform would pass over is not kept.</summary>
    static string? Unfit(ReadOnlySpan<byte> der) =>
        AsnDecoder.TryReadEncodedValue(der, AsnEncodingRules.DER, out var tag, out _, out _, out var consumed) && tag == Asn1Tag.Sequence && consumed == der.Length ? null : "it is malformed.";

    /// <summary>Why the key can't be used with the certificate, or null. What is encrypted can't be: nobody here knows the passphrase.</summary>
    static IamError? KeyRefusal(PublicKey certified, PrivateKey key)
    {
        if (!IsKnown(certified)) return IamError.MalformedCertificate("CertificateBody: its key is of a kind that is not known here: RSA, or ECDSA on P-256, P-384 or P-521.");
        using AsymmetricAlgorithm algorithm = certified.Oid.Value is PublicKeyAlgorithm.Rsa ? RSA.Create() : ECDsa.Create();
        // Of the platform's reasons nothing is told: they may quote what they could not read.
        try { algorithm.ImportFromPem(key.Reveal()); }
        catch (Exception e) when (e is ArgumentException or CryptographicException or PlatformNotSupportedException)
        {
            return IsOther(key, certified.Oid.Value is PublicKeyAlgorithm.Rsa ? ECDsa.Create() : RSA.Create()) ? IamError.KeyPairMismatch : IamError.MalformedCertificate("PrivateKey: it has to be one private key in PEM, not encrypted.");
        }
        if (algorithm is RSA { KeySize: < LeastRsaBits or > MostRsaBits }) return IamError.MalformedCertificate($"PrivateKey: a key of RSA has {LeastRsaBits} to {MostRsaBits} bits.");
        if (!key.Reveal().Contains("PRIVATE KEY-----", StringComparison.Ordinal)) return IamError.MalformedCertificate("PrivateKey: it is a public key.");
        var own = new PublicKey(algorithm);
        return own.EncodedKeyValue.RawData.AsSpan().SequenceEqual(certified.EncodedKeyValue.RawData) && own.EncodedParameters?.RawData is var parameters
            && (certified.Oid.Value is PublicKeyAlgorithm.Rsa || parameters.AsSpan().SequenceEqual(certified.EncodedParameters?.RawData)) ? null : IamError.KeyPairMismatch;
    }

    static bool IsOther(PrivateKey key, AsymmetricAlgorithm algorithm)
    {
        using (algorithm)
            try
            {
                algorithm.ImportFromPem(key.Reveal());
                return true;
            }
            catch (Exception e) when (e is ArgumentException or CryptographicException or PlatformNotSupportedException) { return false; }
    }

    static bool IsKnown(PublicKey key) => key.Oid.Value is PublicKeyAlgorithm.Rsa || key.Oid.Value is PublicKeyAlgorithm.Ec && NamedCurve.Of(key.EncodedParameters?.RawData) is not null;

    /// <summary>Whether one certificate says and shows that it signed another (RFC 5280 section 4.1).</summary>
    static bool Certifies(X509Certificate2 issuer, X509Certificate2 certificate)
    {
        if (!issuer.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData) || !IsKnown(issuer.PublicKey)) return false;
        var whole = new AsnReader(certificate.RawDataMemory, AsnEncodingRules.DER).ReadSequence();
        var signed = whole.ReadEncodedValue().Span;
        if (!Signatures.TryGetValue(whole.ReadSequence().ReadObjectIdentifier(), out var how) || how.Rsa != issuer.PublicKey.Oid.Value is PublicKeyAlgorithm.Rsa) return false;
        var signature = whole.ReadBitString(out _);
        if (how.Rsa)
        {
            using var rsa = issuer.GetRSAPublicKey()!;
            return rsa.KeySize is >= LeastRsaBits and <= MostIssuerRsaBits && rsa.VerifyData(signed, signature, how.Hash, RSASignaturePadding.Pkcs1);
        }
        using var ecdsa = issuer.GetECDsaPublicKey()!;
        return ecdsa.VerifyData(signed, signature, how.Hash, DSASignatureFormat.Rfc3279DerSequence);
    }
}
