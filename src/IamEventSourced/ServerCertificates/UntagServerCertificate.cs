using System.ComponentModel.DataAnnotations;

namespace IamEventSourced;

/// <summary>Takes tags away from a server certificate. Keys that it does not have change nothing.</summary>
/// <param name="ServerCertificateName">The certificate.</param>
/// <param name="TagKeys">The keys, in any case, up to 50; the condition key <c>aws:TagKeys</c>.</param>
public sealed record UntagServerCertificate(ServerCertificateName ServerCertificateName, [MaxLength(Tag.Most)] TagKey[] TagKeys) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [new Permission(directory.ArnOf(ServerCertificateName).Value).WithTagKeys(TagKeys)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.ServerCertificates.Find(ServerCertificateName) is not { } certificate) return IamError.NoSuchServerCertificate(ServerCertificateName);

        return certificate.Tags.Take(TagKeys, key => new ServerCertificateUntagged(certificate.Id, key));
    }
}
