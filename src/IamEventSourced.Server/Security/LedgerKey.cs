using System.Security.Cryptography;

namespace IamEventSourced.Server;

/// <summary>The operator's key that signs tree heads: here it is <see cref="LedgerKeyFile"/>, but it may be a service's that shows it to nobody, as AWS KMS does with ECC_NIST_P256.</summary>
public interface ILedgerKey
{
    /// <summary>Its name, as <see cref="TreeHead.NameOf"/> says.</summary>
    string Name { get; }

    /// <summary>Signs by ECDSA with P-256 and SHA-256.</summary>
    /// <returns>The signature as DER (RFC 3279).</returns>
    ValueTask<byte[]> Sign(ReadOnlyMemory<byte> text, CancellationToken cancel);
}

/// <summary>A private key in a file, as <c>openssl ecparam -name prime256v1 -genkey -noout</c> makes one; beside it, in <c>….pub</c>, is the public key for verifiers.</summary>
public sealed class LedgerKeyFile : ILedgerKey, IDisposable
{
    readonly ECDsa _key;

    LedgerKeyFile(ECDsa key) => (_key, Name) = (key, TreeHead.NameOf(key));

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The key in a file.</summary>
    /// <exception cref="InvalidOperationException">There is none of this kind, or others may read it.</exception>
    public static LedgerKeyFile Read(string path)
    {
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)) is not UnixFileMode.None)
                throw new InvalidOperationException($"The ledger's key {path} may be read or changed by others than its owner. Say `chmod 600 {path}`, and if others were there, make a new one.");
            var key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(path));
            return key.ExportParameters(false).Curve.Oid.FriendlyName is "nistP256" or "ECDSA_P256" ? new(key) : throw new InvalidOperationException($"The ledger's key {path} is none of P-256.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
        {
            throw new InvalidOperationException($"The ledger's key {path} can't be read: {e.Message}", e);
        }
    }

    /// <summary>Makes a key where there is none: the private one for its owner alone (0600), the public one beside it.</summary>
    public static void CreateIfNone(string path)
    {
        if (File.Exists(path)) return;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(path + ".pub", key.ExportSubjectPublicKeyInfoPem() + "\n");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(path, options);
        writer.Write(key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <inheritdoc/>
    public ValueTask<byte[]> Sign(ReadOnlyMemory<byte> text, CancellationToken cancel) => new(_key.SignData(text.ToArray(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
