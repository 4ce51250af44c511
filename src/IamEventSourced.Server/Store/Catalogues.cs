using Npgsql;

namespace IamEventSourced.Server;

/// <summary>
/// The contents of the catalogues that accounts adopted, by digest, for all accounts: added no later than the event that names them,
/// never changed. Whoever reads such an event has its content at hand before anything is decided on it.
/// </summary>
static class Catalogues
{
    /// <summary>The statements for the events of a batch. What is there stays. The rows are everybody's: in one order, or two accounts that adopt two of them would wait for each other.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Statements(IEnumerable<AccountEvent> events) =>
        from digest in events.OfType<CatalogueAdopted>().Select(adopted => adopted.Digest).Distinct().OrderBy(digest => digest.Value, StringComparer.Ordinal)
        select new NpgsqlBatchCommand("insert into iam.catalogues (digest, content) values ($1, $2) on conflict do nothing")
        {
            Parameters = { new() { Value = digest.Value }, new() { Value = Catalogue.Find(digest)!.Content } },
        };

    /// <summary>Has those at hand that an account adopted, as far as they are kept: for a directory that is not made from its stream.</summary>
    public static async Task HaveOf(NpgsqlConnection connection, AccountId account, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select distinct c.content from iam.adopted_catalogues a join iam.catalogues c on c.digest = a.digest where a.account = $1 and a.digest <> all($2)", connection)
        {
            Parameters = { new() { Value = account.Value }, new() { Value = Catalogue.AtHand.Select(digest => digest.Value).ToArray() } },
        };
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) Catalogue.Read(rows.GetString(0));
    }

    /// <summary>Has the catalogue that an event names at hand.</summary>
    /// <param name="account">Whose event.</param>
    /// <param name="revision">Which.</param>
    /// <param name="digest">What it names.</param>
    /// <param name="content">The content that is kept under this digest; null: none, or it is at hand.</param>
    /// <exception cref="BrokenStreamException">It is not kept, or what is kept is another.</exception>
    public static void Have(AccountId account, long revision, CatalogueDigest digest, string? content)
    {
        if (Catalogue.Find(digest) is not null) return;
        if (content is null) throw new BrokenStreamException(account, revision, $"names the catalogue {digest}, which is not kept");
        try
        {
            if (Catalogue.Read(content).Digest != digest) throw new BrokenStreamException(account, revision, $"names the catalogue {digest}, and what is kept under it is another");
        }
        catch (FormatException e) { throw new BrokenStreamException(account, revision, $"names the catalogue {digest}, and what is kept under it can't be read", e); }
    }
}
