namespace IamEventSourced;

/// <summary>The account's alias: a list of one, or of none.</summary>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListAccountAliases(Marker? Marker = null, MaxItems? MaxItems = null) : IQuery<ListAccountAliasesAnswer>, IPaged
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public Answer<ListAccountAliasesAnswer> Answer(Directory directory, Call call)
    {
        var page = this.PageByName(directory, directory.Alias is { } alias ? [alias.Alias] : Array.Empty<AccountAlias>(), alias => alias.Value);
        return new ListAccountAliasesAnswer(page.Items, page.IsTruncated, page.Marker);
    }
}

/// <summary>The aliases of an account.</summary>
/// <param name="AccountAliases">One, or none.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListAccountAliasesAnswer(IReadOnlyList<AccountAlias> AccountAliases, bool IsTruncated, Marker? Marker);
