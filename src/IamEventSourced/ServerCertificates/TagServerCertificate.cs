using System.ComponentModel.DataAnnotations;

namespace IamEventSourced;

/// <summary>Puts tags on a server certificate. A tag in place of one of the same key, which is compared without case; one that is so already stays so.</summary>
/// <param name="ServerCertificateName">The certificate.</param>
/// <param name="Tags">Up to 50, each key once; the certificate may have 50 altogether: LimitExceeded. They are the condition keys <c>aws:RequestTag/…</c> and <c>aws:TagKeys</c>.</param>
public sealed record TagServerCertificate(ServerCertificateName ServerCertificateName, [MaxLength(Tag.Most)] Tag[] Tags) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [new Permission(directory.ArnOf(ServerCertificateName).Value).WithTags(Tags)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (Tags.TagRefusal is { } unfit) return unfit;
        if (directory.ServerCertificates.Find(ServerCertificateName) is not { } certificate) return IamError.NoSuchServerCertificate(ServerCertificateName);

        return certificate.Tags.Put(Tags, tag => new ServerCertificateTagged(certificate.Id, tag.Key, tag.Value));
    }
}
