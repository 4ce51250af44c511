namespace IamEventSourced;

/// <summary>The MFA devices of a user or of root, in the order of their names, a page at a time.</summary>
/// <param name="UserName">Whose; none: the caller's own.</param>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListMFADevices(UserName? UserName = null, Marker? Marker = null, MaxItems? MaxItems = null) : IQuery<ListMFADevicesAnswer>, IPaged
{
    Extent IQuery.Extent => new Extent.MFADevices();

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOfMFAHolder(UserName, call)];

    /// <inheritdoc/>
    public Answer<ListMFADevicesAnswer> Answer(Directory directory, Call call)
    {
        if (directory.NoMFAHolder(UserName, call, out var user) is { } nobody) return nobody;

        var page = this.PageByName(directory, directory.MFADevicesOf(user).Select(one => (Device: directory.MFADevices[one.Key], Enabled: one.Value)), one => one.Device.Name.Value);
        return new ListMFADevicesAnswer([.. page.Items.Select(one => new MFADevice(user?.Name, directory.SerialNumberOf(one.Device), one.Enabled.At))], page.IsTruncated, page.Marker);
    }
}

/// <summary>A page of MFA devices.</summary>
/// <param name="MFADevices">In the order of their names.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListMFADevicesAnswer(IReadOnlyList<MFADevice> MFADevices, bool IsTruncated, Marker? Marker);

/// <summary>An MFA device of somebody, as AWS lists it.</summary>
/// <param name="UserName">Whose; absent for root.</param>
/// <param name="SerialNumber">Its serial number.</param>
/// <param name="EnableDate">Since when.</param>
public sealed record MFADevice(UserName? UserName, SerialNumber SerialNumber, DateTimeOffset EnableDate);
