using System.Formats.Asn1;
using System.Security.Cryptography;

namespace IamEventSourced;

/// <summary>A curve that keys of ECDSA may be on: NIST's P-256, P-384 or P-521.</summary>
/// <param name="Name">As SSH calls it (RFC 5656 section 10.1).</param>
/// <param name="Curve">As the platform has it.</param>
/// <param name="Oid">Its object identifier (RFC 5480 section 2.1.1.1).</param>
/// <param name="Bytes">How many bytes a coordinate has.</param>
sealed record NamedCurve(string Name, ECCurve Curve, string Oid, int Bytes)
{
    /// <summary>All three.</summary>
    public static readonly IReadOnlyList<NamedCurve> All =
    [
        new("nistp256", ECCurve.NamedCurves.nistP256, "1.2.840.10045.3.1.7", 32),
        new("nistp384", ECCurve.NamedCurves.nistP384, "1.3.132.0.34", 48),
        new("nistp521", ECCurve.NamedCurves.nistP521, "1.3.132.0.35", 66),
    ];

    /// <summary>The curve that a key's parameters name; null: it is another, or none is named: its parameters would be whatever somebody says.</summary>
    /// <param name="parameters">In DER; null: the key has none.</param>
    /// <exception cref="AsnContentException">They are no DER.</exception>
    public static NamedCurve? Of(byte[]? parameters)
    {
        var reader = new AsnReader(parameters, AsnEncodingRules.DER);
        if (!reader.HasData || reader.PeekTag() != Asn1Tag.ObjectIdentifier) return null;
        var oid = reader.ReadObjectIdentifier();
        return reader.HasData ? null : All.FirstOrDefault(curve => curve.Oid == oid);
    }
}
