namespace IamEventSourced;

/// <summary>What lists of users, groups and policies share.</summary>
public static class Listing
{
    extension<TId, TName>(IRegistered<TId, TName> thing)
    {
        /// <summary>Whether its path begins so; with case, as AWS compares paths.</summary>
        /// <param name="prefix">The beginning; null: every path.</param>
        public bool IsUnder(string? prefix) => prefix is null || thing.Path.Value.StartsWith(prefix, StringComparison.Ordinal);
    }

    extension(IPaged paged)
    {
        /// <summary>The page of things that are kept without an order: in that of their names, without case.</summary>
        public Page<T> PageByName<T>(Directory directory, IEnumerable<T> things, Func<T, string> name)
        {
            // Ordering only what is left after the marker, and taking a page of it, sorts no more than that page.
            var after = paged.After;
            var left = after is null ? things : things.Where(thing => StringComparer.OrdinalIgnoreCase.Compare(name(thing), after) > 0);
            return paged.Page(directory, left.OrderBy(name, StringComparer.OrdinalIgnoreCase), name);
        }
    }
}
