namespace IamEventSourced;

/// <summary>The account was created; the first event of its stream.</summary>
[Stored("account-created")]
public sealed record AccountCreated(AccountName? AccountName) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with { Created = stamp, Name = AccountName };
}

/// <summary>The account got this name, in place of the one it had.</summary>
[Stored("account-renamed")]
public sealed record AccountRenamed(AccountName AccountName) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with { Name = AccountName, Renamed = stamp };
}

/// <summary>Root got an e-mail address, in place of the one it had. The address is kept beside the stream, where it can be erased: nothing here leads to it.</summary>
[Stored("account-primary-email-set")]
public sealed record PrimaryEmailSet : AccountEvent
{
    /// <inheritdoc/>
    public override SecretId? KeepsSecret() => SecretId.PrimaryEmail;

    /// <inheritdoc/>
    public override SecretId? EndsSecret() => SecretId.PrimaryEmail;

    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with { PrimaryEmailSet = stamp };
}

/// <summary>The operator recovered the account's root, for this reason: the events with it take root's credentials and give it new ones.</summary>
[Stored("account-root-recovered")]
public sealed record RootRecovered(RecoveryReason Reason) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory; // what became of root's credentials is said by those events
}

/// <summary>The account was closed: from then on nobody's credentials work and nothing changes.</summary>
[Stored("account-closed")]
public sealed record AccountClosed : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with { Closed = stamp };
}

/// <summary>The account got this alias, in place of the one it had.</summary>
[Stored("account-alias-created")]
public sealed record AccountAliasCreated(AccountAlias AccountAlias) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with { Alias = new(AccountAlias, stamp) };
}

/// <summary>The account has no alias any more.</summary>
[Stored("account-alias-deleted")]
public sealed record AccountAliasDeleted : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with { Alias = null };
}

/// <summary>A quota of the account was set.</summary>
[Stored("account-quota-set")]
public sealed record AccountQuotaSet(QuotaName QuotaName, int QuotaValue) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with
    {
        Quotas = directory.Quotas.With(QuotaName, QuotaValue),
        QuotasSet = directory.QuotasSet.With(QuotaName, stamp),
    };
}

/// <summary>The account adopted a catalogue of AWS-managed policies, in place of the one before: from here on its documents are in force for all who have one of them.</summary>
[Stored("catalogue-adopted")]
public sealed record CatalogueAdopted(CatalogueDigest Digest) : AccountEvent
{
    Catalogue? _decided; // of an event that was just decided: the first to fold it has the content at hand for all that read it

    /// <summary>That this catalogue was adopted.</summary>
    public static CatalogueAdopted Of(Catalogue catalogue) => new(catalogue.Digest) { _decided = catalogue };

    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp)
    {
        var catalogue = _decided is { } decided ? Catalogue.Keep(decided) : Catalogue.Find(Digest) ?? throw new KeyNotFoundException($"The catalogue {Digest} is not at hand.");
        return (directory with { Adoptions = [.. directory.Adoptions, new(catalogue, stamp)] }).WithPoliciesOfCatalogue();
    }

    /// <summary>Events are equal by what is stored.</summary>
    public bool Equals(CatalogueAdopted? other) => other?.Digest == Digest;
    /// <inheritdoc/>
    public override int GetHashCode() => Digest.GetHashCode();
}
