namespace IamEventSourced;

/// <summary>A server certificate with its chain and tags; its private key is never shown.</summary>
/// <param name="ServerCertificateName">The certificate.</param>
public sealed record GetServerCertificate(ServerCertificateName ServerCertificateName) : IQuery<GetServerCertificateAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(ServerCertificateName)];

    /// <inheritdoc/>
    public Answer<GetServerCertificateAnswer> Answer(Directory directory, Call call) => directory.ServerCertificates.Find(ServerCertificateName) is { } certificate
        ? new GetServerCertificateAnswer(new(ServerCertificateMetadata.Of(directory, certificate), certificate.Body, certificate.Chain, certificate.Tags.Shown))
        : IamError.NoSuchServerCertificate(ServerCertificateName);
}

/// <summary>The certificate.</summary>
public sealed record GetServerCertificateAnswer(ServerCertificateAnswer ServerCertificate);

/// <summary>A server certificate, as AWS describes it.</summary>
/// <param name="ServerCertificateMetadata">What it is called, and when it ends.</param>
/// <param name="CertificateBody">The certificate, in PEM.</param>
/// <param name="CertificateChain">What certifies it, in PEM; absent where none was given.</param>
/// <param name="Tags">Its tags in the order of their keys; absent where there are none.</param>
public sealed record ServerCertificateAnswer(ServerCertificateMetadata ServerCertificateMetadata, CertificateBody CertificateBody, CertificateChain? CertificateChain, IReadOnlyList<Tag>? Tags);
