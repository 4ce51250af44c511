using System.Text.Json;

namespace IamEventSourced;

/// <summary>
/// The account's events exactly as they are stored, all that the ledger's leaves cover, in the order of their revisions; and the catalogues that they name. A page
/// after the other is the whole account: what a verifier needs, and all that is needed to answer any question again. What was altered in the database is given as it
/// is now, even where no version could read it: the verifier is to name it.
/// </summary>
/// <param name="FromRevision">Where to begin; the first where none is given.</param>
/// <param name="MaxItems">How many events at most; 100 where none is given.</param>
public sealed record ExportEvents(Revision? FromRevision = null, MaxItems? MaxItems = null) : IHistoryQuery<ExportEventsAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public async Task<Answer<ExportEventsAnswer>> Answer(Directory directory, Call call, IHistory history)
    {
        var (from, most) = ((long)(FromRevision?.Value ?? 1), MaxItems?.Value ?? 100);
        var to = Math.Min(from + most - 1, directory.Revision);
        var events = from > to ? [] : await history.StoredAt(from, to);
        var more = to < directory.Revision && from <= to;
        return new ExportEventsAnswer([.. events.Select(Ledger.LineOf)],
            [.. events.Select(stored => stored.Catalogue).OfType<CatalogueDigest>().Distinct().Select(Catalogue.Find).OfType<Catalogue>().Select(catalogue => new ExportedCatalogue(catalogue.Digest, catalogue.Content))],
            more, more ? to + 1 : null);
    }
}

/// <summary>A page of an export.</summary>
/// <param name="Events">Each as the leaf covers it: account, revision, type, schema, at, by, command, index, correlation, causation, data.</param>
/// <param name="Catalogues">The catalogues that these events name.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="NextRevision">Where to go on, when there are more.</param>
public sealed record ExportEventsAnswer(IReadOnlyList<JsonElement> Events, IReadOnlyList<ExportedCatalogue> Catalogues, bool IsTruncated, long? NextRevision);

/// <summary>A catalogue as it is kept.</summary>
/// <param name="Digest">SHA-256 of the content.</param>
/// <param name="Content">The policies as canonical JSON.</param>
public sealed record ExportedCatalogue(CatalogueDigest Digest, string Content);
