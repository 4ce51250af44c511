using System.ComponentModel.DataAnnotations;

namespace IamEventSourced;

/// <summary>
/// Keeps a server's certificate with its private key, which is never shown again and goes with the certificate. What is no certificate in force, no chain or no key:
/// MalformedCertificate; a key that belongs to another certificate: KeyPairMismatch.
/// </summary>
/// <param name="ServerCertificateName">Its name, unique in the account without case.</param>
/// <param name="CertificateBody">The certificate, one, in PEM; its key RSA of 1,024–4,096 bits, or ECDSA on P-256, P-384 or P-521.</param>
/// <param name="PrivateKey">Its private key in PEM (PKCS #8, PKCS #1 or SEC 1), not encrypted.</param>
/// <param name="Path">Its path; "/" where none is given.</param>
/// <param name="CertificateChain">What certifies it, in PEM, up to 20: first who signed the certificate, then who signed that one, and so on; RSA or ECDSA with SHA-2. None for a self-signed one.</param>
/// <param name="Tags">Its tags, up to 50, each key once; with tags the caller has to be allowed <c>iam:TagServerCertificate</c> too.</param>
public sealed record UploadServerCertificate(ServerCertificateName ServerCertificateName, CertificateBody CertificateBody, PrivateKey PrivateKey, IamPath? Path = null, CertificateChain? CertificateChain = null,
    [MaxLength(Tag.Most)] Tag[]? Tags = null) : ICommand<UploadServerCertificateAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call)
    {
        var certificate = new Permission(Arn.Of(directory.Account, $"server-certificate{Path ?? IamPath.Root}{ServerCertificateName}").Value).WithTags(Tags);
        return Tags is { Length: > 0 } ? [certificate, certificate with { Action = "iam:TagServerCertificate" }] : [certificate];
    }

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (Tags?.TagRefusal is { } unfit) return unfit;
        if (directory.ServerCertificates.Find(ServerCertificateName) is { } taken) return IamError.EntityAlreadyExists("The Server Certificate", taken.Name);
        if (directory.ServerCertificates.Count >= directory.Quotas.ServerCertificatesPerAccount) return IamError.LimitExceeded("ServerCertificatesPerAccount", directory.Quotas.ServerCertificatesPerAccount);
        var (read, refusal) = CertificateReading.Read(CertificateBody, PrivateKey, CertificateChain, call.At);
        if (read is null) return refusal!;

        var key = new Secret(PrivateKey.Reveal());
        var uploaded = new ServerCertificateUploaded(call.Ids.Next("ASCA"), ServerCertificateName, Path ?? IamPath.Root, read.Body, read.Chain, key.Fingerprint());
        return ((Outcome)new AccountEvent[] { uploaded }.Concat((Tags ?? []).Select(tag => new ServerCertificateTagged(uploaded.ServerCertificateId, tag.Key, tag.Value))).ToArray()).With(new(SecretKind.PrivateKey.Of(uploaded.ServerCertificateId), key));
    }

    /// <inheritdoc/>
    public UploadServerCertificateAnswer Answer(Directory after, Outcome outcome)
    {
        var certificate = after.ServerCertificates[((ServerCertificateUploaded)outcome.Events[0]).ServerCertificateId];
        return new(ServerCertificateMetadata.Of(after, certificate), certificate.Tags.Shown);
    }
}

/// <summary>The certificate that was uploaded.</summary>
/// <param name="ServerCertificateMetadata">What it is called, and when it ends.</param>
/// <param name="Tags">Its tags in the order of their keys; absent where there are none.</param>
public sealed record UploadServerCertificateAnswer(ServerCertificateMetadata ServerCertificateMetadata, IReadOnlyList<Tag>? Tags);

/// <summary>A server certificate, as AWS lists it.</summary>
/// <param name="Path">Its path.</param>
/// <param name="ServerCertificateName">Its name.</param>
/// <param name="ServerCertificateId">Its id.</param>
/// <param name="Arn">Its ARN.</param>
/// <param name="UploadDate">When it was uploaded.</param>
/// <param name="Expiration">When it ends, by itself.</param>
public sealed record ServerCertificateMetadata(IamPath Path, ServerCertificateName ServerCertificateName, ServerCertificateId ServerCertificateId, Arn Arn, DateTimeOffset UploadDate, DateTimeOffset Expiration)
{
    internal static ServerCertificateMetadata Of(Directory directory, ServerCertificate certificate) =>
        new(certificate.Path, certificate.Name, certificate.Id, directory.ArnOf(certificate), certificate.Uploaded.At, CertificateReading.ExpirationOf(certificate.Body));
}
