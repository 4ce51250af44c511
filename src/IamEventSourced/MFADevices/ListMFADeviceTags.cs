namespace IamEventSourced;

/// <summary>The tags of a virtual MFA device in the order of their keys, a page at a time.</summary>
/// <param name="SerialNumber">The device.</param>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListMFADeviceTags(SerialNumber SerialNumber, Marker? Marker = null, MaxItems? MaxItems = null) : IQuery<ListMFADeviceTagsAnswer>, IPaged
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [new(SerialNumber.Value)];

    /// <inheritdoc/>
    public Answer<ListMFADeviceTagsAnswer> Answer(Directory directory, Call call)
    {
        if (directory.FindMFADevice(SerialNumber) is not { } device) return IamError.NoSuchMFADevice(SerialNumber);

        var page = this.PageOf(directory, device.Tags);
        return new ListMFADeviceTagsAnswer(page.Items, page.IsTruncated, page.Marker);
    }
}

/// <summary>A page of the tags of a virtual MFA device.</summary>
/// <param name="Tags">In the order of their keys.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListMFADeviceTagsAnswer(IReadOnlyList<Tag> Tags, bool IsTruncated, Marker? Marker);
