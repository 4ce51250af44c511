namespace IamEventSourced;

/// <summary>The server certificates in the order of their names, a page at a time.</summary>
/// <param name="PathPrefix">Only those whose path begins so, with case; none: all.</param>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListServerCertificates(PathPrefix? PathPrefix = null, Marker? Marker = null, MaxItems? MaxItems = null) : IQuery<ListServerCertificatesAnswer>, IPaged
{
    Extent IQuery.Extent => new Extent.ServerCertificates(PathPrefix);

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public Answer<ListServerCertificatesAnswer> Answer(Directory directory, Call call)
    {
        var page = this.Page(directory, directory.ServerCertificates.After(this.After).Where(certificate => certificate.IsUnder(PathPrefix?.Value)), certificate => certificate.Name.Value);
        return new ListServerCertificatesAnswer([.. page.Items.Select(certificate => ServerCertificateMetadata.Of(directory, certificate))], page.IsTruncated, page.Marker);
    }
}

/// <summary>A page of server certificates.</summary>
/// <param name="ServerCertificateMetadataList">In the order of their names.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListServerCertificatesAnswer(IReadOnlyList<ServerCertificateMetadata> ServerCertificateMetadataList, bool IsTruncated, Marker? Marker);
