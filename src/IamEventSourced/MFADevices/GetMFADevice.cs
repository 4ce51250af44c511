namespace IamEventSourced;

/// <summary>An MFA device of a user or of root, and since when.</summary>
/// <param name="SerialNumber">The device; one that is not theirs: NoSuchEntity.</param>
/// <param name="UserName">Whose; none: the caller's own.</param>
public sealed record GetMFADevice(SerialNumber SerialNumber, UserName? UserName = null) : IQuery<GetMFADeviceAnswer>
{
    Extent IQuery.Extent => new Extent.MFADevices();

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOfMFAHolder(UserName, call)];

    /// <inheritdoc/>
    public Answer<GetMFADeviceAnswer> Answer(Directory directory, Call call)
    {
        if (directory.NoMFAHolder(UserName, call, out var user) is { } nobody) return nobody;
        if (directory.FindMFADevice(SerialNumber) is not { } device || !directory.MFADevicesOf(user).TryGet(device.Id, out var enabled)) return IamError.NoSuchMFADevice(SerialNumber);

        return new GetMFADeviceAnswer(user?.Name, directory.SerialNumberOf(device), enabled.At);
    }
}

/// <summary>The device.</summary>
/// <param name="UserName">Whose; absent for root.</param>
/// <param name="SerialNumber">Its serial number.</param>
/// <param name="EnableDate">Since when.</param>
public sealed record GetMFADeviceAnswer(UserName? UserName, SerialNumber SerialNumber, DateTimeOffset EnableDate);
