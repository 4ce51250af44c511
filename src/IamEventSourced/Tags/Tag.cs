using System.Globalization;
using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>A tag of a user or policy.</summary>
/// <param name="Key">Unique on its user or policy without case.</param>
/// <param name="Value">Compared with case.</param>
public sealed record Tag(TagKey Key, TagValue Value)
{
    /// <summary>AWS: tags of one user or policy, and in one request.</summary>
    public const int Most = 50;
}

/// <summary>A tag that a user or policy has.</summary>
/// <param name="Key">As it was written last.</param>
/// <param name="Value">Its value.</param>
/// <param name="Since">The event that put it there so.</param>
public sealed record HeldTag(TagKey Key, TagValue Value, Stamp Since);

/// <summary>AWS: 1–128 of letters, digits, spaces and _.:/=+-@; unique without case. Those that begin with "aws:" are AWS's own.</summary>
public sealed record TagKey(string Value) : Text<TagKey>(Value), IText<TagKey>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 128, @"[\p{L}\p{Z}\p{N}_.:/=+\-@]+", ignoreCase: true);
    /// <inheritdoc/>
    public static implicit operator TagKey(string text) => new(text);
}

/// <summary>AWS: up to 256 of letters, digits, spaces and _.:/=+-@.</summary>
public sealed record TagValue(string Value) : Text<TagValue>(Value), IText<TagValue>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(0, 256, @"[\p{L}\p{Z}\p{N}_.:/=+\-@]*");
    /// <inheritdoc/>
    public static implicit operator TagValue(string text) => new(text);
}

/// <summary>What operations on tags share.</summary>
public static class Tags
{
    extension(Tag[] tags)
    {
        /// <summary>Why these can't be put on anything: a key twice, or one that is AWS's own; or null.</summary>
        public IamError? TagRefusal =>
            tags.DistinctBy(tag => tag.Key).Count() < tags.Length ? IamError.InvalidInput("Duplicate tag keys found. Tag keys are compared without case.")
            : tags.FirstOrDefault(tag => tag.Key.Value.StartsWith("aws:", StringComparison.OrdinalIgnoreCase)) is { } reserved ? IamError.InvalidInput($"The tag key {reserved.Key} begins with aws:, which is reserved.")
            : null;
    }

    extension(Table<TagKey, HeldTag> held)
    {
        /// <summary>The tags in the order of their keys; null: there is none.</summary>
        public IReadOnlyList<Tag>? Shown => held.Count is 0 ? null : [.. held.Select(tag => new Tag(tag.Value.Key, tag.Value.Value)).OrderBy(tag => tag.Key.Value, StringComparer.OrdinalIgnoreCase)];

        /// <summary>What putting these tags there comes to: an event for each that is not so already.</summary>
        /// <param name="tags">The tags.</param>
        /// <param name="tagged">The event of one tag.</param>
        public Outcome Put(Tag[] tags, Func<Tag, AccountEvent> tagged)
        {
            if (held.Count + tags.Count(tag => !held.Contains(tag.Key)) > Tag.Most) return IamError.LimitExceeded("TagsPerEntity", Tag.Most);
            return tags.Where(tag => !(held.TryGet(tag.Key, out var old) && old.Key.Value == tag.Key.Value && old.Value == tag.Value)).Select(tagged).ToArray();
        }

        /// <summary>What taking the tags of these keys away comes to: an event for each that is there.</summary>
        /// <param name="keys">The keys, in any case.</param>
        /// <param name="untagged">The event of one tag.</param>
        public Outcome Take(TagKey[] keys, Func<TagKey, AccountEvent> untagged) => keys.Distinct().Where(held.Contains).Select(untagged).ToArray();

        /// <summary>What becomes of the tags of what is deleted: an event for each, in the order of their keys. A table's own order differs from process to process, and a decision must not.</summary>
        /// <param name="untagged">The event of one tag.</param>
        public IEnumerable<AccountEvent> TakeAll(Func<TagKey, AccountEvent> untagged) => (held.Shown ?? []).Select(tag => untagged(tag.Key));
    }

    extension(Permission permission)
    {
        /// <summary>With the tags of the request: the condition keys <c>aws:RequestTag/…</c> and <c>aws:TagKeys</c>.</summary>
        public Permission WithTags(Tag[]? tags) => tags is not { Length: > 0 } ? permission
            : permission.With(tags.Select(tag => KeyValuePair.Create($"aws:RequestTag/{tag.Key}", (ContextValue)tag.Value.Value))).WithTagKeys(tags.Select(tag => tag.Key));

        /// <summary>With the keys of the request's tags: the condition key <c>aws:TagKeys</c>; absent where there are none.</summary>
        public Permission WithTagKeys(IEnumerable<TagKey> keys) => ContextValue.List(keys.Select(key => key.Value)) is { IsEmpty: false } list ? permission.With("aws:TagKeys", list) : permission;
    }

    extension(IPaged paged)
    {
        /// <summary>A page of tags. A key may be longer than a marker: the marker says how many came before, which is as good at one revision.</summary>
        public Page<Tag> PageOf(Directory directory, Table<TagKey, HeldTag> tags)
        {
            var before = int.TryParse(paged.After, NumberStyles.None, CultureInfo.InvariantCulture, out var place) ? place : 0;
            var page = paged.Page(directory, (tags.Shown ?? []).Select((tag, i) => (Tag: tag, Place: i + 1)).Skip(before), one => one.Place.ToString(CultureInfo.InvariantCulture));
            return new([.. page.Items.Select(one => one.Tag)], page.IsTruncated, page.Marker);
        }
    }

    extension(Directory directory)
    {
        /// <summary>The tags of the user, policy, server certificate or MFA device of this ARN; none of anything else.</summary>
        public Table<TagKey, HeldTag> TagsOf(string resource)
        {
            if (Arn.Limits.Violation(resource) is not null) return Table<TagKey, HeldTag>.Empty;
            Arn arn = resource;
            return directory.FindUser(arn) is { } user ? user.Tags : directory.FindServerCertificate(arn) is { } certificate ? certificate.Tags : directory.FindMFADevice(arn) is { } device ? device.Tags : directory.FindPolicy(arn)?.Tags ?? Table<TagKey, HeldTag>.Empty;
        }
    }

    extension(RequestContext.Builder context)
    {
        /// <summary>With a condition key for each tag.</summary>
        /// <param name="prefix">What the condition keys begin with, as <c>aws:PrincipalTag/</c>.</param>
        /// <param name="tags">The tags.</param>
        public RequestContext.Builder SetAll(string prefix, Table<TagKey, HeldTag> tags)
        {
            foreach (var (key, tag) in tags) context.Set(prefix + key.Value, tag.Value.Value);
            return context;
        }
    }
}
