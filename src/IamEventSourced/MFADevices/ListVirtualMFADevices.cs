namespace IamEventSourced;

/// <summary>The account's virtual MFA devices in the order of their names, a page at a time.</summary>
/// <param name="AssignmentStatus">Only those that are somebody's, or nobody's; Any where none is given.</param>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListVirtualMFADevices(AssignmentStatusType? AssignmentStatus = null, Marker? Marker = null, MaxItems? MaxItems = null) : IQuery<ListVirtualMFADevicesAnswer>, IPaged
{
    Extent IQuery.Extent => new Extent.VirtualMFADevices(IsAssigned);

    bool? IsAssigned => AssignmentStatus == AssignmentStatusType.Assigned ? true : AssignmentStatus == AssignmentStatusType.Unassigned ? false : null;

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public Answer<ListVirtualMFADevicesAnswer> Answer(Directory directory, Call call)
    {
        var page = this.Page(directory, directory.MFADevices.After(this.After).Where(device => IsAssigned is not { } asked || asked == device.Assigned is not null), device => device.Name.Value);
        return new ListVirtualMFADevicesAnswer([.. page.Items.Select(Of)], page.IsTruncated, page.Marker);

        VirtualMFADeviceAnswer Of(VirtualMFADevice device) => new(directory.SerialNumberOf(device),
            device.Assigned is not { } assigned ? null : assigned.UserId is { } user ? UserAnswer.Of(directory, directory.Users[user]) : UserAnswer.OfRoot(directory, directory.Created.At), device.Assigned?.Enabled.At);
    }
}

/// <summary>A page of virtual MFA devices.</summary>
/// <param name="VirtualMFADevices">In the order of their names, without seeds.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListVirtualMFADevicesAnswer(IReadOnlyList<VirtualMFADeviceAnswer> VirtualMFADevices, bool IsTruncated, Marker? Marker);

/// <summary>A virtual MFA device, as AWS lists it: without seed and tags.</summary>
/// <param name="SerialNumber">Its ARN.</param>
/// <param name="User">Whose; absent where it is nobody's.</param>
/// <param name="EnableDate">Since when; absent where it is nobody's.</param>
public sealed record VirtualMFADeviceAnswer(SerialNumber SerialNumber, UserAnswer? User, DateTimeOffset? EnableDate);
