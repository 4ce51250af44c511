namespace IamEventSourced;

/// <summary>A certificate with which a server shows who it is. Its private key is kept encrypted beside the stream, and never shown.</summary>
/// <param name="Id">For ever.</param>
/// <param name="Name">For now; unique in the account without case.</param>
/// <param name="Path">Before the name in the ARN.</param>
/// <param name="Body">The certificate, in PEM.</param>
/// <param name="Chain">Those that certify it, in order, in PEM; null: none was given.</param>
/// <param name="Uploaded">The event that brought it.</param>
public sealed record ServerCertificate(ServerCertificateId Id, ServerCertificateName Name, IamPath Path, CertificateBody Body, CertificateChain? Chain, Stamp Uploaded) : IRegistered<ServerCertificateId, ServerCertificateName>
{
    /// <summary>Tags, by key.</summary>
    public Table<TagKey, HeldTag> Tags { get; init; } = Table<TagKey, HeldTag>.Empty;
}

/// <summary>AWS: 1–128 of letters, digits and _+=,.@-; unique without case.</summary>
public sealed record ServerCertificateName(string Value) : Text<ServerCertificateName>(Value), IText<ServerCertificateName>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 128, "[A-Za-z0-9_+=,.@-]+", ignoreCase: true);
    /// <inheritdoc/>
    public static implicit operator ServerCertificateName(string text) => new(text);
}

/// <summary>ASCA and 17 more; a certificate uploaded again under the same name gets another.</summary>
public sealed record ServerCertificateId(string Value) : Text<ServerCertificateId>(Value), IText<ServerCertificateId>, IEntityId
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(16, 128, "ASCA[A-Z0-9]+");
    /// <inheritdoc/>
    public static implicit operator ServerCertificateId(string text) => new(text);
}

/// <summary>AWS: up to 16,384 characters of Latin-1 without most of its control characters: one certificate in PEM.</summary>
public sealed record CertificateBody(string Value) : Text<CertificateBody>(Value), IText<CertificateBody>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 16_384, @"[\u0009\u000A\u000D\u0020-\u00FF]+");
    /// <inheritdoc/>
    public static implicit operator CertificateBody(string text) => new(text);
}

/// <summary>AWS: up to 2,097,152 characters of Latin-1 without most of its control characters: certificates in PEM, each certified by the next. (A request has 1 MiB at most.)</summary>
public sealed record CertificateChain(string Value) : Text<CertificateChain>(Value), IText<CertificateChain>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 2_097_152, @"[\u0009\u000A\u000D\u0020-\u00FF]+");
    /// <inheritdoc/>
    public static implicit operator CertificateChain(string text) => new(text);
}

/// <summary>AWS: up to 16,384 characters of Latin-1 without most of its control characters: one private key in PEM, not encrypted.</summary>
public sealed class PrivateKey(string value) : SecretText<PrivateKey>(value), IText<PrivateKey>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 16_384, @"[\u0009\u000A\u000D\u0020-\u00FF]+");
    /// <inheritdoc/>
    public static implicit operator PrivateKey(string text) => new(text);
}

/// <summary>What can be asked of the server certificates.</summary>
public static class ServerCertificateDirectory
{
    extension(Directory directory)
    {
        /// <summary>The certificate's ARN.</summary>
        public Arn ArnOf(ServerCertificate certificate) => Arn.Of(directory.Account, $"server-certificate{certificate.Path}{certificate.Name}");

        /// <summary>The certificate's ARN; that of one on the root path where there is none of this name.</summary>
        public Arn ArnOf(ServerCertificateName name) => directory.ServerCertificates.Find(name) is { } certificate ? directory.ArnOf(certificate) : Arn.Of(directory.Account, $"server-certificate/{name}");

        /// <summary>The certificate of this ARN, written in the case it has; null when there is none.</summary>
        public ServerCertificate? FindServerCertificate(Arn arn) => directory.ServerCertificates.Find(arn, directory.Account, "server-certificate");
    }
}

/// <summary>What AWS says of server certificates, said once.</summary>
public static class ServerCertificateRefusals
{
    extension(IamError)
    {
        /// <summary>404: there is no certificate of this name.</summary>
        public static IamError NoSuchServerCertificate(ServerCertificateName name) => IamError.NoSuchEntity("Server Certificate", name);

        /// <summary>400: the certificate, its chain or its private key can't be used. Says nothing of what the key is.</summary>
        public static IamError MalformedCertificate(string why) => new("MalformedCertificate", 400, why);

        /// <summary>400: the private key is another certificate's.</summary>
        public static IamError KeyPairMismatch => new("KeyPairMismatch", 400, "The private key does not belong to the certificate's public key.");
    }
}
