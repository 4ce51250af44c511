namespace IamEventSourced;

/// <summary>A server certificate was uploaded. Of its private key, the fingerprint.</summary>
[Stored("server-certificate-uploaded")]
public sealed record ServerCertificateUploaded(ServerCertificateId ServerCertificateId, ServerCertificateName ServerCertificateName, IamPath Path, CertificateBody CertificateBody, CertificateChain? CertificateChain, Fingerprint Fingerprint) : AccountEvent
{
    /// <inheritdoc/>
    public override SecretId? KeepsSecret() => SecretKind.PrivateKey.Of(ServerCertificateId);

    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) =>
        directory with { ServerCertificates = directory.ServerCertificates.With(new ServerCertificate(ServerCertificateId, ServerCertificateName, Path, CertificateBody, CertificateChain, stamp)) };
}

/// <summary>A server certificate got this name and path.</summary>
[Stored("server-certificate-renamed")]
public sealed record ServerCertificateRenamed(ServerCertificateId ServerCertificateId, ServerCertificateName ServerCertificateName, IamPath Path) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) =>
        directory with { ServerCertificates = directory.ServerCertificates.With(ServerCertificateId, certificate => certificate with { Name = ServerCertificateName, Path = Path }) };
}

/// <summary>A server certificate was deleted, and its private key with it.</summary>
[Stored("server-certificate-deleted")]
public sealed record ServerCertificateDeleted(ServerCertificateId ServerCertificateId) : AccountEvent
{
    /// <inheritdoc/>
    public override SecretId? EndsSecret() => SecretKind.PrivateKey.Of(ServerCertificateId);

    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with { ServerCertificates = directory.ServerCertificates.Without(ServerCertificateId) };
}

/// <summary>A tag was put on a server certificate, in place of one of the same key.</summary>
[Stored("server-certificate-tagged")]
public sealed record ServerCertificateTagged(ServerCertificateId ServerCertificateId, TagKey TagKey, TagValue TagValue) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) =>
        directory with { ServerCertificates = directory.ServerCertificates.With(ServerCertificateId, certificate => certificate with { Tags = certificate.Tags.With(TagKey, new(TagKey, TagValue, stamp)) }) };
}

/// <summary>A tag of a server certificate was taken away.</summary>
[Stored("server-certificate-untagged")]
public sealed record ServerCertificateUntagged(ServerCertificateId ServerCertificateId, TagKey TagKey) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) =>
        directory with { ServerCertificates = directory.ServerCertificates.With(ServerCertificateId, certificate => certificate with { Tags = certificate.Tags.Without(TagKey) }) };
}
