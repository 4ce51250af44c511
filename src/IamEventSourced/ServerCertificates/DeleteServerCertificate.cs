namespace IamEventSourced;

/// <summary>Deletes a server certificate; its private key and tags go with it, for good.</summary>
/// <param name="ServerCertificateName">The certificate.</param>
public sealed record DeleteServerCertificate(ServerCertificateName ServerCertificateName) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(ServerCertificateName)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.ServerCertificates.Find(ServerCertificateName) is not { } certificate) return IamError.NoSuchServerCertificate(ServerCertificateName);

        return certificate.Tags.TakeAll(key => new ServerCertificateUntagged(certificate.Id, key)).Append(new ServerCertificateDeleted(certificate.Id)).ToArray();
    }
}
