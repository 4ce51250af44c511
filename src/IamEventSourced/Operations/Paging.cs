using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace IamEventSourced;

/// <summary>AWS: at most how many items a page has, 1–1,000; 100 where none is given.</summary>
public sealed record MaxItems(int Value) : Number<MaxItems>(Value), INumber<MaxItems>
{
    /// <inheritdoc/>
    public static (int Min, int Max) Limits => (1, 1000);
    /// <inheritdoc/>
    public static implicit operator MaxItems(int number) => new(number);
}

/// <summary>
/// Where a list goes on, as the page before said: opaque, 1–320 characters. It pins the list to the revision of its
/// first page, so that the pages fit together while things change.
/// </summary>
public sealed record Marker(string Value) : Text<Marker>(Value), IText<Marker>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 320, "[A-Za-z0-9_-]+");
    /// <inheritdoc/>
    public static implicit operator Marker(string text) => new(text);

    /// <summary>After this key, at this revision.</summary>
    public static Marker Of(long revision, string after) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{revision}:{after}")));

    /// <summary>The revision and the key; null when no list of ours gave this marker.</summary>
    public (long Revision, string After)? Read()
    {
        if (!Base64Url.IsValid(Value)) return null;
        var text = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(Value));
        return text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && long.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var revision) && revision > 0
            ? (revision, text[(colon + 1)..]) : null;
    }

    /// <summary>After what of this time has this number, in a list by time that is of no revision.</summary>
    public static Marker Of(DateTimeOffset at, long id) => Of((at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond, id.ToString(CultureInfo.InvariantCulture));

    /// <summary>The time and the number; null when no list by time gave this marker.</summary>
    public (DateTimeOffset At, long Id)? ReadMoment() =>
        Read() is var (microseconds, number) && microseconds <= Latest && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? (DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds), id) : null;

    const long Latest = 253_402_300_799_000_000; // the end of the year 9999, in microseconds since 1970
}

/// <summary>A query that answers in pages.</summary>
public interface IPaged
{
    /// <summary>Where to go on; null: the first page.</summary>
    Marker? Marker { get; }
    /// <summary>How many at most; null: 100.</summary>
    MaxItems? MaxItems { get; }
}

/// <summary>One page of a list.</summary>
/// <param name="Items">The page's items.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, bool IsTruncated, Marker? Marker);

/// <summary>Cuts lists into pages.</summary>
public static class Paging
{
    const int DefaultItems = 100;

    /// <summary>What a list says to a marker that it did not give.</summary>
    public static IamError InvalidMarker => IamError.ValidationError(["Value at 'Marker' failed to satisfy constraint: Member must be a marker that a page of this list gave"]);

    extension(IPaged paged)
    {
        /// <summary>How many items the page has at most.</summary>
        public int Count => paged.MaxItems?.Value ?? DefaultItems;

        /// <summary>The key of the last item before this page, or null for the first page.</summary>
        public string? After => paged.Marker?.Read()?.After;

        /// <summary>The page of a list that is in order and begins after <see cref="get_After"/>.</summary>
        public Page<T> Page<T>(Directory directory, IEnumerable<T> items, Func<T, string> key) => Cut(items, paged.Count, directory.Revision, key);
    }

    /// <summary>The page of a list that is in order and begins where the page before ended.</summary>
    /// <param name="items">The list.</param>
    /// <param name="most">How many items it has at most; null: 100.</param>
    /// <param name="revision">The revision that it is of.</param>
    /// <param name="key">By what the list is in order.</param>
    internal static Page<T> Cut<T>(IEnumerable<T> items, int? most, long revision, Func<T, string> key)
    {
        var count = most ?? DefaultItems;
        var page = items.Take(count + 1).ToList();
        if (page.Count <= count) return new(page, false, null);
        page.RemoveAt(page.Count - 1);
        return new(page, true, Marker.Of(revision, key(page[^1])));
    }
}

/// <summary>What of an account a query reads beside the caller and the entities its parameters name; so much is loaded to answer it of the past.</summary>
public abstract record Extent
{
    Extent() { }

    /// <summary>All there is.</summary>
    public sealed record Whole : Extent;

    /// <summary>A page of the users, with their login profiles.</summary>
    /// <param name="PathPrefix">Whose path begins so; null: all.</param>
    public sealed record Users(PathPrefix? PathPrefix) : Extent;

    /// <summary>A page of the groups.</summary>
    /// <param name="PathPrefix">Whose path begins so; null: all.</param>
    public sealed record Groups(PathPrefix? PathPrefix) : Extent;

    /// <summary>The members of the group that is named, a page of them.</summary>
    public sealed record Members : Extent;

    /// <summary>A page of the policies.</summary>
    /// <param name="PathPrefix">Whose path begins so; null: all.</param>
    /// <param name="UsedAs">That are used so; null: also those that nobody uses.</param>
    public sealed record Policies(PolicyPath? PathPrefix, PolicyUsage? UsedAs) : Extent;

    /// <summary>The groups and users that have the policy that is named, a page of them.</summary>
    /// <param name="PathPrefix">Whose path begins so; null: all.</param>
    /// <param name="UsedAs">That have it so; null: in any way.</param>
    public sealed record Holders(IamPath? PathPrefix, PolicyUsage? UsedAs) : Extent;

    /// <summary>A page of the server certificates.</summary>
    /// <param name="PathPrefix">Whose path begins so; null: all.</param>
    public sealed record ServerCertificates(PathPrefix? PathPrefix) : Extent;

    /// <summary>The login profiles of the users that are named, and root's.</summary>
    public sealed record LoginProfiles : Extent;

    /// <summary>What belongs to the entities that are named, also what users prove themselves by.</summary>
    /// <param name="WithHolders">Also the members of a group that is named, and those who have a policy that is named: who they are, no more.</param>
    public sealed record Own(bool WithHolders) : Extent;

    /// <summary>All users, and root, with what they prove themselves by, but for SSH public keys.</summary>
    public sealed record Credentials : Extent;

    /// <summary>The MFA devices of the users that are named, and root's.</summary>
    public sealed record MFADevices : Extent;

    /// <summary>A page of the virtual MFA devices, and whose they are.</summary>
    /// <param name="IsAssigned">Whether they are somebody's; null: whether or not.</param>
    public sealed record VirtualMFADevices(bool? IsAssigned) : Extent;

    /// <summary>How many users, groups, policies, server certificates and MFA devices there are.</summary>
    public sealed record Counts : Extent;

    /// <summary>A page that runs through users, groups and policies.</summary>
    /// <param name="Left">The kinds that it may still have something of, and after which name; null: from the first.</param>
    public sealed record Details(IReadOnlyList<(EntityType Kind, string? After)> Left) : Extent;
}
