namespace IamEventSourced;

/// <summary>Takes an MFA device from its user. A virtual one is nobody's then, and can be enabled again or deleted. Sessions that were opened with it go on to their end.</summary>
/// <param name="SerialNumber">The device.</param>
/// <param name="UserName">Whose it is; none: the caller's own.</param>
public sealed record DeactivateMFADevice(SerialNumber SerialNumber, UserName? UserName = null) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOfMFAHolder(UserName, call)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.NoMFAHolder(UserName, call, out var user) is { } nobody) return nobody;
        if (directory.FindMFADevice(SerialNumber) is not { } device || !directory.MFADevicesOf(user).Contains(device.Id)) return IamError.NoSuchMFADevice(SerialNumber);

        return new MFADeviceDeactivated(device.Id, user?.Id);
    }
}
