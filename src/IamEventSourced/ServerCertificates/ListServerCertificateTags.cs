namespace IamEventSourced;

/// <summary>The tags of a server certificate in the order of their keys, a page at a time.</summary>
/// <param name="ServerCertificateName">The certificate.</param>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListServerCertificateTags(ServerCertificateName ServerCertificateName, Marker? Marker = null, MaxItems? MaxItems = null) : IQuery<ListServerCertificateTagsAnswer>, IPaged
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(ServerCertificateName)];

    /// <inheritdoc/>
    public Answer<ListServerCertificateTagsAnswer> Answer(Directory directory, Call call)
    {
        if (directory.ServerCertificates.Find(ServerCertificateName) is not { } certificate) return IamError.NoSuchServerCertificate(ServerCertificateName);

        var page = this.PageOf(directory, certificate.Tags);
        return new ListServerCertificateTagsAnswer(page.Items, page.IsTruncated, page.Marker);
    }
}

/// <summary>A page of the tags of a server certificate.</summary>
/// <param name="Tags">In the order of their keys.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListServerCertificateTagsAnswer(IReadOnlyList<Tag> Tags, bool IsTruncated, Marker? Marker);
