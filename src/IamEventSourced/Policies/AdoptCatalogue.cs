namespace IamEventSourced;

/// <summary>
/// Gives the account the AWS-managed policies that this version of the service brings, with an operator's own beside them, in place of those it has:
/// from then on, not before, their documents decide. What is adopted already stays so. Only the operator may.
/// </summary>
/// <param name="Policies">The operator's own; of an ARN that the service brings too, this one is taken. Together 1 MiB at most.</param>
public sealed record AdoptCatalogue(CataloguePolicy[]? Policies = null) : ICommand<AdoptCatalogueAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OfOperator];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Closed is not null) return IamError.InvalidInput($"The account {directory.Account} is closed.");
        var (extended, unfit) = Catalogue.Extended(Policies ?? []);
        if (extended is not { } catalogue) return unfit!;
        if (directory.Adoptions is [.., var (current, _)] && current.Digest == catalogue.Digest) return Outcome.Unchanged;
        foreach (var before in directory.Adoptions.SelectMany(adoption => adoption.Catalogue.Policies))
            if (catalogue.Find(Catalogue.IdOf(before.Arn)) is { } after && after.VersionId == before.VersionId && after.PolicyDocument != before.PolicyDocument)
                return IamError.InvalidInput($"Policies: {before.Arn} has another text than the {before.VersionId} that the account adopted; another text is another version.");
        foreach (var (id, policy) in directory.AwsPolicies)
            if (policy.IsHeld && catalogue.Find(id) is null) return IamError.DeleteConflict($"The catalogue lacks {directory.ArnOf(policy)}, which entities have.");

        return CatalogueAdopted.Of(catalogue);
    }

    /// <inheritdoc/>
    public AdoptCatalogueAnswer Answer(Directory after, Outcome outcome) => new(after.Adoptions[^1].Catalogue.Digest);
}

/// <summary>What the account has now.</summary>
/// <param name="Digest">The catalogue's digest.</param>
public sealed record AdoptCatalogueAnswer(CatalogueDigest Digest);
