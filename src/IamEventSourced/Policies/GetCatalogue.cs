namespace IamEventSourced;

/// <summary>The catalogue of AWS-managed policies that the account adopted. The operator may ask too.</summary>
public sealed record GetCatalogue : IQuery<GetCatalogueAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [call.Caller is OperatorCaller ? Permission.OfOperator : Permission.OnAccount];

    /// <inheritdoc/>
    public Answer<GetCatalogueAnswer> Answer(Directory directory, Call call) => directory.Adoptions is [.., var (catalogue, since)]
        ? new GetCatalogueAnswer(catalogue.Digest, catalogue == Catalogue.BuiltIn, since.Revision, since.At,
            [.. directory.PoliciesOfAws().Select(policy => new CatalogueEntry(policy.Name, directory.ArnOf(policy), policy.DefaultVersionId, policy.DefaultSince.Revision))])
        : IamError.NoSuchEntity("The account has adopted no catalogue.");
}

/// <summary>A catalogue that an account adopted.</summary>
/// <param name="Digest">SHA-256 of its content.</param>
/// <param name="IsBuiltIn">Whether it is just what this version of the service brings.</param>
/// <param name="SinceRevision">The revision that adopted it.</param>
/// <param name="Since">Its time.</param>
/// <param name="Policies">What is in it, in the order of the names.</param>
public sealed record GetCatalogueAnswer(CatalogueDigest Digest, bool IsBuiltIn, long SinceRevision, DateTimeOffset Since, IReadOnlyList<CatalogueEntry> Policies);

/// <summary>A policy of the catalogue.</summary>
/// <param name="PolicyName">Its name.</param>
/// <param name="PolicyArn">Its ARN.</param>
/// <param name="VersionId">The version in force.</param>
/// <param name="SinceRevision">The revision from which on that version has been in force.</param>
public sealed record CatalogueEntry(PolicyName PolicyName, Arn PolicyArn, VersionId VersionId, long SinceRevision);
